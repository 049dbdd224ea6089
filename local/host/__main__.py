"""`python -m local.host FOLDER --port N --data DIR`: runs a function app until SIGTERM or SIGINT."""

import argparse
import logging
import os
import sys
from pathlib import Path

from local.host.errors import CannotStart
from local.host.host import Host, run
from local.host.settings import local_settings

_MODULES = Path(__file__).parent.parent / "azurite" / "node_modules"


def main() -> None:
    """Print `ready` and the address once everything serves."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a Python Azure Functions app.")
    parser.add_argument("folder", type=Path, help="where function_app.py and host.json are")
    parser.add_argument("--port", type=int, default=7071, help="0 for any free one")
    parser.add_argument("--data", type=Path, help="where the host keeps its state (default: FOLDER/.data)")
    parser.add_argument("--no-azurite", action="store_true", help="the settings name a storage account that is there")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder = options.folder.resolve()
    host = Host(
        folder,
        (options.data or folder / ".data").resolve(),
        options.port,
        settings=local_settings(folder) | _named_in_environment(folder),
        azurite=None if options.no_azurite else _MODULES,
    )
    os.chdir(folder)
    try:
        run(host, lambda: print(f"ready {host.url}", flush=True))  # noqa: T201 -- the caller waits for this line
    except CannotStart as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _named_in_environment(folder: Path) -> dict[str, str]:
    """The environment wins over local.settings.json, as with Core Tools."""
    return {name: os.environ[name] for name in local_settings(folder) if name in os.environ}


if __name__ == "__main__":
    main()
