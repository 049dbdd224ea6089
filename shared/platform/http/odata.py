"""OData system query options: what a caller asks of a list, checked against what its listing declares."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from shared.platform.http import filters
from shared.platform.http.filters import BadQuery
from shared.platform.store import ALL, Keyset, Sort
from shared.platform.store.listing import Listing, Order, Selection
from shared.settings import Settings

MAX_TOP = 100
MAX_SKIP = 10_000
OPTIONS = frozenset({"$top", "$skip", "$skiptoken", "$count", "$filter", "$orderby", "$select", "$search"})

_NAME = re.compile(r"[@A-Za-z_][\w.]{0,63}", re.ASCII)


def selection(
    listing: Listing,
    asked: Sequence[tuple[str, str]],
    settings: Settings,
    *,
    place: str = "",
    shown: frozenset[str] = frozenset(),
    others: bool = False,
) -> Selection:
    """What the query parameters ask for; raises BadQuery naming the parameter, the position or the word.

    `place` is the list's, to which a page's end belongs: the tenant and the path. `shown` are the properties that
    `$select` may name; `others` says whether other parameters are read elsewhere, and refused there.
    """
    options = _options(asked, others=others)
    where, names = (
        filters.parse(options["$filter"], listing.fields) if "$filter" in options else (ALL, frozenset[str]())
    )
    order = _order(listing, options.get("$orderby", ""), names)
    check_select(options.get("$select"), shown)
    after = _after(options["$skiptoken"], _question(place, asked), settings) if "$skiptoken" in options else None
    return Selection(
        where=where,
        order=order,
        top=_number(options, "$top", 20, MAX_TOP),
        skip=0 if after else _number(options, "$skip", 0, MAX_SKIP, "; to go deeper, follow @odata.nextLink"),
        after=after,
        counted=_boolean(options, "$count", default=True),
        search=_search(listing, options),
    )


def skip_token(place: str, asked: Iterable[tuple[str, str]], after: Keyset, settings: Settings) -> str:
    """The place where a page ended, signed together with the list and the question that it belongs to."""
    payload = orjson.dumps(list(after))
    return (
        base64.urlsafe_b64encode(_signature(payload, _question(place, asked), settings) + payload).decode().rstrip("=")
    )


def check_select(select: str | None, shown: frozenset[str]) -> None:
    """Raise BadQuery unless every selected name is a property."""
    for name in _names(select):
        if not _NAME.fullmatch(name) or (shown and name not in shown):
            raise BadQuery("$select", f"There is no property {name[:64]!r}.")


def selected(item: bytes, select: str) -> bytes:
    """A JSON object with only the selected properties, its id and its annotations."""
    names = {*_names(select), "id"}
    members = orjson.loads(item)
    return orjson.dumps({name: value for name, value in members.items() if name in names or name.startswith("@")})


def _names(select: str | None) -> list[str]:
    return [name.strip() for name in select.split(",")] if select is not None else []


def is_option(name: str) -> bool:
    """Whether a query parameter is one of those that lists share."""
    return name in OPTIONS or name == "$orderBy"


def _options(asked: Iterable[tuple[str, str]], *, others: bool) -> dict[str, str]:
    options: dict[str, str] = {}
    for given, value in asked:
        name = "$orderby" if given == "$orderBy" else given
        if name in options:
            raise BadQuery(given, "Give it once.")
        if name in OPTIONS:
            options[name] = value
        elif not others:
            raise BadQuery(given[:64], "There is no such parameter here.")
    return options


def _number(options: dict[str, str], name: str, default: int, most: int, beyond: str = "") -> int:
    text = options.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) <= most):
        raise BadQuery(name, f"Give a whole number from 0 to {most}{beyond}.")
    return int(text)


def _boolean(options: dict[str, str], name: str, *, default: bool) -> bool:
    text = options.get(name, str(default).lower())
    if text not in ("true", "false"):
        raise BadQuery(name, "Give true or false.")
    return text == "true"


def _search(listing: Listing, options: dict[str, str]) -> str:
    words = options.get("$search", "")
    if "$search" in options and not (listing.searchable and 0 < len(words) <= 200):
        raise BadQuery("$search", "Give up to 200 characters." if listing.searchable else "This list has no search.")
    return words


def _order(listing: Listing, text: str, filtered: frozenset[str]) -> tuple[Sort, ...]:
    sorts = tuple(_sort(part.split()) for part in text.split(",")) if text else None
    if sorts is None:
        order = next((order for order in listing.orders if _allows(order, filtered)), None)
        if order is None:
            raise BadQuery("$filter", "These fields cannot be filtered together.")
        return order.sorts
    if not any(order.serves(sorts) and _allows(order, filtered) for order in listing.orders):
        known = "; ".join(",".join(order.fields).replace("-", "") for order in listing.orders)
        beside = " with this $filter" if filtered else ""
        raise BadQuery("$orderBy", f"The list cannot be ordered so{beside}. Orders: {known}.")
    return sorts


def _sort(words: list[str]) -> Sort:
    match words:
        case [field] | [field, "asc"]:
            return Sort(field)
        case [field, "desc"]:
            return Sort(field, descending=True)
    raise BadQuery("$orderBy", "Give fields, each followed by asc or desc, separated by commas.")


def _allows(order: Order, filtered: frozenset[str]) -> bool:
    return order.filters is None or filtered <= order.filters


def _question(place: str, asked: Iterable[tuple[str, str]]) -> bytes:
    """What must stay the same from page to page."""
    kept = sorted(
        (name.lower(), value)
        for name, value in asked
        if name not in ("$top", "$skip", "$skiptoken", "$count", "$select")
    )
    return orjson.dumps([place, kept])


def _signature(payload: bytes, question: bytes, settings: Settings) -> bytes:
    secret = settings.jwt_secret.get_secret_value().encode()
    key = hmac.digest(secret, b"skiptoken", hashlib.sha256)
    return hmac.digest(key, hashlib.sha256(question).digest() + payload, hashlib.sha256)[:16]


def _after(token: str, question: bytes, settings: Settings) -> Keyset:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < 16 or not hmac.compare_digest(raw[:16], _signature(raw[16:], question, settings)):
        raise BadQuery("$skiptoken", "It belongs to another list or question; start again without it.")
    values: list[Any] = orjson.loads(raw[16:])
    return tuple(values)
