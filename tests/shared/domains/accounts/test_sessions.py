import asyncio
from datetime import timedelta

import bcrypt
import pytest

from shared.access import Role
from shared.domains.accounts import passwords, sessions
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import (
    AccountBanned,
    AccountDisabled,
    Credential,
    InvalidToken,
    RefreshFamily,
    Restriction,
    TooManyFailures,
    User,
    WrongCredentials,
)
from shared.domains.accounts.queries import authenticate
from shared.domains.accounts.sessions import credential_id
from shared.platform.store import Change, Origin, Write, save
from tests.application import PASSWORD

HERE = Origin("anonymous", "chain", None, "192.0.2.1")


async def sign_in(app, email="ada@example.org", password=PASSWORD, address="192.0.2.1"):
    return await sessions.sign_in(app.platform, Origin("anonymous", "chain", None, address), email, password)


async def changes(store, aggregate):
    return [each.event_type for each in (await store.query(Change, aggregate=aggregate)).items]


@pytest.fixture
async def ada(app):
    return await app.user(Role.PRESENTER, email="ada@example.org")


async def test_signing_in_is_noted_on_the_account_with_its_change(app, ada, store):
    app.clock.advance(60)
    session = await sign_in(app)
    actor = await authenticate(app.platform, session.access_token, "192.0.2.1")
    assert (actor.id, actor.tenant) == (ada.id, "default")
    assert actor.roles == {Role.PRESENTER, Role.USER}
    assert (await store.get(User, ada.id)).last_login_at == app.clock.now()
    assert await changes(store, ada.id) == ["UserCreated", "UserSignedIn"]


async def test_an_account_is_found_in_whatever_tenant_it_is(app):
    await app.user(email="ada@example.org", tenant="acme", password="the password at acme")
    await app.user(email="ada@example.org", tenant="default")
    for password, tenant in (("the password at acme", "acme"), (PASSWORD, "default")):
        session = await sign_in(app, password=password)
        assert (await authenticate(app.platform, session.access_token, "")).tenant == tenant


async def test_wrong_password_and_unknown_email_get_the_same_answer(app, ada):
    with pytest.raises(WrongCredentials) as wrong:
        await sign_in(app, password="wrong password")
    with pytest.raises(WrongCredentials) as unknown:
        await sign_in(app, email="nobody@example.org")
    assert (wrong.value.detail, wrong.value.headers) == (unknown.value.detail, unknown.value.headers)


async def test_failures_are_recorded_with_the_account_or_without(app, ada, store):
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(WrongCredentials):
            await sign_in(app, email=email, password="wrong password")
    failures = [each for each in (await store.query(Change)).items if each.event_type == "SignInFailed"]
    assert sorted(each.subject.split("/")[0] for each in failures) == ["email", "user"]
    assert "nobody@example.org" not in str(failures)


async def test_ten_failures_close_the_account_for_a_quarter_of_an_hour(app, ada):
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in(app, password="wrong password", address=f"192.0.2.{number}")
    with pytest.raises(TooManyFailures) as closed:
        await sign_in(app, address="198.51.100.1")
    assert closed.value.headers == {"Retry-After": "900"}
    app.clock.advance(minutes=15)
    await sign_in(app)


async def test_200_failures_close_an_address_for_every_account(app, ada, monkeypatch):
    monkeypatch.setattr(passwords, "verified", verified_at_once)
    for number in range(200):
        with pytest.raises(WrongCredentials):
            await sign_in(app, email=f"guess{number}@example.org", password="wrong password")
    with pytest.raises(TooManyFailures):
        await sign_in(app)
    await sign_in(app, address="198.51.100.1")


async def verified_at_once(password, _):
    return password == PASSWORD


async def test_many_guesses_at_once_are_no_way_round(app, ada):
    guesses = [sign_in(app, password="wrong password", address=f"192.0.2.{number}") for number in range(25)]
    outcomes = [type(each) for each in await asyncio.gather(*guesses, return_exceptions=True)]
    assert outcomes.count(WrongCredentials) <= 11
    assert outcomes.count(TooManyFailures) >= 14


async def test_success_forgets_the_failures_of_the_account(app, ada):
    for _ in range(3):
        for number in range(9):
            with pytest.raises(WrongCredentials):
                await sign_in(app, password="wrong password", address=f"192.0.2.{number}")
        await sign_in(app, address="198.51.100.1")
        app.clock.advance(minutes=16)


async def test_disabled_and_banned_accounts_do_not_sign_in(app, ada, store):
    disabled = await save(store, ada.with_(disabled=True), "UserDisabled")
    with pytest.raises(AccountDisabled):
        await sign_in(app)
    until = app.clock.now() + timedelta(hours=1)
    ban = Restriction(reason="spam", by="usr_2", until=until)
    await save(store, disabled.with_(disabled=False, banned=ban), "UserBanned")
    with pytest.raises(AccountBanned, match="spam"):
        await sign_in(app)
    app.clock.advance(hours=1)
    await sign_in(app)


async def test_an_imported_hash_is_made_anew_at_the_next_sign_in(app, ada, store):
    credential = await store.get(Credential, credential_id(ada.id), ada.id)
    imported = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await store.commit(Write(ada.id).replace(credential.with_(password_hash=imported)))
    await sign_in(app)
    renewed = await store.get(Credential, credential_id(ada.id), ada.id)
    assert renewed.password_hash.startswith("$argon2id$")
    await sign_in(app)


async def test_a_refresh_token_is_exchanged_for_its_successor(app, ada):
    session = await sign_in(app)
    app.clock.advance(minutes=20)
    renewed = await sessions.refresh(app.platform, HERE, session.refresh_token)
    assert renewed.refresh_token != session.refresh_token
    assert (await authenticate(app.platform, renewed.access_token, "")).id == ada.id


async def test_the_previous_token_gets_the_same_successor_for_half_a_minute(app, ada):
    session = await sign_in(app)
    first = await sessions.refresh(app.platform, HERE, session.refresh_token)
    app.clock.advance(29)
    assert (await sessions.refresh(app.platform, HERE, session.refresh_token)).refresh_token == first.refresh_token
    await sessions.refresh(app.platform, HERE, first.refresh_token)


async def test_tabs_that_refresh_at_once_get_one_successor(app, ada):
    session = await sign_in(app)
    asked = [sessions.refresh(app.platform, HERE, session.refresh_token) for _ in range(4)]
    assert len({renewed.refresh_token for renewed in await asyncio.gather(*asked)}) == 1


async def test_reuse_after_the_grace_revokes_the_whole_family(app, ada, store):
    session = await sign_in(app)
    renewed = await sessions.refresh(app.platform, HERE, session.refresh_token)
    app.clock.advance(31)
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, session.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, renewed.refresh_token)
    assert (await changes(store, ada.id))[-1] == "RefreshFamilyRevoked"


async def test_a_grandparent_revokes_the_family_at_once(app, ada):
    session = await sign_in(app)
    child = await sessions.refresh(app.platform, HERE, session.refresh_token)
    grandchild = await sessions.refresh(app.platform, HERE, child.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, session.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, grandchild.refresh_token)


async def test_a_guessed_token_revokes_nothing(app, ada):
    session = await sign_in(app)
    forged = session.refresh_token[:-6] + "AAAAAA"
    for token in (forged, "", "x", "é", "a" * 2000, session.access_token):
        with pytest.raises(InvalidToken):
            await sessions.refresh(app.platform, HERE, token)
    await sessions.refresh(app.platform, HERE, session.refresh_token)


async def test_a_family_ends_after_30_days_whatever_its_use(app, ada):
    session = await sign_in(app)
    for _ in range(30):
        session = await sessions.refresh(app.platform, HERE, session.refresh_token)
        app.clock.advance(days=1)
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, session.refresh_token)


async def test_signing_out_revokes_the_family_and_no_other(app, ada):
    here, elsewhere = await sign_in(app), await sign_in(app)
    await sessions.sign_out(app.platform, HERE, here.refresh_token)
    await sessions.sign_out(app.platform, HERE, here.refresh_token)
    await sessions.sign_out(app.platform, HERE, "nonsense")
    with pytest.raises(InvalidToken):
        await sessions.refresh(app.platform, HERE, here.refresh_token)
    await sessions.refresh(app.platform, HERE, elsewhere.refresh_token)


async def test_refresh_tokens_and_passwords_are_stored_as_hashes_only(app, ada, store):
    session = await sign_in(app)
    (family,) = (await store.query(RefreshFamily)).items
    handle = Handle.read(session.refresh_token)
    assert handle
    assert handle.secret not in family.model_dump_json()
    assert PASSWORD not in (await store.query(Credential)).items[0].model_dump_json()


async def test_a_refresh_needs_a_usable_account(app, ada, store):
    session = await sign_in(app)
    user = await store.get(User, ada.id)
    await save(store, user.with_(disabled=True), "UserDisabled")
    with pytest.raises(AccountDisabled):
        await sessions.refresh(app.platform, HERE, session.refresh_token)
