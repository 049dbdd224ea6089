"""What administrators do with registrations: where no mail is sent, they are who confirms an address."""

from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.accounts.model import User
from shared.domains.joining import registering
from shared.domains.joining.model import Registration, RegistrationNotFound
from shared.platform.opened import Platform
from shared.platform.store import Stale, Store, Write
from shared.platform.store.listing import Listed, Selection, listed

Decidable = Allowed[Registration, Literal[Permission.CREATE_USER]]


async def load(store: Store, actor: Actor, registration_id: str) -> Decidable:
    """A registration that waits, with the proof; raises RegistrationNotFound or Forbidden."""
    registration = await store.get(Registration, registration_id)
    if registration is None:
        raise _gone()
    return allow(actor, registration, Permission.CREATE_USER)


async def waiting(
    store: Store, _: Allowed[None, Literal[Permission.CREATE_USER]], selection: Selection
) -> Listed[Registration]:
    """The registrations that nobody has confirmed yet, the oldest first."""
    return await listed(store, Registration, selection)


async def confirm(platform: Platform, store: Store, allowed: Decidable) -> User:
    """Make the account; raises EmailTaken."""
    return await registering.admit(platform, store, allowed.thing)


async def refuse(store: Store, allowed: Decidable) -> None:
    """Forget the registration; its token is void. Raises RegistrationNotFound when it was confirmed meanwhile."""
    refused = allowed.thing
    try:
        await store.commit(Write(refused.id).delete(refused).change("RegistrationRefused", refused.subject))
    except Stale:
        raise _gone() from None


def _gone() -> RegistrationNotFound:
    return RegistrationNotFound("It was confirmed, refused or forgotten; list the registrations for those that wait.")
