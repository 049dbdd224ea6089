"""What an index keeps of an entry's words."""

from dataclasses import dataclass

from shared.platform.search import Candidate, Entry
from shared.platform.search.words import stems


@dataclass(frozen=True, slots=True)
class Analysed:
    """An entry with the stems of its title, then of its text; `titled` says how many are the title's."""

    entry: Entry
    titled: int
    stems: list[str]

    @property
    def joined(self) -> str:
        """The stems, each between blanks."""
        return f" {' '.join(self.stems)} "

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.entry.id, self.titled, self.joined, lambda: self.entry)


def analysed(entry: Entry) -> Analysed:
    title = stems(entry.title)
    return Analysed(entry, len(title), title + stems(entry.text))
