"""How firm the best build is: for each weight the range within which it stays best, and who comes next.

A build, its slots filled as they are, scores a linear function of any one weight, so the range is
an interval. Its end is found from outside: the best build there crosses the first one's line, which
is nearer; at the last crossing nothing scores more, which is proved like a list. Slopes are told
apart by adding far less than any score to the weight that is moved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ..output.score_terms import score_terms
from ..pipeline import optimize
from ..problem.compile import compile_problem
from ..problem.problem import Problem
from ..progress import OnProgress, Progress
from ..records.combinations import EquipmentCombinationList
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.results import BuildResults, SearchReport
from ..search.bounded.run import BoundedSearch
from ..search.filling.filler import Filler
from ..system.stopping import StopFlag
from ._other_fillings import joined, one_decoration_exchanged
from ._weights import weights_of, with_weights

__all__ = ["WeightRange", "stability"]

IntArray = npt.NDArray[np.int64]

#: Builds of the list that may come next; more cost more than they save.
_LISTED = 50

#: Probes begin at a usual weight and go so many times further each, up to so many usual weights.
_GROWTH = 4
_MOST_STEPS = 16

_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class WeightRange:
    """The range of one weight within which the best build stays best.

    Attributes
    ----------
    path : str
        JSON path of the weight.
    value : Decimal
        What it is.
    low, high : Fraction or None
        The ends, exact; None where there is none: it stays best however far.
    below, above : BuildResults or None
        The build that is best beyond each end; of one row.
    is_proved : bool
        False after an early stop: beyond an end another build is better, and perhaps before.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> defence = next(one for one in stability(table, config) if one.path == "$.defence")
    >>> defence.low, defence.value, defence.high
    (Fraction(1, 64), Decimal('0.02'), Fraction(1, 32))
    """

    path: str
    value: Decimal
    low: Fraction | None
    high: Fraction | None
    below: BuildResults | None
    above: BuildResults | None
    is_proved: bool = True


def stability(
    table: EquipmentTable,
    config: Config,
    *,
    results: BuildResults | None = None,
    time_limit: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[WeightRange]:
    """For each weight, the range within which the best build, slots filled as they are, stays best.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
    results : BuildResults, optional
        The list of this job, proved, where it is known.
    time_limit : float, optional
        Seconds after which ranges that are not proved yet are given as they are known.
    on_progress, should_stop : callable, optional

    Returns
    -------
    list of WeightRange
        In the order of a config file. Within a range no build scores more than the best one.

    Raises
    ------
    InfeasibleError
        If no build satisfies the configuration.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> len(stability(table, config))
    25
    """
    config.refuse_formula(
        "a formula has no weights that could be moved",
        "make a page (--report): it says what one level more of each skill would give",
    )
    flag = StopFlag(time_limit, should_stop)
    config = replace(config, front=())  # the build that scores most, whatever else is traded for it
    if results is None or results.config.front:
        results = optimize(table, config, limit=min(config.limit, _LISTED), should_stop=flag.is_set)
    if not len(results):
        return []
    ranges: list[WeightRange] = []
    weights = weights_of(config)
    try:
        search = _Ranges(results, flag)
    except OverflowError as error:
        raise _too_many_digits() from error
    for n_done, (path, value) in enumerate(weights.items(), 1):
        try:
            ranges.append(search.of(path, value))
        except OverflowError as error:
            raise _too_many_digits() from error
        if on_progress is not None:
            on_progress(Progress("moving weights", n_done, len(weights), "weights"))
    return ranges


def _too_many_digits() -> UsageError:
    return UsageError(
        "the ranges of these weights do not fit exact arithmetic", "use weights with fewer digits, or less far apart"
    )


@dataclass(frozen=True, eq=False)
class _End:
    """One end: how far away, None where there is none, and who is best beyond."""

    distance: Fraction | None
    beyond: BuildResults | None = None
    is_proved: bool = True


class _Ranges:
    """The ranges of one list's best build."""

    def __init__(self, results: BuildResults, flag: StopFlag) -> None:
        self.results = results[: min(len(results), _LISTED)]
        self.table, self.config = results.table, results.config
        self._flag = flag
        self._is_listed = results.report.proved
        self._scores = [Fraction(results.score(k)) for k in range(len(self.results))]
        #: Builds that may come next, the best one first, with what they score.
        self._known = self.results
        self._note(one_decoration_exchanged(compile_problem(self.table, self.config), self.results[:1]))
        weights = [abs(Fraction(weight)) for weight in weights_of(self.config).values() if weight]
        self._usual = max(Fraction(round(sum(weights) / max(len(weights), 1))), Fraction(1))
        self._unit_of = "", 0
        self._unit_problem: Problem | None = None

    def of(self, path: str, value: Decimal) -> WeightRange:
        """The range of one weight."""
        slopes = self._slopes(path, self._known)
        low, high = (self._end(path, slopes, sign) for sign in (-1, 1))
        return WeightRange(
            path=path,
            value=value,
            low=None if low.distance is None else Fraction(value) - low.distance,
            high=None if high.distance is None else Fraction(value) + high.distance,
            below=low.beyond,
            above=high.beyond,
            is_proved=low.is_proved and high.is_proved and self._is_listed,
        )

    def _note(self, builds: BuildResults) -> None:
        """Take builds in that may come next somewhere."""
        if len(builds):
            self._known = joined(self._known, builds)
            self._scores += self._score(builds)

    def _slopes(self, path: str, builds: BuildResults) -> list[Fraction]:
        """What builds score with this weight 1 and every other 0."""
        config = with_weights(self.config, lambda other, _: _ONE if other == path else _ZERO)
        return self._worth(builds, config)

    def _worth(self, builds: BuildResults, config: Config) -> list[Fraction]:
        """What builds score, slots filled as they are, under whole weights."""
        digits = self._column_digits()
        worth = sum(term.worth for term in score_terms(replace(builds, config=config, score_digits=digits)))
        return [Fraction(int(score), 10**digits) for score in np.atleast_1d(worth)]

    def _column_digits(self) -> int:
        """Decimal places of the columns that are summed."""
        return max([0, *(self.table.numbers(name)[1] for name in self.config.totals)])

    def _end(self, path: str, slopes: list[Fraction], sign: int) -> _End:
        """The end above (1) or below (-1) the weight.

        Probed from inside: far out, where other builds are best by much, a search takes longest.
        """
        own_slope = sign * slopes[0]
        if own_slope >= self._steepest(path, sign):
            return _End(None)
        end = _End(None)
        for k in range(1, len(slopes)):
            end = self._nearer(end, self._scores[k], sign * slopes[k] - own_slope, self._known[k : k + 1])
        far = Fraction(self._far())
        step, is_far = self._usual, False
        while True:
            if end.distance is not None:
                is_far = False
                distance = end.distance if end.distance <= step else step
            else:
                is_far = step > _MOST_STEPS * self._usual
                distance = far if is_far else step
            better = self._best_at(path, slopes[0], sign, distance, end)
            if self._flag.is_set():
                return replace(end, is_proved=False)
            assert better is not None or distance != end.distance, path
            if better is not None:
                nearer = self._crossing(end, path, sign, own_slope, better)
                if end.distance is not None and nearer.distance == end.distance:
                    return _End(end.distance, better)
                end = nearer
            elif is_far:
                return end
            else:
                step *= _GROWTH

    def _steepest(self, path: str, sign: int) -> Fraction:
        """No build gains more by a unit of the weight; an end is only worth a search where one may."""
        problem = self._unit(path, sign)
        most = problem.base_linear
        for feature in problem.features:
            functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
            most += max(f.at(x) for f in functions for x in f.corners(feature.low, feature.high))
        most += int(problem.bonus_linear.max(axis=1, initial=0).sum())
        in_slot = int(problem.slot_weights.max(initial=0))
        if problem.decorations is not None:
            in_slot = max(in_slot, int(problem.decorations.linear.max(initial=0)))
        most += in_slot * int(problem.base_slots.sum())
        for part, count in zip(problem.parts, problem.space.counts, strict=True):
            most += count * int((part.linear + in_slot * part.slots.sum(axis=1)).max())
        return Fraction(most, 10**problem.digits)

    def _crossing(self, end: _End, path: str, sign: int, own_slope: Fraction, build: BuildResults) -> _End:
        """The end, brought nearer by a build."""
        (score,) = self._score(build)
        self._note(build)
        return self._nearer(end, score, sign * self._slopes(path, build)[0] - own_slope, build)

    def _nearer(self, end: _End, score: Fraction, steeper: Fraction, build: BuildResults) -> _End:
        """The end, or where a build that is so much steeper meets the first one's line."""
        if steeper <= 0:
            return end
        distance = (self._scores[0] - score) / steeper
        return end if end.distance is not None and end.distance <= distance else _End(distance, build)

    def _score(self, builds: BuildResults) -> list[Fraction]:
        """The scores under the configuration, slots filled as they are."""
        digits = self.results.score_digits
        worth = sum(term.worth for term in score_terms(replace(builds, config=self.config, score_digits=digits)))
        return [Fraction(int(score), 10**digits) for score in np.atleast_1d(worth)]

    def _far(self) -> int:
        """A change of any weight that outweighs everything else."""
        bound = compile_problem(self.table, self.config).score_bound // 10**self.results.score_digits + 1
        return int(2 * bound * 10 ** self._column_digits() + 1)

    # --- searches ------------------------------------------------------------------

    def _unit(self, path: str, sign: int) -> Problem:
        """The problem of the slopes: this weight 1 or -1, every other 0; it has the decorations that then matter."""
        if (path, sign) != self._unit_of:
            unit = with_weights(self.config, lambda other, _: Decimal(sign) if other == path else _ZERO)
            self._unit_of, self._unit_problem = (path, sign), compile_problem(self.table, unit)
        assert self._unit_problem is not None
        return self._unit_problem

    def _best_at(self, path: str, slope: Fraction, sign: int, distance: Fraction, end: _End) -> BuildResults | None:
        """A build above the first one's line where the weight is moved so far, and a little beyond.

        At an end, where none is, the best of those that are on it: the steepest, then the first by rank.
        """
        scale = 10**self.results.score_digits * distance.denominator
        # A unit of the weight is less than the least difference of scores, whatever the build.
        unit = self._unit(path, sign)
        score_unit = 2 * unit.score_bound + 1
        scale *= 10**unit.digits

        def moved(other: str, weight: Decimal) -> Decimal:
            whole = Fraction(weight) * scale
            if other == path:
                return Decimal(int((whole + sign * distance * scale) * score_unit) + sign)
            return Decimal(int(whole * score_unit))

        config = with_weights(self.config, moved)
        line = (self._scores[0] + sign * distance * slope) * scale * score_unit
        floor = line + sign * slope
        if distance == end.distance:
            # The least that is steeper is one unit so.
            assert end.beyond is not None
            floor = self._worth(end.beyond, config)[0] - Fraction(1, 10 ** self._column_digits())
        return self._best(config, floor, enough=int(line) + score_unit // 2 + 1)

    def _best(self, config: Config, floor: Fraction, enough: int | None = None) -> BuildResults | None:
        """The best build that scores more than `floor` under other weights, or the first that scores `enough`.

        None where none does, or after a stop.
        """
        problem = compile_problem(self.table, config)
        unit = 10**problem.digits

        def is_over() -> bool:
            return self._flag.is_set() or (enough is not None and run.top.nth_score >= enough * unit)

        run = BoundedSearch(problem, 1, should_stop=is_over)
        last = [np.array([size - 1]) for size in problem.space.position_sizes]
        floor_scaled = math.floor(floor * unit)
        run.top.add(np.array([floor_scaled]), run.code.encode(last))
        run.top.settle()
        run.run()
        scores, words = run.top.sorted()
        if self._flag.is_set() or int(scores[0]) == floor_scaled:
            return None
        is_passed = enough is not None and int(scores[0]) >= enough * unit
        combinations = EquipmentCombinationList(self.table, run.code.decode(words))
        filler = run.filler or (None if problem.decorations is None else Filler(problem))
        return BuildResults(
            table=self.table,
            config=config,
            combinations=combinations,
            scaled_scores=scores,
            score_digits=problem.digits,
            report=SearchReport(engine="bounded", n_combinations=problem.space.n_combinations),
            # What is only passed by need not be filled as it would be written.
            fillings=None
            if filler is None
            else filler.written(combinations.columns, scores, as_found=is_passed).fillings,
        )
