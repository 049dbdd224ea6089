"""Counts and pages of records as SQL, each text made once for all queries of the same shape.

Parameters are named: `tenant`, `aggregate`, `now`, those of the predicate, `k0`… of the keyset, `limit` and `skip`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.platform.store import Keyset, Sort
from shared.platform.store.predicates import And, Compare, In, Predicate
from shared.platform.store.records import Index, Record
from shared.platform.store.sqlite_access import AccessFields, index_of, joined, shared_with, table_of
from shared.platform.store.sqlite_indexes import index_name
from shared.platform.store.sqlite_sql import ROOT, SHAPES, Fields, Slot, bound, compiled, shape

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of a query depends on, but for its order."""

    model: type[Record]
    where: Predicate
    within: bool
    expiring: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of one kind of a tenant, or of one aggregate, that match."""

    shape: Shape
    parameters: Parameters

    @classmethod
    def of(
        cls, model: type[Record], tenant: str, where: Predicate, aggregate: str | None = None, now: str | None = None
    ) -> "Selection":
        shaped, values = shape(where)
        given = {"tenant": tenant, "aggregate": aggregate, "now": now, **values}
        return cls(Shape(model, shaped, aggregate is not None, now is not None), given)

    def count(self) -> tuple[str, Parameters]:
        return counting(self.shape), self.parameters

    def counts(self, by: str) -> tuple[str, Parameters]:
        """Rows: a value of the field, how many; several of one value where several readers see its records."""
        return grouping(self.shape, by), self.parameters

    def pages(self, order: Sequence[Sort], after: Keyset | None) -> tuple[tuple[str, ...], Parameters]:
        """The texts that give the rows behind a keyset, each in order, one after the other.

        Rows: body, etag, the order's values, id. Parameters still to come: `limit` and `skip`.
        """
        if after is None:
            return paging(self.shape, tuple(order), behind=False), self.parameters
        if len(after) != len(order) + 1:
            raise ValueError(f"a keyset of {len(after)} values does not belong to an order of {len(order) + 1}")
        keyset = {f"k{at}": bound(value) for at, value in enumerate(after)}
        return paging(self.shape, tuple(order), behind=True), {**self.parameters, **keyset}


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows that match: records, or of those shared with one reader what no earlier reader has."""

    table: str
    fields: Fields
    terms: tuple[str, ...]
    join: str = ""

    def text(self, columns: Sequence[str], beyond: Sequence[str] = ()) -> str:
        chosen, where = ", ".join(columns), " AND ".join([*self.terms, *beyond])
        join = f" {self.join}" if "r.body" in chosen + where else ""
        return f"SELECT {chosen} FROM {self.table}{join} WHERE {where}"


@lru_cache(SHAPES)
def counting(shape: Shape) -> str:
    sources, _ = _sources(shape, None)
    return "SELECT " + " + ".join(f"({source.text(['count(*)'])})" for source in sources)


@lru_cache(SHAPES)
def grouping(shape: Shape, by: str) -> str:
    sources, _ = _sources(shape, None)
    return " UNION ALL ".join(
        f"{source.text([source.fields.value_of(by), 'count(*)'])} GROUP BY 1" for source in sources
    )


@lru_cache(SHAPES)
def paging(shape: Shape, order: tuple[Sort, ...], *, behind: bool) -> tuple[str, ...]:
    sources, rest = _sources(shape, order)
    sorts = (*order, Sort("id", bool(order) and order[-1].descending))
    fixed = frozenset(equalities(rest))
    page = _records if sources[0].fields is ROOT else _shared
    ranges = range(len(sorts) - 1, -1, -1) if behind else (None,)
    return tuple(page(shape.model, sources, sorts, _Range(sorts, fixed, equal)) for equal in ranges)


@dataclass(frozen=True, slots=True)
class _Range:
    """What lies behind a keyset: equal in so many columns, and behind it in the next; all when `equal` is None.

    An index can seek such a range. SQLite does not see by itself that what is equal needs no sorting.
    """

    sorts: Sequence[Sort]
    fixed: frozenset[str]
    equal: int | None

    def beyond(self, fields: Fields) -> list[str]:
        if self.equal is None:
            return []
        columns = [fields.value_of(sort.field) for sort in self.sorts]
        passed = "<" if self.sorts[self.equal].descending else ">"
        equal = [f"{column} = :k{at}" for at, column in enumerate(columns[: self.equal])]
        return [*equal, f"{columns[self.equal]} {passed} :k{self.equal}"]

    def sorting(self, columns: Sequence[str]) -> str:
        """The columns that are left to sort by, each with its direction."""
        left = [at for at, sort in enumerate(self.sorts) if at >= (self.equal or 0) and sort.field not in self.fixed]
        return ", ".join(f"{columns[at]}{' DESC' * self.sorts[at].descending}" for at in left) or columns[-1]


def _records(model: type[Record], sources: Sequence[_Source], sorts: Sequence[Sort], within: _Range) -> str:
    (source,) = sources
    columns = [source.fields.value_of(sort.field) for sort in sorts]
    text = source.text([_document(model, ""), "etag", *columns], within.beyond(source.fields))
    return f"{text} ORDER BY {within.sorting(columns)} LIMIT :limit OFFSET :skip"


def _shared(model: type[Record], sources: Sequence[_Source], sorts: Sequence[Sort], within: _Range) -> str:
    """The readers' rows, which SQLite merges, and then the records of the page alone."""
    names = [f"s{at}" for at in range(len(sorts))]
    order = within.sorting(names)
    keys = ["a.tenant", "a.aggregate", "a.id"]

    def rows(source: _Source) -> str:
        named = [f"{source.fields.value_of(sort.field)} AS {name}" for sort, name in zip(sorts, names, strict=True)]
        return source.text([*keys, *named], within.beyond(source.fields))

    page = f"{' UNION ALL '.join(map(rows, sources))} ORDER BY {order} LIMIT :limit OFFSET :skip"
    columns = ", ".join([_document(model, "r."), "r.etag", *(f"p.{name}" for name in names)])
    return f"SELECT {columns} FROM ({page}) AS p {joined(model, 'p')} ORDER BY {order}"


def _document(model: type[Record], of: str) -> str:
    """What a record is made of again: for its id alone the body need not be read."""
    if set(model.model_fields) == {"id", "etag"}:
        return f"json_object('id', {of}id, 'schemaVersion', {model.version})"
    return f"{of}body"


def _sources(shape: Shape, order: Sequence[Sort] | None) -> tuple[list[_Source], Predicate]:
    """Where the rows are, and the predicate without what that has answered."""
    found = None if shape.within or shape.expiring else shared_with(shape.model, shape.where)
    if found is None:
        return [_all(shape, order)], shape.where
    readers, rest = found
    return [_of_reader(shape.model, readers[: at + 1], rest, order) for at in range(len(readers))], rest


def _all(shape: Shape, order: Sequence[Sort] | None) -> _Source:
    model = shape.model
    terms = [f"container = '{model.container}' AND kind = '{model.kind}' AND tenant = :tenant"]
    terms += ["aggregate = :aggregate"] * shape.within + ["expires_at > :now"] * shape.expiring
    return _Source(f"records{_hint(shape, order)}", ROOT, (*terms, f"({compiled(shape.where)})"))


def _hint(shape: Shape, order: Sequence[Sort] | None) -> str:
    """SQLite does not know which index is best, as it keeps no statistics."""
    if shape.within:
        return " INDEXED BY records_within"
    index = _best(shape.model, shape.where, order)
    return f" INDEXED BY {index_name(shape.model, index)}" if index else ""


def _of_reader(model: type[Record], readers: Sequence[Slot], rest: Predicate, order: Sequence[Sort] | None) -> _Source:
    """What the last of these readers sees and the others do not."""
    table, fields, (*others, reader) = table_of(model), AccessFields(model), readers
    terms = ["a.tenant = :tenant", f"a.reader = :{reader.name}", f"({compiled(rest, fields)})"]
    if others:
        same = "b.tenant = a.tenant AND b.aggregate = a.aggregate AND b.id = a.id"
        names = ", ".join(f":{other.name}" for other in others)
        terms.append(f"NOT EXISTS (SELECT 1 FROM {table} AS b WHERE {same} AND b.reader IN ({names}))")
    index = index_of(model, _best(model, rest, order) or Index())
    return _Source(f"{table} AS a INDEXED BY {index}", fields, tuple(terms), joined(model, "a"))


def _best(model: type[Record], where: Predicate, order: Sequence[Sort] | None) -> Index | None:
    served = None if order is None else serving(model, where, order)
    return served or finding(model, where)


def serving(model: type[Record], where: Predicate, order: Sequence[Sort]) -> Index | None:
    """The declared index that finds what is filtered by equality, most fields first, and gives the order."""
    equal = set(equalities(where))
    wanted = [(sort.field, sort.descending) for sort in order if sort.field not in equal]
    served = [index for index in model.indexes if _serves(index, equal, wanted)]
    return max(served, key=lambda index: _found(index, equal), default=None)


def finding(model: type[Record], where: Predicate) -> Index | None:
    """The declared index that finds most of what is filtered by equality, be it with several values."""
    equal = set(equalities(where, several=True))
    index = max(model.indexes, key=lambda index: _found(index, equal), default=None)
    return index if index and _found(index, equal) and "id" not in equal else None


def equalities(where: Predicate, *, several: bool = False) -> Iterator[str]:
    match where:
        case Compare(name, "eq", _):
            yield name
        case In(name, _) if several:
            yield name
        case And(terms):
            for term in terms:
                yield from equalities(term, several=several)


def _found(index: Index, equal: set[str]) -> int:
    """How many of the index's fields, from the first on, are filtered by equality."""
    return next((at for at, name in enumerate(index.fields) if name.removeprefix("-") not in equal), len(index.fields))


def _serves(index: Index, equal: set[str], wanted: list[tuple[str, bool]]) -> bool:
    rest = [(name.removeprefix("-"), name.startswith("-")) for name in index.fields[_found(index, equal) :]]
    return rest == wanted or [(name, not down) for name, down in rest] == wanted
