"""`$filter`: parsed by odata-query, checked against the declared fields, turned into the store's predicates.

The library's parser and any walk over its tree recurse, so length, nesting and terms are bounded before it sees the
text; the databases bound the nesting of what they are asked, too, so that joined terms stand side by side there.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from odata_query import ast, exceptions, grammar

from shared.errors import Fault, Invalid
from shared.platform.store.listing import Each, Kind
from shared.platform.store.predicates import And, Compare, Has, In, Not, Operator, Or, Predicate, Scalar
from shared.platform.store.records import instant

MAX_BYTES = 2048
MAX_DEPTH = 20
MAX_TERMS = 60

_STRING = re.compile(r"""'(?:[^']++|'')*+'|"(?:[^"]++|"")*+\"""")
_LIST_OF_ONE = re.compile(r"'(?:[^']++|'')*+'|\bin\s*\(\s*(?:'(?:[^']++|'')*+'|[^\s'(),]++)\s*(?=\))", re.IGNORECASE)
_NOT = re.compile(r"\bnot\b", re.IGNORECASE)
_JOINING = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)

_OPERATORS: Mapping[type, Operator] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Lt: "lt",
    ast.LtE: "le",
}
_LITERALS = (ast.Integer, ast.Float, ast.Boolean, ast.String, ast.Date, ast.DateTime)
_TURNED: Mapping[Operator, Operator] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_TEXT: Mapping[str, Operator] = {"startswith": "startswith", "endswith": "endswith", "contains": "contains"}

Fields = Mapping[str, Kind | Each]


class BadQuery(Invalid):
    """A query option that cannot be understood or is not allowed here."""

    code = "query.invalid"
    title = "The query cannot be understood"

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}", errors=[Fault(parameter, detail)])


def parse(text: str, fields: Fields) -> tuple[Predicate, frozenset[str]]:
    """The predicate that a filter means, and the fields it uses; raises BadQuery."""
    _check_size(text)
    reader = _Reader(fields)
    predicate = reader.predicate(_tree(_LIST_OF_ONE.sub(_with_comma, _STRING.sub(_single_quoted, text))))
    return predicate, frozenset(reader.used)


def _check_size(text: str) -> None:
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _bad(f"It may have at most {MAX_BYTES} bytes.")
    bare = _STRING.sub("''", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if max(deepest, len(_NOT.findall(bare)), bare.count("/")) > MAX_DEPTH:
        raise _bad(f"It is nested deeper than {MAX_DEPTH} levels.")
    if len(_JOINING.findall(bare)) >= MAX_TERMS:
        raise _bad(f"It may have at most {MAX_TERMS} terms.")


def _single_quoted(literal: re.Match[str]) -> str:
    text = literal[0]
    if text[0] == "'":
        return text
    return "'" + text[1:-1].replace('""', '"').replace("'", "''") + "'"


def _with_comma(match: re.Match[str]) -> str:
    """`in ('a',)` for `in ('a')`: the library takes one in brackets for no list."""
    return match[0] if match[0].startswith("'") else match[0] + ","


def _tree(text: str) -> Any:
    try:
        return grammar.ODataParser().parse(grammar.ODataLexer().tokenize(text))
    except exceptions.TokenizingException as error:
        raise _bad(f"Position {error.token.index + 1} cannot be read.") from None
    except exceptions.ParsingException as error:
        where = "the end" if error.eof or error.token is None else f"position {error.token.index + 1}"
        raise _bad(f"It cannot be understood at {where}.") from None
    except exceptions.UnknownFunctionException as error:
        raise _bad(f"There is no function {error.function_name[:64]!r}.") from None
    except (exceptions.ODataException, AttributeError, NotImplementedError, ValueError):
        raise _bad("It cannot be understood.") from None


def _bad(detail: str) -> BadQuery:
    return BadQuery("$filter", detail)


class _Reader:
    """Walks the tree; inside a lambda, `variable` names the element and `fields` is its kind under that name."""

    def __init__(self, fields: Fields, variable: str = "") -> None:
        self.fields = fields
        self.variable = variable
        self.used: set[str] = set()

    def predicate(self, node: Any) -> Predicate:
        match node:
            case ast.BoolOp(op, left, right):
                return _joined(And if isinstance(op, ast.And) else Or, self.predicate(left), self.predicate(right))
            case ast.UnaryOp(ast.Not(), operand):
                return Not(self.predicate(operand))
            case ast.Compare(ast.In(), left, ast.List(values)):
                field, kind = self._field(left)
                return In(field, tuple(_literal(value, kind) for value in values))
            case ast.Compare(comparator, left, right):
                return self._comparison(_OPERATORS[type(comparator)], left, right)
            case ast.Call(ast.Identifier(name, ()), [left, right]) if name in _TEXT:
                return self._text(_TEXT[name], left, right)
            case ast.CollectionLambda(owner, ast.Any(), ast.Lambda(ast.Identifier(variable), expression)):
                return self._any(owner, variable, expression)
        raise _bad(_unsupported(node))

    def _comparison(self, operator: Operator, left: Any, right: Any) -> Predicate:
        if _is_literal(left):
            left, right, operator = right, left, _TURNED.get(operator, operator)
        field, kind = self._field(left)
        value = _literal(right, kind)
        if value is None and operator not in ("eq", "ne"):
            raise _bad("null can only be compared by eq and ne.")
        return Compare(field, operator, value)

    def _text(self, operator: Operator, left: Any, right: Any) -> Predicate:
        field, kind = self._field(left)
        if kind is not str or not isinstance(right, ast.String):
            raise _bad(f"{operator} takes a text field and a text.")
        return Compare(field, operator, right.val)

    def _any(self, owner: Any, variable: str, expression: Any) -> Predicate:
        name = _path(owner)
        each = self.fields.get(name)
        if not isinstance(each, Each) or self.variable:
            raise _bad(f"any cannot be asked of {name[:64]!r}.")
        self.used.add(name)
        return Has(name, _Reader({variable: each.kind}, variable).predicate(expression))

    def _field(self, node: Any) -> tuple[str, Kind]:
        name = _path(node)
        kind = self.fields.get(name)
        if kind is None:
            raise _bad(f"There is no field {name[:64]!r} to filter by.")
        if isinstance(kind, Each):
            raise _bad(f"{name} is a collection; ask {name}/any(x: x eq …).")
        self.used.add(name)
        return ("" if name == self.variable else name), kind


def _joined(kind: type[And] | type[Or], *parts: Predicate) -> Predicate:
    return kind(tuple(term for part in parts for term in (part.terms if isinstance(part, kind) else (part,))))


def _path(node: Any) -> str:
    match node:
        case ast.Identifier(name, ()):
            return str(name)
        case ast.Attribute(owner, name) if isinstance(name, str):
            return f"{_path(owner)}.{name}"
    raise _bad(_unsupported(node))


def _unsupported(node: Any) -> str:
    if _is_literal(node):
        return f"A literal of the kind {type(node).__name__.lower()} is not supported here."
    if isinstance(node, ast.Call):
        return f"The function {node.func.name[:64]!r} is not supported here."
    return "A condition compares a field with a value: field eq 'value'."


def _is_literal(node: Any) -> bool:
    return isinstance(node, ast._Literal)  # noqa: SLF001 -- the library has no public name for it


def _literal(node: Any, kind: Kind) -> Scalar:
    """The value of a literal as the stored JSON has it; raises BadQuery when it is not of the field's kind."""
    if isinstance(node, ast.Null):
        return None
    if _is_literal(node) and not isinstance(node, _LITERALS):
        raise _bad(_unsupported(node))
    try:
        value = node.py_val if _is_literal(node) else None
        converted = _CONVERTERS[kind](value) if value is not None else None
    except (ValueError, TypeError, OverflowError):
        converted = None
    if converted is None:
        raise _bad(f"A value is not of the field's type, {kind.__name__}.")
    return converted


def _text(value: Any) -> Scalar:
    return value if isinstance(value, str) else None


def _truth(value: Any) -> Scalar:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> Scalar:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 else None


def _day(value: Any) -> Scalar:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else None


def _moment(value: Any) -> Scalar:
    """The instant as it is stored; a day means its midnight, UTC where no zone is given."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return instant(value) if isinstance(value, datetime) else None


_CONVERTERS: Mapping[type, Callable[[Any], Scalar]] = {
    str: _text,
    bool: _truth,
    int: _number,
    float: _number,
    date: _day,
    datetime: _moment,
}
