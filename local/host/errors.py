"""What keeps a host from starting, in words for a person."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotStart(Exception):
    """The message says what is wrong and what to do."""


class AppRefused(CannotStart):
    """The app cannot be run; `faults` has every reason found, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("the function app was refused:\n" + "\n".join(f"  - {fault}" for fault in faults))


class HostBusy(CannotStart):
    """Another host runs on the same data folder."""


class PortTaken(CannotStart):
    """The port cannot be listened on."""


class AzuriteFailed(CannotStart):
    """Azurite cannot be started."""


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Opening what is in a data folder; raises CannotStart in place of the system's errors."""
    try:
        yield
    except OSError as error:
        raise CannotStart(f"the data folder {folder} cannot be used: {error.strerror}; name another one") from None
    except (ValueError, TypeError, sqlite3.Error) as error:
        raise CannotStart(f"a file in the data folder {folder} is damaged: {error}; name another folder") from None
