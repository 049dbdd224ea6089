import asyncio

from shared.platform.store.idempotency import Attempt
from tests.shared.platform.http.notes import Note

KEY = {"Idempotency-Key": "0192f0c1-7a2b"}


async def count(app):
    return await (await app.store()).count(Note)


async def test_the_same_request_is_carried_out_once_and_answered_alike(app, user):
    first = await app.client.post("/notes", json={"title": "One"}, headers=user | KEY)
    again = await app.client.post("/notes", json={"title": "One"}, headers=user | KEY)
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(app) == 1


async def test_another_body_under_the_key_is_422(app, user):
    await app.client.post("/notes", json={"title": "One"}, headers=user | KEY)
    answer = await app.client.post("/notes", json={"title": "Two"}, headers=user | KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.reused")
    assert await count(app) == 1


async def test_requests_at_the_same_time_leave_one_record(app, user):
    asked = [app.client.post("/notes", json={"title": "One"}, headers=user | KEY) for _ in range(5)]
    statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert await count(app) == 1


async def test_a_refused_request_may_be_corrected_under_its_key(app, user):
    assert (await app.client.post("/notes", json={"title": ""}, headers=user | KEY)).status_code == 400
    assert (await app.client.post("/notes", json={"title": ""}, headers=user | KEY)).status_code == 400


async def test_keys_belong_to_their_callers(app, user):
    other = await app.signed_in()
    for caller in (user, other):
        answer = await app.client.post("/notes", json={"title": "One"}, headers=caller | KEY)
        assert answer.status_code == 201
    assert await count(app) == 2


async def test_after_a_day_the_key_is_new(app, user):
    await app.client.post("/notes", json={"title": "One"}, headers=user | KEY)
    app.clock.advance(hours=25)
    me = await app.user()
    answer = await app.client.post("/notes", json={"title": "One"}, headers=app.bearer(me) | KEY)
    assert answer.status_code == 201


async def test_a_key_that_is_none_is_400(app, user):
    for key in ("x" * 256, "a b"):
        answer = await app.client.post("/notes", json={"title": "One"}, headers=user | {"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.bad_key")


async def test_answers_are_stored_encrypted(app, user):
    await app.client.post("/notes", json={"title": "Shown once only"}, headers=user | KEY)
    (attempt,) = (await (await app.store()).query(Attempt)).items
    assert attempt.answer
    assert b"Shown" not in attempt.answer.body
