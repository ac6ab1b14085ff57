"""The rows of a front of totals alone beside a formula: of each outcome the build that is the best by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.config import Config
from ...records.fillings import Fillings
from ..engines import SearchOutcome, WritesFillings
from ..tuning import FINISHING_SECONDS
from ._aims import Aims, TurnedOutcome, Watch, feature_of
from ._weighings import with_least

__all__ = ["BestByFormula", "RowsByFormula"]

IntArray = npt.NDArray[np.int64]


class BestByFormula(Protocol):
    """The best build of a configuration by its formula: of all, or the fillings of one alone, L columns of a piece."""

    def __call__(
        self,
        config: Config,
        build: Sequence[IntArray] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> SearchOutcome:
        """See `search_product`; one row at the most."""


class RowsByFormula:
    """Rows of `outcomes`; what cannot be had in time is left out of them.

    `columns` are L arrays of piece indices, changed in place, `scores` products.
    """

    def __init__(self, aims: Aims, outcomes: list[TurnedOutcome], columns: list[IntArray], watch: Watch) -> None:
        self.outcomes = outcomes
        self.columns = columns
        self.scores = np.zeros(len(outcomes), dtype=object)
        self.fillings: Fillings | None = None
        self._aims, self._watch = aims, watch
        self._weighed = aims.compiled(aims.weighed)

    def write(self, best: BestByFormula, config: Config) -> None:
        """Find builds, scores and fillings, under a configuration with the formula."""
        deadline, fillings = time.process_time() + FINISHING_SECONDS, list[Fillings]()

        def is_over() -> bool:
            return time.process_time() >= deadline

        for k, outcome in enumerate(self.outcomes):
            exact = self._exactly(config, outcome)
            best_one = None if self._watch.is_stopped() else best(exact)
            if best_one is not None and not best_one.report.proved:
                self._watch.stopped, best_one = True, None
            if best_one is None:
                # Of the build that is known to come to it.
                self._watch.unsettled = self._watch.unsettled or "which build of an outcome scores most"
                self.outcomes[k] = outcome._replace(is_proved=False)
                best_one = best(exact, [column[k : k + 1] for column in self.columns], is_over)
            else:
                for column, pieces in zip(self.columns, best_one.columns, strict=True):
                    column[k] = pieces[0]
                deadline = time.process_time() + FINISHING_SECONDS
            if not len(best_one.scores):
                self._keep(k)
                break
            self.scores[k] = best_one.scores[0]
            fillings += _fillings_of(best_one)
        self.fillings = Fillings.joined(fillings) if fillings else None

    def _exactly(self, config: Config, outcome: TurnedOutcome) -> Config:
        """A configuration whose builds come to an outcome."""
        aims = self._aims
        values = [(aims.first, Decimal(outcome.first).scaleb(-aims.first_digits))]
        values += [
            (aim, _amount(self._weighed, feature_of(self._weighed, aim), value))
            for aim, value in zip(aims.others, outcome.others, strict=True)
        ]
        values += [(aim, Decimal(level)) for aim, level in zip(aims.stepped, outcome.steps, strict=True)]
        for aim, value in values:
            config = with_least(config, aim, value)
            config = with_least(config, replace(aim, sign=-aim.sign), -value)
        return config

    def _keep(self, n_rows: int) -> None:
        """Leave out the rows behind the first ones."""
        left_out = f"{len(self.outcomes) - n_rows:,} outcomes whose best build was not found in time"
        self._watch.unsettled = f"{self._watch.unsettled}; {left_out}"
        self.outcomes = self.outcomes[:n_rows]
        self.columns = [column[:n_rows] for column in self.columns]
        self.scores = self.scores[:n_rows]


def _amount(problem: Problem, f: int, value: int) -> Decimal:
    """So much of a feature as it is written."""
    feature = problem.features[f]
    return Decimal(value * feature.unit).scaleb(-feature.digits)


def _fillings_of(best_one: SearchOutcome) -> list[Fillings]:
    """What is in the slots of one build; nothing where none are filled."""
    filler: WritesFillings | None = best_one.filler
    if best_one.fillings is not None:
        return [best_one.fillings]
    if filler is None:
        return []
    return [filler.written(best_one.columns, best_one.scores[:1], should_stop=lambda: False).fillings]
