"""What is done to accounts."""

from contextlib import suppress
from datetime import timedelta

from shared.access import Role
from shared.clock import derived_id
from shared.domains.accounts import administrators, directory, passwords
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import (
    Credential,
    EmailTaken,
    Invitation,
    NewUser,
    ProfilePatch,
    User,
    UserPatch,
    WrongCredentials,
)
from shared.domains.accounts.queries import get_user, normal_email
from shared.domains.accounts.sessions import ATTEMPTS, credential_id
from shared.domains.accounts.throttle import Throttle
from shared.platform.opened import Platform
from shared.platform.shapes import IfMatch
from shared.platform.store import AlreadyExists, Origin, Stale, Store, Write, save
from shared.platform.store.tenants import SYSTEM

INVITED = timedelta(days=7)
"""How long an invitation holds."""


async def create_user(platform: Platform, store: Store, new: NewUser, user_id: str) -> tuple[User, str | None]:
    """A new account of the store's tenant, and its invitation when it has no password; raises EmailTaken."""
    stores = await platform.stores()
    email = normal_email(new.email)
    if not await directory.take(stores, email, store.tenant, user_id, store.origin):
        raise EmailTaken("Sign in with it, or use another e-mail.")
    now = store.clock.now()
    user = User(
        id=user_id,
        email=email,
        display_name=new.display_name,
        roles=new.roles | {Role.USER},
        tier=new.tier or platform.settings.tier,
        created_at=now,
    )
    write = Write(user.id).create(user)
    invitation = None
    if new.password is None:
        invitation = _invite(platform, write, store.tenant, user)
    else:
        write.create(await _credential(user.id, new.password, store))
    try:
        await store.commit(write.change("UserCreated", user.subject, {"email": email, "roles": sorted(user.roles)}))
    except AlreadyExists:  # the same request, again
        invitation = await _known_invitation(platform, store, user.id)
    if Role.ADMIN in user.roles:
        await administrators.join(store, user.id)
    return await get_user(store, user.id), invitation


async def edit_user(store: Store, user_id: str, patch: UserPatch, if_match: IfMatch) -> User:
    """Rename, disable, enable or change the tier; raises LastAdministrator."""
    user = await get_user(store, user_id)
    if_match.check(user)
    edited = patch.applied_to(user)
    if edited.disabled and not user.disabled:
        edited = edited.signed_out_everywhere()
    change = "UserEdited" if edited.disabled == user.disabled else "UserDisabled" if edited.disabled else "UserEnabled"
    return await _saved(store, user, edited, change, sorted(patch.model_fields_set))


async def assign_roles(store: Store, user_id: str, roles: frozenset[Role], if_match: IfMatch) -> User:
    """Give the account exactly these roles and `user`; raises LastAdministrator."""
    user = await get_user(store, user_id)
    if_match.check(user)
    edited = user.with_(roles=roles | {Role.USER})
    return await _saved(store, user, edited, "RolesAssigned", sorted(edited.roles))


async def edit_profile(store: Store, user_id: str, patch: ProfilePatch, if_match: IfMatch) -> User:
    """Change one's own name or preferences."""
    user = await get_user(store, user_id)
    if_match.check(user)
    return await save(store, patch.applied_to(user), "ProfileEdited", {"fields": sorted(patch.model_fields_set)})


async def change_password(platform: Platform, store: Store, user_id: str, current: str, new: str) -> None:
    """Set a new password and sign every session out; raises WrongCredentials or TooManyFailures."""
    for _ in range(ATTEMPTS):
        user = await get_user(store, user_id)
        await _prove(platform, store, user, current)
        write = Write(user.id).replace(user.signed_out_everywhere()).put(await _credential(user.id, new, store))
        with suppress(Stale):
            await store.commit(write.change("PasswordChanged", user.subject))
            return
    raise Stale("The account is being changed; try again.")


async def _prove(platform: Platform, store: Store, user: User, password: str) -> None:
    throttle = Throttle((await platform.stores()).open(SYSTEM, store.origin), user.email, store.origin.address)
    there = await store.get(Credential, credential_id(user.id), user.id)
    async with passwords.slot():
        await throttle.check()
        if not await passwords.verified(password, there.password_hash if there else None):
            await throttle.failed()
            raise WrongCredentials


async def ensure_first_administrator(platform: Platform) -> None:
    """Make the administrator of the settings, unless the tenant has one; safe to do by many at once."""
    settings = platform.settings
    password = settings.bootstrap_admin_password.get_secret_value()
    if not (settings.bootstrap_admin_email and password):
        return
    store = (await platform.stores()).open(settings.default_tenant, Origin("system"))
    if await administrators.known(store):
        return
    email = normal_email(settings.bootstrap_admin_email)
    first = NewUser(
        email=email, display_name="Administrator", roles=frozenset({Role.ADMIN, Role.ORGANIZER}), password=password
    )
    await create_user(platform, store, first, derived_id("usr", settings.default_tenant, email))


async def _saved(store: Store, user: User, edited: User, change: str, told: list[str]) -> User:
    """Save, so that at every moment the tenant has an administrator."""
    if user.administers and not edited.administers:
        await administrators.leave(store, user.id)
    try:
        saved = await save(store, edited, change, {"fields" if change != "RolesAssigned" else "roles": told})
    except Stale:
        if user.administers:
            await administrators.join(store, user.id)
        raise
    if edited.administers:
        await administrators.join(store, user.id)
    return saved


async def _credential(user: str, password: str, store: Store) -> Credential:
    hashed = await passwords.hashed(password)
    return Credential(id=credential_id(user), user=user, password_hash=hashed, changed_at=store.clock.now())


def _invite(platform: Platform, write: Write, tenant: str, user: User) -> str:
    """Add an invitation to the account's transaction; its token."""
    handle = _invitation(platform, tenant, user.id)
    expires_at = platform.clock.now() + INVITED
    write.create(Invitation(id=handle.record, user=user.id, token_hash=handle.hash, expires_at=expires_at))
    return handle.text


async def _known_invitation(platform: Platform, store: Store, user: str) -> str | None:
    """The account's invitation while it holds: whoever crashed before answering has shown it to nobody."""
    handle = _invitation(platform, store.tenant, user)
    return handle.text if await store.get(Invitation, handle.record, user) else None


def _invitation(platform: Platform, tenant: str, user: str) -> Handle:
    return Handle.made(platform.settings, tenant, user, derived_id("inv", user))
