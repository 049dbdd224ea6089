"""Sharing out: conflicts are avoided, loads are as even as can be, and the same gives the same."""

import random
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.reviews.fairness import share, wanted

JUDGES = ("ada", "ben", "cem", "dee")
PROJECTS = st.lists(st.tuples(st.sets(st.sampled_from(JUDGES)), st.sets(st.sampled_from(JUDGES))), max_size=5)


def slots_of(projects, number):
    return [
        slot
        for at, (clean, warned) in enumerate(projects)
        for slot in wanted(f"p{at}", sorted(clean), sorted(warned - clean), number)
    ]


@given(PROJECTS, st.integers(1, 3))
def test_every_project_has_as_many_as_may_judge_it_each_once_and_the_warned_last(projects, number):
    slots = slots_of(projects, number)
    share(dict.fromkeys(JUDGES, 0), slots)
    for at, (clean, warned) in enumerate(projects):
        taken = [slot.taken_by for slot in slots if slot.project == f"p{at}"]
        assert len(taken) == len(set(taken)) == min(number, len(clean | warned))
        assert set(taken) <= clean | warned
        assert len(set(taken) & clean) == min(number, len(clean))


@given(PROJECTS, st.tuples(*[st.integers(0, 3)] * len(JUDGES)))
def test_no_other_sharing_is_more_even(projects, before):
    loads = dict(zip(JUDGES, before, strict=True))
    slots = slots_of([(clean, set()) for clean, _ in projects], 1)
    after = share(loads, slots)
    best = min(
        sorted((loads[judge] + taken.count(judge) for judge in JUDGES), reverse=True)
        for taken in product(*(slot.may for slot in slots))
    )
    assert sorted(after.values(), reverse=True) == best


@pytest.mark.parametrize(("projects", "judges", "number"), [(40, 7, 3), (5, 4, 2), (300, 20, 3)])
def test_without_conflicts_loads_differ_by_one_at_most(projects, judges, number):
    pool = [f"j{at}" for at in range(judges)]
    slots = [slot for at in range(projects) for slot in wanted(f"p{at}", pool, (), number)]
    after = share(dict.fromkeys(pool, 0), slots)
    assert max(after.values()) - min(after.values()) <= 1
    assert sum(after.values()) == projects * number


def test_the_order_in_which_things_come_decides_nothing():
    projects = [(set(pair), set(JUDGES)) for pair in combinations(JUDGES, 2)]
    results = set()
    for seed in range(10):
        slots = slots_of(projects, 3)
        random.Random(seed).shuffle(slots)
        share(dict.fromkeys(random.Random(seed).sample(JUDGES, 4), 0), slots)
        results.add(frozenset((slot.project, slot.taken_by) for slot in slots))
    assert len(results) == 1
