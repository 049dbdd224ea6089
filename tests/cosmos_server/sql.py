"""The SQL that the adapters send, and no more: anything else is refused with its place.

query   := SELECT ("*" | VALUE (COUNT(1) | SUM(expr) | expr) | path AS name, COUNT(1) AS name) FROM c [WHERE expr]
           [GROUP BY path, which goes with the path AS name]
           [ORDER BY (path (ASC|DESC), … | VectorDistance(path, @parameter))] [OFFSET n LIMIT n]
expr    := and (OR and)*;   and := not (AND not)*;   not := NOT not | compared
compared:= primary [("=" | "<" | ">" | "<=" | ">=") primary | IN (primary, …)]
primary := @parameter | literal | path | object | FUNCTION(expr, …) | (expr)
         | EXISTS(SELECT VALUE e FROM e IN path WHERE expr) | ARRAY(SELECT VALUE expr FROM e IN path)
path    := name ["field"]*
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cosmos_server.functions import FUNCTIONS, FullText, Vector
from tests.cosmos_server.refusals import bad
from tests.cosmos_server.values import UNDEFINED, both, compared, either, equal, member

Environment = dict[str, Any]
Expression = Callable[[Environment], Any]

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>@?[A-Za-z_][A-Za-z0-9_]*)'
    r"|(?P<sign><=|>=|[=<>()\[\]{},:*]))"
)
_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    ">": lambda sign: sign > 0,
    "<=": lambda sign: sign <= 0,
    ">=": lambda sign: sign >= 0,
}


@dataclass(slots=True)
class Query:
    """What a query says. `aggregate` is COUNT or SUM; `order` are paths with whether they descend, unless `nearest`.

    `groups` are the path whose values are counted, and the names of value and count in a row.
    """

    value: Expression | None = None
    aggregate: str = ""
    where: Expression = lambda _: True
    order: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    nearest: Expression | None = None
    groups: tuple[tuple[str, ...], str, str] | None = None
    offset: int = 0
    limit: int | None = None


class Parser:
    """One pass over the tokens; expressions become functions of an environment of names."""

    def __init__(
        self,
        text: str,
        parameters: dict[str, Any],
        full_text: Sequence[tuple[str, ...]],
        vectors: Mapping[tuple[str, ...], int],
    ) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0
        self._parameters = parameters
        self._full_text = full_text
        self._vectors = vectors
        self._names = {"c"}

    def _split(self, text: str) -> Any:
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise bad(f"Syntax error near {text[at : at + 20]!r} in {text}")
            yield found.lastgroup, found.group(found.lastgroup or 0)
            at = found.end()

    def query(self) -> Query:
        made = Query()
        self._expect("SELECT")
        if self._accept("VALUE"):
            self._projection(made)
        elif not self._accept("*"):
            made.groups = self._groups()
        self._expect("FROM")
        self._expect("c")
        if self._accept("WHERE"):
            made.where = self._expression()
        self._grouping(made)
        if self._accept("ORDER"):
            self._expect("BY")
            if self._peek() == "VectorDistance":
                made.nearest = self._function()
            else:
                made.order = self._orders()
        if self._accept("OFFSET"):
            made.offset = self._integer()
            self._expect("LIMIT")
            made.limit = self._integer()
        if made.nearest and not made.limit:
            raise bad("An order by VectorDistance needs a limit")
        if self._at < len(self._tokens):
            raise self._error()
        return made

    def _groups(self) -> tuple[tuple[str, ...], str, str]:
        _, path = self._path()
        self._expect("AS")
        value = self._next()
        for token in (",", "COUNT", "(", "1", ")", "AS"):
            self._expect(token)
        return path, value, self._next()

    def _grouping(self, made: Query) -> None:
        if made.groups:
            self._expect("GROUP")
            self._expect("BY")
            if self._path() != ("c", made.groups[0]):
                raise bad("What is selected beside COUNT has to be grouped by")

    def _projection(self, made: Query) -> None:
        if self._peek() in ("COUNT", "SUM"):
            made.aggregate = self._next()
            self._expect("(")
            made.value = self._expression()
            self._expect(")")
        else:
            made.value = self._expression()

    def _orders(self) -> list[tuple[tuple[str, ...], bool]]:
        orders = []
        while True:
            name, path = self._path()
            if name != "c" or not path:
                raise self._error()
            orders.append((path, self._accept("DESC") or (self._accept("ASC") and False)))
            if not self._accept(","):
                return orders

    def _expression(self) -> Expression:
        left = self._and()
        while self._accept("OR"):
            left = _combined(either, left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self._accept("AND"):
            left = _combined(both, left, self._not())
        return left

    def _not(self) -> Expression:
        if self._accept("NOT"):
            inner = self._not()
            return lambda env: not value if isinstance(value := inner(env), bool) else UNDEFINED
        return self._compared()

    def _compared(self) -> Expression:
        left = self._primary()
        if self._accept("="):
            return _combined(equal, left, self._primary())
        if self._accept("IN"):
            options = self._listed(self._primary)
            alternatives = [_combined(equal, left, option) for option in options]
            return lambda env: _any(alternative(env) for alternative in alternatives)
        if self._peek() in _COMPARISONS:
            holds, right = _COMPARISONS[self._next()], self._primary()
            return lambda env: UNDEFINED if (s := compared(left(env), right(env))) is UNDEFINED else holds(s)
        return left

    def _primary(self) -> Expression:
        group, token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        starts = {"(": self._parenthesised, "{": self._object, "EXISTS": self._exists, "ARRAY": self._array}
        if token in starts:
            return starts[token]()
        if token in FUNCTIONS:
            return self._function()
        if token.startswith("@"):
            return self._parameter()
        if group in ("text", "number") or token in ("true", "false", "null"):
            constant = json.loads(self._next())
            return lambda _: constant
        return _followed(*self._path())

    def _parameter(self) -> Expression:
        name = self._next()
        if name not in self._parameters:
            raise bad(f"No parameter {name}")
        value = self._parameters[name]
        return lambda _: value

    def _parenthesised(self) -> Expression:
        self._expect("(")
        inner = self._expression()
        self._expect(")")
        return inner

    def _object(self) -> Expression:
        self._expect("{")
        fields: list[tuple[str, Expression]] = []
        while True:
            name = json.loads(self._next())
            self._expect(":")
            fields.append((name, self._expression()))
            if not self._accept(","):
                break
        self._expect("}")
        return lambda env: {name: value for name, made in fields if (value := made(env)) is not UNDEFINED}

    def _exists(self) -> Expression:
        for token in ("EXISTS", "(", "SELECT", "VALUE"):
            self._expect(token)
        name = self._next()
        for token in ("FROM", name, "IN"):
            self._expect(token)
        items = _followed(*self._path())
        self._names.add(name)
        self._expect("WHERE")
        inside = self._expression()
        self._expect(")")
        self._names.discard(name)

        def exists(env: Environment) -> bool:
            found = items(env)
            return isinstance(found, list) and any(inside({**env, name: item}) is True for item in found)

        return exists

    def _array(self) -> Expression:
        for token in ("ARRAY", "(", "SELECT", "VALUE"):
            self._expect(token)
        name = self._alias()
        self._names.add(name)
        value = self._expression()
        for token in ("FROM", name, "IN"):
            self._expect(token)
        self._names.discard(name)
        items = _followed(*self._path())
        self._expect(")")

        def array(env: Environment) -> list[Any]:
            found = items(env)
            made = [value({**env, name: item}) for item in found] if isinstance(found, list) else []
            return [each for each in made if each is not UNDEFINED]

        return array

    def _alias(self) -> str:
        """The name behind the FROM of the subquery that begins here."""
        depth = 0
        for at in range(self._at, len(self._tokens) - 1):
            token = self._tokens[at][1]
            depth += (token == "(") - (token == ")")
            if token == "FROM" and depth == 0:
                return str(self._tokens[at + 1][1])
        raise self._error()

    def _function(self) -> Expression:
        name = self._next()
        function = FUNCTIONS[name]
        if isinstance(function, FullText):
            start = self._at
            self._expect("(")
            place = self._path()
            if place[1] not in self._full_text:
                raise bad(f"{name} needs a full-text index on {place[1]}")
            self._at = start
        if isinstance(function, Vector):
            self._check_vector()
        arguments = self._listed(self._expression)
        return lambda env: function(*[argument(env) for argument in arguments])

    def _check_vector(self) -> None:
        start = self._at
        self._expect("(")
        place = self._path()[1]
        self._expect(",")
        given = self._parameter()({})
        if len(given) != self._vectors.get(place):
            raise bad(f"VectorDistance needs a vector policy on {place} of {len(given)} dimensions")
        self._at = start

    def _listed(self, item: Callable[[], Expression]) -> list[Expression]:
        self._expect("(")
        items = [item()]
        while self._accept(","):
            items.append(item())
        self._expect(")")
        return items

    def _path(self) -> tuple[str, tuple[str, ...]]:
        name = self._next()
        if name not in self._names:
            self._at -= 1
            raise self._error()
        path = []
        while self._accept("["):
            path.append(json.loads(self._next()))
            self._expect("]")
        return name, tuple(path)

    def _integer(self) -> int:
        token = self._next()
        if not token.isdigit():
            raise self._error()
        return int(token)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, token: str) -> bool:
        if self._peek() == token:
            self._at += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise self._error()

    def _error(self) -> Exception:
        return bad(f"Syntax error, unexpected {self._peek()!r} at token {self._at} of {self._text}")


def _combined(operator: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda env: operator(left(env), right(env))


def _any(values: Any) -> Any:
    result: Any = False
    for value in values:
        result = either(result, value)
    return result


def _followed(name: str, path: tuple[str, ...]) -> Expression:
    def follow(env: Environment) -> Any:
        value = env[name]
        for each in path:
            value = member(value, each)
        return value

    return follow


def parse(
    text: str,
    parameters: list[dict[str, Any]],
    full_text: Sequence[tuple[str, ...]],
    vectors: Mapping[tuple[str, ...], int],
) -> Query:
    """The query; raises Refused for anything that is not of the grammar."""
    return Parser(text, {each["name"]: each["value"] for each in parameters}, full_text, vectors).query()
