"""The mail port: texts to one address. There may be none; whoever would send then finds another way."""

from typing import Protocol

from shared import errors
from shared.errors import Problem


class Mail(Protocol):
    """Sends plain text."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hand a mail over to be delivered; raises Undelivered, which may pass, or Undeliverable."""
        ...

    async def close(self) -> None: ...


class Undelivered(errors.Busy):
    """The mail server is away, or takes nothing now."""

    code = "mail.undelivered"
    title = "The mail could not be sent now"


class Undeliverable(Problem):
    """The mail server does not take this mail, nor will it the next time."""

    status = 502
    code = "mail.undeliverable"
    title = "The mail cannot be sent"
