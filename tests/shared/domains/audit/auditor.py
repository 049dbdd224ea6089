"""Somebody who may look at the audit."""

from shared.access import Actor, Permission, Role, allow
from shared.domains.audit.queries import Auditor

ROOT = Actor("usr_root", "default", "root@example.org", frozenset({Role.ADMIN}))
AUDITOR: Auditor = allow(ROOT, None, Permission.VIEW_AUDIT)
