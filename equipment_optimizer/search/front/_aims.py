"""What one front is searched for: its objectives by their roles, and problems that weigh or limit them.

Of the objectives one comes first: the score, else one that decorations change. The others that
decorations change are stepped through; what is left is a matter of the pieces.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.compile import compile_problem
from ...problem.problem import Problem
from ...records.config import Config
from ...records.equipment import EquipmentTable
from ...records.limited_columns import objectives_of
from ...records.results import format_score
from ...records.rules import Objective
from ..bounded.region_boxes import Other
from ._weighings import limited, weighing, with_columns

__all__ = ["EVERYTHING", "FILLINGS", "Aims", "TurnedOutcome", "Watch", "feature_of", "told_regions"]

IntArray = npt.NDArray[np.int64]

#: What is not settled where a stop left time for everything but which of equal fillings is written.
FILLINGS = "fillings, by others that are as good"

#: And where nothing is known of what is left.
EVERYTHING = "outcomes of every kind"


class TurnedOutcome(NamedTuple):
    """An outcome, turned so that more is better, its build's rank, and whether nothing can beat it any more."""

    first: int
    others: tuple[int, ...]
    steps: tuple[int, ...]
    words: tuple[int, ...]
    is_proved: bool


class Watch:
    """Whether a search was stopped, and what of it is not settled then, in words."""

    def __init__(self, should_stop: Callable[[], bool] | None) -> None:
        self._should_stop = should_stop
        self.stopped = False
        self.unsettled = ""

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        self.stopped = self.stopped or (self._should_stop is not None and self._should_stop())
        return self.stopped


class Aims:
    """The objectives of a configuration by their roles; the best build of `weighed` is best in `first`.

    `problem` is of `config`, the configuration with a column for each objective.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self._table = table
        self.objectives = objectives_of(config)
        self.config = with_columns(config, self.objectives)
        self._kept = {(aim.kind, aim.name) for aim in self.objectives}
        self.problem = self.compiled(self.config)
        filled = [aim for aim in self.objectives if aim.kind == "skill" and self._is_filled(aim)]
        scores = [aim for aim in self.objectives if aim.kind == "score"]
        self.first = (*scores, *filled, *self.objectives)[0]
        self.stepped = [aim for aim in filled if aim is not self.first]
        self.others = [aim for aim in self.objectives if aim is not self.first and aim not in self.stepped]
        #: The first aim, where decorations change it and it is not the score.
        self.filled_first = [self.first] * (self.first in filled)
        self.weighed = weighing(self.config, self.first)
        self.first_digits = self.compiled(self.weighed).digits

    def compiled(self, config: Config) -> Problem:
        """A problem in which each aim but the score is a feature."""
        return compile_problem(self._table, config, kept=self._kept)

    def _is_filled(self, aim: Objective) -> bool:
        """Whether decorations change an aim; a problem leaves out those that only lower what it weighs."""
        given = itertools.chain.from_iterable(decoration.skills for decoration in self.config.decorations or ())
        return any(skill == aim.name and level for skill, level in given)

    def at_least(self, config: Config, steps: Sequence[int]) -> Config:
        """A configuration in which what is stepped through has these least values, turned."""
        for aim, level in zip(self.stepped, steps, strict=False):
            least, most = (level, None) if aim.sign > 0 else (None, -level)
            config = limited(config, aim.name, least, most)
        return config

    def exactly(self, config: Config, levels: Sequence[int]) -> Config:
        """A configuration in which what decorations change has exactly these values, turned."""
        for aim, level in zip((*self.stepped, *self.filled_first), levels, strict=False):
            config = limited(config, aim.name, level * aim.sign, level * aim.sign)
        return config

    def values(self, outcome: TurnedOutcome) -> list[int]:
        """The objectives of an outcome in their order, turned."""
        value = {self.first: outcome.first, **dict(zip(self.others, outcome.others, strict=True))}
        value.update(zip(self.stepped, outcome.steps, strict=True))
        return [value[aim] for aim in self.objectives]


def feature_of(problem: Problem, aim: Objective) -> int:
    """Number of the feature of an aim."""
    return next(f for f, feature in enumerate(problem.features) if (feature.kind, feature.name) == (aim.kind, aim.name))


def told_regions(
    problem: Problem,
    regions: Sequence[tuple[int, IntArray, IntArray]],
    first: tuple[Objective, int],
    others: Sequence[tuple[Objective, Other]],
) -> str:
    """Which outcomes some regions hold: the most of the first objective, of so many digits, best and worst others."""
    told = []
    signs = [objective.sign for objective, _ in others]
    low = np.min([worst for _, _, worst in regions], axis=0) * signs
    high = np.max([best for _, best, _ in regions], axis=0) * signs
    for (objective, other), least, most in zip(others, low.tolist(), high.tolist(), strict=True):
        feature = problem.features[other.feature]
        ends = [format_score(value * feature.unit, feature.digits) for value in sorted((least, most))]
        told.append(f"{objective.title} {ends[0]} to {ends[1]}")
    objective, digits = first
    end = format_score(max(most for most, _, _ in regions) * objective.sign, digits)
    told.append(f"{objective.title} {'up' if objective.sign > 0 else 'down'} to {end}")
    return f"outcomes with {', '.join(told)}"
