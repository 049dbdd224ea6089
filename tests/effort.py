"""Processor time of this thread, for what must not grow with the square of what is sent. Ratios of one run only."""

import time
from collections.abc import Callable
from typing import Any

SMALL = 0.005
"""Seconds below which nothing is told apart from noise, and nobody is hurt."""


def effort(work: Callable[[], Any], repeats: int = 3) -> float:
    """The least processor time of several runs, in seconds."""
    return min(_once(work) for _ in range(repeats))


def _once(work: Callable[[], Any]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def grows_linearly(work: Callable[[str], Any], shape: str, size: int = 2000, times: int = 16) -> bool:
    """Whether `times` as much of a shape costs far less than the square of that."""
    large = effort(lambda: work(shape * (size * times // len(shape))), repeats=2)
    return large < SMALL or large < times**1.5 * max(effort(lambda: work(shape * (size // len(shape)))), SMALL / 1000)
