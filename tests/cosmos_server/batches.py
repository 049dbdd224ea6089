"""Transactional batches: all operations or none, each with a result; after a failure the others say 424."""

from typing import Any

from tests.cosmos_server.containers import Container
from tests.cosmos_server.documents import Documents
from tests.cosmos_server.refusals import Refused, bad

MAX_OPERATIONS = 100
Result = dict[str, Any]


def carry_out(
    documents: Documents, container: Container, key: list[Any], operations: list[dict[str, Any]]
) -> list[Result]:
    """The results, in order."""
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise bad(f"A batch has 1 to {MAX_OPERATIONS} operations")
    if len(key) != len(container.paths):
        raise bad("A batch needs a whole partition key")
    documents.begin()
    results: list[Result] = []
    for at, operation in enumerate(operations):
        try:
            results.append(_operate(documents, container, key, operation))
        except Refused as refusal:
            documents.end(commit=False)
            failed: list[Result] = [{"statusCode": 424, "requestCharge": 0} for _ in operations]
            failed[at] = {"statusCode": refusal.status, "requestCharge": 1.24, "message": refusal.message}
            return failed
        except BaseException:
            documents.end(commit=False)
            raise
    documents.end(commit=True)
    return results


def _operate(documents: Documents, container: Container, key: list[Any], operation: dict[str, Any]) -> Result:
    verb, body = operation["operationType"], operation.get("resourceBody")
    document_id = body["id"] if body else operation["id"]
    if verb not in ("Create", "Upsert", "Replace", "Delete"):
        raise bad(f"The operation {verb} is not known here")
    key_hash = container.hash(key)
    there = documents.get(container, key_hash, document_id)
    if verb == "Create" and there:
        raise Refused(409, "Entity with the specified id already exists in the system.")
    if verb in ("Replace", "Delete"):
        _check_match(there, operation)
    if verb == "Delete":
        documents.delete(container, key_hash, document_id)
        return {"statusCode": 204, "requestCharge": 5.5}
    if verb == "Replace" and operation["id"] != document_id:
        raise bad("The id of a document cannot be replaced")
    written = documents.put(container, key, body or {})
    status = 201 if there is None else 200
    return {
        "statusCode": status,
        "eTag": written["_etag"],
        "resourceBody": written,
        "requestCharge": _charge(container, body),
    }


def _check_match(there: dict[str, Any] | None, operation: dict[str, Any]) -> None:
    if there is None:
        raise Refused(404, "Entity with the specified id does not exist in the system.")
    if "ifMatch" not in operation:
        raise bad("The adapter never replaces or deletes without an ETag")
    if operation["ifMatch"] != there["_etag"]:
        raise Refused(412, "One of the specified pre-condition is not met.")


def _charge(container: Container, body: Any) -> float:
    """About what the service asks: a base, the size, and each index that the document has fields for."""
    policy = container.definition["indexingPolicy"]
    ranges = sum(_has(body, each["path"]) for each in policy["includedPaths"])
    composites = sum(all(_has(body, each["path"]) for each in one) for one in policy["compositeIndexes"])
    return round(5 + len(str(body)) / 1024 + 0.2 * ranges + 0.3 * composites, 2)


def _has(body: Any, path: str) -> bool:
    return path.strip("/").split("/")[0] in body
