"""What a request brings and what it takes: sizes, Content-Type, Accept, and secrets where none belong."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from azurefunctions.extensions.http.fastapi import Request

from shared.errors import Problem
from shared.platform.http.problems import AddressTooLong, HeadersTooLarge, NotAcceptable, UnsupportedMediaType

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
CSV = "text/csv"
MAX_ADDRESS = 16_384
"""Bytes of a path with its query; a filter of the largest size fits, percent-encoded."""
MAX_HEADERS = 32_768
_SECRET_PARAMETERS = frozenset(
    {"access_token", "token", "id_token", "jwt", "refresh_token", "api_key", "authorization"}
)


class SecretInQuery(Problem):
    """A token in an address ends up in logs and histories."""

    code = "auth.token_in_query"
    title = "Send the token in the Authorization header"


def check_size(scope: Mapping[str, Any], header_bytes: int) -> None:
    """Raise AddressTooLong or HeadersTooLarge."""
    if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        raise AddressTooLong(f"The path and the query may have at most {MAX_ADDRESS} bytes.")
    if header_bytes > MAX_HEADERS:
        raise HeadersTooLarge(f"The header fields may have at most {MAX_HEADERS} bytes together.")


def check_query(request: Request) -> None:
    """Raise SecretInQuery when a parameter is named like a token."""
    if request.scope["query_string"] and not _SECRET_PARAMETERS.isdisjoint(
        name.lower() for name in request.query_params
    ):
        raise SecretInQuery("Tokens are taken from the Authorization header only, never from the address.")


def check_accept(header: str, produces: tuple[str, ...]) -> None:
    """Raise NotAcceptable when the caller takes nothing of what the route can answer."""
    if header and header != "*/*" and produces and not _acceptable(header[:1000].lower(), produces):
        raise NotAcceptable(f"This route answers {' or '.join(produces)}.")


def chosen(header: str, produces: tuple[str, ...]) -> str:
    """The type that the caller likes best of those that the route can answer; the first of equals."""
    ranges = _ranges(header[:1000].lower()) if header else []
    return max(produces, key=lambda offered: _quality(ranges, offered)) if ranges else produces[0]


def check_content_type(header: str, method: str) -> None:
    """Raise UnsupportedMediaType unless the body is JSON, or for PATCH a merge patch, in UTF-8."""
    if _is_utf8(header, (JSON, MERGE_PATCH) if method == "PATCH" else (JSON,)):
        return
    takes = f"{MERGE_PATCH} or {JSON}" if method == "PATCH" else JSON
    raise UnsupportedMediaType(f"Send the body as {takes}, in UTF-8.")


def check_csv(header: str) -> None:
    """Raise UnsupportedMediaType unless the body is a table in UTF-8."""
    if not _is_utf8(header, (CSV,)):
        raise UnsupportedMediaType(f"Send the body as {CSV}, in UTF-8.")


def _is_utf8(header: str, kinds: Sequence[str]) -> bool:
    kind, *parameters = header.lower().replace(" ", "").replace('"', "").split(";")
    charsets = [each for each in parameters if each.startswith("charset=")]
    return kind in kinds and all(each == "charset=utf-8" for each in charsets)


@lru_cache(maxsize=512)
def _acceptable(header: str, produces: tuple[str, ...]) -> bool:
    ranges = _ranges(header)
    return any(_quality(ranges, offered) > 0 for offered in (*produces, "application/problem+json"))


def _quality(ranges: Sequence[tuple[str, float]], offered: str) -> float:
    """What the most exact range that covers the type says of it; 0 where none does."""
    covering = ((len(pattern), quality) for pattern, quality in ranges if _covers(pattern, offered))
    return max(covering, default=(0, 0.0))[1]


def _ranges(header: str) -> list[tuple[str, float]]:
    ranges = []
    for item in header.split(","):
        pattern, *parameters = [part.strip() for part in item.split(";")]
        quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        ranges.append((pattern, float(quality) if quality.replace(".", "", 1).isdecimal() else 1.0))
    return ranges


def _covers(pattern: str, offered: str) -> bool:
    return pattern in ("*/*", offered) or (pattern.endswith("/*") and offered.startswith(pattern[:-1]))
