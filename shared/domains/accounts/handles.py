"""Opaque texts that carry where to look beside a secret: refresh tokens and invitations. Only their hashes are kept."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from shared.settings import Settings

_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Handle:
    """The secret of a record in an account; `generation` counts its successors."""

    tenant: str
    user: str
    record: str
    generation: int
    secret: str

    @classmethod
    def made(cls, settings: Settings, tenant: str, user: str, record: str, generation: int = 0) -> "Handle":
        """The one handle of these parts: its secret is derived, so that it can be given out again."""
        named = _SEPARATOR.join((tenant, user, record, str(generation)))
        key = hmac.digest(settings.jwt_secret.get_secret_value().encode(), b"handles", hashlib.sha256)
        return cls(tenant, user, record, generation, hmac.new(key, named.encode(), hashlib.sha256).hexdigest())

    @classmethod
    def read(cls, text: str) -> "Handle | None":
        """The handle of a text; None when it cannot be one."""
        try:
            decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            tenant, user, record, generation, secret = decoded.split(_SEPARATOR)
            return cls(tenant, user, record, int(generation[:9]), secret)
        except (binascii.Error, ValueError):
            return None

    @property
    def text(self) -> str:
        parts = (self.tenant, self.user, self.record, str(self.generation), self.secret)
        return base64.urlsafe_b64encode(_SEPARATOR.join(parts).encode()).decode().rstrip("=")

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def is_genuine(self, settings: Settings) -> bool:
        """Whether we made it, with the key of now."""
        made = Handle.made(settings, self.tenant, self.user, self.record, self.generation)
        return hmac.compare_digest(made.secret, self.secret)
