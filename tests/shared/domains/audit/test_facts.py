"""What is told, and what is not."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.access import Actor, Role
from shared.domains.audit.facts import of_act, of_change, send
from shared.domains.audit.model import Fact, Message
from shared.domains.audit.refusals import Tally, record_refusal
from shared.platform.queues import Queue
from shared.platform.store import Change, Origin
from tests.fake_storage import MemoryQueues
from tests.fakes import FakeClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
USER = "usr_0192f0c1-0000-7000-8000-000000000001"


def a_change(**data) -> Change:
    return Change(
        id="change-1", event_id="e-1", event_type="UserInvited", occurred_at=NOW, correlation_id="c",
        causation_id=None, subject=f"user/{USER}", data=data, tenant_id="t", sequence=1, aggregate=USER, actor="usr_a",
        address="192.0.2.1",
    )  # fmt: skip


def test_a_change_tells_who_what_on_what_when_and_from_where():
    fact = of_change(a_change())
    assert (fact.actor, fact.action, fact.subject, fact.at) == ("usr_a", "UserInvited", f"user/{USER}", NOW)
    assert (fact.address, fact.correlation_id, fact.outcome) == ("192.0.2.1", "c", "done")


def test_of_a_payload_names_ids_and_harmless_values_are_told():
    change = a_change(
        email="ada@x.org", name="Ada", password="hunter2", roles=["user", "admin"], projectId=USER, status="live",
        team=["ada@x.org"], nested={"secret": "x"}, attempt=2, note="usr", tier="pro tier for Ada",
    )  # fmt: skip
    fact = of_change(change)
    assert fact.details == {"roles": ("user", "admin"), "projectId": USER, "status": "live", "attempt": 2}
    assert "email" in fact.fields
    assert not {"ada@x.org", "Ada", "hunter2"} & set(str(fact.model_dump()).replace("'", " ").split())


def test_field_names_that_are_no_names_are_not_told():
    assert of_change(a_change(**{"ada@x.org": 1, "name": 2})).fields == ("name",)


async def test_facts_of_acts_are_each_their_own():
    clock, queues = FakeClock(), MemoryQueues()
    facts = [of_act(clock, "t", Origin("usr_1"), "SignedIn", "user/usr_1") for _ in range(2)]
    await send(queues, *facts)
    (text,) = queues.take(Queue.AUDIT_WRITES)
    assert Message.model_validate_json(text).facts == tuple(facts)
    assert facts[0].event_id != facts[1].event_id


@dataclass
class Refused:
    actor: Actor | None = None
    code: str = "auth.required"
    method: str = "GET"
    route: str = "v1/projects/{project_id}"
    address: str = "192.0.2.1"
    correlation_id: str = "c"


def told(queues: MemoryQueues) -> list[Fact]:
    return [fact for text in queues.take(Queue.AUDIT_WRITES) for fact in Message.model_validate_json(text).facts]


async def test_somebody_refused_is_told_to_their_tenant():
    queues = MemoryQueues()
    ada = Actor("usr_1", "t", "ada@x.org", frozenset({Role.USER}))
    await record_refusal(queues, FakeClock(), Refused(ada, "auth.forbidden"))
    (fact,) = told(queues)
    assert (fact.tenant, fact.actor, fact.outcome) == ("t", "usr_1", "refused")
    assert fact.subject == "route/GET v1/projects/{project_id}"
    assert fact.details == {"code": "auth.forbidden"}


async def test_strangers_are_counted_by_address_and_minute():
    queues, clock, tally = MemoryQueues(), FakeClock(NOW), Tally()
    for _ in range(25):
        await record_refusal(queues, clock, Refused(), tally)
    await record_refusal(queues, clock, Refused(address="192.0.2.2"), tally)
    assert [(fact.tenant, fact.address, fact.details["count"]) for fact in told(queues)] == [
        ("system", "192.0.2.1", 1), ("system", "192.0.2.1", 10), ("system", "192.0.2.2", 1),
    ]  # fmt: skip
    clock.advance(minutes=1)
    await record_refusal(queues, clock, Refused(address="192.0.2.3"), tally)
    facts = told(queues)
    assert [(fact.address, fact.details["count"]) for fact in facts] == [("192.0.2.1", 25), ("192.0.2.3", 1)]
    assert facts[0].at == NOW


async def test_a_flood_from_everywhere_is_bounded():
    tally = Tally()
    due = [told for n in range(30_000) for told in tally.count(NOW, f"address-{n}")]
    assert len(tally.counts) <= 10_001
    assert len(due) < 10_010
