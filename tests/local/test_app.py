"""The app on this machine: its settings and its secrets."""

import os
import re
import stat

import pytest

from blueprints.surface import surface
from local import app
from local.host.errors import CannotStart
from local.host.loader import load
from local.host.routing import Routes, Template
from shared.platform.opened import settings_of_environment


def test_secrets_are_made_once_for_the_owner_alone(tmp_path):
    first = app.settings(tmp_path)
    assert app.settings(tmp_path) == first
    assert app.administrator(tmp_path) == (app.ADMIN, first["BOOTSTRAP_ADMIN_PASSWORD"])
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_each_folder_has_secrets_of_its_own(tmp_path):
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    one, other = map(app.settings, folders)
    assert one["JWT_SECRET"] != other["JWT_SECRET"]
    assert one["BOOTSTRAP_ADMIN_PASSWORD"] != other["BOOTSTRAP_ADMIN_PASSWORD"]


def test_the_environment_may_choose_the_store_and_the_database(tmp_path, monkeypatch):
    for name in ("STORE", "COSMOS_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    plain = app.settings(tmp_path)
    assert (plain["STORE"], plain["COSMOS_DATABASE"]) == ("sqlite", "eventhub")
    monkeypatch.setenv("STORE", "cosmos")
    monkeypatch.setenv("COSMOS_DATABASE", "another")
    chosen = app.settings(tmp_path)
    assert (chosen["STORE"], chosen["COSMOS_DATABASE"]) == ("cosmos", "another")


def test_the_environment_may_choose_the_secrets_and_the_administrator(tmp_path, monkeypatch):
    app.settings(tmp_path)
    chosen = {"JWT_SECRET": "j" * 40, "BOOTSTRAP_ADMIN_EMAIL": "ada@example.org", "BOOTSTRAP_ADMIN_PASSWORD": "p"}
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    assert {name: app.settings(tmp_path)[name] for name in chosen} == chosen
    assert app.administrator(tmp_path) == ("ada@example.org", "p")


def test_the_administrator_that_the_environment_chose_at_first_is_found_without_it(tmp_path, monkeypatch):
    with monkeypatch.context() as chosen:
        chosen.setenv("BOOTSTRAP_ADMIN_PASSWORD", "of the first start")
        chosen.setenv("JWT_SECRET", "too short")
        app.settings(tmp_path)
    assert app.settings(tmp_path)["JWT_SECRET"] != "too short"
    assert app.administrator(tmp_path) == (app.ADMIN, "of the first start")


def test_a_folder_without_a_hub_has_no_administrator_and_gets_none(tmp_path):
    with pytest.raises(CannotStart, match="holds no hub's data"):
        app.administrator(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_app_accepts_its_settings(tmp_path, monkeypatch):
    for name, value in app.settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = settings_of_environment()
    assert (settings.hosting, settings.data_dir, settings.tier) == ("local", tmp_path, "enterprise")


def test_a_new_data_folder_is_the_owners_alone(tmp_path):
    app.host(tmp_path / "data", 0)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_the_host_reaches_the_function_of_each_route(tmp_path, monkeypatch):
    for name, value in app.settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    functions = [one for one in load(app.FOLDER, os.environ) if one.trigger.type == "httpTrigger"]
    routes = Routes((Template.of(function, ""), function.name) for function in functions)
    wanted = {
        (method, re.sub(r"\{\w+\}", "some-value", f"/{route.path}")): route.function_name
        for route in surface.routes
        for method in route.methods
    }
    found = {(method, path): routes.find(path, method) for method, path in wanted}
    assert {key: target[0] for key, target in found.items() if target is not None} == wanted
    assert len({*wanted.values()}) == len(functions) - 1
    [last] = {function.name for function in functions} - {*wanted.values()}
    assert routes.find("/no/such/path", "GET") == (last, {"path": "no/such/path"})
