"""Who wrote a project, over HTTP: whom its sources name, and whom its team does."""

import pytest

from shared.access import Role
from shared.domains.knowledge.content import Person
from tests.hub import CLAIM

GUESSED = (Person(name="A. Reader", affiliations=("Library Institute",)), Person(name="Ben Page"))
MORE = (Person(name="Ada Reader"), Person(name="Cora Shelf", affiliations=("City Library", "Museum")))
CORRECTED = [
    {"name": "Ada Byron Reader", "affiliation": "Institute of Libraries", "email": "Ada@Example.org"},
    {"name": "Ben Page"},
]


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def project(hub):
    """The path of a draft with two papers."""
    made = await hub.project(team=["ada@example.org"])
    for people in (GUESSED, MORE):
        await hub.artifact(made["id"], CLAIM, said={"people": people})
        hub.clock.advance(seconds=1)
    await hub.settle()
    return f"/v1/projects/{made['id']}"


async def names(person, project):
    return [author["name"] for author in (await person.get(project))["authors"]]


async def test_the_sources_propose_their_people_in_order_each_once(presenter, project):
    seen = await presenter.get(project)
    assert seen["authorsCorrected"] is False
    assert [(one["name"], one["affiliation"], one["email"]) for one in seen["authors"]] == [
        ("Ada Reader", "Library Institute", None),
        ("Ben Page", "", None),
        ("Cora Shelf", "City Library; Museum", None),
    ]


async def test_what_the_team_says_stays_whatever_is_read(hub, presenter, project):
    corrected = await presenter.patch(project, {"authors": CORRECTED})
    assert corrected["authorsCorrected"] is True
    await hub.artifact(project.rpartition("/")[2], CLAIM, said={"people": (Person(name="Dan Desk"),)})
    await hub.settle()
    await hub.again()
    assert await names(presenter, project) == ["Ada Byron Reader", "Ben Page"]
    assert await presenter.patch(project, {"authors": []}) | {"authors": [], "authorsCorrected": True} == (
        await presenter.get(project)
    ) | {"warnings": []}
    await presenter.patch(project, {"authors": None})
    assert await names(presenter, project) == ["Ada Reader", "Ben Page", "Cora Shelf", "Dan Desk"]


async def test_authors_may_be_given_with_the_project(hub, presenter):
    made = await hub.project(authors=CORRECTED)
    assert ([one["name"] for one in made["authors"]], made["authorsCorrected"]) == (
        ["Ada Byron Reader", "Ben Page"], True,
    )  # fmt: skip


async def test_addresses_are_for_the_team_and_who_may_edit(hub, presenter, project):
    await presenter.patch(project, {"authors": CORRECTED})
    event = (await presenter.get(project))["eventId"]
    member = await hub.person(Role.USER, email="ada@example.org")
    for person in (presenter, member, await hub.the(Role.ORGANIZER)):
        assert (await person.get(project))["authors"][0]["email"]
    reviewer = await hub.the(Role.REVIEWER)
    assert "ada@example.org" not in str((await reviewer.get(project))["authors"]).casefold()
    (listed,) = (await reviewer.get(f"/v1/events/{event}/projects"))["value"]
    assert [one["email"] for one in listed["authors"]] == [None, None]
    assert [one["name"] for one in listed["authors"]] == ["Ada Byron Reader", "Ben Page"]


async def test_corrected_authors_are_found_and_guessed_ones_no_more(hub, presenter, project):
    assert (await presenter.get("/v1/knowledge/search", q="Shelf"))["results"]
    await presenter.patch(project, {"authors": CORRECTED})
    await hub.settle()
    assert (await presenter.get("/v1/knowledge/search", q="Byron"))["results"]
    assert (await presenter.get("/v1/knowledge/search", q="Shelf"))["results"] == []


@pytest.mark.parametrize(
    ("authors", "pointer"),
    [
        ([{"name": ""}], "/authors/0/name"),
        ([{"name": "x" * 201}], "/authors/0/name"),
        ([{}], "/authors/0/name"),
        ([{"name": "Ada", "email": "no address"}], "/authors/0/email"),
        ([{"name": "Ada", "orcid": "1"}], "/authors/0/orcid"),
        ([{"name": "Ada"}] * 101, "/authors"),
    ],
)
async def test_authors_that_break_the_schema_are_400(presenter, project, authors, pointer):
    problem = await presenter.patch(project, {"authors": authors}, status=400)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    await presenter.patch(project, {"proposedAuthors": []}, status=400)
