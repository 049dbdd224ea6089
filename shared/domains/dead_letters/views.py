"""Dead letters as the API shows them: without what the message says, which is for its trigger only."""

from datetime import datetime

from shared.domains.dead_letters.model import DeadLetter
from shared.platform.shapes import View


class DeadLetterView(View):
    """Where it died (a queue, or `changes`), when, and of what; the change that a consumer holds back, if it is one."""

    id: str
    source: str
    at: datetime
    error: str
    bytes: int
    consumer: str | None
    aggregate: str | None
    sequence: int | None


def shown(letter: DeadLetter) -> DeadLetterView:
    held = letter.held
    return DeadLetterView(
        id=letter.id, source=letter.source, at=letter.at, error=letter.error, bytes=len(letter.body.encode()),
        consumer=held and held.consumer, aggregate=held and held.aggregate, sequence=held and held.sequence,
    )  # fmt: skip
