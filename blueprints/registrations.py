"""Registering over HTTP, and the administrators' list of who waits."""

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.accounts.model import EmailTaken, GuessablePassword, InvalidToken, Profile, Session
from shared.domains.joining import registering, registrations
from shared.domains.joining.model import (
    REGISTRATIONS,
    Confirmation,
    Register,
    RegistrationAsked,
    RegistrationClosed,
    RegistrationNotFound,
    RegistrationView,
)
from shared.platform.http import PUBLIC, Accepted, Api, Listed, Selection
from shared.platform.limits import RateLimited
from shared.platform.opened import Platform
from shared.platform.shapes import NewId
from shared.platform.store import Origin, Store

api = Api(surface, "Registrations")
ADMIN = Permission.CREATE_USER


@api.post(
    "auth/register",
    allow=PUBLIC,
    unlimited=True,
    raises=(RegistrationClosed, GuessablePassword, RateLimited),
)
async def register(body: Register, platform: Platform, origin: Origin, new_id: NewId) -> Accepted[RegistrationAsked]:
    """Ask for an account with the role `user`; the answer is the same whether the e-mail has one or not.

    A token to confirm the e-mail is mailed; where the hub sends no mail, an administrator confirms it.
    """
    await registering.register(platform, origin, body, new_id("reg"))
    mailed = bool(platform.settings.smtp_host)
    return Accepted(RegistrationAsked(confirmed_by="mail" if mailed else "administrator"), "/auth/register/confirm")


@api.post("auth/register/confirm", allow=PUBLIC, unlimited=True, raises=(InvalidToken, EmailTaken))
async def confirm_registration(body: Confirmation, platform: Platform, origin: Origin) -> Session:
    """Confirm an e-mail by the token that was mailed there: makes the account, and signs in."""
    return await registering.confirm(platform, origin, body.token)


@api.get("v1/admin/registrations", allow=ADMIN, listing=REGISTRATIONS)
async def list_registrations(actor: Actor, store: Store, selection: Selection) -> Listed[RegistrationView]:
    """Who has asked for an account and is not confirmed yet."""
    page = await registrations.waiting(store, allow(actor, None, Permission.CREATE_USER), selection)
    return page.map(RegistrationView.of)


@api.get("v1/admin/registrations/{registration_id}", allow=ADMIN, raises=(RegistrationNotFound,))
async def get_registration(registration_id: str, actor: Actor, store: Store) -> RegistrationView:
    """A registration that waits."""
    return RegistrationView.of((await registrations.load(store, actor, registration_id)).thing)


@api.post(
    "v1/admin/registrations/{registration_id}/confirm",
    allow=ADMIN,
    raises=(RegistrationNotFound, EmailTaken),
)
async def admit_registration(registration_id: str, actor: Actor, store: Store, platform: Platform) -> Profile:
    """Make the account, as you know whose e-mail it is."""
    return Profile.of(
        await registrations.confirm(platform, store, await registrations.load(store, actor, registration_id))
    )


@api.post("v1/admin/registrations/{registration_id}/refuse", allow=ADMIN, raises=(RegistrationNotFound,))
async def refuse_registration(registration_id: str, actor: Actor, store: Store) -> None:
    """Make no account."""
    await registrations.refuse(store, await registrations.load(store, actor, registration_id))
