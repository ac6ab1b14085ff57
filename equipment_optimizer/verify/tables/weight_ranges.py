"""Judge a table of ranges of weights by definition: each end, who comes next there, and that nobody comes sooner.

In: the table that the command `stability` wrote, and the job. Out: a `Verdict`. The table names the first build only as
far as others replace its pieces: the rest is found by looking at every build that has these. Where those are too many,
or a build has too many best fillings, lines are compared only if a build that is found agrees with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ...records.config import Config
from ...records.equipment import EquipmentTable
from ..judging import (
    Builds,
    Challenge,
    Definition,
    Difference,
    Rows,
    StoppedEarly,
    Verdict,
    allowed_rows,
    builds_to_try,
    greedy_filling,
    same_named,
)
from ..output_file import OutputFile
from ._best_fillings import BestFillings, Filled, TooManyFillings
from ._changes import ChangeReader
from ._first_build import FirstBuild
from ._frame import verdict_of
from ._range_rows import HEADER, RangeEnd, RangeRows
from ._rival_lines import RivalLines
from ._weights import Amounts, Weights

__all__ = ["is_range_table", "verify_ranges"]

_NOT_COMPARED = "no builds compared: the table does not name enough of build 1"

#: Scores differ by more than what this much of a weight is worth, as numbers of a config go.
_TINY = Fraction(1, 10**60)


def is_range_table(header: Sequence[str]) -> bool:
    """Whether a file is a table of how far weights may move."""
    return tuple(header[: len(HEADER)]) == HEADER


def verify_ranges(
    output: OutputFile,
    table: EquipmentTable,
    config: Config,
    *,
    n_builds: int,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Verdict:
    """Check a table against its job; `n_builds` are tried of each kind, with decorations a fiftieth."""
    if config.formula is not None:
        fault = Difference(0, "(file)", "a config with weights: a formula has none", "ranges of weights")
        return Verdict((fault,), ())
    judge = _Ranges(output, Definition(table, config), should_stop)
    return verdict_of(judge, lambda: judge.look(n_builds, seed), compare=lambda _: judge.compare())


class _Ranges:
    """The steps of one verification."""

    def __init__(
        self, output: OutputFile, definition: Definition, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.differences: list[Difference] = []
        self.checks: list[str] = []
        self._definition, self._should_stop = definition, should_stop
        table = definition.table
        self._builds = Builds(table, allowed_rows(table, definition.config))
        by_part = same_named(definition, self._builds.allowed)
        by_name = [by_part[part] for part in table.positions]
        self._weights = Weights(definition)
        self._fillings = BestFillings(definition, self._weights, self._poll)
        self._rows = RangeRows(output, self._weights, ChangeReader(definition, by_name), self._differ)
        self._first = FirstBuild(definition, self._builds, self._weights, self._fillings, by_name)
        self._is_whole = False
        self._rivals: dict[tuple[Rows, int, int], list[Filled] | None] = {}
        #: The lines of the first build; several where it may be filled in several ways.
        self._lines: list[RivalLines] = []

    def _poll(self) -> None:
        if self._should_stop is not None and self._should_stop():
            raise StoppedEarly

    def _differ(self, line: int, column: str, expected: str, actual: str) -> None:
        self.differences.append(Difference(line, column, expected, actual))

    def _named(self, rows: Rows) -> str:
        """The pieces of a build."""
        return ", ".join(self._definition.table.names[row] or "nothing" for row in rows)

    def look(self, n_builds: int, seed: int) -> None:
        """Every row, and builds against all of them."""
        if not self._rows.read():
            return
        rows = self._rows.rows
        self.checks.append(f"{len(rows):,} ranges matched with the weights, which lie within them")
        if not any(row.is_proved for row in rows):
            self.checks.append("no builds compared: no row claims to be proved")
            return
        most = n_builds
        n_builds = builds_to_try(n_builds, self._definition.config)
        tries = _Tries(self._definition, self._builds, self._weights, seed, self._should_stop)
        known = self._rows.known
        try:
            self._first.find(known, most, n_builds, tries.score)
        except TooManyFillings:
            self.checks.append("no builds compared: the slots of build 1 may be filled in too many ways")
            return
        self._is_whole = self._first.is_certain
        if not self._first.filled and not self._is_whole:
            self.checks.append(_NOT_COMPARED)
        elif not self._first.filled:
            names = ", ".join(name or "nothing" for _, name in sorted(known.items())) or "any pieces"
            self._differ(0, "(build 1)", f"a build with {names}", "none keeps the limits")
        self._lines = [RivalLines(filled, self._weights, rows) for filled in self._first.filled]
        for lines in self._lines:
            lines.check_next(lambda end, first=lines.first: self._rivals_of(end, first), self._named)  # type: ignore[misc]
        if self._lines:
            self._try_builds(tries, n_builds)

    # --- the builds that come next -------------------------------------------------------

    def _values_at(self, end: RangeEnd) -> list[Fraction]:
        """The weights just beyond an end; far beyond every other weight where there is none."""
        if end.at is None:
            return [Fraction(end.sign if place == end.weight else 0) for place in range(len(self._weights.values))]
        values = list(self._weights.values)
        values[end.weight] = end.at + end.sign * _TINY
        return values

    def _filled_at(self, end: RangeEnd, rows: Rows) -> list[Filled] | None:
        """A build as it is filled just beyond an end; None where its fillings are too many."""
        key = (rows, end.weight, end.sign)
        if key not in self._rivals:
            before, self._fillings.is_whole = self._fillings.is_whole, True
            try:
                self._rivals[key] = self._fillings.best(rows, self._values_at(end))
            except TooManyFillings:
                self._rivals[key] = None
            self._fillings.is_whole &= before
        return self._rivals[key]

    def _rivals_of(self, end: RangeEnd, first: Filled) -> list[Filled] | None:
        """The builds that come next by the words of the table."""
        change = end.change
        assert change is not None
        names = {position: self._definition.table.names[row] for position, row in enumerate(first.rows)}
        names.update((position, new) for position, (new, _) in change.pieces.items())
        rivals: list[Filled] = []
        for rows in self._first.namesakes(names):
            filled = self._filled_at(end, rows)
            if filled is None:
                return None
            is_same = rows == first.rows and not change.pieces
            rivals += [rival for rival in filled if not is_same or self._is_told(change.new, change.old, first, rival)]
        return rivals

    def _is_told(self, new: Mapping[int, int], old: Mapping[int, int], first: Filled, rival: Filled) -> bool:
        """Whether fillings of the same pieces differ by these decorations, as far as levels tell."""
        more = self._fillings.levels_of(new)
        more.subtract(self._fillings.levels_of(old))
        for skill in {*more, *first.levels, *rival.levels}:
            before, after = first.levels.get(skill, 0), rival.levels.get(skill, 0)
            top = self._fillings.tops.get(skill)
            if top is not None and before >= top:  # how far beyond is not known
                is_told = more[skill] < 0 or after >= top
            else:
                is_told = after == (before + more[skill] if top is None else min(before + more[skill], top))
            if not is_told:
                return False
        return True

    # --- any builds ----------------------------------------------------------------------

    def _note(self, rows: Rows, amounts: Amounts) -> None:
        for lines in self._lines:
            lines.note(rows, amounts)

    def _note_filled(self, rows: Rows) -> None:
        """A build with its slots filled as well as can be beyond every end."""
        for row in self._rows.rows:
            for end in row.ends:
                for filled in self._filled_at(end, rows) or ():
                    self._note(rows, filled.amounts)

    def _try_builds(self, tries: _Tries, n_builds: int) -> None:
        """Hold builds against the lines."""
        tries.note = self._note
        is_filled, n_ends = self._definition.config.decorations is not None, self._lines[0].n_ends
        if tries.n_combinations <= n_builds:
            n_all, n_feasible = tries.every_build()
            is_few = tries.n_combinations * n_ends <= n_builds
            for rows in (self._builds.every() if is_few else [self._first.filled[0].rows]) if is_filled else ():
                self._note_filled(rows)
            self.checks.append(f"all {n_all:,} builds tried, {n_feasible:,} of which keep the limits")
            return
        first = self._first.filled[0].rows
        if is_filled:
            self._note_filled(first)
        n_random = tries.random_builds(n_builds)
        n_climbs = tries.climbs(n_builds)
        near = dict.fromkeys([first, *(rows for rows, _, _ in self._rivals)])
        _, n_exchanged = tries.exchanges(list(near), n_builds)
        n_beyond = self._climb_beyond(tries, first, n_builds)
        told = f"{n_random:,} random builds, {n_climbs:,} climbs, {n_exchanged:,} builds near those that are named and"
        self.checks.append(f"{told} {n_beyond:,} on climbs beyond the ends: a spot check, not a proof")

    def _climb_beyond(self, tries: _Tries, first: Rows, n_builds: int) -> int:
        """Exchange pieces of the first build to what scores more beyond each end; returns how many were tried."""
        n_tried, lines = 0, self._lines[0]
        for k in range(lines.n_ends):
            here, height = first, lines.height(k, lines.first.amounts)
            while n_tried < n_builds:
                best = None
                for rows in self._builds.neighbours(here):
                    n_tried += 1
                    tries.score(rows)
                    if tries.amounts is not None and lines.height(k, tries.amounts) > height:
                        best, height = rows, lines.height(k, tries.amounts)
                if best is None:
                    break
                here = best
        return n_tried

    def compare(self) -> None:
        """Tell what lines of the first build say, by that of its fillings that agrees best."""
        if not self._lines:
            return
        told = min(([*lines.told(self._named)] for lines in self._lines), key=len)
        if told and not self._is_whole:
            self.checks.append(_NOT_COMPARED)
            return
        self.differences += told
        self.checks.append(f"ends of {len(self._rows.rows):,} ranges, and who comes next there")


class _Tries(Challenge):
    """Tries builds, and notes what they have of each weight."""

    def __init__(
        self,
        definition: Definition,
        builds: Builds,
        weights: Weights,
        seed: int,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        super().__init__(definition, builds, (), None, seed=seed, should_stop=should_stop)
        self.belongs = lambda rows, score: False
        self.note: Callable[[Rows, Amounts], None] = lambda rows, amounts: None
        #: What the build that was scored last has; None where it misses a limit.
        self.amounts: Amounts | None = None
        self._weights = weights

    def score(self, rows: Rows) -> int | None:
        """Scaled score of a build, its slots filled greedily."""
        definition, free = self._definition, None
        filling: dict[int, int] = {}
        if definition.config.decorations is not None:
            filling, free = greedy_filling(definition, rows)
        totals = definition.totals(rows, filling)
        self.amounts = None
        if any(True for _ in definition.missed_limits(totals)):
            return None
        self.amounts = self._weights.amounts(totals, free)
        self.note(rows, self.amounts)
        return definition.scaled_score(totals, free)
