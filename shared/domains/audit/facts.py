"""What is put down about a change, about a refusal, and about an act that changes nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.clock import Clock, derived_id
from shared.domains.audit.model import Detail, Fact, Message, Outcome
from shared.platform.queues import MAX_BYTES, Queue, Queues
from shared.platform.store import Change, Origin

TOLD = frozenset(
    {
        "attempt",
        "code",
        "count",
        "format",
        "method",
        "revision",
        "role",
        "roles",
        "scopes",
        "sourceType",
        "status",
        "tier",
    }
)
"""Fields of a payload whose values are told: none says anything about a person but what they may do."""
MAX_FIELDS = 50
MAX_TOLD = 8192
"""Characters of all values together, so that a fact fits into a message whatever was changed."""
TOGETHER = 50
"""Facts of one message."""
_WORD = re.compile(r"[\w.:/{}-]{1,100}", re.ASCII)
_ID = re.compile(r"[a-z]{2,8}_[0-9a-f-]{32,36}")


def of_change(change: Change) -> Fact:
    """The fact of a change: of its data only which fields there were, the ids among them, and what is in TOLD."""
    return Fact(
        event_id=change.event_id,
        tenant=change.tenant_id,
        at=change.occurred_at,
        actor=change.actor,
        action=change.event_type,
        subject=change.subject,
        address=change.address,
        correlation_id=change.correlation_id,
        causation_id=change.causation_id,
        fields=_names(change.data),
        details=harmless(change.data),
    )


def of_act(
    clock: Clock,
    tenant: str,
    origin: Origin,
    action: str,
    subject: str,
    *,
    outcome: Outcome = "done",
    details: Mapping[str, Any] | None = None,
) -> Fact:
    """The fact of something done that left no change: a sign-in, an export, a key's use, a refusal."""
    return Fact(
        event_id=clock.new_id("act"),
        tenant=tenant,
        at=clock.now(),
        actor=origin.actor,
        action=action,
        subject=subject,
        address=origin.address,
        correlation_id=origin.correlation_id,
        causation_id=origin.causation_id,
        outcome=outcome,
        details=harmless(details or {}),
    )


async def send(queues: Queues, *facts: Fact) -> None:
    """Have facts written, in as few messages as hold them; each is written once, however often it is sent."""
    for message in packed(facts):
        await queues.send(Queue.AUDIT_WRITES, message.model_dump_json(by_alias=True))


def packed(facts: Sequence[Fact]) -> Iterator[Message]:
    """Messages that hold the facts, each as many as it may."""
    some: list[Fact] = []
    room = MAX_BYTES
    for fact in facts:
        size = len(fact.model_dump_json(by_alias=True).encode()) + 20
        if some and (size > room or len(some) == TOGETHER):
            yield Message(facts=tuple(some))
            some, room = [], MAX_BYTES
        some.append(fact)
        room -= size
    if some:
        yield Message(facts=tuple(some))


def entry_id(event_id: str) -> str:
    """The one id that an entry about an event can have."""
    return derived_id("aud", event_id)


def harmless(data: Mapping[str, Any]) -> dict[str, Detail]:
    """The values that may be told: ids, and those of TOLD that are words or numbers."""
    told: dict[str, Detail] = {}
    room = MAX_TOLD
    for name, value in sorted(data.items())[:MAX_FIELDS]:
        harmless_value = _told(name, value)
        room -= len(str(harmless_value))
        if harmless_value is not None and room >= 0:
            told[name] = harmless_value
    return told


def _told(name: str, value: Any) -> Detail:
    if isinstance(value, list | tuple):
        words = tuple(str(word) for word in value[:MAX_FIELDS])
        return words if words and all(_is_told(name, word) for word in words) else None
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value if name in TOLD else None
    return str(value) if isinstance(value, str) and _is_told(name, value) else None


def _is_told(name: str, word: str) -> bool:
    return bool(_ID.fullmatch(word) or (name in TOLD and _WORD.fullmatch(word)))


def _names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the data, and of the fields of the thing that it says were changed."""
    changed = data.get("fields")
    inner = [f"fields.{name}" for name in changed] if isinstance(changed, Mapping) else []
    return tuple(sorted(name for name in [*data, *inner] if _WORD.fullmatch(name)))[:MAX_FIELDS]
