"""Containers: their definitions, their physical partitions, and where a key's hash falls."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.cosmos_server.refusals import Refused, bad

KINDS = {"ascending": False, "descending": True}


@dataclass(slots=True)
class Container:
    """A container. `splits` are hashes at which it is cut into physical partitions; each split renames them all."""

    rid: str
    definition: dict[str, Any]
    splits: list[str] = field(default_factory=list)
    generation: int = 0

    def __post_init__(self) -> None:
        key = self.definition["partitionKey"]
        if key.get("kind") != "MultiHash" or key.get("version") != 2:
            raise bad("Only hierarchical partition keys of version 2 are known here")
        policy = self.definition.get("indexingPolicy", {})
        if {"path": "/*"} not in policy.get("excludedPaths", []):
            raise bad("Only indexing policies that name their paths are known here")

    @property
    def paths(self) -> list[str]:
        return [path.removeprefix("/") for path in self.definition["partitionKey"]["paths"]]

    def hash(self, values: list[Any]) -> str:
        """The effective partition key of a whole key, or the beginning of those that a prefix has."""
        if not all(isinstance(value, str) for value in values):
            raise bad("Keys are texts here")
        from azure.cosmos import PartitionKey

        key = PartitionKey(path=[f"/{path}" for path in self.paths], kind="MultiHash")
        return str(key._get_effective_partition_key_string(values))

    def ranges(self) -> list[dict[str, Any]]:
        """The physical partitions as the service lists them."""
        edges = ["", *sorted(self.splits), "FF"]
        return [
            {
                "id": f"{self.generation}{at}",
                "minInclusive": low,
                "maxExclusive": high,
                "parents": [],
                "status": "online",
            }
            for at, (low, high) in enumerate(pairwise(edges))
        ]

    def range(self, range_id: str) -> tuple[str, str]:
        """A physical partition's hashes; one that was split since is gone."""
        for each in self.ranges():
            if each["id"] == range_id:
                return each["minInclusive"], each["maxExclusive"]
        raise Refused(410, "The partition key range is gone", sub_status=1002)

    def split(self, at: str) -> None:
        self.splits.append(at)
        self.generation += 1

    @property
    def full_text(self) -> list[tuple[str, ...]]:
        indexes = self.definition["indexingPolicy"].get("fullTextIndexes", [])
        return [tuple(each["path"].strip("/").split("/")) for each in indexes]

    def check_order(self, order: list[tuple[tuple[str, ...], bool]]) -> None:
        """Refuse an order that no index gives, as the service does."""
        policy = self.definition["indexingPolicy"]
        wanted = [("/" + "/".join(path), down) for path, down in order]
        if len(wanted) == 1 and {"path": f"{wanted[0][0]}/?"} in policy["includedPaths"]:
            return
        composites = [[(each["path"], KINDS[each["order"]]) for each in one] for one in policy["compositeIndexes"]]
        if len(wanted) > 1 and (wanted in composites or [(path, not down) for path, down in wanted] in composites):
            return
        raise bad(
            f"The order by query does not have a corresponding composite index that it can be served from: {wanted}"
        )
