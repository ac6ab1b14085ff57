"""A front beside a formula: the best product with ever higher least values of the other objectives.

The best build of a region, all builds whose other objectives reach some least values, is an outcome that
no other one in it beats but for ties; what it does not reach itself has more in one of the others, one region each.
(Y. Haimes, L. Lasdon, D. Wismer 1971; the regions as K. Klamroth, R. Lacour, D. Vanderpooten 2015.)
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from ...output.outcomes import objective_values
from ...problem.problem import Problem
from ...progress import SCORING, Progress
from ...records.combinations import EquipmentCombinationList
from ...records.config import Config
from ...records.equipment import EquipmentTable
from ...records.fillings import Fillings
from ...records.limited_columns import objectives_of
from ...records.results import BuildResults, SearchReport, format_score
from ..engines import SearchOptions, SearchOutcome
from ._aims import EVERYTHING, FILLINGS, Watch
from ._weighings import weighing, with_columns, with_least
from .front import check_front

__all__ = ["front_by_limits"]

#: The least value of each other objective, turned, as whole numbers; None where any will do.
Least = tuple[int | None, ...]


class _Outcome(NamedTuple):
    """The best build of a region: its score and the values beside it, turned."""

    region: Least
    score: int
    others: tuple[int, ...]
    indices: tuple[int, ...]
    fillings: Fillings | None

    def is_best_of(self, least: Least) -> bool:
        """Whether it lies in a region that its own one holds."""
        is_there = all(low is None or value >= low for value, low in zip(self.others, least, strict=True))
        return is_there and _holds(self.region, least)


def _holds(region: Least, part: Least) -> bool:
    """Whether a region holds all of another one."""
    return all(low is None or (other is not None and other >= low) for low, other in zip(region, part, strict=True))


def front_by_limits(
    table: EquipmentTable,
    config: Config,
    problem: Problem,
    options: SearchOptions,
    best: Callable[[Config], SearchOutcome],
) -> SearchOutcome:
    """The front of the score and others; `best` finds the best build of a configuration with other limits."""
    check_front(config, options)
    return _Regions(table, with_columns(config, objectives_of(config)), problem, options, best).run()


class _Regions:
    """One search."""

    def __init__(
        self,
        table: EquipmentTable,
        config: Config,
        problem: Problem,
        options: SearchOptions,
        best: Callable[[Config], SearchOutcome],
    ) -> None:
        self._table, self._problem, self._options, self._best = table, problem, options, best
        self._objectives = objectives_of(config)
        (score,) = (objective for objective in self._objectives if objective.kind == "score")
        self._others = [objective for objective in self._objectives if objective is not score]
        #: -1 where the lowest product is wanted: the highest one of the formula turned.
        self._sign, self._config = score.sign, weighing(config, score)
        self._digits = [
            table.numbers(objective.name)[1] if objective.kind == "total" else 0 for objective in self._others
        ]
        self._watch = Watch(options.should_stop)
        self._outcomes: list[_Outcome] = []
        self._impossible: list[Least] = []
        self._n_scored = 0

    def run(self) -> SearchOutcome:
        """Regions by what they may score, best first."""
        started, serial = time.perf_counter(), itertools.count()
        nothing: Least = (None,) * len(self._others)
        heap: list[tuple[float | int, int, Least]] = [(float("-inf"), next(serial), nothing)]
        seen = {nothing}
        while heap and not self._watch.is_stopped():
            least = heap[0][2]
            outcome = self._best_of(least)
            if self._watch.stopped:
                break
            heapq.heappop(heap)
            if outcome is None:
                continue
            for k, value in enumerate(outcome.others):
                higher = (*least[:k], value + 1, *least[k + 1 :])
                if higher not in seen:
                    seen.add(higher)
                    heapq.heappush(heap, (-outcome.score, next(serial), higher))
        bounds = [-bound for bound, *_ in heap] if self._watch.stopped else []
        return self._listed(bounds, time.perf_counter() - started)

    def _best_of(self, least: Least) -> _Outcome | None:
        """The best of a region; None where there is none, or after a stop."""
        known = next((outcome for outcome in self._outcomes if outcome.is_best_of(least)), None)
        if known is not None or any(_holds(region, least) for region in self._impossible):
            return known
        config = self._config
        for objective, low, digits in zip(self._others, least, self._digits, strict=True):
            if low is not None:
                config = with_least(config, objective, Decimal(low).scaleb(-digits))
        outcome = self._best(config)
        self._n_scored += outcome.report.counts.get("enumerated", 0)
        self._watch.stopped = self._watch.stopped or not outcome.report.proved
        if not len(outcome.scores):
            self._impossible.append(least)
            return None
        self._outcomes.append(self._read(least, outcome))
        if self._options.on_progress is not None:
            detail = f"{len(self._outcomes):,} outcomes"
            self._options.on_progress(Progress(SCORING, self._n_scored, None, detail=detail))
        return self._outcomes[-1]

    def _read(self, region: Least, outcome: SearchOutcome) -> _Outcome:
        """The first row of what was found in a region."""
        columns, fillings = [column[:1] for column in outcome.columns], outcome.fillings
        if fillings is None and outcome.filler is not None:
            written = outcome.filler.written(columns, outcome.scores[:1], should_stop=lambda: False)
            fillings = written.fillings
            self._watch.stopped = self._watch.stopped or not written.is_final
        results = BuildResults(
            table=self._table,
            config=self._config,
            combinations=EquipmentCombinationList(self._table, columns),
            scaled_scores=outcome.scores[:1],
            score_digits=0,
            report=outcome.report,
            fillings=fillings,
        )
        values = [
            objective.sign * int(column[0])
            for objective, column, _ in objective_values(results)
            if objective.kind != "score"
        ]
        indices = tuple(int(column[0]) for column in columns)
        return _Outcome(region, int(outcome.scores[0]), tuple(values), indices, fillings)

    # --- what is listed ---------------------------------------------------------------

    def _listed(self, bounds: Sequence[float | int], seconds: float) -> SearchOutcome:
        """What no other outcome reaches, sorted by the objectives; `bounds` are those of regions that are open."""
        rows = sorted(self._unbeaten(), key=lambda outcome: [-value for value in self._values(outcome)])
        stopped, total = self._watch.stopped, self._problem.space.n_combinations
        n_scored = min(self._n_scored, total)
        most, unsettled = max(bounds, default=0), EVERYTHING
        if not bounds and rows:
            unsettled = FILLINGS
        elif bounds and isinstance(most, int):
            ends = "up" if self._sign > 0 else "down"
            unsettled = f"outcomes that score {ends} to {format_score(most * self._sign, self._problem.digits)}"
        report = SearchReport(
            engine="bounded",
            n_combinations=total,
            proved=not stopped,
            gap=Decimal("Infinity") if stopped else Decimal(0),
            counts={"enumerated": n_scored, "not_reached" if stopped else "pruned_by_bound": total - n_scored},
            elapsed_seconds=seconds,
            unsettled=unsettled if stopped else "",
        )
        scores = np.array([outcome.score * self._sign for outcome in rows], dtype=object)
        indices = zip(*(outcome.indices for outcome in rows), strict=True)
        columns = [np.array(column, dtype=np.int64) for column in indices]
        fillings = [outcome.fillings for outcome in rows if outcome.fillings is not None]
        return SearchOutcome(
            columns or [np.zeros(0, dtype=np.int64) for _ in self._problem.positions],  # type: ignore[arg-type]
            scores,
            report,
            np.array([outcome.score > most for outcome in rows], dtype=np.bool_) if stopped else None,
            fillings=Fillings.joined(fillings) if fillings else None,
        )

    def _values(self, outcome: _Outcome) -> list[int]:
        """All objectives in their order, turned."""
        others = iter(outcome.others)
        return [outcome.score if aim.kind == "score" else next(others) for aim in self._objectives]

    def _unbeaten(self) -> list[_Outcome]:
        """Outcomes that no other one reaches in everything, each with its first build."""
        first: dict[tuple[int, ...], _Outcome] = {}
        for outcome in sorted(self._outcomes, key=lambda outcome: (-outcome.score, outcome.indices)):
            first.setdefault((outcome.score, *outcome.others), outcome)
        return [
            outcome
            for values, outcome in first.items()
            if not any(other != values and all(a >= b for a, b in zip(other, values, strict=True)) for other in first)
        ]
