"""The containers that Bicep makes are those that the record types ask for."""

from pathlib import Path
from typing import ClassVar

import orjson
import pytest

from shared.platform.changes.cursor import RelayCursor
from shared.platform.changes.mark import Mark
from shared.platform.store.cosmos_containers import MOST_PATHS, definitions, generated
from shared.platform.store.due import PROGRESS, Due
from shared.platform.store.records import MODELS, Change, Index, Record

FILE = Path(__file__).parents[4] / "infra" / "cosmos-containers.json"


@pytest.fixture(autouse=True)
def _models_of_this_test():
    yield
    for kind in ("containers_held", "containers_reserved", "containers_long"):
        MODELS.pop(kind, None)


def policy(*models: type[Record]):
    return next(each for each in definitions(models) if each["id"] == "records")["indexingPolicy"]


def test_the_file_that_bicep_reads_is_current():
    assert FILE.read_bytes() == generated(), (
        "run: python -m shared.platform.store.cosmos_containers infra/cosmos-containers.json"
    )


def test_every_container_of_ours_has_the_hierarchical_key_and_expires_only_what_says_so():
    ours = [each for each in orjson.loads(FILE.read_bytes()) if each["id"] != "leases"]
    assert {"audit", "progress", "records", "readers", "search"} <= {each["id"] for each in ours}
    assert all(each["partitionKey"]["paths"] == ["/tenantId", "/aggregateId"] for each in ours)
    assert all(each["defaultTtl"] == -1 for each in ours)


def test_the_triggers_leases_may_expire():
    """Without a default the database expires nothing, and a lease that a crash has left blocks the feed for good."""
    (leases,) = [each for each in orjson.loads(FILE.read_bytes()) if each["id"] == "leases"]
    assert leases["partitionKey"]["paths"] == ["/id"]
    assert leases["defaultTtl"] == -1


def test_nothing_that_a_sweep_or_the_relay_writes_lies_in_the_watched_container():
    assert {model.container for model in (RelayCursor, Mark, Due)} == {PROGRESS}
    assert Change.container != PROGRESS


def test_an_index_begins_with_the_tenant_and_ends_with_the_id_in_its_last_direction():
    class Held(Record):
        kind: ClassVar[str] = "containers_held"
        indexes: ClassVar[tuple[Index, ...]] = (Index("colour", "-rank"),)

    made = policy(Held)
    (index,) = [each for each in made["compositeIndexes"] if len(each) > 3]
    assert [(each["path"], each["order"]) for each in index] == [
        ("/tenantId", "ascending"),
        ("/kind", "ascending"),
        ("/colour", "ascending"),
        ("/rank", "descending"),
        ("/id", "descending"),
    ]
    assert {"path": "/colour/?"} in made["includedPaths"]
    assert {"path": "/*"} in made["excludedPaths"]


def test_a_field_that_the_database_would_take_for_its_own_is_refused():
    class Reserved(Record):
        kind: ClassVar[str] = "containers_reserved"
        ttl: int

    with pytest.raises(TypeError, match="ttl"):
        definitions([Reserved])


def test_an_index_longer_than_the_database_takes_is_refused():
    class Long(Record):
        kind: ClassVar[str] = "containers_long"
        indexes: ClassVar[tuple[Index, ...]] = (Index(*"abcdef"),)

    with pytest.raises(ValueError, match=f"more than {MOST_PATHS} paths"):
        definitions([Long])
