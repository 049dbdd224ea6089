"""A real Neo4j for tests: the server of NEO4J_TEST_URI, else one that a run's processes start and share.

Maven fetches Neo4j Community into its own repository, outside the checkout; Java runs it. It lives as long as some
process of the run holds its input open.
"""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "event-hub"
"""Where the paths of what Maven has fetched are noted, so that it need not be asked again."""
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
_JAVA = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_PATIENCE_SECONDS = 120


class NoNeo4j(Exception):
    """There is none here; says why."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a Neo4j without a password; `folder` is the run's. Raises NoNeo4j."""
    given = os.environ.get("NEO4J_TEST_URI")
    if given:
        yield given
        return
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        port, held = _joined(folder) or _started(folder)
    try:
        yield f"bolt://127.0.0.1:{port}"
    finally:
        os.close(held)


def _joined(folder: Path) -> tuple[int, int] | None:
    """The port of the server that runs, and its input, held open; None when there is none."""
    try:
        return int((folder / "port").read_text()), os.open(folder / "input", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # not started yet, or nobody reads its input any more
        return None


def _started(folder: Path) -> tuple[int, int]:
    missing = [name for name in ("java", "mvn") if not shutil.which(name)]
    if missing:
        raise NoNeo4j(f"the tests on Neo4j need {' and '.join(missing)}, or NEO4J_TEST_URI")
    classpath = _classpath()
    port = _free_port()
    with suppress(FileExistsError):
        os.mkfifo(folder / "input")
    reading = os.open(folder / "input", os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(folder / "input", os.O_WRONLY)
    os.set_blocking(reading, True)
    command = ["java", *_JAVA, "-cp", classpath, str(HERE / "Neo4jServer.java"), str(folder / "data"), str(port)]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(command, stdin=reading, stdout=log, stderr=log, start_new_session=True)
    os.close(reading)
    _wait(child, folder / "log")
    child.returncode = 0  # it may outlive this process, which must neither wait for it nor complain that it runs
    (folder / "port").write_text(str(port))
    return port, held


def _classpath() -> str:
    noted = CACHE / f"neo4j-{hashlib.sha256((HERE / 'pom.xml').read_bytes()).hexdigest()[:16]}"
    if noted.exists() and all(Path(jar).exists() for jar in noted.read_text().split(os.pathsep)):
        return noted.read_text()
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), _GOAL, f"-Dmdep.outputFile={noted}"]
    fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    if fetched.returncode:
        raise NoNeo4j(f"Maven cannot fetch Neo4j: {fetched.stdout[-500:]}")
    return noted.read_text()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _wait(child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while b"ready\n" not in log.read_bytes():
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            raise RuntimeError(f"Neo4j did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
