"""Word lists and learned weights, as data beside the code that reads them.

`rhetoric.json` was learned from CSAbstruct (allenai/sequential_sentence_classification, Apache-2.0); see `rhetoric.py`.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def word_list(name: str) -> frozenset[str]:
    """The words of a text file, which white space separates."""
    return frozenset(_text(f"{name}.txt").split())


def lines(name: str) -> tuple[str, ...]:
    """The lines of a text file."""
    return tuple(_text(f"{name}.txt").splitlines())


def table(name: str) -> dict[str, Any]:
    """A TOML file."""
    return tomllib.loads(_text(f"{name}.toml"))


def weights(name: str) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(_text(f"{name}.json"))
    return found


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
