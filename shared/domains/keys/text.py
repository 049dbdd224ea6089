"""What a key looks like to its holder: `ehk_<id>_<secret>`, the secret ending in a checksum of all before it.

The id is the key's UUID and, in base32, its tenant, so that a key is found by one read. A text that was cut, mistyped
or made up is told by its checksum, before anything is read.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from uuid_utils import UUID

from shared.domains.accounts.handles import Handle
from shared.settings import Settings

PREFIX = "ehk_"
_TEXT = re.compile(r"ehk_([0-9a-f]{32})([a-z2-7]{2,420})_([0-9a-f]{40})([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class KeyText:
    """The parts of a key's text."""

    tenant: str
    key: str
    secret: str

    @classmethod
    def made(cls, settings: Settings, tenant: str, key: str, generation: int) -> "KeyText":
        """The one text of these, so that it can be given out again to who repeats a request."""
        handle = Handle.made(settings, tenant, "api-key", key, generation)
        return cls(tenant, key, handle.secret[:40])

    @classmethod
    def read(cls, text: str) -> "KeyText | None":
        """The parts; None when it can be no key."""
        match = _TEXT.fullmatch(text)
        if match is None or _checksum(text[:-8]) != match[4]:
            return None
        padded = match[2].upper() + "=" * (-len(match[2]) % 8)
        try:
            tenant = base64.b32decode(padded).decode()
        except (binascii.Error, ValueError):
            return None
        return cls(tenant, f"key_{UUID(match[1])}", match[3])

    @property
    def text(self) -> str:
        tenant = base64.b32encode(self.tenant.encode()).decode().rstrip("=").lower()
        body = f"{PREFIX}{self.key.removeprefix('key_').replace('-', '')}{tenant}_{self.secret}"
        return body + _checksum(body)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
