import pytest

from shared.platform.http import odata
from shared.platform.http.filters import BadQuery
from shared.platform.store import Sort
from shared.platform.store.listing import Listing, Order
from tests.application import a_settings

NOTES = Listing(fields={"title": str, "stars": int}, orders=(Order("title"), Order("-day", filters=("stars",))))


@pytest.fixture
async def notes(app, user):
    for number in range(7):
        body = {"title": f"note {number}", "stars": number % 2, "tags": ["odd"] if number % 2 else []}
        assert (await app.client.post("/notes", json=body, headers=user)).status_code == 201
    return user


async def test_a_list_has_a_count_a_page_and_a_next_link(app, notes):
    answer = (await app.client.get("/notes?$top=3", headers=notes)).json()
    assert list(answer) == ["@odata.count", "value", "@odata.nextLink"]
    assert answer["@odata.count"] == 7
    assert [note["title"] for note in answer["value"]] == ["note 0", "note 1", "note 2"]
    assert all(note["@odata.etag"] for note in answer["value"])


async def test_next_links_lead_through_everything_once(app, notes):
    link, titles = "/notes?$top=2&$orderBy=title desc&$filter=stars eq 1", []
    while link:
        page = (await app.client.get(link, headers=notes)).json()
        titles += [note["title"] for note in page["value"]]
        link = page.get("@odata.nextLink", "")
    assert titles == ["note 5", "note 3", "note 1"]


async def test_filters_orders_skips_and_selections_are_applied(app, notes):
    asked = {"$filter": 'tags/any(t: t eq "odd")', "$orderby": "title desc", "$skip": "1", "$select": "title"}
    answer = (await app.client.get("/notes", params={**asked, "$count": "false"}, headers=notes)).json()
    assert "@odata.count" not in answer
    assert [sorted(note) for note in answer["value"]] == [["@odata.etag", "id", "title"]] * 2
    assert [note["title"] for note in answer["value"]] == ["note 3", "note 1"]


async def test_a_next_link_belongs_to_its_question(app, notes):
    link = (await app.client.get("/notes?$top=2&$filter=stars eq 1", headers=notes)).json()["@odata.nextLink"]
    other = link.replace("stars%20eq%201", "stars%20eq%200")
    assert other != link
    for tampered in (other, link[:-2] + ("AA" if link[-2:] != "AA" else "BB")):
        answer = await app.client.get(tampered, headers=notes)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "$skiptoken")


async def test_an_unchanged_list_is_304(app, notes):
    tag = (await app.client.get("/notes", headers=notes)).headers["etag"]
    assert (await app.client.get("/notes", headers=notes | {"If-None-Match": tag})).status_code == 304
    await app.client.post("/notes", json={"title": "one more"}, headers=notes)
    assert (await app.client.get("/notes", headers=notes | {"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("$top=101", "$top"),
        ("$top=x", "$top"),
        ("$top=%D9%A3", "$top"),
        ("$top=", "$top"),
        ("$top=1&$top=2", "$top"),
        ("$skip=-1", "$skip"),
        ("$skip=10001", "$skip"),
        ("$count=maybe", "$count"),
        ("$orderBy=remark", "$orderBy"),
        ("$orderBy=title up", "$orderBy"),
        ("$orderBy=title,stars", "$orderBy"),
        ("$orderBy=day&$filter=title eq 'a'", "$orderBy"),
        ("$orderBy=title&$orderby=title", "$orderby"),
        ("$filter=", "$filter"),
        ("$filter=remark eq 'a'", "$filter"),
        ("$select=password", "$select"),
        ("$select=", "$select"),
        ("$search=x", "$search"),
        ("$expand=x", "$expand"),
        ("$skiptoken=x", "$skiptoken"),
        ("$skiptoken=%C3%A9", "$skiptoken"),
        ("page=2", "page"),
    ],
)
async def test_bad_options_are_400_naming_them(app, user, query, pointer):
    answer = await app.client.get(f"/notes?{query}", headers=user)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_both_directions_of_a_declared_order_are_allowed(tmp_path):
    settings = a_settings(tmp_path)
    assert odata.selection(NOTES, [("$orderBy", "title desc")], settings).order == (Sort("title", descending=True),)
    asked = [("$orderBy", "day"), ("$filter", "stars eq 1")]
    assert odata.selection(NOTES, asked, settings).order == (Sort("day"),)
    with pytest.raises(BadQuery):
        odata.selection(NOTES, [("$orderBy", "day"), ("$filter", "title eq 'a'")], settings)


def test_the_default_order_is_the_first_that_the_filter_allows(tmp_path):
    only_days = Listing(fields=NOTES.fields, orders=NOTES.orders[1:])
    settings = a_settings(tmp_path)
    assert odata.selection(only_days, [], settings).order == (Sort("day", descending=True),)
    with pytest.raises(BadQuery, match="together"):
        odata.selection(only_days, [("$filter", "title eq 'a'")], settings)


async def test_beyond_the_most_that_may_be_skipped_the_next_link_goes_on(app, user):
    answer = await app.client.get("/notes?$skip=10001", headers=user)
    assert "@odata.nextLink" in answer.json()["detail"]
    assert (await app.client.get("/notes?$skip=10000", headers=user)).json()["value"] == []


async def test_no_items_are_the_count_alone(app, notes):
    assert (await app.client.get("/notes?$top=0", headers=notes)).json() == {"@odata.count": 7, "value": []}


async def test_a_page_goes_on_in_its_own_tenant_list_and_question_only(app, notes):
    link = (await app.client.get("/notes?$top=3&$filter=stars ge 0", headers=notes)).json()["@odata.nextLink"]
    token = link.partition("skiptoken=")[2]
    asked = f"/notes?$filter=stars ge 0&$skiptoken={token}"
    assert (await app.client.get(asked, headers=notes)).status_code == 200
    abroad = await app.signed_in(tenant="another")
    assert (await app.client.get(asked, headers=abroad)).status_code == 400
    assert (await app.client.get(f"/notes?$skiptoken={token}", headers=notes)).status_code == 400
