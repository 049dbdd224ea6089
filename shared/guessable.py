"""Passwords that anybody would guess: the commonest ones, and those that hold their owner's e-mail or name."""

import lzma
import unicodedata
from functools import cache
from pathlib import Path

COMMONEST = Path(__file__).parent / "commonest_passwords.txt.xz"
"""One a line, in lower case: those of the commonest that are long enough to be passwords here (see NOTICE)."""
SHORTEST = 3
"""Characters of a name that is looked for: a shorter one is in many passwords by chance."""


def why_guessable(password: str, email: str, name: str = "") -> str | None:
    """What makes the password easy to guess, for whoever chooses it; None when nothing does."""
    folded = _plain(password)
    if folded in _commonest():
        return "It is one of the most common passwords, tried first of all: choose another, of several words perhaps."
    if any(len(known) >= SHORTEST and known in folded for known in _names(email, name)):
        return "It holds the name in the e-mail, or the account's: leave the name out of it."
    return None


@cache
def _commonest() -> frozenset[str]:
    return frozenset(lzma.decompress(COMMONEST.read_bytes()).decode().splitlines())


def _names(email: str, name: str) -> set[str]:
    """What of an account its password may not hold."""
    local = _plain(email).rpartition("@")[0]
    words = _plain(name).split()
    return {local, local.partition("+")[0], " ".join(words), "".join(words)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
