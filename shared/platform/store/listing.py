"""Lists: what a resource may be filtered and ordered by, what a caller asks of it, and the page they get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from shared.platform.store import ALL, Keyset, Predicate, Record, Sort, Store
from shared.platform.store.predicates import all_of

T = TypeVar("T")
U = TypeVar("U")
R = TypeVar("R", bound=Record)

Kind = type[str] | type[int] | type[float] | type[bool] | type[date] | type[datetime]


@dataclass(frozen=True, slots=True)
class Each:
    """The field is a collection of such values, asked with `any`."""

    kind: Kind


@dataclass(frozen=True, slots=True, init=False)
class Order:
    """An order that an index serves, both ways round: JSON names, `-` before a descending one.

    `filters` are the fields that may be filtered together with it; None allows all of the listing's.
    """

    fields: tuple[str, ...]
    filters: frozenset[str] | None

    def __init__(self, *fields: str, filters: tuple[str, ...] | None = None) -> None:
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "filters", None if filters is None else frozenset(filters))

    @property
    def sorts(self) -> tuple[Sort, ...]:
        return tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in self.fields)

    def serves(self, sorts: tuple[Sort, ...]) -> bool:
        mine = self.sorts
        turned = tuple(Sort(sort.field, not sort.descending) for sort in mine)
        return sorts in (mine, turned)


@dataclass(frozen=True, slots=True)
class Listing:
    """What may be asked of a list: filterable fields by JSON name, and orders, the first being the default.

    `odata_type` is what the list says of itself as `@odata.type`, where it says it.
    """

    fields: Mapping[str, Kind | Each]
    orders: tuple[Order, ...]
    searchable: bool = False
    odata_type: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a caller asks of a list: at most `top` records (0: the count alone), behind `after` or the first `skip`."""

    where: Predicate = ALL
    order: tuple[Sort, ...] = ()
    top: int = 20
    skip: int = 0
    after: Keyset | None = None
    counted: bool = True
    search: str = ""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page of a list, the total when it was asked for, and where the page ended unless it was the last."""

    items: tuple[T, ...]
    count: int | None = None
    after: Keyset | None = None

    def map(self, shown: Callable[[T], U]) -> "Listed[U]":
        """The same page with each item as it is to be shown."""
        return Listed(tuple(shown(item) for item in self.items), self.count, self.after)


async def listed(
    store: Store, model: type[R], selection: Selection, visible: Predicate = ALL, *, aggregate: str | None = None
) -> Listed[R]:
    """The records that are both visible and asked for."""
    where = all_of(*[term for term in (visible, selection.where) if term != ALL])
    count = await store.count(model, where, aggregate=aggregate) if selection.counted else None
    if not selection.top:
        return Listed((), count)
    page = await store.query(
        model,
        where,
        order=selection.order,
        limit=selection.top,
        skip=selection.skip,
        after=selection.after,
        aggregate=aggregate,
    )
    return Listed(page.items, count, page.after)
