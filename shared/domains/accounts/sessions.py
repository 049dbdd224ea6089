"""Signing in, staying signed in, signing out."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from shared.domains.accounts import directory, passwords
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import (
    Credential,
    InvalidToken,
    Invitation,
    RefreshFamily,
    Session,
    User,
    WrongCredentials,
)
from shared.domains.accounts.queries import check_usable, email_key, store_of, tokens_of
from shared.domains.accounts.throttle import Throttle
from shared.domains.accounts.tokens import LEEWAY
from shared.platform.opened import Platform
from shared.platform.store import Origin, Stale, Store, Stores, Write
from shared.platform.store.tenants import SYSTEM

GRACE = timedelta(seconds=30)
"""How long the previous refresh token still gets the same successor: for lost answers and second tabs."""
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose password was given."""

    store: Store
    user: User
    credential: Credential


async def sign_in(platform: Platform, origin: Origin, email: str, password: str) -> Session:
    """Tokens for whoever knows the password; raises WrongCredentials, TooManyFailures or what forbids the account."""
    stores = await platform.stores()
    async with passwords.slot():
        account = await _proven(stores, platform, origin, email, password)
    check_usable(account.user, platform.clock)
    renewed = await passwords.hashed(password) if passwords.outdated(account.credential.password_hash) else None
    for _ in range(ATTEMPTS):
        write = Write(account.user.id)
        if renewed:
            write.put(account.credential.with_(password_hash=renewed, changed_at=platform.clock.now()))
        with suppress(Stale):
            return await _begin(platform, account.store, account.user, write)
    raise Stale("The account is being changed; try again.")


async def refresh(platform: Platform, origin: Origin, token: str) -> Session:
    """The successor of a refresh token, and an access token; using an old one again revokes the family."""
    for _ in range(ATTEMPTS):
        with suppress(Stale):
            return await _refresh(platform, origin, token)
    raise Stale("The session is being changed; try again.")


async def sign_out(platform: Platform, origin: Origin, token: str) -> None:
    """End the sign-in that a refresh token comes from, with all its tokens; nothing when there is none."""
    handle = Handle.read(token)
    store = store_of(await platform.stores(), handle.tenant, _as(origin, handle.user)) if handle else None
    if handle and store and handle.is_genuine(platform.settings):
        await _revoke(platform, store, handle, "signed out")


async def accept_invitation(platform: Platform, origin: Origin, token: str, password: str) -> Session:
    """Set the first password, or a new one, end all that was signed in before, and sign in.

    Raises InvalidToken, GuessablePassword or what forbids the account.
    """
    handle = Handle.read(token)
    if handle is None or not handle.is_genuine(platform.settings):
        raise _unknown_invitation()
    store = (await platform.stores()).open(handle.tenant, _as(origin, handle.user))
    _, invited = await _invited(platform, store, handle)
    passwords.check(password, invited.email, invited.display_name)
    hashed = await passwords.hashed(password)
    for _ in range(ATTEMPTS):
        invitation, user = await _invited(platform, store, handle)
        credential = Credential(
            id=credential_id(user.id), user=user.id, password_hash=hashed, changed_at=platform.clock.now()
        )
        told = "InvitationAccepted" if invitation.epoch is None else "PasswordReset"
        write = Write(user.id).delete(invitation).put(credential).change(told, user.subject)
        with suppress(Stale):
            return await _begin(platform, store, user, write, anew=True)
    raise Stale("The account is being changed; try again.")


async def begin(platform: Platform, store: Store, user: User) -> Session:
    """Sign in whoever has just proven in another way that the account is theirs."""
    for _ in range(ATTEMPTS):
        with suppress(Stale):
            return await _begin(platform, store, user, Write(user.id))
    raise Stale("The account is being changed; try again.")


def credential_id(user: str) -> str:
    return f"password_{user}"


async def _invited(platform: Platform, store: Store, handle: Handle) -> tuple[Invitation, User]:
    """Whose invitation it is; raises InvalidToken or what forbids the account."""
    invitation = await store.get(Invitation, handle.record, handle.user)
    user = await store.get(User, handle.user)
    if invitation is None or invitation.token_hash != handle.hash or user is None:
        raise _unknown_invitation()
    if invitation.epoch not in (None, user.epoch):
        raise _unknown_invitation()
    check_usable(user, platform.clock)
    return invitation, user


async def _proven(stores: Stores, platform: Platform, origin: Origin, email: str, password: str) -> Account:
    throttle = Throttle(stores.open(SYSTEM, origin), email, origin.address)
    await throttle.check()
    account = await _matching(stores, origin, email, password)
    if account is None:
        await throttle.failed()
        await _record_failure(stores, platform, origin, email)
        raise WrongCredentials
    await throttle.succeeded()
    return account


async def _matching(stores: Stores, origin: Origin, email: str, password: str) -> Account | None:
    """The account of this e-mail whose password it is; as slow when there is no account."""
    places = await directory.places(stores, email)
    if not places:
        await passwords.verified(password, None)
    for place in places:
        store = stores.open(place.tenant, _as(origin, place.user))
        user = await store.get(User, place.user)
        credential = await store.get(Credential, credential_id(place.user), place.user)
        right = await passwords.verified(password, credential.password_hash if credential else None)
        if right and user and credential:
            return Account(store, user, credential)
    return None


async def _record_failure(stores: Stores, platform: Platform, origin: Origin, email: str) -> None:
    """In the account's tenant, or in the default one when there is no account: as much work in both cases."""
    places = await directory.places(stores, email)
    tenant = places[0].tenant if places else platform.settings.default_tenant
    subject = f"user/{places[0].user}" if places else f"email/{email_key(email)}"
    failure = Write(subject.partition("/")[2]).change("SignInFailed", subject, {"address": origin.address})
    await stores.open(tenant, origin).commit(failure)


async def _begin(platform: Platform, store: Store, proven: User, write: Write, *, anew: bool = False) -> Session:
    """Add a new family of refresh tokens to the transaction, note its sign-in on the account, and commit it.

    `anew` ends everything that was signed in before.

    Raises Stale, also when the password or the account's state changed since it was proven, and what forbids it.
    """
    now = platform.clock.now()
    user = await store.get(User, proven.id)
    if user is None or user.epoch != proven.epoch:
        raise Stale
    check_usable(user, platform.clock)
    if anew:
        user = user.signed_out_everywhere()
    family_id = platform.clock.new_id("fam")
    handle = Handle.made(platform.settings, store.tenant, user.id, family_id)
    family = RefreshFamily(
        id=family_id,
        user=user.id,
        token_hash=handle.hash,
        epoch=user.epoch,
        started_at=now,
        rotated_at=now,
        expires_at=now + timedelta(days=platform.settings.refresh_token_days),
    )
    write.replace(user.with_(last_login_at=now)).create(family)
    await store.commit(write.change("UserSignedIn", user.subject, {"family": family.id}))
    return _session(platform, user, handle)


async def _refresh(platform: Platform, origin: Origin, token: str) -> Session:
    found = await _family(platform, origin, token)
    if found is None or found[2].revoked:
        raise _signed_out()
    store, handle, family = found
    user = await store.get(User, family.user)
    if user is None:
        raise _signed_out()
    check_usable(user, platform.clock)
    if family.epoch != user.epoch:
        raise _signed_out()
    now = platform.clock.now()
    if family.token_hash == handle.hash:
        successor = Handle.made(platform.settings, handle.tenant, handle.user, handle.record, family.generation + 1)
        rotated = family.with_(token_hash=successor.hash, generation=successor.generation, rotated_at=now)
        await store.commit(Write(user.id).replace(rotated).change("RefreshTokenRotated", family.subject))
        return _session(platform, user, successor)
    if not handle.is_genuine(platform.settings):
        raise _signed_out()
    if handle.generation == family.generation - 1 and now < family.rotated_at + GRACE:
        successor = Handle.made(platform.settings, handle.tenant, handle.user, handle.record, family.generation)
        return _session(platform, user, successor)
    await _revoke(platform, store, handle, "a refresh token was used again")
    raise _signed_out()


async def _family(platform: Platform, origin: Origin, token: str) -> tuple[Store, Handle, RefreshFamily] | None:
    handle = Handle.read(token)
    store = store_of(await platform.stores(), handle.tenant, _as(origin, handle.user)) if handle else None
    if handle is None or store is None:
        return None
    family = await store.get(RefreshFamily, handle.record, handle.user)
    return (store, handle, family) if family else None


async def _revoke(platform: Platform, store: Store, handle: Handle, reason: str) -> None:
    """End a family and the access tokens that came of it, whatever else is done to it at the same moment."""
    tokens = tokens_of(platform)
    while True:
        family = await store.get(RefreshFamily, handle.record, handle.user)
        user = await store.get(User, handle.user)
        if family is None or family.revoked or user is None:
            return
        without = user.signed_out_of(family.id, platform.clock.now(), tokens.lifetime + timedelta(seconds=LEEWAY))
        write = Write(user.id).replace(family.with_(revoked=True)).replace(without)
        with suppress(Stale):
            await store.commit(write.change("RefreshFamilyRevoked", family.subject, {"reason": reason}))
            return


def _session(platform: Platform, user: User, handle: Handle) -> Session:
    tokens = tokens_of(platform)
    return Session(
        access_token=tokens.issue(user, handle.tenant, family=handle.record),
        expires_in=int(tokens.lifetime.total_seconds()),
        refresh_token=handle.text,
    )


def _as(origin: Origin, user: str) -> Origin:
    return Origin(user, origin.correlation_id, origin.causation_id, origin.address)


def _signed_out() -> InvalidToken:
    return InvalidToken("The refresh token is not valid any more; sign in again.")


def _unknown_invitation() -> InvalidToken:
    return InvalidToken("The invitation is unknown, used or expired; ask for a new one.")
