"""What the app lists and counts is found by an index, whoever asks: the kind is never scanned."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from blueprints import events, jobs, knowledge, projects
from shared.access import Actor, Role
from shared.domains.events.model import Event
from shared.domains.events.queries import visible_to as events_of
from shared.domains.jobs.model import Job
from shared.domains.jobs.queries import visible_to as jobs_of
from shared.domains.knowledge.model import Artifact
from shared.domains.knowledge.queries import project_scope
from shared.domains.projects.model import Project
from shared.domains.projects.queries import visible_to as projects_of
from shared.platform.store import Predicate, Record
from shared.platform.store.listing import Listing
from shared.platform.store.predicates import all_of, eq
from shared.platform.store.sqlite import open_sqlite
from shared.platform.store.sqlite_selection import Selection
from tests.fakes import FakeClock

ACTORS = [
    Actor(id="usr_1", tenant="t", email="Ada@example.org", roles=frozenset({role}))
    for role in (Role.USER, Role.PRESENTER, Role.REVIEWER, Role.ADMIN)
]


@dataclass(frozen=True)
class Case:
    """A list as somebody asks for it, with an order that it declares."""

    model: type[Record]
    listing: Listing
    mine: Predicate
    actor: Actor


def cases() -> Iterator[Case]:
    project = Project(
        id="p", event_id="e", title="t", created_by="u", created_at=FakeClock().now(), updated_at=FakeClock().now()
    )
    published = project.with_(published_at=FakeClock().now())
    for actor in ACTORS:
        yield Case(Event, events.LISTING, events_of(actor), actor)
        yield Case(Project, projects.LISTING, all_of(eq("eventId", "e"), projects_of(actor)), actor)
        yield Case(Job, jobs.LISTING, jobs_of(actor), actor)
        yield Case(Artifact, knowledge.LISTING, project_scope(actor, published), actor)


CASES = list(cases())


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("lists") / "records.db"


@pytest.fixture
async def db(path):
    stores = await open_sqlite(path, FakeClock())
    await stores.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def plan(db, text, parameters):
    rows = db.execute(f"EXPLAIN QUERY PLAN {text}", {**parameters, "limit": 21, "skip": 0}).fetchall()
    return [row[3] for row in rows]


def assert_indexed(steps, case):
    """No table is scanned but the page itself, nothing is sorted but the page, and the kind is not walked."""
    everything = case.actor is ACTORS[-1] or case.actor is ACTORS[-2]
    for step in steps:
        assert not step.startswith("SCAN") or step in ("SCAN CONSTANT ROW", "SCAN p"), steps
        assert everything or "records_kind" not in step, steps
    assert sum("TEMP B-TREE" in step for step in steps) <= any(step == "SCAN p" for step in steps), steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model.kind}-{min(case.actor.roles)}")
def test_a_declared_list_walks_an_index_that_is_the_callers(db, case):
    for order in case.listing.orders:
        for turned in (False, True):
            sorts = [type(sort)(sort.field, sort.descending is not turned) for sort in order.sorts]
            selection = Selection.of(case.model, "t", case.mine)
            for after in (None, ("x",) * (len(sorts) + 1)):
                texts, parameters = selection.pages(sorts, after)
                for text in texts:
                    assert_indexed(plan(db, text, parameters), case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model.kind}-{min(case.actor.roles)}")
def test_a_declared_list_is_counted_by_an_index(db, case):
    steps = plan(db, *Selection.of(case.model, "t", case.mine).count())
    assert_indexed(steps, case)
    shared = [step for step in steps if step.startswith("SEARCH a ")]
    assert all("COVERING INDEX" in step for step in shared), steps
