"""Rows that differ as a configuration says, by definition.

A build belongs where it stands in order, after rows that are before it: it has to differ from each
of them, and its pieces may not stand in as many of them already as any may.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from ..records.equipment import NO_PIECE
from ._definition import Definition, Rows
from ._matching import Filled
from ._rows import Listed

__all__ = ["Selection"]

#: A build: rows of the table, its filling, and the slots that stay free where decorations are given.
Chosen = tuple[Rows, Mapping[int, int], tuple[int, ...] | None]

Outcome = tuple[object, ...]

#: How many builds a row stands for, as it is written.
_COUNT = re.compile("[1-9][0-9]{0,99}")

#: Combinations up to which builds are always counted: no such list is longer than those that are counted.
_FEW = 20_000

#: The best fillings of a build, one of each outcome; none where none keeps the limits, None where unknown.
BestOf = Callable[[Rows], "list[Filled] | None"]


class _Times:
    """How many builds come to each outcome at least, and at most; and the scores of all outcomes, ascending."""

    def __init__(self) -> None:
        self.least, self.most = Counter[Outcome](), Counter[Outcome]()
        #: Builds of which it is not known what they come to: there are no more outcomes than with one for each.
        self.n_unknown = 0
        self.scores: list[int] = []

    def n_at_least(self, score: int) -> int:
        """How many outcomes score so much, or may."""
        return len(self.scores) - bisect.bisect_left(self.scores, score) + self.n_unknown


class Selection:
    """What is wrong with a build after others; `builds` are rows of the table with their fillings."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._config = definition.config
        share = self._config.share
        #: What a row of the table is, for its places: a piece, or an empty place of parts that have its pieces.
        self._names = _names(definition)
        self._most = None if share is None else max(1, int(Fraction(share) * self._config.limit))
        #: Whether it depends on what is in the slots if a row belongs.
        self._needs_fillings = self._config.decorations is not None and (
            self._config.different_skills or self._config.variants is not None
        )
        #: The rows of the list, as far as they were read.
        self.before: list[Chosen] = []
        #: Outcomes of rows of the list, asked for over and over.
        self._kept: dict[Outcome, Outcome] = {}
        #: Builds that may belong or not: their best fillings are not known, or not which of them is written.
        self.n_unfilled = self.n_undecided = 0
        #: Rows of which it is not known how many builds they stand for.
        self.n_bounded = 0

    def next_fault(self, build: Chosen) -> str | None:
        """Why a build cannot follow the rows that are known."""
        return self.fault(build, self.before)

    def faults(self, listed: Iterable[Listed]) -> Iterator[tuple[int, str]]:
        """Line of each row that cannot follow those before it, and why."""
        for k, row in enumerate(listed):
            fault = self.fault(self.before[k], self.before[:k])
            if fault is not None:
                yield row.record.line, fault

    def fault(self, build: Chosen, before: Sequence[Chosen]) -> str | None:
        """Why a build cannot follow these rows; None where it can."""
        config, rows = self._config, [self._names[row] for row in build[0]]
        if config.different_pieces is not None:
            for number, (other, *_) in enumerate(before, 1):
                n_common = sum((Counter(rows) & Counter(self._names[row] for row in other)).values())
                if len(rows) - n_common < config.different_pieces:
                    return f"{config.different_pieces} pieces unlike row {number}"
        for outcome_of, wanted, told in (
            (self.whole_outcome, config.variants is not None, "no variant of"),
            (self._outcome, config.different_skills, "a listed skill unlike"),
        ):
            outcomes = [self._of_row(outcome_of, other) for other in before] if wanted else []
            if wanted and (outcome := outcome_of(build)) in outcomes:
                return f"{told} row {outcomes.index(outcome) + 1}"
        if self._most is not None:
            times = Counter(self._names[row] for other, *_ in before for row in other)
            for row in build[0]:
                name = self._definition.pieces[row].name
                if name and times[self._names[row]] >= self._most and name not in config.share_except:
                    return f"no piece in more than {self._most} rows, such as {name}"
        return None

    def _of_row(self, outcome_of: Callable[[Chosen], Outcome], build: Chosen) -> Outcome:
        key = (outcome_of == self._outcome, build[0], tuple(build[1].items()), build[2])
        if key not in self._kept:
            self._kept[key] = outcome_of(build)
        return self._kept[key]

    def belongs(self, rows: Rows, score: int, listed: Sequence[Listed], best_of: BestOf) -> bool:
        """Whether a build that is not listed, and scores so much at least, differs enough from the rows before it.

        Of its best fillings one is written: it belongs where it does with each of them.
        """
        builds: list[Chosen] = [(rows, {}, None)]
        if self._needs_fillings:
            filled = self._filled(rows, best_of)
            if filled is None:
                self.n_unfilled += 1
                return False
            builds = filled
            score = self._definition.scaled_score(self._definition.totals(*builds[0][:2]), builds[0][2])
        earlier = [row for row in listed if (-row.score, row.rows) < (-score, rows)]
        before: list[Chosen] = [(row.rows, row.filling, row.free_slots) for row in earlier]
        n_alike = sum(self.fault(build, before) is not None for build in builds)
        self.n_undecided += 0 < n_alike < len(builds)
        return not n_alike

    def undecided(self) -> Iterator[str]:
        """What is not known, in sentences."""
        if self.n_bounded:
            yield f"variants of {self.n_bounded:,} rows judged within bounds only: some builds' outcomes are not known"
        if self.n_unfilled:
            yield f"{self.n_unfilled:,} builds not judged as missing: there are too many ways to fill their slots"
        if self.n_undecided:
            yield (
                f"{self.n_undecided:,} builds not judged as missing: of equal fillings the one that is written decides"
                " whether they differ enough"
            )

    @staticmethod
    def _filled(rows: Rows, best_of: BestOf) -> list[Chosen] | None:
        """A build with each of its best fillings."""
        best = best_of(rows)
        return None if best is None else [(rows, filled.filling, filled.free) for filled in best]

    def wrong_variants(
        self, listed: Sequence[Listed], every: Iterable[Rows] | None, n_most: int, best_of: BestOf
    ) -> Iterator[tuple[int, str, str]]:
        """Line, expected and found of rows that cannot stand for so many builds, or must say for how many they do.

        `every` are all builds that keep the limits (with decorations all that there are); where they are not known
        there are `n_most` at most.
        """
        if self._config.variants is None:
            return
        known = {row.rows: self.whole_outcome((row.rows, row.filling, row.free_slots)) for row in listed}
        times = None if every is None else self._times(known, every, best_of)
        must_tell = self._must_tell(listed, n_most, times)
        for row in listed:
            outcome = known[row.rows]
            least, most = (1, n_most) if times is None else (times.least[outcome], times.most[outcome])
            told = row.cells.get("Variants", "")
            self.n_bounded += least < most and bool(told)
            is_right = _COUNT.fullmatch(told) and least <= int(told) <= most if told else not must_tell(row)
            if not is_right:
                yield row.record.line, f"{least} to {most}" if least < most else str(least), told or "nothing"

    def _must_tell(self, listed: Sequence[Listed], n_most: int, times: _Times | None) -> Callable[[Listed], bool]:
        """Whether a row must say how many builds it stands for; after a stop none must."""
        config = self._config
        if not listed or "Proved" in listed[0].cells:
            return lambda row: False
        if config.different_pieces is None and not config.different_skills and config.share is None:
            # Of many builds those of the last score may be too many, or so many that none are counted.
            last, are_counted = listed[-1].score, any(row.cells.get("Variants") for row in listed)
            return lambda row: n_most <= _FEW or (are_counted and row.score > last)
        # They are counted after the rows were found: a stop by then leaves all of them blank.
        if n_most > _FEW or times is None or not any(row.cells.get("Variants") for row in listed):
            return lambda row: False
        return lambda row: times.n_at_least(row.score) <= config.limit

    def _times(self, known: Mapping[Rows, Outcome], every: Iterable[Rows], best_of: BestOf) -> _Times:
        """How many builds come to each of the `known` outcomes at least, and at most."""
        times, n_unknown = _Times(), 0
        for rows in every:
            builds: list[Chosen] | None = [(rows, {}, None)]
            if self._needs_fillings and rows not in known:
                builds = self._filled(rows, best_of)
            if builds is None:
                n_unknown += 1
                continue
            outcomes = {known[rows]} if rows in known else set(map(self.whole_outcome, builds))
            times.most.update(outcomes)
            times.least.update(outcomes if len(outcomes) == 1 else ())
        times.n_unknown = n_unknown
        times.scores = sorted(self._score_of(outcome) for outcome in times.most)
        times.most.update(dict.fromkeys(known.values(), n_unknown))
        return times

    @staticmethod
    def _score_of(outcome: Outcome) -> int:
        """The scaled score of a whole outcome."""
        return outcome[1]  # type: ignore[return-value]

    def _outcome(self, build: Chosen) -> tuple[int, ...]:
        levels = self._definition.totals(build[0], build[1]).levels
        return tuple(levels.get(skill, 0) for skill in self._config.skills)

    def whole_outcome(self, build: Chosen) -> Outcome:
        """Score and every total that the configuration weighs or limits."""
        config, totals = self._config, self._definition.totals(build[0], build[1])
        free = totals.slots if build[2] is None else build[2]
        others = sum(level for skill, level in totals.levels.items() if skill not in config.skills)
        has_defence = config.defence_weight or config.min_defence is not None or config.max_defence is not None
        points = zip(self._definition.table.resistance_names, totals.resistances, strict=True)
        return (
            self._outcome(build),
            self._definition.scaled_score(totals, free),
            others if config.unlisted_skill_weight else None,
            tuple(n for n, weight in zip(free, config.slot_weights, strict=True) if weight),
            sum(free) if config.slot_count_weight else None,
            totals.defence if has_defence else None,
            tuple(amount for name, amount in points if name in config.resistances),
            tuple(totals.columns.get(name) for name in config.totals),
            tuple(totals.formula_columns.items()),
            tuple(totals.levels.get(name, 0) for name in (config.formula.names("skill") if config.formula else ())),
            tuple(totals.counts.get(name) for name in config.counts),
        )


def _names(definition: Definition) -> list[tuple[str, object]]:
    """Of each row of the table what tells it apart: copies in parts that draw from each other are one piece."""
    table = definition.table
    part_of = np.repeat(np.arange(len(table.parts)), table.part_sizes).tolist()
    group = {part: part for part in table.parts}
    for part, rule in definition.config.body_parts.items():
        for other in rule.drawn_from:
            joined = {group.setdefault(part, part), group.setdefault(other, other)}
            group.update({name: part for name, before in group.items() if before in joined})
    return [
        ("empty", group[table.parts[part]]) if origin == NO_PIECE else ("piece", origin)
        for part, origin in zip(part_of, table.origin.tolist(), strict=True)
    ]
