import json
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

import shared
from docs import settings as page
from shared.settings import Settings

ROOT = Path(__file__).parent.parent.parent
SECRET = "a secret for tests, of more than 32 bytes"


def test_the_page_and_the_example_are_current():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page.table(), "run python -m docs.settings"
    assert (ROOT / "local.settings.json.example").read_text(encoding="utf-8") == page.example()


def test_every_setting_is_documented_and_in_the_example():
    values = json.loads(page.example())["Values"]
    for name, field in Settings.model_fields.items():
        assert page.name_of(name) in values
        assert field.description
        assert f"| `{page.name_of(name)}` |" in page.table()


def test_the_example_starts_the_app_once_its_secrets_are_given(monkeypatch):
    values = json.loads(page.example())["Values"] | {"JWT_SECRET": SECRET}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert Settings().hosting == "local"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"jwt_secret": ""}, "JWT_SECRET"),
        ({"jwt_secret": "short"}, "32 bytes"),
        ({"cors_origins": "*", "cors_credentials": True}, "CORS_ORIGINS"),
        ({"hosting": "azure"}, "STORE=sqlite"),
        ({"store": "cosmos"}, "COSMOS_ENDPOINT"),
        ({"embedding_deployment": "small"}, "AZURE_OPENAI_ENDPOINT"),
        ({"store": "cosmos", "cosmos_endpoint": "https://x", "embedding_dimensions": 3}, "EMBEDDING_DIMENSIONS=1536"),
    ],
)
def test_insecure_and_contradictory_settings_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        Settings(**{"hosting": "local", "jwt_secret": SECRET, **given})


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == shared.__version__
