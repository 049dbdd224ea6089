"""Who of a family is the same: names that agree, part by part, where nothing visible contradicts.

"J. Smith" agrees with "John Smith", and both with "John R. Smith"; where there is a Jane Smith too, "J. Smith" may be
either, and stays alone. Two names that one provenance gives side by side are two. What comes out depends on the set of
names only, not on their order, and on visible ones only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.platform.graph import Naming


def same(namings: Iterable[Naming]) -> Iterator[tuple[str, ...]]:
    """The ids of each one of a family, under all its names, the fullest first."""
    variants: dict[str, tuple[str, ...]] = {}
    told: dict[str, set[str]] = defaultdict(set)
    for naming in namings:
        variants[naming.node.id] = naming.node.given
        told[naming.node.id].add(naming.by.id)
    agreeing = {one: {other for other in variants if _agree(one, other, variants, told)} for one in variants}
    clear = {one for one, group in agreeing.items() if all(group <= agreeing[other] for other in group)}
    left = set(variants)
    for one in sorted(variants, key=lambda each: fullness(variants[each], each)):
        if one in left:
            group = agreeing[one] & clear if one in clear else {one}
            left -= group
            yield tuple(sorted(group, key=lambda each: fullness(variants[each], each)))


def fullness(given: Sequence[str], then: str) -> tuple[int, str]:
    """A key that sorts the fullest name first."""
    return -sum(map(len, given)), then


def _agree(one: str, other: str, variants: Mapping[str, tuple[str, ...]], told: Mapping[str, set[str]]) -> bool:
    if one == other:
        return True
    return not told[one] & told[other] and all(map(_fits, variants[one], variants[other]))


def _fits(one: str, other: str) -> bool:
    """Whether two parts of a name can be the same: equal, or one the other's initial."""
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
