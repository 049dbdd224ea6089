"""Making accounts, whoever asks for them: `actions` has the verb that needs a permission."""

from contextlib import suppress
from datetime import timedelta

from shared.access import Role
from shared.clock import derived_id
from shared.domains.accounts import administrators, directory, passwords
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import Credential, EmailTaken, Invitation, NewUser, User
from shared.domains.accounts.queries import get_user, normal_email
from shared.domains.accounts.sessions import credential_id
from shared.misconfigured import ADMINISTRATOR
from shared.platform.opened import Platform
from shared.platform.store import AlreadyExists, Origin, Stale, Store, Write, save

INVITED = timedelta(days=7)
"""How long an invitation holds."""


async def make_user(
    platform: Platform, store: Store, new: NewUser, user_id: str, *, password_hash: str = ""
) -> tuple[User, str | None]:
    """A new account of the store's tenant, and its invitation when it has no password, nor the hash of one.

    Raises EmailTaken or GuessablePassword.
    """
    if new.password is not None:
        passwords.check(new.password, new.email, new.display_name)
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
    if password_hash:
        write.create(_hashed(user.id, password_hash, store))
    elif new.password is None:
        invitation = _invite(platform, write, store.tenant, user)
    else:
        write.create(await credential(user.id, new.password, store))
    try:
        await store.commit(write.change("UserCreated", user.subject, {"email": email, "roles": sorted(user.roles)}))
    except AlreadyExists:  # the same request, again
        invitation = await _known_invitation(platform, store, user.id)
    if Role.ADMIN in user.roles:
        await administrators.join(store, user.id)
    return await get_user(store, user.id), invitation


async def give_role(store: Store, user_id: str, role: Role) -> None:
    """Add a role to an account; raises UserNotFound."""
    while True:
        user = await get_user(store, user_id)
        edited = user.with_(roles=user.roles | {role})
        with suppress(Stale):
            await save(store, edited, "RolesAssigned", {"roles": sorted(edited.roles)})
            return


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
        email=email, display_name=ADMINISTRATOR, roles=frozenset({Role.ADMIN, Role.ORGANIZER}), password=password
    )
    await make_user(platform, store, first, derived_id("usr", settings.default_tenant, email))


async def credential(user: str, password: str, store: Store) -> Credential:
    """The account's password, hashed."""
    return _hashed(user, await passwords.hashed(password), store)


def _hashed(user: str, password_hash: str, store: Store) -> Credential:
    return Credential(id=credential_id(user), user=user, password_hash=password_hash, changed_at=store.clock.now())


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
