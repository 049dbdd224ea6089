"""Containers: their definitions, their physical partitions, and where a key's hash falls."""

from dataclasses import dataclass, field
from typing import Any

from tests.cosmos_server.refusals import Refused, bad

KINDS = {"ascending": False, "descending": True}


@dataclass(frozen=True, slots=True)
class Partition:
    """A physical partition: hashes from `low` on, below `high`."""

    id: str
    low: str
    high: str
    parents: tuple[str, ...]


@dataclass(slots=True)
class Container:
    """A container and its physical partitions; a split puts two children in the place of one."""

    rid: str
    definition: dict[str, Any]
    partitions: list[Partition] = field(default_factory=lambda: [Partition("0", "", "FF", ())])

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
        return [
            {"id": p.id, "minInclusive": p.low, "maxExclusive": p.high, "parents": list(p.parents), "status": "online"}
            for p in self.partitions
        ]

    def range(self, range_id: str) -> tuple[str, str]:
        """A physical partition's hashes; one that was split since is gone."""
        for each in self.partitions:
            if each.id == range_id:
                return each.low, each.high
        raise Refused(410, "The partition key range is gone", sub_status=1002)

    def split(self, at: str) -> None:
        """Cut the partition that holds this hash."""
        parent = next(each for each in self.partitions if each.low <= at < each.high)
        place, parents = self.partitions.index(parent), (*parent.parents, parent.id)
        newest = max(int(each.id) for each in self.partitions)
        low = Partition(str(newest + 1), parent.low, at, parents)
        high = Partition(str(newest + 2), at, parent.high, parents)
        self.partitions[place : place + 1] = [low, high]

    @property
    def full_text(self) -> list[tuple[str, ...]]:
        indexes = self.definition["indexingPolicy"].get("fullTextIndexes", [])
        return [tuple(each["path"].strip("/").split("/")) for each in indexes]

    @property
    def vectors(self) -> dict[tuple[str, ...], int]:
        """The paths of the vector policy, each with its dimensions."""
        declared = self.definition.get("vectorEmbeddingPolicy", {}).get("vectorEmbeddings", [])
        return {tuple(each["path"].strip("/").split("/")): each["dimensions"] for each in declared}

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
