"""Who may import whom, and what the app loads before it is asked for anything."""

import ast
import importlib
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_origin, get_type_hints

import pytest

import registry
from shared.access import Allowed
from shared.domains import reactions

ROOT = Path(__file__).parent.parent
ROOMS = (
    "function_app",
    "registry",
    "blueprints",
    "orchestrators",
    "shared.domains",
    "shared.platform",
    "shared",
    "local",
)
MAY_IMPORT = {
    "function_app": {"registry", "shared.platform"},
    "registry": {"blueprints", "orchestrators", "shared.platform"},
    "blueprints": {"blueprints", "shared.domains", "shared.platform", "shared"},
    "orchestrators": {"orchestrators", "shared.domains", "shared.platform", "shared"},
    "shared.domains": {"shared.domains", "shared.platform", "shared"},
    "shared.platform": {"shared.platform", "shared"},
    "shared": {"shared"},
    "local": set(ROOMS),
}
SLOW = (
    "azure.cosmos", "azure.identity", "azure.keyvault", "azure.storage", "openai", "neo4j", "strawberry", "pypdfium2",
)  # fmt: skip
FUNCTIONS = ("azure.functions", "azure.durable_functions", "azurefunctions")
SOURCES = [
    ROOT / "function_app.py",
    ROOT / "registry.py",
    *sorted(
        path for room in ("blueprints", "orchestrators", "shared", "local") for path in (ROOT / room).rglob("*.py")
    ),
]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str | None:
    return next((room for room in ROOMS if module == room or module.startswith(room + ".")), None)


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Each module that a file imports, and whether at its top level and at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", id(node) in top) for alias in node.names)


def is_of(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_rooms_import_only_the_rooms_below_them(path):
    module = name_of(path)
    room = room_of(module)
    assert room
    for imported, _ in imports(path):
        other = room_of(imported)
        assert other is None or other in MAY_IMPORT[room], f"{module} imports {imported}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_slow_sdks_are_imported_when_an_adapter_is_opened(path):
    assert not [imported for imported, at_top in imports(path) if at_top and is_of(imported, SLOW)]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_functions_sdk_stays_in_the_outer_rooms(path):
    module = name_of(path)
    if room_of(module) in ("shared.domains", "shared.platform", "shared") and not is_of(
        module, ("shared.platform.http",)
    ):
        assert not [imported for imported, _ in imports(path) if is_of(imported, FUNCTIONS)]


def test_domains_call_each_other_in_no_circle():
    calls: dict[str, set[str]] = {}
    for path in SOURCES:
        module = name_of(path)
        if is_of(module, ("shared.domains",)) and module.count(".") >= 2:
            domain = module.split(".")[2]
            others = {each.split(".")[2] for each, _ in imports(path) if each.startswith("shared.domains.")}
            calls.setdefault(domain, set()).update(others - {domain})
    while free := [domain for domain, others in calls.items() if not others & set(calls)]:
        for domain in free:
            del calls[domain]
    assert not calls


def test_only_the_policy_makes_proofs():
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Allowed"
        ]
        assert not made or path == ROOT / "shared" / "access.py", name_of(path)


UNASKED = {
    "accounts": set[str](),
    "audit": {"write", "append", "anchor"},
    "compilation": {"compile_when_decided"},
    "dead_letters": {"bury", "park", "count"},
    "jobs": {"cancel_all", "share", "request", "start", "progress", "fail", "refuse", "succeed", "running"},
    "knowledge": {"keep_published", "submit"},
}
"""What the hub does by itself, on behalf of queues, timers, orchestrations and changes."""


def test_every_verb_that_somebody_asks_for_takes_the_proof_that_they_may():
    """Whoever has an actor and a record has asked nobody yet; `load` asks, and gives the proof."""
    for path in SOURCES:
        if path.name == "actions.py":
            module = importlib.import_module(name_of(path))
            verbs = {
                name: get_type_hints(verb)
                for name, verb in vars(module).items()
                if inspect.iscoroutinefunction(verb) and verb.__module__ == module.__name__ and name[0] != "_"
            }
            unproven = {
                name
                for name, hints in verbs.items()
                if not any(get_origin(hint) is Allowed for place, hint in hints.items() if place != "return")
            }
            assert unproven - {"load"} == UNASKED.get(path.parent.name, set()), name_of(path)


def test_nobody_but_the_policy_asks_for_roles():
    """What a role may do stands in one table: whoever looks at roles keeps a table of their own."""
    for path in SOURCES:
        module = name_of(path)
        if is_of(module, ("shared.access", "shared.domains.accounts", "blueprints.accounts", "local")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asked = isinstance(node, ast.Attribute) and (
                node.attr == "roles" or getattr(node.value, "id", "") == "Role"
            )
            assert not asked, f"{module}: ask `actor.may`, or `allow`, instead of looking at roles"


LISTING_PROJECTS = ("shared.domains.projects", "shared.domains.purging", "blueprints.projects", "blueprints.events")
"""Who looks for projects: they show each as the caller may see it, or show none."""


def test_nobody_lists_projects_past_what_is_shown_of_them():
    """A project that is revised has a title that not everybody may read: ask `projects.queries` for lists."""
    for path in SOURCES:
        module = name_of(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and not is_of(module, LISTING_PROJECTS):
                called = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
                given = {getattr(each, "id", "") for each in node.args}
                assert not (called in {"query", "every", "listed"} and "Project" in given), module


def test_every_blueprint_and_workflow_is_registered():
    registered = {*(f"blueprints.{name}" for name in registry.RESOURCES), *registry.TRIGGERS}
    for room in ("blueprints", "orchestrators"):
        modules = {name_of(path) for path in SOURCES if room_of(name_of(path)) == room} - {room, "blueprints.surface"}
        assert {name for name in registered if room_of(name) == room} == modules


def test_every_reaction_is_listed_and_stands_in_the_reactions_of_its_domain():
    listed = {module.__name__ for module in reactions.DOMAINS}
    making = {
        name_of(path)
        for path in SOURCES
        if room_of(name_of(path)) not in ("shared.platform", "local")
        and any(
            isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Consumer"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert listed == making


def test_importing_the_app_loads_no_slow_sdk(tmp_path):
    binding = "azurefunctions.extensions.bindings.blob"  # which loads its SDK whatever the app does with it
    program = f"import sys, {binding}; its = {{*sys.modules}}; import function_app; print(*{{*sys.modules}} - its)"
    environment = {**os.environ, "HOSTING": "local", "JWT_SECRET": "x" * 40, "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert not [module for module in done.stdout.split() if is_of(module, (*SLOW, "numpy"))]
    assert not list(tmp_path.iterdir()), "nothing is opened by importing"


def test_registration_takes_under_30_lines():
    assert len((ROOT / "function_app.py").read_text(encoding="utf-8").splitlines()) < 30


def test_modules_stay_under_400_lines():
    assert not [name_of(path) for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 400]
