"""What an index keeps of an entry's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.platform.search import Entry
from shared.platform.search.words import stems


@dataclass(frozen=True, slots=True)
class Analysed:
    """An entry with the stems of its title, then of its text; `titled` says how many are the title's."""

    entry: Entry
    titled: int
    stems: list[str]

    @property
    def joined(self) -> str:
        """The stems, each between blanks, a bar behind the title's: where a phrase stands as `phrased` writes it."""
        return f" {' '.join([*self.stems[: self.titled], '|', *self.stems[self.titled :]])} "


def phrased(stems: Sequence[str]) -> str:
    """Stems that follow each other, as a part of `joined`."""
    return f" {' '.join(stems)} "


def analysed(entry: Entry) -> Analysed:
    title = stems(entry.title)
    return Analysed(entry, len(title), title + stems(entry.text))
