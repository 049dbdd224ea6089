"""Mutes and bans: who may not write in the chat, and who may do nothing, for which reason and until when."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.access import Allowed, Permission, Role
from shared.domains.accounts import administrators
from shared.domains.accounts.model import Restriction, User
from shared.errors import Fault, Forbidden, Unprocessable
from shared.platform.shapes import IfMatch, Input
from shared.platform.store import Store, save

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Before which a restriction ends; one that is meant for good names no end."""
Mutable = Allowed[User, Literal[Permission.MUTE_USER]]
Bannable = Allowed[User, Literal[Permission.BAN_USER]]


class NewRestriction(Input):
    """Why, as the person will read it, and until when; without an end, until it is lifted."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        Field(examples=["Advertising in every message"]),
    ]
    until: AwareDatetime | None = None


class AccountProtected(Forbidden):
    """Nobody restricts themselves, and only administrators restrict an administrator."""

    code = "user.protected"
    title = "This account cannot be restricted by you"


class RestrictionTime(Unprocessable):
    """A restriction ends in the future."""

    code = "user.restriction_time"
    title = "The restriction's end cannot be meant"


async def mute(store: Store, allowed: Mutable, new: NewRestriction, if_match: IfMatch) -> User:
    """Let them write nothing in the chat; raises AccountProtected or RestrictionTime."""
    user = _restrictable(allowed, if_match)
    muted = _restriction(store, allowed, new)
    return await save(store, user.with_(muted=muted), "UserMuted", _told(muted))


async def unmute(store: Store, allowed: Mutable, if_match: IfMatch) -> None:
    """Lift a mute; nothing where there is none."""
    user = _restrictable(allowed, if_match)
    if user.muted is not None:
        await save(store, user.with_(muted=None), "UserUnmuted")


async def ban(store: Store, allowed: Bannable, new: NewRestriction, if_match: IfMatch) -> User:
    """Refuse every request of theirs; raises AccountProtected, RestrictionTime or LastAdministrator."""
    user = _restrictable(allowed, if_match)
    banned = _restriction(store, allowed, new)
    return await administrators.save_keeping_one(store, user, user.with_(banned=banned), "UserBanned", _told(banned))


async def unban(store: Store, allowed: Bannable, if_match: IfMatch) -> None:
    """Lift a ban; nothing where there is none."""
    user = _restrictable(allowed, if_match)
    if user.banned is not None:
        await administrators.save_keeping_one(store, user, user.with_(banned=None), "UserUnbanned", {})


def _restrictable(allowed: Mutable | Bannable, if_match: IfMatch) -> User:
    actor, user = allowed.actor, allowed.thing
    if user.id == actor.id:
        raise AccountProtected("This is your own account; somebody else has to do it.")
    if Role.ADMIN in user.roles and Role.ADMIN not in actor.roles:
        raise AccountProtected("They are an administrator; another administrator of your tenant has to do it.")
    if_match.check(user)
    return user


def _restriction(store: Store, allowed: Mutable | Bannable, new: NewRestriction) -> Restriction:
    if new.until is not None and not store.clock.now() < new.until < LATEST:
        detail = "Name a time in the future, before the year 2200, or none: then it holds until it is lifted."
        raise RestrictionTime(detail, errors=[Fault("/until", detail)])
    until = new.until.astimezone(UTC) if new.until else None
    return Restriction(reason=new.reason, by=allowed.actor.id, until=until)


def _told(restriction: Restriction) -> dict[str, str | None]:
    return {"reason": restriction.reason, "until": restriction.until.isoformat() if restriction.until else None}
