"""A front of a formula's product and totals of the pieces: one enumeration serves all outcomes.

Its search is that of `search/product`, handed over by who calls. What it does not take is a matter of one search
for each outcome (`by_limits`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem, compile_formula
from ...progress import SCORING, Progress
from ...records.config import Config
from ...records.equipment import EquipmentTable
from ...records.fillings import Fillings
from ...records.limited_columns import objectives_of
from ...records.results import SearchReport
from ...records.rules import Objective
from ..bounded.region_boxes import Other
from ..engines import SearchOptions, SearchOutcome
from ._aims import EVERYTHING, FILLINGS, feature_of, told_regions
from ._weighings import with_columns
from .front import check_front

__all__ = ["FrontOutcomes", "front_by_boxes"]

IntArray = npt.NDArray[np.int64]


class FrontOutcomes(Protocol):
    """What was found: see `search/product`."""

    @property
    def products(self) -> Sequence[int]:
        """The score of each outcome."""

    @property
    def others(self) -> IntArray:
        """The other objectives, turned, shape (D, n)."""

    @property
    def columns(self) -> Sequence[IntArray]:
        """The pieces of each build, by position."""

    @property
    def fillings(self) -> Fillings | None:
        """What is in the slots."""

    @property
    def regions(self) -> Sequence[tuple[int, IntArray, IntArray]]:
        """Of what is open the most that it may score, and the best and worst others."""

    @property
    def are_first(self) -> bool:
        """Whether of equal fillings the first are there."""

    @property
    def stopped(self) -> bool:
        """Whether it came to no end."""

    @property
    def n_leaves(self) -> int:
        """Builds that were looked at."""

    @property
    def n_boxes(self) -> int:
        """Parts of all builds that were bounded."""


def front_by_boxes(
    table: EquipmentTable,
    config: Config,
    options: SearchOptions,
    find: Callable[..., FrontOutcomes | None],
) -> SearchOutcome | None:
    """The front of the score and others; None where that is no matter of one enumeration.

    `find` is the search: `search.product.front.product_front`.
    """
    check_front(config, options)
    objectives = objectives_of(config)
    (place,) = (k for k, objective in enumerate(objectives) if objective.kind == "score")
    others = [*objectives[:place], *objectives[place + 1 :]]
    if options.engine == "exhaustive" or objectives[place].sign < 0 or any(_is_filled(config, aim) for aim in others):
        return None
    started = time.perf_counter()
    kept = {(aim.kind, aim.name) for aim in others}
    formula = compile_formula(table, with_columns(config, objectives), kept=kept)
    features = [Other(feature_of(formula.problem, aim), aim.sign) for aim in others]

    def on_box(n_outcomes: int, n_leaves: int) -> None:
        if options.on_progress is not None:
            options.on_progress(Progress(SCORING, n_leaves, None, detail=f"{n_outcomes:,} outcomes"))

    outcomes = find(formula, features, options, place=place, on_box=on_box)
    if outcomes is None:
        return None
    return _listed(formula, outcomes, list(zip(others, features, strict=True)), time.perf_counter() - started)


def _is_filled(config: Config, aim: Objective) -> bool:
    """Whether decorations change an objective."""
    given = itertools.chain.from_iterable(decoration.skills for decoration in config.decorations or ())
    return aim.kind == "skill" and any(skill == aim.name and level for skill, level in given)


def _listed(
    formula: FormulaProblem, outcomes: FrontOutcomes, others: Sequence[tuple[Objective, Other]], seconds: float
) -> SearchOutcome:
    """The outcome of a search."""
    total = formula.problem.space.n_combinations
    n_scored = min(outcomes.n_leaves, total)
    stopped, unsettled = outcomes.stopped or not outcomes.are_first, ""
    if outcomes.regions:
        score = Objective("score", "Score", 1)
        unsettled = told_regions(formula.problem, outcomes.regions, (score, formula.problem.digits), others)
    elif stopped:
        unsettled = FILLINGS if len(outcomes.products) else EVERYTHING
    report = SearchReport(
        engine="bounded",
        n_combinations=total,
        proved=not stopped,
        gap=Decimal("Infinity") if stopped else Decimal(0),
        counts={"enumerated": n_scored, "not_reached" if stopped else "pruned_by_bound": total - n_scored},
        nodes=outcomes.n_boxes,
        lp_solves=outcomes.n_boxes,
        elapsed_seconds=seconds,
        unsettled=unsettled,
    )
    scores = np.array([*outcomes.products, 0], dtype=object)[:-1]
    columns: Any = outcomes.columns
    is_proved = np.ones(len(scores), dtype=np.bool_)
    for most, best, _ in outcomes.regions:
        is_proved &= (scores > most).astype(np.bool_) | (outcomes.others > best[:, None]).any(axis=0)
    return SearchOutcome(columns, scores, report, is_proved if stopped else None, fillings=outcomes.fillings)
