"""Who finds what: the law of artifacts, through the index."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.access import Actor, Permission, Role
from shared.domains.knowledge.content import SourceType
from shared.domains.knowledge.search import Filters, passages, search, visible_to
from shared.platform import embeddings as port
from shared.platform.opened import Platform
from shared.platform.search import Entry, EntryKind, SearchIndex
from shared.platform.store.predicates import matches
from tests.application import a_settings
from tests.embedding_server import Meanings, meaning


def actor(*roles: Role, email: str = "someone@x.org", scopes: frozenset[Permission] | None = None) -> Actor:
    return Actor("usr_1", "t", email, frozenset(roles), scopes)


def entry(entry_id: str, **fields) -> Entry:
    plain = {"kind": EntryKind.ARTIFACT, "title": "", "text": "attention", "artifactId": entry_id, "projectId": "p"}
    return Entry.model_validate({"id": entry_id, **plain, **fields})


ENTRIES = (
    entry("public", public=True),
    entry("draft"),
    entry("team", readers=["ada@x.org"]),
    entry("mine", createdBy="usr_1"),
    entry("summary", kind=EntryKind.SUMMARY, artifactId=None),
    entry("space", spaceId="spc_1", public=True),
)


JUST_PROJECTS = frozenset({Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_PROJECT})
"""Scopes of a key that reads projects and judges none."""


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (actor(), {"public", "mine"}),
        (actor(email="Ada@X.org"), {"public", "mine", "team"}),
        (actor(Role.MODERATOR), {"public", "mine"}),
        (actor(Role.PRESENTER), {"public", "mine", "draft", "team"}),
        (actor(Role.REVIEWER), {"public", "mine", "draft", "team", "summary"}),
        (actor(Role.ORGANIZER), {"public", "mine", "draft", "team", "summary"}),
        (actor(Role.ADMIN), {"public", "mine", "draft", "team", "summary"}),
        (actor(Role.ADMIN, scopes=frozenset({Permission.VIEW_APPROVED_ARTIFACTS})), {"public", "mine"}),
        (actor(Role.ADMIN, scopes=JUST_PROJECTS), {"public", "mine"}),
        (actor(Role.ADMIN, scopes=frozenset({Permission.SEND_MESSAGE})), set()),
    ],
)
def test_entries_are_seen_as_the_table_says(who, seen):
    found = {one.id for one in ENTRIES if matches(visible_to(who), one.model_dump(mode="json", by_alias=True))}
    assert found == seen


@pytest.fixture
async def index(tmp_path) -> AsyncIterator[SearchIndex]:
    platform = Platform(a_settings(tmp_path))
    yield await platform.search()
    await platform.close()


async def test_a_search_gives_each_artifact_once_by_its_best_entry(index):
    texts = {"1": "attention heads attention", "2": "some attention to other matters"}
    parts = [
        entry(key, kind=EntryKind.PASSAGE, text=text, artifactId="art", public=True) for key, text in texts.items()
    ]
    await index.replace("t", "art", parts, 1)
    assert [hit.entry.id for hit in await search(index, actor(), "attention heads")] == ["1"]
    assert [hit.entry.id for hit in await passages(index, actor(), "attention heads")] == ["1", "2"]


async def test_filters_narrow(index):
    both = [entry("a", sourceType="paper", public=True), entry("b", sourceType="talk", eventId="e", public=True)]
    await index.replace("t", "x", both, 1)
    assert [hit.entry.id for hit in await search(index, actor(), "attention", Filters(SourceType.PAPER))] == ["a"]
    assert [hit.entry.id for hit in await search(index, actor(), "attention", Filters(event_id="e"))] == ["b"]


async def test_a_tenant_searches_its_own(index):
    await index.replace("other", "x", [entry("a", public=True)], 1)
    assert await search(index, actor(), "attention") == []


async def test_hidden_entries_leave_no_trace(index):
    await index.replace("t", "x", [entry("a", public=True, text="attention heads")], 1)
    before = await search(index, actor(), "attention heads")
    await index.replace("t", "y", [entry(f"h{n}", text="attention heads and tails") for n in range(20)], 1)
    assert await search(index, actor(), "attention heads") == before


def automobile(entry_id: str) -> Entry:
    return entry(entry_id, text="automobile", vector=tuple(meaning("automobile")), public=True)


async def test_a_question_is_understood_in_other_words_and_the_model_asked_once(index):
    await index.replace("t", "x", [automobile("a"), entry("hidden", text="vehicle")], 1)
    model = Meanings()
    assert [hit.entry.id for hit in await search(index, actor(), "vehicle", embeddings=model)] == ["a"]
    assert model.asked == [["vehicle"]]


async def test_a_question_that_asks_nothing_is_not_sent_to_the_model(index):
    model = Meanings()
    assert await search(index, actor(), "the of", embeddings=model) == []
    assert model.asked == []


async def test_a_search_goes_on_without_a_model_that_fails(index):
    await index.replace("t", "x", [automobile("a")], 1)
    model = Meanings(OSError("down"))
    assert await search(index, actor(), "automobile", embeddings=model) == await search(index, actor(), "automobile")
    assert len(model.asked) == 1


async def test_a_search_goes_on_without_a_model_that_is_slow(index, monkeypatch):
    class Slow(Meanings):
        async def embed(self, texts):
            await asyncio.Event().wait()
            return []

    monkeypatch.setattr(port, "SECONDS", 0.01)
    await index.replace("t", "x", [automobile("a")], 1)
    assert [hit.entry.id for hit in await search(index, actor(), "automobile", embeddings=Slow())] == ["a"]
