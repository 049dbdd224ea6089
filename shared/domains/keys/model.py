"""API keys, how they are shown, and what can be wrong with one."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field
from pydantic.alias_generators import to_snake

from shared.access import Permission
from shared.errors import Forbidden, NotFound, Unprocessable
from shared.platform.shapes import Input, Patch, Piece, Query, View
from shared.platform.store.listing import Listing, Order
from shared.platform.store.records import Index, Record

MOST_SECRETS = 10
"""Secrets of a key that hold at once: the newest, and those that were rotated lately."""
TENANTS = ""
"""The owner of a key that belongs to its tenant."""


class KeyNotFound(NotFound):
    """No such key, or not one of yours."""

    code = "key.not_found"
    title = "There is no such key"


class KeyBeyondRights(Forbidden):
    """A key may do no more than who makes or renews it."""

    code = "key.beyond_rights"
    title = "A key cannot do more than you can"


class KeyTimes(Unprocessable):
    """A key ends in the future."""

    code = "key.times"
    title = "The key cannot end then"


class Secret(Piece):
    """A secret as a salted hash, and until when it holds: None for as long as the key does."""

    salt: str
    hash: str
    until: datetime | None = None

    @classmethod
    def of(cls, secret: str, salt: str) -> Self:
        return cls(salt=salt, hash=_hash(secret, salt))

    def is_of(self, secret: str, now: datetime) -> bool:
        return (self.until is None or now < self.until) and hmac.compare_digest(_hash(secret, self.salt), self.hash)


def _hash(secret: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{secret}".encode()).hexdigest()


class ApiKey(Record):
    """A key; `scopes` limit it, None to all that its owner may. `generation` counts its secrets, the newest first."""

    kind: ClassVar[str] = "api_key"
    indexes: ClassVar[tuple[Index, ...]] = (Index("owner", "createdAt"),)

    name: str
    owner: str
    scopes: tuple[Permission, ...] | None
    secrets: tuple[Secret, ...]
    generation: int = 0
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def admits(self, secret: str, now: datetime) -> bool:
        """Whether the secret is one of the key's that holds now."""
        if self.expires_at is not None and now >= self.expires_at:
            return False
        return any(each.is_of(secret, now) for each in self.secrets)

    def rotated(self, newest: Secret, now: datetime, until: datetime) -> Self:
        """With a new secret; those before it hold until then, if they do not end earlier."""
        old = [each.model_copy(update={"until": min(each.until or until, until)}) for each in self.secrets]
        kept = [each for each in old if each.until and now < each.until][: MOST_SECRETS - 1]
        return self.with_(secrets=(newest, *kept), generation=self.generation + 1)


KEYS = Listing(fields={"name": str}, orders=(Order("-createdAt"),))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["Import of papers"])]
Scopes = Annotated[tuple[Permission, ...], Field(min_length=1, max_length=100, examples=[["list_events"]])]
SNAKE = ConfigDict(alias_generator=to_snake)
"""The dialect of `/api/v1`."""


class NewKey(Input):
    """A key to be made; without scopes it may do all that you may, without an end it holds until it is revoked."""

    name: Name
    scopes: Scopes | None = None
    expires_at: Moment | None = None


class NewTenantKey(Input):
    """A key of the tenant to be made, which may do what its scopes name."""

    model_config = SNAKE

    name: Name
    scopes: Scopes
    expires_at: Moment | None = None


class TenantKeyPatch(Patch):
    """What may change about a key of the tenant."""

    model_config = SNAKE

    name: Name = ""
    scopes: Scopes = ()
    expires_at: Moment | None = None


class Rotation(Query):
    """For how many days the secret of now still holds; 0 ends it at once."""

    grace_days: int = Field(default=7, ge=0, le=90)


class TenantKeyRotation(Query):
    """For how many days the secret of now still holds; 0 ends it at once."""

    model_config = SNAKE

    grace_days: int = Field(default=7, ge=0, le=90)


class KeyView(View):
    """A key as its owner sees it."""

    id: str
    name: str
    scopes: tuple[Permission, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(**dict(key))


class MadeKey(KeyView):
    """A key with its new secret, which is shown this once."""

    key: str


class TenantKeyView(View):
    """A key of the tenant."""

    model_config = SNAKE

    id: str
    name: str
    scopes: tuple[Permission, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(**dict(key))


class MadeTenantKey(TenantKeyView):
    """A key of the tenant with its new secret, which is shown this once."""

    model_config = SNAKE

    key: str
