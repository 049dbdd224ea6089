"""What search on SQLite does beyond the contract: files of other versions, prefixes, what is forgotten."""

import sqlite3
from array import array
from pathlib import Path

import pytest

from shared.clock import Clock
from shared.platform.search import ACCESS, Entry, EntryKind, SearchIndex
from shared.platform.search.query import parse
from shared.platform.search.sqlite import MAX_EXPANSIONS, open_search
from shared.platform.search.sqlite_index import OWN, VERSION, NewerIndex
from shared.platform.store.predicates import eq, has
from shared.settings import Settings

FIRST = """
CREATE TABLE tenants (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE owners (
    tenant INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (tenant, owner)
) WITHOUT ROWID;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, owner TEXT NOT NULL,
    length INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX entries_owner ON entries (tenant, owner);
CREATE TABLE texts (number INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, terms TEXT NOT NULL);
CREATE TABLE vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE VIRTUAL TABLE words
    USING fts5(terms, content = 'texts', content_rowid = 'number', tokenize = "ascii tokenchars '_'");
CREATE VIRTUAL TABLE places USING fts5vocab(words, instance);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
INSERT INTO tenants VALUES (1, 't');
INSERT INTO owners VALUES (1, 'a', 5), (1, 'removed', 7);
INSERT INTO texts VALUES (1, 'Cars', 'a fast automobile', '1_car 1_fast 1_automobil');
INSERT INTO words (rowid, terms) SELECT number, terms FROM texts;
"""


async def opened(folder: Path) -> SearchIndex:
    return await open_search(Settings(hosting="local", jwt_secret="x" * 32, data_dir=folder), Clock())


def entry(entry_id: str, text: str, **fields) -> Entry:
    return Entry(id=entry_id, kind=EntryKind.PASSAGE, title="", text=text, **fields)


async def ids(index: SearchIndex, text: str, *where) -> list[str]:
    return sorted(each.id for each in (await index.candidates("t", parse(text), *where)).candidates)


def before_there_were_versions(path: Path, whole: Entry) -> None:
    db = sqlite3.connect(path)
    db.executescript(FIRST)
    body = whole.model_dump_json(by_alias=True, exclude={"title", "text"})
    db.execute("INSERT INTO entries VALUES (1, 1, 'a', 3, ?)", (body,))
    db.execute("INSERT INTO vectors VALUES (1, ?)", (array("f", [0.6, 0.8]).tobytes(),))
    db.commit()
    db.close()


async def test_an_index_of_an_earlier_version_is_made_anew_from_its_entries(tmp_path):
    whole = Entry(
        id="1", kind=EntryKind.PASSAGE, title="Cars", text="a fast automobile", readers=("ada@x.org",), public=True
    )
    before_there_were_versions(tmp_path / "search.db", whole)
    for _ in range(2):
        index = await opened(tmp_path)
        found = await index.candidates("t", parse("automobiles"), eq("public", True), vector=(0.6, 0.8))
        assert [each.entry for each in found.candidates] == [whole]
        assert found.nearness == pytest.approx((1,))
        assert not await index.replace("t", "a", [], 4)
        assert not await index.replace("t", "removed", [whole], 6)
        await index.close()


async def test_an_index_of_a_later_version_is_left_alone(tmp_path):
    index = await opened(tmp_path)
    await index.replace("t", "a", [entry("1", "word")], 1)
    await index.close()
    db = sqlite3.connect(tmp_path / "search.db")
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(NewerIndex, match="later app"):
        await opened(tmp_path)
    assert db.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    db.close()


async def test_hidden_words_take_no_place_of_those_that_a_prefix_stands_for(tmp_path):
    index = await opened(tmp_path)
    await index.replace("t", "a", [entry("seen", "transzone", public=True)], 1)
    hidden = " ".join(f"transa{n:03}" for n in range(2 * MAX_EXPANSIONS))
    await index.replace("t", "b", [entry("hidden", hidden)], 1)
    assert await ids(index, "trans*", eq("public", True)) == ["seen"]
    assert await ids(index, "trans*") == ["hidden"]
    await index.close()


async def test_nothing_is_left_of_what_was_removed_but_its_version(tmp_path):
    index = await opened(tmp_path)
    both = [entry("1", "word", readers=("ada@x.org",), vector=(1.0, 0.0)), entry("2", "word word", public=True)]
    await index.replace("t", "a", both, 1)
    await index.remove("t", "a", 2)
    await index.close()
    db = sqlite3.connect(tmp_path / "search.db")
    for table in ("scopes", "readers", "contents", "entries", "vectors", "postings"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    db.close()


async def test_who_may_see_what_is_there_changes_without_a_word_written_anew(tmp_path):
    index = await opened(tmp_path)
    before = [entry("1", "word", readers=("ada@x.org",), vector=(1.0, 0.0)), entry("2", "word")]
    after = [entry("1", "word", readers=("bob@x.org",), public=True, vector=(1.0, 0.0)), entry("2", "word")]
    await index.replace("t", "a", before, 1)
    db = sqlite3.connect(tmp_path / "search.db")
    written = db.execute("SELECT * FROM postings").fetchall()
    await index.replace("t", "a", after, 2)
    assert db.execute("SELECT * FROM postings").fetchall() == written
    db.close()
    found = (await index.candidates("t", parse("word"))).candidates
    assert {each.entry.id: each.entry.readers for each in found} == {"1": ("bob@x.org",), "2": ()}
    assert await ids(index, "word", has("readers", "bob@x.org")) == ["1"]
    assert await ids(index, "word", has("readers", "ada@x.org")) == []
    assert await ids(index, "word", eq("public", True)) == ["1"]
    await index.close()


async def test_another_vector_is_another_content(tmp_path):
    index = await opened(tmp_path)
    for version, vector in enumerate([(1.0, 0.0), None, (0.0, 1.0)]):
        await index.replace("t", "a", [entry("1", "word", vector=vector)], version)
        found = await index.candidates("t", parse("word"), vector=(1.0, 0.0))
        assert found.nearness == (vector[0] if vector else None,)
    await index.close()


def test_every_field_of_an_entry_is_its_own_or_says_who_may_see_it():
    assert set(Entry.model_fields) == {*OWN, *ACCESS, "readers", "vector"}


async def test_a_predicate_names_access_fields_only(tmp_path):
    index = await opened(tmp_path)
    with pytest.raises(ValueError, match="title"):
        await ids(index, "word", eq("title", "Secret"))
    await index.close()
