import pytest
from openapi_spec_validator import validate

from blueprints import accounts, docs, health
from blueprints.surface import surface
from tests.application import running


@pytest.fixture
async def app(tmp_path):
    blueprints = [each.api.blueprint for each in (accounts, docs, health)]
    async with running(tmp_path, blueprints, public_url="https://hub.example") as application:
        yield application


async def test_the_description_of_the_whole_app_is_valid(app):
    answer = await app.client.get("/openapi.json")
    validate(answer.json())
    assert answer.json()["servers"] == [{"url": "https://hub.example"}]
    again = await app.client.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_every_operation_says_who_may(app):
    described = (await app.client.get("/openapi.json")).json()
    operations = [each for item in described["paths"].values() for each in item.values()]
    assert len(operations) == len(surface.routes)
    assert all(each["x-permission"] and each["summary"] for each in operations)


async def test_it_can_be_read_in_a_browser(app):
    answer = await app.client.get("/docs", headers={"Accept": "text/html,application/xhtml+xml;q=0.9"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "'sha256-" in answer.headers["content-security-policy"]
    assert "POST</b> <code>/auth/token" in answer.text
