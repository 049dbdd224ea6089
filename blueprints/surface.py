"""The app's surface: what all its endpoints have in common."""

from shared.domains.audit.reactions import refused
from shared.domains.keys.queries import authenticate
from shared.platform.http import Surface

surface = Surface(authenticate, refused)
