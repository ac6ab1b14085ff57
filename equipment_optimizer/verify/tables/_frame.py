"""What the judges of all tables have in common: they look, a stop may end that, and what differs is told by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..judging import Difference, StoppedEarly, Verdict

__all__ = ["verdict_of"]


class TableJudge(Protocol):
    """What a judge has found so far."""

    differences: list[Difference]
    checks: list[str]


def verdict_of(
    judge: TableJudge, look: Callable[[], None], *, compare: Callable[[bool], None] = lambda is_whole: None
) -> Verdict:
    """What a judge says once it has looked, and compared all of what it found or what it had found at a stop."""
    was_stopped = False
    try:
        look()
    except StoppedEarly:
        was_stopped = True
        judge.checks.append("stopped before its end: not all builds that were to be tried were")
    compare(not was_stopped)
    return Verdict(tuple(sorted(judge.differences, key=lambda d: d.line)), tuple(judge.checks), was_stopped)
