import asyncio

import pytest

from shared.access import Role
from shared.domains.accounts import administrators, directory, making, queries, sessions
from shared.domains.accounts.model import (
    AccountDisabled,
    EmailTaken,
    InvalidToken,
    LastAdministrator,
    NewUser,
    ProfilePatch,
    User,
    UserPatch,
    WrongCredentials,
)
from shared.errors import PreconditionFailed
from shared.platform.opened import Platform
from shared.platform.shapes import IfMatch
from shared.platform.store import Change, Origin
from tests.application import PASSWORD, a_settings
from tests.fakes import FakeClock
from tests.shared.domains.accounts import verbs

ANYHOW = IfMatch()
ADMIN = frozenset({Role.ADMIN})
HERE = Origin("anonymous", "", None, "192.0.2.1")


def a_new_user(**given) -> NewUser:
    return NewUser(**{"email": "ada@example.org", "display_name": "Ada", "password": PASSWORD, **given})


async def test_an_email_is_unique_in_its_tenant_whatever_its_case(app, platform, store):
    await verbs.create_user(platform, store, a_new_user(), "usr_1")
    with pytest.raises(EmailTaken):
        await verbs.create_user(platform, store, a_new_user(email="ADA@Example.org"), "usr_2")
    await verbs.create_user(platform, await app.store("acme"), a_new_user(), "usr_3")
    assert await store.count(User) == 1


async def test_of_many_at_once_one_gets_the_email(platform, store):
    made = [verbs.create_user(platform, store, a_new_user(password=None), f"usr_{number}") for number in range(6)]
    outcomes = await asyncio.gather(*made, return_exceptions=True)
    assert sum(isinstance(each, EmailTaken) for each in outcomes) == 5
    assert await store.count(User) == 1


async def test_a_place_whose_taker_crashed_is_free_after_a_minute(app, platform, store):
    stores = await platform.stores()
    assert await directory.take(stores, "ada@example.org", "default", "usr_crashed", store.origin)
    with pytest.raises(EmailTaken):
        await verbs.create_user(platform, store, a_new_user(), "usr_1")
    app.clock.advance(61)
    await verbs.create_user(platform, store, a_new_user(), "usr_1")


async def test_the_same_creation_again_gives_the_same_account(platform, store):
    first, _ = await verbs.create_user(platform, store, a_new_user(), "usr_1")
    again, _ = await verbs.create_user(platform, store, a_new_user(), "usr_1")
    assert again == first


async def test_new_accounts_have_the_tier_of_the_settings(platform, store):
    user, _ = await verbs.create_user(platform, store, a_new_user(), "usr_1")
    assert user.tier == "enterprise"
    other, _ = await verbs.create_user(platform, store, a_new_user(email="b@example.org", tier="free"), "usr_2")
    assert other.tier == "free"


async def test_an_invitation_sets_the_first_password_once(app, platform, store):
    user, invitation = await verbs.create_user(platform, store, a_new_user(password=None), "usr_1")
    assert invitation
    with pytest.raises(WrongCredentials):
        await sessions.sign_in(platform, HERE, user.email, PASSWORD)
    session = await sessions.accept_invitation(platform, HERE, invitation, "my first password")
    assert (await queries.authenticate(platform, session.access_token, "")).id == user.id
    await sessions.sign_in(platform, HERE, user.email, "my first password")
    with pytest.raises(InvalidToken):
        await sessions.accept_invitation(platform, HERE, invitation, "another password")


async def test_an_invitation_holds_seven_days(app, platform, store):
    _, invitation = await verbs.create_user(platform, store, a_new_user(password=None), "usr_1")
    assert invitation
    app.clock.advance(days=7, seconds=1)
    with pytest.raises(InvalidToken):
        await sessions.accept_invitation(platform, HERE, invitation, "my first password")
    with pytest.raises(InvalidToken):
        await sessions.accept_invitation(platform, HERE, "nonsense", "my first password")


async def test_the_last_administrator_keeps_the_role_and_stays_enabled(app, store):
    first, second = await app.user(Role.ADMIN), await app.user(Role.ADMIN)
    await verbs.assign_roles(store, second.id, frozenset(), ANYHOW)
    with pytest.raises(LastAdministrator):
        await verbs.assign_roles(store, first.id, frozenset({Role.ORGANIZER}), ANYHOW)
    with pytest.raises(LastAdministrator):
        await verbs.edit_user(store, first.id, UserPatch(disabled=True), ANYHOW)
    await verbs.assign_roles(store, second.id, ADMIN, ANYHOW)
    await verbs.edit_user(store, first.id, UserPatch(disabled=True), ANYHOW)
    with pytest.raises(LastAdministrator):
        await verbs.assign_roles(store, second.id, frozenset(), ANYHOW)


async def test_two_administrators_cannot_demote_each_other_at_once(app, store):
    first, second = await app.user(Role.ADMIN), await app.user(Role.ADMIN)
    demotions = [verbs.assign_roles(store, user.id, frozenset(), ANYHOW) for user in (first, second)]
    outcomes = await asyncio.gather(*demotions, return_exceptions=True)
    assert sum(isinstance(each, LastAdministrator) for each in outcomes) == 1
    left = [user for user in (await store.query(User)).items if Role.ADMIN in user.roles]
    assert {user.id for user in left} == await administrators.known(store)
    assert len(left) == 1


async def test_a_stale_demotion_leaves_the_list_of_administrators_true(app, store):
    first, _ = await app.user(Role.ADMIN), await app.user(Role.ADMIN)
    with pytest.raises(PreconditionFailed):
        await verbs.assign_roles(store, first.id, frozenset(), IfMatch(("stale",)))
    assert first.id in await administrators.known(store)


async def test_everyone_has_user(app, store):
    user = await app.user()
    assert (await verbs.assign_roles(store, user.id, frozenset({Role.REVIEWER}), ANYHOW)).roles == {
        Role.USER,
        Role.REVIEWER,
    }


async def test_a_profile_patch_merges_preferences(app, store):
    user = await app.user()
    patch = ProfilePatch.model_validate({"preferences": {"theme": "dark"}})
    edited = await verbs.edit_profile(store, user.id, patch, ANYHOW)
    assert (edited.preferences.theme, edited.preferences.notifications) == ("dark", True)
    patch = ProfilePatch.model_validate({"preferences": {"notifications": False}, "displayName": "Ada L."})
    edited = await verbs.edit_profile(store, user.id, patch, ANYHOW)
    assert (edited.preferences.theme, edited.preferences.notifications, edited.display_name) == (
        "dark",
        False,
        "Ada L.",
    )


async def test_disabling_is_told_as_such(app, store):
    user = await app.user()
    await verbs.edit_user(store, user.id, UserPatch(tier="pro"), ANYHOW)
    await verbs.edit_user(store, user.id, UserPatch(disabled=True), ANYHOW)
    await verbs.edit_user(store, user.id, UserPatch(disabled=False), ANYHOW)
    told = [each.event_type for each in (await store.query(Change, aggregate=user.id)).items]
    assert told == ["UserCreated", "UserEdited", "UserDisabled", "UserEnabled"]


async def test_a_new_password_signs_every_session_out(app, platform, store):
    user = await app.user(email="ada@example.org")
    session = await sessions.sign_in(platform, HERE, user.email, PASSWORD)
    app.clock.advance(5)
    with pytest.raises(WrongCredentials):
        await verbs.change_password(platform, store, user.id, "wrong password", "a new password")
    await verbs.change_password(platform, store, user.id, PASSWORD, "a new password")
    with pytest.raises(InvalidToken):
        await queries.authenticate(platform, session.access_token, "")
    with pytest.raises(InvalidToken):
        await sessions.refresh(platform, HERE, session.refresh_token)
    renewed = await sessions.sign_in(platform, HERE, user.email, "a new password")
    assert (await queries.authenticate(platform, renewed.access_token, "")).id == user.id


async def test_the_first_administrator_is_made_once_by_however_many(tmp_path):
    settings = a_settings(tmp_path, bootstrap_admin_email="Admin@localhost", bootstrap_admin_password=PASSWORD)
    platform = Platform(settings, FakeClock())
    try:
        await asyncio.gather(*(making.ensure_first_administrator(platform) for _ in range(5)))
        await making.ensure_first_administrator(platform)
        store = (await platform.stores()).open("default")
        (admin,) = (await store.query(User)).items
        assert Role.ADMIN in admin.roles
        assert await administrators.known(store) == {admin.id}
        await sessions.sign_in(platform, HERE, "admin@localhost", PASSWORD)
    finally:
        await platform.close()


async def test_without_settings_there_is_no_first_administrator(platform, store):
    await making.ensure_first_administrator(platform)
    assert await store.count(User) == 0


async def test_a_creation_that_crashed_before_its_answer_gives_the_invitation_again(app, platform, store):
    user, lost = await verbs.create_user(platform, store, a_new_user(password=None), "usr_1")
    _, again = await verbs.create_user(platform, store, a_new_user(password=None), "usr_1")
    assert lost == again
    await sessions.accept_invitation(platform, HERE, again or "", "my first password")
    assert (await verbs.create_user(platform, store, a_new_user(password=None), user.id))[1] is None


async def test_a_disabled_account_cannot_accept_its_invitation(app, platform, store):
    user, invitation = await verbs.create_user(platform, store, a_new_user(password=None), "usr_1")
    await verbs.edit_user(store, user.id, UserPatch(disabled=True), ANYHOW)
    with pytest.raises(AccountDisabled):
        await sessions.accept_invitation(platform, HERE, invitation or "", "my first password")
    await verbs.edit_user(store, user.id, UserPatch(disabled=False), ANYHOW)
    await sessions.accept_invitation(platform, HERE, invitation or "", "my first password")
