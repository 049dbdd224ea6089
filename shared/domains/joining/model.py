"""Join links of events, and what can be wrong with one."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from shared.access import PASSWORD_LENGTHS
from shared.domains.accounts.model import Email
from shared.errors import Forbidden, NotFound, Unprocessable
from shared.platform.shapes import Input, Piece, View
from shared.platform.store.listing import Listing, Order
from shared.platform.store.records import Expiring, Index, Record

JoinRole = Literal["user", "presenter"]
"""What a link may give; reviewers and higher are an administrator's to make."""
MOST_USES = 10_000
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Ada Reader"])]
Password = Annotated[
    str,
    Field(min_length=PASSWORD_LENGTHS[0], max_length=PASSWORD_LENGTHS[1], examples=["three plain words"]),
]


class JoinLinkNotFound(NotFound):
    """The event has no such link."""

    code = "join_link.not_found"
    title = "There is no such join link"


class JoinLinkUnusable(NotFound):
    """Nobody joins by it: unknown, revoked, expired, used up, or of an event that is gone. One answer for all."""

    code = "join_link.unusable"
    title = "The join link does not work"


class JoinLinkTimes(Unprocessable):
    """A link ends in the future, within a year."""

    code = "join_link.times"
    title = "The join link cannot hold until then"


class Taking(Piece):
    """A use that was taken for an account, which may not be there yet."""

    user: str
    at: datetime


class JoinLink(Record):
    """Lets people join an event's tenant, `uses` of them until it expires; its token is kept as a hash.

    `used` counts the uses taken, those of `taking` included, of which each is settled once its account has the role,
    or given back.
    """

    kind: ClassVar[str] = "join_link"
    indexes: ClassVar[tuple[Index, ...]] = (Index("eventId", "createdAt"),)

    event_id: str
    name: str = ""
    role: JoinRole
    token_hash: str
    uses: int
    used: int = 0
    taking: tuple[Taking, ...] = ()
    expires_at: datetime
    created_by: str
    created_at: datetime


LINKS = Listing(
    fields={"role": str, "createdAt": datetime, "expiresAt": datetime},
    orders=(Order("-createdAt"),),
)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


class NewJoinLink(Input):
    """A link to be made; without an end it holds for seven days."""

    name: str = Field(default="", max_length=100, examples=["Authors of posters"])
    role: JoinRole = "user"
    expires_at: Annotated[AwareDatetime, AfterValidator(_utc)] | None = None
    uses: int = Field(default=100, ge=1, le=MOST_USES)


class JoinLinkView(View):
    """A link as its event's organizers see it."""

    id: str
    event_id: str
    name: str
    role: JoinRole
    uses: int
    used: int
    expires_at: datetime
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, link: JoinLink) -> Self:
        return cls(**dict(link))


class MadeJoinLink(JoinLinkView):
    """A new link; its token is shown this once."""

    token: str


class Join(Input):
    """A link's token; with it the account to be made, unless one is signed in."""

    token: str = Field(max_length=2000)
    email: Email | None = None
    display_name: Name | None = None
    password: Password | None = None


class RegistrationClosed(Forbidden):
    """Nobody registers here, or nobody with an e-mail of that domain."""

    code = "registration.closed"
    title = "Registration is not open to you"


class RegistrationNotFound(NotFound):
    """No such registration waits."""

    code = "registration.not_found"
    title = "There is no such registration"


class Registration(Expiring):
    """An account that somebody asked for, its e-mail yet to be confirmed; password and token are kept as hashes."""

    kind: ClassVar[str] = "account_registration"
    indexes: ClassVar[tuple[Index, ...]] = (Index("createdAt"),)

    email: str
    display_name: str
    password_hash: str
    token_hash: str
    created_at: datetime


REGISTRATIONS = Listing(fields={"email": str, "createdAt": datetime}, orders=(Order("createdAt"),))


class Register(Input):
    """The account that is asked for."""

    email: Email
    display_name: Name
    password: Password


class RegistrationAsked(View):
    """Who confirms the e-mail."""

    confirmed_by: Literal["mail", "administrator"]


class Confirmation(Input):
    token: str = Field(max_length=2000)


class RegistrationView(View):
    """A registration as administrators see it."""

    id: str
    email: str
    display_name: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, registration: Registration) -> Self:
        return cls(**dict(registration))
