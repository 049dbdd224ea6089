import asyncio

import pytest

import shared
from blueprints import health
from shared.platform.store import Damaged, save, sqlite_faults
from shared.platform.store.predicates import Compare
from shared.platform.store.records import Record
from tests.application import running
from tests.stores import STORE

READY = dict.fromkeys(("store", "blobs", "queues", "files"), "ready")


class Dependency:
    """A port that answers, fails or hangs."""

    def __init__(self, how: str) -> None:
        self.how = how

    async def ping(self) -> None:
        if self.how == "fails":
            raise ConnectionError("password=hunter2")
        if self.how == "hangs":
            await asyncio.Event().wait()

    async def close(self) -> None: ...


@pytest.fixture
async def app(tmp_path):
    async with running(tmp_path, [health.api.blueprint]) as application:
        yield application


def stand_in(app, **how):
    app.platform._open |= {name: Dependency(each) for name, each in how.items()}


async def test_health_touches_nothing(app):
    opened = dict(app.platform._open)
    answer = await app.client.get("/health")
    assert answer.json() == {"status": "healthy", "version": shared.__version__}
    assert app.platform._open == opened


async def test_ready_when_everything_answers(app):
    stand_in(app, blobs="answers", queues="answers")
    answer = await app.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": READY}


async def test_the_graph_is_asked_where_it_is_a_server_of_its_own(tmp_path):
    settings = {"graph": "neo4j", "neo4j_uri": "bolt://127.0.0.1:1"}
    async with running(tmp_path, [health.api.blueprint], **settings) as application:
        stand_in(application, blobs="answers", queues="answers")
        answer = (await application.client.get("/ready")).json()
        assert answer["checks"] == {**READY, "graph": "graph.busy"}
        assert "NEO4J_URI" in answer["advice"]["graph"]
        stand_in(application, graph="answers")
        assert (await application.client.get("/ready")).json()["checks"] == {**READY, "graph": "ready"}


async def test_not_ready_names_what_does_not_answer_and_no_more(app, monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT", 0.3)
    await app.store()
    stand_in(app, blobs="fails", queues="hangs")
    answer = await app.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {**READY, "blobs": "unavailable", "queues": "no answer"}
    assert set(answer.json()["advice"]) == {"blobs", "queues"}
    assert "hunter2" not in answer.text


async def test_not_ready_while_no_files_can_be_kept_and_ready_again_when_they_can(app, tmp_path):
    stand_in(app, blobs="answers", queues="answers")
    await app.store()
    kept = (tmp_path / "scratch").rename(tmp_path / "away")
    answer = await app.client.get("/ready")
    assert (answer.status_code, answer.json()["checks"]) == (503, {**READY, "files": "files.unusable"})
    assert set(answer.json()["advice"]) == {"files"}
    assert str(tmp_path) not in answer.text
    kept.rename(tmp_path / "scratch")
    assert (await app.client.get("/ready")).json() == {"status": "ready", "checks": READY}


async def test_a_folder_for_files_that_cannot_be_made_is_no_fault_of_what_needs_none(app, tmp_path):
    (tmp_path / "scratch").write_text("not a folder")
    stand_in(app, blobs="answers", queues="answers")
    answer = await app.client.get("/ready")
    assert answer.json()["checks"] == {**READY, "files": "files.unusable"}


@pytest.mark.skipif(STORE != "sqlite", reason="breaks the file of the store")
class TestABrokenDatabase:
    """What /ready says of the store, which is the file in the data folder."""

    @pytest.fixture
    async def stores(self, app):
        stand_in(app, blobs="answers", queues="answers")
        opened = await app.platform.stores()
        assert (await app.client.get("/ready")).status_code == 200
        return opened

    async def told(self, app):
        answer = await app.client.get("/ready")
        assert answer.status_code == 503
        assert set(answer.json()["advice"]) == {"store"}
        return answer.json()["checks"]["store"], answer.json()["advice"]["store"]

    async def test_a_disk_that_is_nearly_full_is_told_before_it_is(self, app, stores, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(sqlite_faults, "RESERVE_BYTES", 10**18)
            code, advice = await self.told(app)
        assert code == "store.full"
        assert "Free space" in advice
        assert (await app.client.get("/ready")).status_code == 200

    async def test_a_file_that_is_no_database_is_told(self, app, stores):
        stores.database.path.write_bytes(b"no database" * 1000)
        code, advice = await self.told(app)
        assert code == "store.damaged"
        assert "backup" in advice

    async def test_a_file_that_is_gone_is_told_and_not_made_anew(self, app, stores):
        stores.database.path.unlink()
        assert (await self.told(app))[0] == "store.unreachable"
        assert not stores.database.path.exists()

    async def test_damage_found_by_a_request_is_told_from_then_on(self, app, stores):
        store = await app.store()
        for n in range(40):
            await save(store, Grain(id=f"g{n}"), "GrainFell")
        await stores.close()
        app.platform._open.pop("stores")
        spoil(stores.database.path)
        with pytest.raises(Damaged):
            await (await app.store()).query(Grain, Compare("text", "contains", "y"))
        assert (await self.told(app))[0] == "store.damaged"

    async def test_a_database_that_may_only_be_read_is_told(self, app, stores):
        stores.database.writer._opened().execute("PRAGMA query_only = 1")
        code, advice = await self.told(app)
        assert code == "store.read_only"
        assert "right to write" in advice


class Grain(Record):
    """Of half a page."""

    kind = "health_grain"

    text: str = "x" * 2000


def spoil(path):
    """Overwrite the middle of the file, which nobody reads at the start."""
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))
