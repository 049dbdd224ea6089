"""ETags: what names a state of a resource and of its representation, and the requests that depend on it.

A record's state is named by its store's ETag; a representation adds eight hex digits of its own hash, so that embedded
counts change it too; header and body name it alike. If-Match looks at the record alone, If-None-Match at the whole.
"""

import re
from hashlib import blake2b

from shared.platform.shapes import IfMatch

_TAG = re.compile(r'(W/)?"([^"]*)"')
_REPRESENTATION = re.compile(r"\.[0-9a-f]{8}$")


def record_tag(etag: str) -> str:
    """A store's ETag, bare."""
    return etag.strip('"')


def representation_tag(etag: str, body: bytes) -> str:
    """The strong ETag of an answer, quoted."""
    if not etag:
        return f'"{blake2b(body, digest_size=8).hexdigest()}"'
    return f'"{record_tag(etag)}.{blake2b(body, digest_size=4).hexdigest()}"'


def if_match(header: str) -> IfMatch:
    """The precondition of an If-Match header; weak tags never match."""
    if not header:
        return IfMatch()
    if header.strip() == "*":
        return IfMatch(())
    strong = [tag for weak, tag in _TAG.findall(header) if not weak]
    bare = [_REPRESENTATION.sub("", tag) for tag in strong]
    return IfMatch(tuple(form for tag in bare for form in (tag, f'"{tag}"')) or ("-",))


def not_modified(header: str, tag: str) -> bool:
    """Whether an If-None-Match header names this representation."""
    return header.strip() == "*" or any(f'"{known}"' == tag for _, known in _TAG.findall(header))
