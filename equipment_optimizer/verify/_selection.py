"""Rows that differ as a configuration says, by definition.

A build belongs where it stands in order, after rows that are before it: it has to differ from each
of them, and its pieces may not stand in as many of them already as any may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from ._definition import Definition, Rows

__all__ = ["Selection"]


class Selection:
    """What is wrong with a build after others; `builds` are rows of the table with their fillings."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._config = definition.config
        share = self._config.share
        self._most = None if share is None else max(1, int(Fraction(share) * self._config.limit))

    def fault(self, build: tuple[Rows, dict[int, int]], before: Sequence[tuple[Rows, dict[int, int]]]) -> str | None:
        """Why a build cannot follow these rows; None where it can."""
        config, rows = self._config, build[0]
        if config.different_pieces is not None:
            for number, (other, _) in enumerate(before, 1):
                n_common = sum((Counter(rows) & Counter(other)).values())
                if len(rows) - n_common < config.different_pieces:
                    return f"{config.different_pieces} pieces unlike row {number}"
        if config.different_skills:
            own = self._outcome(build)
            for number, other_build in enumerate(before, 1):
                if self._outcome(other_build) == own:
                    return f"a listed skill unlike row {number}"
        if self._most is not None:
            times = Counter(row for other, _ in before for row in set(other))
            for row in rows:
                name = self._definition.pieces[row].name
                if times[row] >= self._most and name not in config.share_except:
                    return f"no piece in more than {self._most} rows, such as {name}"
        return None

    def _outcome(self, build: tuple[Rows, dict[int, int]]) -> tuple[int, ...]:
        levels = self._definition.totals(*build).levels
        return tuple(levels.get(skill, 0) for skill in self._config.skills)
