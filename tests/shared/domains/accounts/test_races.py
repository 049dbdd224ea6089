"""Accounts changed by several at once: each test stops one of them on the way and lets the others happen."""

import asyncio
import random
from contextlib import suppress

import bcrypt
import pytest

from shared.access import Role
from shared.domains.accounts import sessions
from shared.domains.accounts.model import (
    Credential,
    InvalidToken,
    LastAdministrator,
    NewUser,
    User,
    UserPatch,
    WrongCredentials,
)
from shared.domains.accounts.queries import authenticate
from shared.domains.accounts.sessions import credential_id
from shared.platform.shapes import IfMatch
from shared.platform.store import Origin, Stale, Write
from tests.application import PASSWORD
from tests.shared.domains.accounts import verbs
from tests.shared.domains.accounts.held import Held

ANYHOW = IfMatch()
HERE = Origin("anonymous", "chain", None, "192.0.2.1")
NEW = "a new password"


@pytest.fixture
async def ada(app):
    return await app.user(email="ada@example.org")


async def sign_in(app, password=PASSWORD):
    return await sessions.sign_in(app.platform, HERE, "ada@example.org", password)


def refresh(app, session):
    return asyncio.create_task(sessions.refresh(app.platform, HERE, session.refresh_token))


def sign_out(app, session):
    return sessions.sign_out(app.platform, HERE, session.refresh_token)


async def assert_dead(app, *tokens):
    for session in tokens:
        with pytest.raises(InvalidToken):
            await authenticate(app.platform, session.access_token, "")
        with pytest.raises(InvalidToken):
            await sessions.refresh(app.platform, HERE, session.refresh_token)


async def assert_alive(app, session):
    await authenticate(app.platform, session.access_token, "")
    await sessions.refresh(app.platform, HERE, session.refresh_token)


async def test_signing_out_ends_the_access_tokens_of_that_sign_in_only(app, ada):
    here, elsewhere = await sign_in(app), await sign_in(app)
    renewed = await sessions.refresh(app.platform, HERE, here.refresh_token)
    await sign_out(app, renewed)
    await assert_dead(app, here, renewed)
    await assert_alive(app, elsewhere)


async def test_signing_out_wins_against_a_refresh_that_is_not_yet_written(app, ada, monkeypatch):
    session = await sign_in(app)
    held = Held(monkeypatch, "RefreshTokenRotated")
    _, refused = await held.meanwhile(refresh(app, session), sign_out(app, session))
    assert isinstance(refused, InvalidToken)
    await assert_dead(app, session)


async def test_signing_out_wins_against_a_refresh_that_is_not_yet_answered(app, ada, monkeypatch):
    session = await sign_in(app)
    held = Held(monkeypatch, "RefreshTokenRotated", after=True)
    _, renewed = await held.meanwhile(refresh(app, session), sign_out(app, session))
    await assert_dead(app, session, renewed)


async def test_signing_out_wins_against_a_refresh_in_its_middle(app, ada, monkeypatch):
    session = await sign_in(app)
    held = Held(monkeypatch, "RefreshFamilyRevoked")
    leaving = asyncio.create_task(sign_out(app, session))
    renewed, done = await held.meanwhile(leaving, refresh(app, session))
    assert done is None
    await assert_dead(app, session, renewed)


async def test_who_signs_out_all_the_time_is_signed_out_everywhere_in_the_end(app, ada):
    other = await sign_in(app)
    ended = []
    for _ in range(51):
        ended.append(await sign_in(app))
        await sign_out(app, ended[-1])
    await assert_dead(app, *ended, other)
    await assert_alive(app, await sign_in(app))


async def test_a_new_password_ends_what_was_got_in_the_same_moment_before_and_nothing_after(app, ada, store):
    before = await sign_in(app)
    await verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW)
    after = await sign_in(app, NEW)
    await assert_dead(app, before)
    await assert_alive(app, after)


async def test_disabling_ends_what_was_got_in_the_same_moment_before(app, ada, store):
    before = await sign_in(app)
    await verbs.edit_user(store, ada.id, UserPatch(disabled=True), ANYHOW)
    await verbs.edit_user(store, ada.id, UserPatch(disabled=False), ANYHOW)
    await assert_dead(app, before)
    await assert_alive(app, await sign_in(app))


async def test_a_new_password_ends_a_refresh_under_way(app, ada, store, monkeypatch):
    session = await sign_in(app)
    held = Held(monkeypatch, "RefreshTokenRotated", after=True)
    change = verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW)
    _, renewed = await held.meanwhile(refresh(app, session), change)
    await assert_dead(app, session, renewed)


async def test_a_sign_in_by_the_old_password_under_way_comes_to_nothing(app, ada, store, monkeypatch):
    held = Held(monkeypatch, "UserSignedIn")
    change = verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW)
    _, refused = await held.meanwhile(asyncio.create_task(sign_in(app)), change)
    assert isinstance(refused, Stale)
    await assert_alive(app, await sign_in(app, NEW))


async def test_a_sign_in_that_renews_an_old_hash_never_brings_the_old_password_back(app, ada, store, monkeypatch):
    credential = await store.get(Credential, credential_id(ada.id), ada.id)
    imported = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await store.commit(Write(ada.id).replace(credential.with_(password_hash=imported)))
    held = Held(monkeypatch, "UserSignedIn")
    change = verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW)
    await held.meanwhile(asyncio.create_task(sign_in(app)), change)
    with pytest.raises(WrongCredentials):
        await sign_in(app)
    await sign_in(app, NEW)


async def test_a_new_password_is_set_although_somebody_signs_in_meanwhile(app, ada, store, monkeypatch):
    held = Held(monkeypatch, "PasswordChanged")
    change = asyncio.create_task(verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW))
    session, done = await held.meanwhile(change, sign_in(app))
    assert done is None
    await assert_dead(app, session)
    await sign_in(app, NEW)


async def test_of_two_new_passwords_at_once_the_first_counts(app, ada, store, monkeypatch):
    held = Held(monkeypatch, "PasswordChanged")
    second = asyncio.create_task(verbs.change_password(app.platform, store, ada.id, PASSWORD, "another password"))
    _, refused = await held.meanwhile(second, verbs.change_password(app.platform, store, ada.id, PASSWORD, NEW))
    assert isinstance(refused, WrongCredentials)
    await sign_in(app, NEW)


async def test_disabling_an_account_that_accepts_its_invitation_leaves_no_session(app, store, monkeypatch):
    new = NewUser(email="ada@example.org", display_name="Ada")
    user, invitation = await verbs.create_user(app.platform, store, new, "usr_1")
    assert invitation
    held = Held(monkeypatch, "UserSignedIn")
    accepting = asyncio.create_task(sessions.accept_invitation(app.platform, HERE, invitation, PASSWORD))
    disabling = verbs.edit_user(store, user.id, UserPatch(disabled=True), ANYHOW)
    _, refused = await held.meanwhile(accepting, disabling)
    assert type(refused).__name__ == "AccountDisabled"
    await verbs.edit_user(store, user.id, UserPatch(disabled=False), ANYHOW)
    await sessions.accept_invitation(app.platform, HERE, invitation, PASSWORD)


async def administrators(store):
    return [user.id for user in (await store.query(User)).items if user.administers]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("change", "edit"),
    [
        ("UserEdited", lambda store, user: verbs.edit_user(store, user, UserPatch(display_name="Ada L."), ANYHOW)),
        ("RolesAssigned", lambda store, user: verbs.assign_roles(store, user, frozenset({Role.ADMIN}), ANYHOW)),
        ("UserDisabled", lambda store, user: verbs.edit_user(store, user, UserPatch(disabled=True), ANYHOW)),
    ],
    ids=["rename", "promotion", "disabling"],
)
async def test_a_demotion_beside_another_edit_leaves_an_administrator(app, store, monkeypatch, change, edit, after):
    first, second = await app.user(Role.ADMIN), await app.user(Role.ADMIN)
    demotion = verbs.assign_roles(store, first.id, frozenset({Role.ORGANIZER}), ANYHOW)
    held = Held(monkeypatch, change, after=after)
    await held.meanwhile(asyncio.create_task(edit(store, first.id)), demotion)
    assert first.id not in await administrators(store), "no stale copy undoes a demotion"
    with pytest.raises(LastAdministrator):
        await verbs.assign_roles(store, second.id, frozenset(), ANYHOW)
    assert await administrators(store) == [second.id]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_done_at_once_an_administrator_stays(app, store, seed):
    dice = random.Random(seed)
    users = [(await app.user(Role.ADMIN)).id for _ in range(3)]
    edits = (
        lambda user: verbs.assign_roles(store, user, frozenset({Role.ADMIN}), ANYHOW),
        lambda user: verbs.assign_roles(store, user, frozenset(), ANYHOW),
        lambda user: verbs.edit_user(store, user, UserPatch(disabled=dice.random() < 0.7), ANYHOW),
        lambda user: verbs.edit_user(store, user, UserPatch(display_name="Ada L."), ANYHOW),
    )

    async def somebody():
        for _ in range(15):
            with suppress(LastAdministrator, Stale):
                await dice.choice(edits)(dice.choice(users))
            assert await administrators(store)

    await asyncio.gather(*(somebody() for _ in range(4)))
