"""The command line: `serve` the app, play the `demo`, `ingest` files, have them `reread`, `rebuild` the index."""

import argparse
import logging
import sys
from pathlib import Path

import httpx

from local import app
from local.client import Refused
from local.host.errors import CannotStart
from local.host.host import run

DATA = app.FOLDER / ".data"


def main() -> None:
    """Parse the command and do it; what a person can mend is said in a line."""
    options = _parser().parse_args()
    try:
        options.do(options)
    except CannotStart as error:
        sys.exit(str(error))
    except Refused as refused:
        sys.exit(f"The hub refused: {refused}")
    except httpx.HTTPError as error:
        sys.exit(f"The hub does not answer: {error}")
    except OSError as error:
        sys.exit(f"{error.filename or 'The system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)


def serve(options: argparse.Namespace) -> None:
    """Run the host until a signal; with `--seed`, with an event and accounts to try it with."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    data = options.data.resolve()
    host = app.host(data, options.port)

    def ready() -> None:
        print(f"ready {host.url}", flush=True)
        print(f"administrator {app.administrator(data)[0]}, whose password is in {data / app.SECRETS}", flush=True)
        if options.seed:
            from local.seed import seed_beside

            seed_beside(host.url, data)

    run(host, ready)


def demo(options: argparse.Namespace) -> None:
    """Play the whole journey on a paper."""
    from local.demo import play

    play(options.paper, options.picture)


def ingest(options: argparse.Namespace) -> None:
    """Upload files to a project and follow their extraction."""
    from local.ingest import ingest_files

    ingest_files(options)


def reread(options: argparse.Namespace) -> None:
    """Let a better reader read a project's sources again."""
    from local import reread as rereading

    rereading.reread(options)


def rebuild(options: argparse.Namespace) -> None:
    """Have the search index made anew from the records."""
    from local import rebuild as rebuilding

    rebuilding.rebuild(options)


def _port(text: str) -> int:
    if text.isdigit() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Event Hub on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("serve", help="run the app until Ctrl-C")
    one.add_argument("--port", type=_port, default=7071, help="0 for any free one (default: 7071)")
    one.add_argument("--data", type=Path, default=DATA, help="folder of all state (default: .data)")
    one.add_argument("--seed", action="store_true", help="make an event and accounts to try it with")
    one.set_defaults(do=serve)

    one = commands.add_parser("demo", help="play the journey from a paper to its published summary")
    one.add_argument("--paper", type=Path, default=app.FOLDER / "samples" / "paper.pdf", help="a PDF of your own")
    one.add_argument("--picture", type=Path, help="where to put an SVG of all that is printed")
    one.set_defaults(do=demo)

    one = commands.add_parser("ingest", help="upload files to a project, and follow their extraction")
    one.add_argument("files", type=Path, nargs="+", metavar="FILE")
    _add_project(one)
    one.set_defaults(do=ingest)

    one = commands.add_parser("reread", help="have the newest reader read the sources of a project's drafts")
    _add_project(one)
    one.set_defaults(do=reread)

    one = commands.add_parser("rebuild", help="have the search index and the graph made anew from the records")
    one.add_argument("--data", type=Path, default=DATA, help="folder of the hub's data (default: .data)")
    one.set_defaults(do=rebuild)
    return parser


def _add_project(one: argparse.ArgumentParser) -> None:
    one.add_argument("--project", required=True, metavar="ID", help="the project, proj_…")
    one.add_argument("--url", default="http://127.0.0.1:7071", help="where the hub is (default: %(default)s)")
    one.add_argument("--data", type=Path, default=DATA, help="folder of a hub here, to sign in as its administrator")
    one.add_argument("--email", help="who signs in (default: the administrator of --data)")
    one.add_argument("--password", help="their password (default: the administrator's, or $EVENTHUB_PASSWORD)")
