"""What a reader's process may use, set by itself before it touches the file."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file; times in seconds, sizes in bytes."""

    file_bytes: int = 75 * MEGABYTE
    pages: int = 5000
    memory_bytes: int = 700 * MEGABYTE
    output_bytes: int = 150 * MEGABYTE
    cpu_seconds: int = 240
    wall_seconds: float = 300.0


def confine(limits: Limits) -> None:
    """Lower this process's own limits for good: CPU, address space, file sizes, open files, children, no core.

    Windows has no such limits; macOS refuses some. The wall clock and the parent's check of the output hold everywhere.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, amount in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", limits.cpu_seconds),
        ("RLIMIT_AS", limits.memory_bytes),
        ("RLIMIT_DATA", limits.memory_bytes),
        ("RLIMIT_FSIZE", limits.output_bytes),
        ("RLIMIT_NOFILE", 32),
        ("RLIMIT_NPROC", 0),
    ):
        with contextlib.suppress(AttributeError, ValueError, OSError):  # macOS: not every limit can be lowered
            resource.setrlimit(getattr(resource, name), (amount, amount))
