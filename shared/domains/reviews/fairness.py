"""Sharing projects out among judges so that loads differ as little as conflicts of interest allow.

What is left to be given is a set of slots, each with those who may take it. Every slot goes to whoever has least; then
slots are passed on along chains from who has more to who has less, until no chain makes two loads more alike: a
semi-matching without such a chain has the most even loads there are.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Slot:
    """A judge wanted for a project: one of `may`, who does not judge it already."""

    project: str
    may: Sequence[str]
    taken_by: str = ""


@dataclass(slots=True)
class _Sharing:
    """Slots on their way to being taken; `loads` count what each judge has."""

    loads: dict[str, int]
    of_judge: defaultdict[str, list[Slot]] = field(default_factory=lambda: defaultdict(list))
    judges_of: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def give(self, slot: Slot, judge: str) -> None:
        if slot.taken_by:
            self.of_judge[slot.taken_by].remove(slot)
            self.judges_of[slot.project].discard(slot.taken_by)
            self.loads[slot.taken_by] -= 1
        slot.taken_by = judge
        self.of_judge[judge].append(slot)
        self.judges_of[slot.project].add(judge)
        self.loads[judge] += 1

    def free(self, slot: Slot) -> list[str]:
        """Who may take the slot and has none of its project."""
        return [judge for judge in slot.may if judge not in self.judges_of[slot.project]]


def wanted(project: str, clean: Sequence[str], warned: Sequence[str], number: int) -> list[Slot]:
    """The slots of a project: `warned` are asked only where there are not enough others."""
    unhurt = min(number, len(clean))
    rest = min(number - unhurt, len(warned))
    first, second = sorted(clean), sorted(warned)
    return [Slot(project, first) for _ in range(unhurt)] + [Slot(project, second) for _ in range(rest)]


def share(loads: Mapping[str, int], slots: Sequence[Slot]) -> dict[str, int]:
    """Have every slot taken; everybody's load then. It is the same for the same, in whatever order it comes."""
    sharing = _Sharing(dict(loads))
    for slot in sorted(slots, key=lambda slot: (len(slot.may), slot.project)):
        sharing.give(slot, min(sharing.free(slot), key=lambda judge: (sharing.loads[judge], judge)))
    while any(_relieve(sharing, judge) for judge in sorted(loads, key=lambda judge: (-sharing.loads[judge], judge))):
        pass
    return sharing.loads


def _relieve(sharing: _Sharing, judge: str) -> bool:
    """Pass a slot of this judge on, through others perhaps, to one who has at least two less."""
    came: dict[str, Slot] = {}
    queue = deque([judge])
    while queue:
        here = queue.popleft()
        if sharing.loads[here] <= sharing.loads[judge] - 2:
            _pass_on(sharing, came, judge, here)
            return True
        for slot in sorted(sharing.of_judge[here], key=lambda slot: slot.project):
            for other in sharing.free(slot):
                if other != judge and other not in came:
                    came[other] = slot
                    queue.append(other)
    return False


def _pass_on(sharing: _Sharing, came: Mapping[str, Slot], judge: str, to: str) -> None:
    while to != judge:
        slot = came[to]
        giver = slot.taken_by
        sharing.give(slot, to)
        to = giver
