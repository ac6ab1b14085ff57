"""How firm the best build is: for each weight the range within which it stays best, and who comes next.

A build, its slots filled as they are, scores a linear function of any one weight, so the range is
an interval. Its end is found from outside: a better build there crosses the first one's line, which
is nearer; at the last crossing nothing scores more, which is proved like a list. Slopes are told
apart by adding far less than any score to the weight that is moved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ..output.score_terms import score_terms
from ..pipeline import optimize
from ..problem.compile import OtherWeights
from ..problem.problem import Problem
from ..progress import OnProgress, Progress
from ..records.combinations import EquipmentCombinationList
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.fillings import Fillings
from ..records.results import BuildResults
from ..search.bounded.run import BoundedSearch
from ..search.engines import decoded
from ..system.stopping import StopFlag
from ._other_fillings import joined, one_decoration_exchanged, one_decoration_taken_out
from ._relaxed_root import KnownPrices, RelaxedRoot, highest_score
from ._weights import weights_of, with_weights

__all__ = ["MOST_LISTED", "WeightRange", "check_stability", "stability"]

IntArray = npt.NDArray[np.int64]

#: Builds of the list that may come next; more cost more than they save.
MOST_LISTED = 50

#: Of the builds that are filled anew so many are filled as well as possible; so many quickly, where that takes long.
_OFFERED, _QUICK = 8, 32

#: Usual weights after which a build that is steeper is looked for.
_FAR = 8

#: Polls after which the search for an end is given up, some seconds: none is known that takes so long.
_MOST_POLLS = 10_000

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
        False after an early stop, or where it takes too much work: beyond an end another build is better, and
        perhaps before.

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
    check_stability(config)
    flag = StopFlag(time_limit, should_stop)
    config = replace(config, front=())  # the build that scores most, whatever else is traded for it
    if results is None or results.config.front:
        results = optimize(table, config, limit=min(config.limit, MOST_LISTED), should_stop=flag.is_set)
    if not len(results):
        return []
    ranges: list[WeightRange] = []
    weights = weights_of(config)
    try:
        search = _Ranges(results, flag)
        for n_done, (path, value) in enumerate(weights.items(), 1):
            ranges.append(search.of(path, value))
            if on_progress is not None:
                on_progress(Progress("moving weights", n_done, len(weights), "weights"))
    except OverflowError as error:
        message = "the ranges of these weights do not fit exact arithmetic"
        raise UsageError(message, "use weights with fewer digits, or less far apart") from error
    return ranges


def check_stability(config: Config) -> None:
    """Refuse what has no weights."""
    config.refuse_formula(
        "a formula has no weights that could be moved",
        "make a page (--report): it says what one level more of each skill would give",
    )


@dataclass(frozen=True, eq=False)
class _End:
    """One end: how far away, None where there is none, and who is best beyond, by a slope that is so much steeper."""

    distance: Fraction | None
    beyond: BuildResults | None = None
    steeper: Fraction = Fraction(0)
    is_proved: bool = True


class _BetterBuild(NamedTuple):
    """A build, its score under the configuration, its slope, and whether it is the best where it was looked for."""

    build: BuildResults
    score: Fraction
    slope: Fraction
    is_best: bool


class _Ranges:
    """The ranges of one list's best build.

    The score of a build, slots filled as they are, is linear in a weight. So where the first build's line meets
    that of a steeper one bounds the range; a build above both lines there meets it sooner (as M. J. Eisner,
    D. G. Severance, Journal of the ACM 23, 1976, find breakpoints), and the last one has none above.
    """

    def __init__(self, results: BuildResults, flag: StopFlag) -> None:
        # Builds that come next are no rows of the list, of which it says how many they stand for.
        self.results = replace(results[:MOST_LISTED], proved_rows=None, variants=None)
        self.table, self.config = results.table, results.config
        self._flag = flag
        self._is_listed = results.report.proved
        self._left_polls = _MOST_POLLS
        self._known_prices = KnownPrices()
        self._units: dict[int, Problem] = {}
        self._scores = [Fraction(results.score(k)) for k in range(len(self.results))]
        #: Builds that may come next, the best one first, with what they score.
        self._known = self.results
        self._problems = OtherWeights(self.table, self.config)
        problem = self._problems.compile(self.config)
        for other in (one_decoration_exchanged, one_decoration_taken_out):
            builds = other(problem, self.results[:1])
            if len(builds):
                self._note(builds, self._score(builds))
        #: Their pieces, a column each, the first build and then the latest: filled anew wherever something is searched.
        self._combinations = _distinct(np.array(self.results.combinations.columns, dtype=np.int64))
        weights = [abs(Fraction(weight)) for weight in weights_of(self.config).values() if weight]
        self._far = _FAR * max(Fraction(round(sum(weights) / max(len(weights), 1))), Fraction(1))

    def of(self, path: str, value: Decimal) -> WeightRange:
        """The range of one weight."""
        slopes = self._slopes(path, self._known)
        self._units.clear()
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

    def _note(self, builds: BuildResults, scores: list[Fraction]) -> None:
        """Take builds in that may come next somewhere."""
        self._known = joined(self._known, builds)
        self._scores += scores

    def _slopes(self, path: str, builds: BuildResults) -> list[Fraction]:
        """What builds score with this weight 1 and every other 0."""
        config = with_weights(self.config, lambda other, _: _ONE if other == path else _ZERO)
        return self._worth(builds, config, max([0, *(self.table.numbers(name)[1] for name in self.config.totals)]))

    def _score(self, builds: BuildResults) -> list[Fraction]:
        """The scores under the configuration, slots filled as they are."""
        return self._worth(builds, self.config, self.results.score_digits)

    def _worth(self, builds: BuildResults, config: Config, digits: int) -> list[Fraction]:
        """What builds score, slots filled as they are, under weights that come to so many digits."""
        worth = sum(term.worth for term in score_terms(replace(builds, config=config, score_digits=digits)))
        return [Fraction(int(score), 10**digits) for score in np.atleast_1d(worth)]

    def _end(self, path: str, slopes: list[Fraction], sign: int) -> _End:
        """The end above (1) or below (-1) the weight."""
        first_slope, end = sign * slopes[0], _End(None)
        rises = [(k, sign * slope - first_slope) for k, slope in enumerate(slopes)]
        meeting = [((self._scores[0] - self._scores[k]) / rise, -rise, k) for k, rise in rises if rise > 0]
        if meeting:
            distance, fall, k = min(meeting)
            end = _End(distance, self._known[k : k + 1], -fall)
        elif first_slope >= highest_score(self._unit(path, sign)):
            return end
        # Its digits and the bound on scores are those of either sign.
        unit = self._units.get(sign) or self._units.get(-sign) or self._unit(path, sign)
        self._left_polls = _MOST_POLLS
        while not self._is_over():
            if end.distance is None:
                better = self._better_at(path, sign, _End(self._far), unit=unit, slope=first_slope)
                better = better or self._steeper(unit, first_slope)
            else:
                better = self._better_at(path, sign, end, unit=unit, slope=first_slope)
            if better is None:
                return replace(end, is_proved=not self._is_over())
            build, score, slope, is_best = better
            self._note(build, [score])
            nearer = self._nearer(end, score, slope - first_slope, build)
            assert nearer is not end, path
            if is_best and nearer.distance == end.distance:
                return nearer
            end = nearer
        return replace(end, is_proved=False)

    def _nearer(self, end: _End, score: Fraction, steeper: Fraction, build: BuildResults) -> _End:
        """The end, or where a build that is so much steeper meets the first one's line, if nearer or then steeper."""
        if steeper <= 0:
            return end
        distance = (self._scores[0] - score) / steeper
        if end.distance is not None and (distance, -steeper) >= (end.distance, -end.steeper):
            return end
        return _End(distance, build, steeper)

    # --- searches ------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Whether the search for an end shall stop, or has taken too much work, which is the same on every machine."""
        self._left_polls -= 1
        return self._left_polls < 0 or self._flag.is_set()

    def _unit(self, path: str, sign: int) -> Problem:
        """The problem of the slopes: this weight 1 or -1, every other 0; it has the decorations that then matter."""
        unit = with_weights(self.config, lambda other, _: Decimal(sign) if other == path else _ZERO)
        self._units[sign] = self._problems.compile(unit)
        return self._units[sign]

    def _steeper(self, unit: Problem, slope: Fraction) -> _BetterBuild | None:
        """A build that is steeper, however much it scores."""
        if (better := self._search(unit, math.floor(slope * 10**unit.digits))) is None:
            return None
        columns, fillings, scaled, _ = better
        build = self._build(columns, fillings)
        (score,) = self._score(build)
        return _BetterBuild(build, score, Fraction(scaled, 10**unit.digits), False)

    def _better_at(self, path: str, sign: int, end: _End, *, unit: Problem, slope: Fraction) -> _BetterBuild | None:
        """A build above the first one's line at an end, or the best of those on it and steeper than who is next."""
        distance = end.distance
        assert distance is not None
        digits, scale = unit.digits, math.lcm(10**self.results.score_digits, distance.denominator)
        # Slopes are whole, times `10**digits`, and so are scores there, times `scale * 10**digits`.
        score_unit = 2 * unit.score_bound + 1

        whole = scale * 10**digits * score_unit

        def moved(other: str, weight: Decimal) -> Decimal:
            if other == path:
                return Decimal(int((Fraction(weight) + sign * distance) * whole) + sign)
            return Decimal(int(Fraction(weight) * whole))

        problem = self._problems.compile(with_weights(self.config, moved))
        line = (self._scores[0] + distance * slope) * whole
        floor, enough = (
            math.floor(score * 10**problem.digits) for score in (line + slope + end.steeper, line + score_unit // 2)
        )
        better = self._search(problem, floor, enough, unit=whole * 10**problem.digits)
        if better is None:
            return None
        columns, fillings, scaled, is_best = better
        moved_score = int(Fraction(scaled, 10**problem.digits) * 10**digits)
        score, rise = divmod(moved_score + score_unit * 10**digits // 2, score_unit * 10**digits)
        steep = Fraction(rise - score_unit * 10**digits // 2, 10**digits)
        score = Fraction(score, scale * 10**digits) - distance * steep
        return _BetterBuild(self._build(columns, fillings, score), score, steep, is_best)

    def _search(
        self, problem: Problem, floor: int, enough: int | None = None, *, unit: int | None = None
    ) -> tuple[Sequence[IntArray], Fillings | None, int, bool] | None:
        """The best build above the floor, or any above `enough`, if given; None where there is none, or after a stop.

        Its pieces, slots and score, and whether it is the best. `unit` is what a score of 1 is in the problem, where
        all weights are there.
        """
        enough = floor if enough is None else enough
        root = RelaxedRoot(problem, known=None if unit is None else self._known_prices, unit=unit or 1)
        rounded = root.rounded_build()
        known = self._combinations
        if rounded is not None:
            # Under weights far off, filling slots as well as possible may take long.
            n_quick = _QUICK if root.prefers_low_slots else 1
            others = (root.quick_build(list(known[:, [k]])) for k in range(min(n_quick, known.shape[1])))
            quick = next((build for build in chain([rounded], others) if build.score > enough), None)
            if quick is not None:
                self._remember(quick.columns)
                return quick.columns, quick.fillings, quick.score, False
            known = _distinct(np.hstack([known[:, :1], rounded.columns, known[:, 1:]]))

        def is_over() -> bool:
            return run.top.nth_score > enough or self._is_over()

        run = BoundedSearch(problem, 1, classes=root.classes, solver=root.solve, should_stop=is_over)
        root.serve(run)
        run.look_above(floor)
        if run.filler is not None:
            run.filler.add_prices(root.advice.multipliers)
        if not is_over():
            run.scorer.offer_all(root.picks(known[:, :_OFFERED]))
        if not is_over():
            root.run(run)
        scores, words = run.top.sorted()
        score = int(scores[0])
        if score == floor or self._is_over():
            return None
        columns, fillings = run.code.decode(words), None
        if run.filler is not None:
            # It need not be filled as it would be written.
            narrow = decoded(run.code, words)
            fillings = run.filler.written(narrow, scores, as_found=True, should_stop=self._is_over).fillings
            if self._is_over():
                return None
        self._remember(columns)
        return columns, fillings, score, score <= enough

    def _remember(self, columns: Sequence[IntArray]) -> None:
        """Take the pieces of a build among those that are filled anew."""
        known = self._combinations
        self._combinations = _distinct(np.hstack([known[:, :1], columns, known[:, 1:]]))[:, :_QUICK]

    def _build(
        self, columns: Sequence[IntArray], fillings: Fillings | None, score: Fraction | None = None
    ) -> BuildResults:
        """One build with its slots filled, as results under the configuration."""
        combinations = EquipmentCombinationList(self.table, columns)
        build = replace(self.results[:1], combinations=combinations, fillings=fillings)
        score = self._score(build)[0] if score is None else score
        return replace(build, scaled_scores=np.array([int(score * 10**build.score_digits)]))


def _distinct(columns: IntArray) -> IntArray:
    """Columns without those that are there before."""
    return columns[:, np.sort(np.unique(columns, axis=1, return_index=True)[1])]
