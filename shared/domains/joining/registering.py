"""Registering: an account is asked for, and made once its address is confirmed, by a token or by an administrator.

Whoever asks learns nothing about accounts: nothing is looked up, and each request does the same.
"""

from contextlib import suppress
from datetime import timedelta

from shared.clock import derived_id
from shared.domains.accounts import making, passwords, sessions
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import InvalidToken, NewUser, Session, User
from shared.domains.accounts.queries import email_key, normal_email
from shared.domains.joining.model import Register, Registration, RegistrationClosed
from shared.platform.limits import REGISTRATION_ADDRESS, REGISTRATION_EMAIL
from shared.platform.opened import Platform
from shared.platform.store import Origin, Stale, Store, Write, save

HOLDS = timedelta(days=3)
"""How long a registration waits to be confirmed."""
PURPOSE = "registration"


async def register(platform: Platform, origin: Origin, asked: Register, registration_id: str) -> None:
    """Ask for an account; raises RegistrationClosed, GuessablePassword or RateLimited."""
    email = normal_email(asked.email)
    _check_open(platform, email)
    passwords.check(asked.password, email, asked.display_name)
    permits = await platform.permits()
    await permits.take(f"registration {origin.address}", REGISTRATION_ADDRESS)
    await permits.take(f"registration {email_key(email)}", REGISTRATION_EMAIL)
    store = (await platform.stores()).open(platform.settings.default_tenant, origin)
    registration = Registration(
        id=registration_id,
        email=email,
        display_name=asked.display_name,
        password_hash=await passwords.hashed(asked.password),
        token_hash=handle_of(platform, store.tenant, registration_id).hash,
        created_at=store.clock.now(),
        expires_at=store.clock.now() + HOLDS,
    )
    await save(store, registration, "RegistrationAsked")


async def confirm(platform: Platform, origin: Origin, token: str) -> Session:
    """Make the account and sign in; raises InvalidToken or EmailTaken."""
    handle = Handle.read(token)
    if handle is None or handle.user != PURPOSE or not handle.is_genuine(platform.settings):
        raise _unknown()
    store = (await platform.stores()).open(handle.tenant, origin)
    registration = await store.get(Registration, handle.record)
    if registration is None or registration.token_hash != handle.hash:
        raise _unknown()
    return await sessions.begin(platform, store, await admit(platform, store, registration))


async def admit(platform: Platform, store: Store, registration: Registration) -> User:
    """The account that was asked for, made once however often; raises EmailTaken."""
    new = NewUser(email=registration.email, display_name=registration.display_name)
    user_id = derived_id("usr", registration.id)
    user, _ = await making.make_user(platform, store, new, user_id, password_hash=registration.password_hash)
    done = Write(registration.id).delete(registration)
    with suppress(Stale):  # somebody else confirms it at the same moment
        await store.commit(done.change("RegistrationConfirmed", registration.subject, {"userId": user.id}))
    return user


def handle_of(platform: Platform, tenant: str, registration_id: str) -> Handle:
    """The token's handle, the same again for whoever mails it."""
    return Handle.made(platform.settings, tenant, PURPOSE, registration_id)


def _check_open(platform: Platform, email: str) -> None:
    mode, domains = platform.settings.registration_mode, platform.settings.domains
    if mode == "closed":
        raise RegistrationClosed("Ask an administrator for an account, or an organizer for a join link.")
    if mode == "domains" and email.rpartition("@")[2] not in domains:
        raise RegistrationClosed(f"Register with an e-mail of {', '.join(sorted(domains))}, or ask an administrator.")


def _unknown() -> InvalidToken:
    return InvalidToken("The token is unknown, used or expired; register again.")
