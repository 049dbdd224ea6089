import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access import TABLE, Actor, Allowed, Grant, Permission, Role, allow
from shared.errors import Forbidden

HERE = Path(__file__).parent
LAW = {
    row["operation"]: {role: row[role] for role in Role}
    for name in ("permissions.csv", "permissions-more.csv")
    for row in csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines())
}


@dataclass
class Thing:
    created_by: str = "usr_other"
    team: tuple[str, ...] = ()


def an_actor(*roles: Role, **given) -> Actor:
    return Actor(**{"id": "usr_1", "tenant": "default", "email": "Ada@Example.org", "roles": frozenset(roles), **given})


def test_the_table_is_the_law():
    assert {str(permission): dict(row) for permission, row in TABLE.items()} == LAW


def test_the_seeds_part_allows_111_and_denies_93():
    rows = list(csv.DictReader((HERE / "permissions.csv").read_text(encoding="utf-8").splitlines()))
    cells = [row[role] for row in rows for role in Role]
    assert (len(rows), sum(cell != "no" for cell in cells), cells.count("no")) == (34, 111, 93)


@given(st.sampled_from(Permission), st.sets(st.sampled_from(Role)))
def test_rights_are_the_union_of_the_roles_and_of_user(permission, roles):
    cells = {LAW[permission][role] for role in {*roles, Role.USER}}
    widest = "yes" if "yes" in cells else "own" if "own" in cells else "no"
    assert an_actor(*roles).grant(permission) == widest


@given(st.sampled_from(Permission), st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(Permission)))
def test_scopes_only_ever_take_away(permission, roles, scopes):
    limited = an_actor(*roles, scopes=frozenset(scopes)).grant(permission)
    assert limited == (an_actor(*roles).grant(permission) if permission in scopes else Grant.NO)


@pytest.mark.parametrize(
    ("thing", "own"),
    [
        (Thing("usr_1"), True),
        (Thing(team=("ada@example.ORG",)), True),
        (Thing(team=("b@example.org",)), False),
        (Thing(), False),
    ],
)
def test_own_is_what_one_made_or_is_in_the_team_of(thing, own):
    presenter = an_actor(Role.PRESENTER)
    assert presenter.may(Permission.EDIT_OWN_PROJECT, thing) is own
    if not own:
        with pytest.raises(Forbidden, match="edit_own_project or edit_any_project"):
            presenter.require(Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT, of=thing)


def test_any_covers_own():
    an_actor(Role.ORGANIZER).require(Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT, of=Thing())


Compilable = Allowed[Thing, Literal[Permission.COMPILE_PROJECT]]
Editable = Allowed[Thing, Literal[Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT]]


def compiled(thing: Compilable) -> Thing:
    return thing.thing


def edited(thing: Editable) -> Thing:
    return thing.thing


def test_a_proof_is_made_by_the_policy_alone():
    admin, thing = an_actor(Role.ADMIN), Thing()
    proof: Compilable = allow(admin, thing, Permission.COMPILE_PROJECT, of=thing)
    assert (compiled(proof), proof.actor) == (thing, admin)
    unchecked: Any = Allowed
    for forged in (lambda: unchecked(admin, thing, None), lambda: replace(proof, thing=Thing(), policy=None)):
        with pytest.raises(TypeError, match=r"access\.allow"):
            forged()
    unfrozen: Any = proof
    with pytest.raises(AttributeError):
        unfrozen.thing = Thing()


def test_nothing_is_proven_to_who_may_not():
    other = Thing()
    for actor in (an_actor(Role.PRESENTER), an_actor(Role.ADMIN, scopes=frozenset())):
        with pytest.raises(Forbidden, match="compile_project"):
            allow(actor, other, Permission.COMPILE_PROJECT, of=other)
    with pytest.raises(Forbidden):
        allow(an_actor(Role.ADMIN), other, of=other)


def test_a_verb_takes_the_proof_of_its_own_permission_only():
    """Lint tells: mypy reports an ignored error that is none."""
    admin, thing = an_actor(Role.ADMIN), Thing()
    edited(allow(admin, thing, Permission.EDIT_ANY_PROJECT, of=thing))
    edited(allow(admin, thing, Permission.VIEW_PROJECT, of=thing))  # type: ignore[arg-type]
    compiled(allow(admin, thing, Permission.EDIT_ANY_PROJECT, Permission.COMPILE_PROJECT, of=thing))  # type: ignore[arg-type]
    compiled(allow(admin, None, Permission.COMPILE_PROJECT))  # type: ignore[arg-type]
