"""The database's containers, generated from what the record types declare.

    python -m shared.platform.store.cosmos_containers infra/cosmos-containers.json

writes the file that Bicep reads. Only what a declared index or an adapter names is indexed: each path costs request
units with every write. Other filters still work, as the queries allow scans within their tenant.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import orjson
from pydantic.alias_generators import to_camel

from shared.misconfigured import EMBEDDING_DIMENSIONS
from shared.platform.search import ACCESS
from shared.platform.store.cosmos_documents import RESERVED
from shared.platform.store.cosmos_sql import composite
from shared.platform.store.records import MODELS, Index, Record, Restricted

if TYPE_CHECKING:
    from azure.cosmos.aio import CosmosClient

KEY = ("/tenantId", "/aggregateId")
MOST_COMPOSITES, MOST_PATHS = 100, 8
"""Cosmos DB's limits: composite indexes of a container, paths of one."""

Definition = dict[str, Any]

LEASES: Definition = {
    "id": "leases",
    "partitionKey": {"paths": ["/id"], "kind": "Hash", "version": 2},
    "defaultTtl": -1,
    "indexingPolicy": {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [{"path": '/"_etag"/?'}],
    },
}
"""Of the Functions host's change-feed trigger, which must not make it: its identity may only touch data.

The trigger expires documents of its own there; without `defaultTtl` one left by a crash while it began stays for good.
"""


def definitions(models: Iterable[type[Record]]) -> list[Definition]:
    """All containers, as ARM and the REST API take them, by name."""
    by_container: dict[str, list[type[Record]]] = {"records": []}
    for model in models:
        _check(model)
        by_container.setdefault(model.container, []).append(model)
    made = [_records(name, kept) for name, kept in by_container.items()]
    return sorted([*made, _container("readers", []), _search()], key=lambda each: str(each["id"]))


def _check(model: type[Record]) -> None:
    names = {field.alias or name for name, field in model.model_fields.items() if not field.exclude}
    if taken := RESERVED & names:
        raise TypeError(f"{model.__name__} has fields that the database keeps for itself: {sorted(taken)}")


def _records(name: str, models: list[type[Record]]) -> Definition:
    indexes = [Index(), *(index for model in models for index in model.indexes)]
    composites = sorted({tuple(composite(index)) for index in indexes})
    if len(composites) > MOST_COMPOSITES or any(len(paths) > MOST_PATHS for paths in composites):
        raise ValueError(f"{name} has {len(composites)} composite indexes, or one of more than {MOST_PATHS} paths")
    fields = {field for paths in composites for field, _ in paths} | {"sequence", "expiresAt", "schemaVersion"}
    fields |= {"readers/[]" for model in models if issubclass(model, Restricted)}
    return _container(name, sorted(fields - {"id"}), composites)


def _container(name: str, fields: list[str], composites: Iterable[tuple[tuple[str, bool], ...]] = ()) -> Definition:
    paths = [*KEY, *(f"/{field.replace('.', '/')}" for field in fields if f"/{field}" not in KEY)]
    return {
        "id": name,
        "partitionKey": {"paths": list(KEY), "kind": "MultiHash", "version": 2},
        "defaultTtl": -1,
        "indexingPolicy": {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": f"{path}/?"} for path in paths],
            "excludedPaths": [{"path": "/*"}, {"path": '/"_etag"/?'}],
            "compositeIndexes": [
                [
                    {"path": f"/{field.replace('.', '/')}", "order": "descending" if down else "ascending"}
                    for field, down in each
                ]
                for each in composites
            ],
        },
    }


def _search() -> Definition:
    """Entries of the search index: access fields, the stems as full text, and room for vectors.

    A flat vector index, as a search looks at one tenant's vectors only.
    """
    made = _container("search", ["kind", *(f"entry.{to_camel(name)}" for name in ACCESS)])
    made["indexingPolicy"]["includedPaths"].append({"path": "/entry/readers/[]/?"})
    made["indexingPolicy"]["excludedPaths"].append({"path": "/embedding/*"})
    made["indexingPolicy"]["fullTextIndexes"] = [{"path": "/stems"}]
    made["indexingPolicy"]["vectorIndexes"] = [{"path": "/embedding", "type": "quantizedFlat"}]
    made["fullTextPolicy"] = {
        "defaultLanguage": "en-US",
        "fullTextPaths": [{"path": "/stems", "language": "en-US"}],
    }
    embedding = {
        "path": "/embedding",
        "dataType": "float32",
        "dimensions": EMBEDDING_DIMENSIONS,
        "distanceFunction": "cosine",
    }
    made["vectorEmbeddingPolicy"] = {"vectorEmbeddings": [embedding]}
    return made


async def create_missing(client: "CosmosClient", database: str) -> None:
    """Make the database and its containers of all record types known by now, where they are missing."""
    from azure.cosmos import PartitionKey

    made = await client.create_database_if_not_exists(database)
    for each in definitions(MODELS.values()):
        await made.create_container_if_not_exists(
            each["id"],
            PartitionKey(path=list(KEY), kind="MultiHash"),
            indexing_policy=each["indexingPolicy"],
            default_ttl=each["defaultTtl"],
            full_text_policy=each.get("fullTextPolicy"),
            vector_embedding_policy=each.get("vectorEmbeddingPolicy"),
        )


def all_models() -> list[type[Record]]:
    """Every record type of the app."""
    for package in ("shared.domains", "shared.platform"):
        for name in _modules(importlib.import_module(package)):
            importlib.import_module(name)
    return [model for model in MODELS.values() if model.__module__.startswith("shared.")]


def _modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield found.name


def generated() -> bytes:
    """The file that Bicep reads."""
    return orjson.dumps([*definitions(all_models()), LEASES], option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(generated())
