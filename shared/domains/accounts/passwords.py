"""Passwords: none that is easy to guess; Argon2id, in a thread, at most two at once; bcrypt hashes verify, too."""

import asyncio
from weakref import WeakKeyDictionary

import argon2
import bcrypt

from shared.domains.accounts.model import GuessablePassword
from shared.errors import Fault
from shared.guessable import why_guessable

AT_ONCE = 2

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$ZhDD+uAtYpVmImAjb90Tbw$myC3JuoSNzvuh2oRGrdP3RthBXggJFqAyttNzUSMVvE"
"""A hash of the same cost whose password nobody knows, checked where there is no account."""
_slots: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()


def slot() -> asyncio.Semaphore:
    """The right to hash: 19 MiB and a core for some 30 ms."""
    return _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


def check(password: str, email: str, name: str, *, pointer: str = "/password") -> None:
    """Raise GuessablePassword unless the account may have this password; `pointer` tells where it stands."""
    fault = why_guessable(password, email, name)
    if fault:
        raise GuessablePassword(fault, errors=[Fault(pointer, fault)])


async def hashed(password: str) -> str:
    """The hash to keep."""
    async with slot():
        return await asyncio.to_thread(_hasher.hash, password)


async def verified(password: str, known: str | None) -> bool:
    """Whether the password is the known hash's; takes as long when there is none. The caller holds a slot."""
    return await asyncio.to_thread(_verified, password, known)


def outdated(known: str) -> bool:
    """Whether the hash should be made anew now that the password is at hand."""
    return known.startswith("$2") or _hasher.check_needs_rehash(known)


def _verified(password: str, known: str | None) -> bool:
    if known is not None and known.startswith("$2"):
        return _bcrypt(password, known)
    try:
        return _hasher.verify(NOBODYS if known is None else known, password) and known is not None
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _bcrypt(password: str, known: str) -> bool:
    """Bcrypt looks at 72 bytes only, and so did whoever made the hash."""
    try:
        return bcrypt.checkpw(password.encode()[:72], known.encode())
    except ValueError:
        return False
