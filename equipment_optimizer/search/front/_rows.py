"""The rows of a front: of each outcome the build, its score, and what is in its slots.

Where the score is no objective, the build of an outcome is the one that scores most.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import score_totals, total_columns
from ...records.fillings import Fillings
from ...records.vocabulary import NO_BUILD
from ..engines import SearchOptions, search
from ..filling.filler import Filler
from ..tuning import FINISHING_SECONDS
from ._aims import Aims, TurnedOutcome, Watch, feature_of

__all__ = ["Rows"]

IntArray = npt.NDArray[np.int64]


class Rows:
    """Rows of `outcomes`; what cannot be had in time is left out of them.

    `columns` are L arrays of piece indices, changed in place, `scores` scaled.
    """

    def __init__(self, aims: Aims, outcomes: list[TurnedOutcome], columns: list[IntArray], watch: Watch) -> None:
        self.outcomes = outcomes
        self.columns = columns
        self.scores = np.array([outcome.first for outcome in outcomes], dtype=np.int64)
        self.fillings: Fillings | None = None
        self._aims = aims
        self._watch = watch

    def write(self, options: SearchOptions) -> None:
        """Find builds, scores and fillings."""
        aims, is_scored = self._aims, self._aims.first.kind == "score"
        groups: dict[tuple[int, ...], list[int]] = {}
        for k, outcome in enumerate(self.outcomes):
            groups.setdefault((*outcome.steps, *([outcome.first] * len(aims.filled_first))), []).append(k)
        parts: list[tuple[list[int], Fillings]] = []
        deadline = time.process_time() + FINISHING_SECONDS if self._watch.stopped else None
        for levels, rows in groups.items():
            problem = aims.compiled(aims.exactly(aims.weighed if is_scored else aims.config, levels))
            filler = None if problem.decorations is None else Filler(problem)
            if not is_scored:
                for k in rows:
                    self._choose(problem, k, filler, options)
            if filler is not None:
                rows = [k for k in rows if self.scores[k] > NO_BUILD]
                columns = [column[rows].astype(np.uint64) for column in self.columns]
                written = filler.written(
                    columns,
                    self.scores[rows],
                    as_found=deadline is not None,
                    should_stop=partial(self._is_over, deadline),
                )
                parts.append((rows[: len(written.fillings.free_slots)], written.fillings))
        if is_scored:
            self.scores *= aims.first.sign
        if aims.problem.decorations is not None:
            self.fillings, left = _joined(parts)
            self._keep(left)

    def _keep(self, left: IntArray) -> None:
        """Leave out the other rows."""
        if len(left) < len(self.outcomes):
            self._watch.stopped = True
            self._watch.unsettled = self._watch.unsettled or "rows whose slots were not filled in time"
            self.outcomes = [self.outcomes[k] for k in left.tolist()]
            self.columns = [column[left] for column in self.columns]
            self.scores = self.scores[left]

    def _is_over(self, deadline: float | None) -> bool:
        """Whether to stop filling slots: after a stop, some time later."""
        return self._watch.is_stopped() if deadline is None else time.process_time() >= deadline

    def _choose(self, problem: Problem, k: int, filler: Filler | None, options: SearchOptions) -> None:
        """Write the best build of an outcome and its score."""
        aims, known = self._aims, self.outcomes[k]
        features = list(problem.features)
        values = list(zip(aims.others, known.others, strict=True))
        if not aims.filled_first:
            values.append((aims.first, self._in_units(problem, known.first)))
        for objective, value in values:
            f, total = feature_of(problem, objective), value * objective.sign
            features[f] = replace(features[f], minimum=total, maximum=total)
        is_proved = False
        if not self._watch.is_stopped():
            outcome = search(replace(problem, features=tuple(features)), 1, options)
            is_proved = outcome.report.proved
            if len(outcome.scores):
                for column, best in zip(self.columns, outcome.columns, strict=True):
                    column[k] = best[0]
                self.scores[k] = outcome.scores[0]
        if not is_proved:
            totals = total_columns(problem, [column[k : k + 1] for column in self.columns])
            self.scores[k] = (score_totals(problem, totals) if filler is None else filler.scores(totals))[0]
            self._watch.stopped = True
            self._watch.unsettled = self._watch.unsettled or "which build of an outcome scores most"
            self.outcomes[k] = known._replace(is_proved=False)

    def _in_units(self, problem: Problem, scaled: int) -> int:
        """A value of the first objective, which is weighed as it is written, as its feature counts it."""
        feature = problem.features[feature_of(problem, self._aims.first)]
        return int(scaled * 10**feature.digits // (feature.unit * 10**self._aims.first_digits))


def _joined(parts: Sequence[tuple[list[int], Fillings]]) -> tuple[Fillings, IntArray]:
    """Fillings of groups of rows, in the order of rows, and those rows."""
    nothing = np.zeros(0, dtype=np.int64)
    free = np.concatenate([np.zeros((0, 4), dtype=np.int64), *(fillings.free_slots for _, fillings in parts)])
    sizes = np.concatenate([nothing, *(np.diff(fillings.start) for _, fillings in parts)])
    rows = np.concatenate([nothing, *(np.array(rows, dtype=np.int64) for rows, _ in parts)])
    starts = np.cumsum([0, *sizes.tolist()])
    decoration = np.concatenate([nothing, *(fillings.decoration for _, fillings in parts)])
    count = np.concatenate([nothing, *(fillings.count for _, fillings in parts)])
    order = np.argsort(rows)
    entries = np.concatenate([nothing, *(np.arange(starts[k], starts[k + 1]) for k in order.tolist())])
    start = np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64)
    return Fillings(start, decoration[entries], count[entries], free[order]), rows[order]
