"""Processor time of this thread, for what must not grow with the square of what is sent. Ratios of one run only."""

import time
from collections.abc import Callable
from itertools import count
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


def grows_linearly(work: Callable[[str], Any], shape: str, size: int = 2000, times: int = 16, end: str = "") -> bool:
    """Whether `times` as much of a shape, with an end, costs far less than the square of that."""
    runs = count()  # each text is a little different, so that nothing that was kept answers

    def cost(length: int) -> float:
        text = f"{shape * (length // len(shape))}{end}{'.' * next(runs)}"
        return _once(lambda: work(text))

    large = cost(size * times)
    return large < SMALL or min(large, cost(size * times)) < times**1.5 * max(
        min(cost(size) for _ in range(3)), SMALL / 1000
    )
