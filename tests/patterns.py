"""Every regular expression and every public function over text of some packages, found by walking their modules."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from shared.platform.readers.pdf.blocks import Block, Body
from shared.platform.readers.pdf.columns import Column
from shared.platform.readers.pdf.geometry import Line, Run, Style

_METHODS = {"match", "fullmatch", "search", "findall", "finditer", "split", "sub"}
_ONLY_OF_PATTERNS = {"match", "fullmatch", "search", "finditer"}
_KINDS = (" ", "\n", "1", "a", "A", ".", "-", ",", "(", "\u00e9", "\u2014")
_ENDINGS = ("\0", " ", "\n.", "a", "1")
_MOST_SIGNS, _MOST_WORDS = 30, 8

Calls = set[tuple[str, str]]


class Reading(NamedTuple):
    """Something that reads text, by name, and what to repeat in the text that it reads, with what comes last."""

    name: str
    read: Callable[[str], object]
    shapes: list[tuple[str, str]]


def modules_of(*packages: str) -> list[ModuleType]:
    """The packages with everything in them."""
    roots = [importlib.import_module(package) for package in packages]
    inside = [one.name for root in roots for one in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
    return [*roots, *map(importlib.import_module, inside)]


def patterns_of(modules: list[ModuleType]) -> Iterator[Reading]:
    """The modules' patterns, compiled or written where they are used, each read as the modules read it."""
    trees = [ast.parse(inspect.getsource(module)) for module in modules]
    elsewhere = {(owner, method) for tree in trees for owner, method in _calls(tree) if not owner.startswith("_")}
    for module, tree in zip(modules, trees, strict=True):
        calls = _calls(tree)
        for name, pattern in _compiled(module):
            for method in _methods(module, name, calls, calls | elsewhere):
                yield _reading(f"{module.__name__}.{name}.{method}", pattern, method)
        for line, method, pattern in _inline(module, tree):
            yield _reading(f"{module.__name__}:{line}.{method}", pattern, method)


def functions_of(modules: list[ModuleType]) -> Iterator[Reading]:
    """The modules' public functions that take only what is made of text."""
    for module in modules:
        for name, thing in vars(module).items():
            function = inspect.unwrap(thing) if callable(thing) else None
            if isinstance(function, FunctionType) and function.__module__ == module.__name__ and name[0] != "_":
                kinds = [_kind(one) for one in _required(function)]
                if kinds and all(kind in _MAKERS for kind in kinds):
                    shapes = [
                        (one, "\0") for one in (*_KINDS, "a ", "a-", "A. ", "1, ", "(a", "[1] ", "word ", "word. ")
                    ]
                    yield Reading(
                        f"{module.__name__}.{name}", partial(_call, function, [_MAKERS[kind] for kind in kinds]), shapes
                    )


def _reading(name: str, pattern: re.Pattern[Any], method: str) -> Reading:
    return Reading(name, partial(_read, pattern, method), list(_shapes(pattern)))


def _read(pattern: re.Pattern[Any], method: str, text: str) -> None:
    subject = text if isinstance(pattern.pattern, str) else text.encode()
    if method in {"match", "fullmatch"}:
        getattr(pattern, method)(subject)
    else:
        for _ in pattern.finditer(subject):
            pass


def _shapes(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """Each sign and word of a pattern with several endings, each beside every kind of sign, and words with signs."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = sorted(set(re.findall(r"[A-Za-z]{3,}", source)))
    words = words[:: len(words) // _MOST_WORDS + 1]
    signs = list(dict.fromkeys([*_KINDS, *source]))[:_MOST_SIGNS]
    for one in (*signs, *words):
        yield from ((one, ending) for ending in _ENDINGS)
        yield from ((kind + one, "\0") for kind in _KINDS)
    yield from ((word + sign, "") for word in words for sign in signs)


def _compiled(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in vars(module).items():
        yield from _inside(name, value)


def _inside(name: str, value: object) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, (tuple, list)):
        for at, one in enumerate(value):
            yield from _inside(f"{name}[{at}]", one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _inside(f"{name}[{key}]", one)


def _methods(module: ModuleType, name: str, own: Calls, calls: Calls) -> list[str]:
    """How a pattern is read: by what is called on it; one in a list by what is called on local names; else a search."""
    if "[" in name:
        found = {method for owner, method in own if owner not in vars(module)} & _ONLY_OF_PATTERNS
    else:
        found = {method for owner, method in calls if owner == name}
    return sorted(found or {"search"})


def _calls(tree: ast.AST) -> Calls:
    """Names, and the methods of patterns that are called on them."""
    return {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.attr in _METHODS
    }


def _inline(module: ModuleType, tree: ast.AST) -> Iterator[tuple[int, str, re.Pattern[Any]]]:
    """The patterns of ``re.match(...)`` and its like; a name known only when it runs stands for a word."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[first, *_]):
                if method in _METHODS:
                    names = {one.id: "word" for one in ast.walk(first) if isinstance(one, ast.Name)}
                    source = eval(compile(ast.Expression(first), module.__name__, "eval"), {**names, **vars(module)})
                    yield node.lineno, method, re.compile(source)


def _required(function: FunctionType) -> list[inspect.Parameter]:
    return [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]


def _kind(parameter: inspect.Parameter) -> str:
    kind = parameter.annotation
    return (
        kind
        if isinstance(kind, str)
        else kind.__name__
        if isinstance(kind, type) and "[" not in str(kind)
        else str(kind)
    )


def _call(function: FunctionType, makers: list[Callable[[str], Any]], text: str) -> None:
    result = function(*(make(text) for make in makers))
    if isinstance(result, Iterator):
        for _ in result:
            pass


def _line(text: str) -> Line:
    return Line([Run(text, [*map(float, range(len(text) + 1))], 10.0, Style(10.0))], 1)


def _block(text: str) -> Block:
    line = _line(text)
    return Block([line], Column([line], line.x0, line.x1))


_MAKERS: Mapping[str, Callable[[str], Any]] = {
    "str": str, "bytes": str.encode, "int": lambda _: 0, "Line": _line, "Block": _block,
    "list[Line]": lambda text: [_line(text)], "list[Block]": lambda text: [_block(text)],
    "Body": lambda _: Body(10.0, 12.0), "dict[str, str]": lambda text: {"Title": text, "Author": text},
    **{f"{kind}[str]": lambda text: [text] for kind in ("list", "Sequence", "Iterable", "Collection")},
    **{f"collections.abc.{kind}[str]": lambda text: [text] for kind in ("Sequence", "Iterable", "Collection")},
}  # fmt: skip
