"""A front: every outcome that no other one beats in all objectives, each with its first build.

One objective, the score where it is one, is what the engines make most of; totals that only pieces
decide divide the space into regions (`bounded.region_boxes`), or are searched above floors once slots of
too many builds would be filled (`_by_floors`). A skill that decorations raise is no
matter of the pieces: its least level is lowered step by step, and what is found with a higher one
is known then.

Array axes: n outcomes, D other objectives, S objectives that are stepped through, W words of a rank.
"""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ...problem.problem import Problem
from ...progress import SCORING, Progress
from ...records.config import Config
from ...records.equipment import EquipmentTable, smallest_unsigned
from ...records.results import SearchReport
from ...records.rules import MOST_OBJECTIVES, Objective
from ...records.space import RankCode
from ..bounded.region_boxes import Other, RegionBoxes
from ..engines import SearchOptions, SearchOutcome, search, sooner_engine
from ..relaxation.points import Points
from ._aims import EVERYTHING, FILLINGS, Aims, TurnedOutcome, Watch, feature_of, told_regions
from ._by_floors import FloorRegions
from ._every_build import look_at_everything
from ._rows import Rows
from ._rows_by_formula import BestByFormula, RowsByFormula
from ._weighings import weighing

__all__ = ["check_front", "search_front"]


#: Builds of which slots are filled box by box, and partial ones that are looked at, before a front is searched above
#: floors instead: a second or two. With more other objectives there would be too many of those.
_MOST_FILLED, _MOST_LOOKED_AT = 100_000, 1_000_000
_MOST_FLOORS = 2

#: Outcomes that are assumed for the plan of memory.
_ASSUMED_ROWS = 1_000


def search_front(
    table: EquipmentTable, config: Config, options: SearchOptions, best: BestByFormula | None = None
) -> SearchOutcome:
    """The front of the pieces that a configuration allows; no rows where no build keeps the limits.

    Of totals alone beside a formula, `best` finds which build of each outcome is the best by it.
    """
    check_front(config, options)
    return _Front(table, config, options, best).run()


def check_front(config: Config, options: SearchOptions) -> None:
    """Refuse what a front cannot be combined with."""
    for key, is_there in (
        ("a scorer of one's own", options.block_scores is not None),
        ("a checkpoint", options.checkpoint is not None),
        ("variants, different or share", config.is_selective),
    ):
        if is_there:
            raise UsageError(f"a front does not work with {key}", "leave one of the two out")
    if not 2 <= len(config.front) <= MOST_OBJECTIVES:
        mend = 'name some, such as front=["Score", "Defence"]'
        raise UsageError(f"a front has two to {MOST_OBJECTIVES} objectives, not {len(config.front)}", mend)


class _Front:
    """One search."""

    def __init__(
        self, table: EquipmentTable, config: Config, options: SearchOptions, best: BestByFormula | None
    ) -> None:
        self.aims = Aims(table, replace(config, formula=None))
        self._best, self._formula = best, config.formula
        self.code = RankCode(self.aims.problem.space.position_sizes)
        self.outcomes: list[TurnedOutcome] = []
        self._n_scored = self._n_boxes = 0
        self._options = options
        self.engine, self._quiet = self._engine(options)
        self.watch = Watch(self._quiet.should_stop)

    # --- all steps -----------------------------------------------------------------

    def run(self) -> SearchOutcome:
        """Every outcome, then the build of each."""
        started = time.perf_counter()
        self._step(())
        ordered = sorted(self.outcomes, key=lambda outcome: [-value for value in self.aims.values(outcome)])
        words = np.array([outcome.words for outcome in ordered], dtype=np.int64).reshape(-1, self.code.n_words).T
        rows = self._rows(ordered, self.code.decode(words))
        stopped = self.watch.stopped
        total = self.aims.problem.space.n_combinations
        n_scored = total if self.engine == "exhaustive" and not stopped else min(self._n_scored, total)
        left = "not_reached" if stopped else "pruned_by_bound"
        # A stop after the last region was closed leaves open which of equal fillings is written.
        at_the_end = FILLINGS if ordered and self.aims.problem.decorations is not None else EVERYTHING
        report = SearchReport(
            engine=self.engine,
            n_combinations=total,
            proved=not stopped,
            gap=Decimal("Infinity") if stopped else Decimal(0),
            counts={"enumerated": n_scored, left: total - n_scored},
            nodes=self._n_boxes,
            lp_solves=self._n_boxes,
            elapsed_seconds=time.perf_counter() - started,
            unsettled=(self.watch.unsettled or at_the_end) if stopped else "",
        )
        is_proved = np.array([outcome.is_proved for outcome in rows.outcomes], dtype=np.bool_)
        return SearchOutcome(
            [
                column.astype(smallest_unsigned(size))
                for column, size in zip(rows.columns, self.code.sizes, strict=True)
            ],
            rows.scores,
            report,
            is_proved if stopped else None,
            fillings=rows.fillings,
        )

    def _rows(self, ordered: list[TurnedOutcome], columns: list[npt.NDArray[np.int64]]) -> Rows | RowsByFormula:
        """The build of each outcome, and what is in its slots."""
        if self._best is not None:
            by_formula = RowsByFormula(self.aims, ordered, columns, self.watch)
            by_formula.write(self._best, replace(self.aims.config, formula=self._formula, front=()))
            return by_formula
        rows = Rows(self.aims, ordered, columns, self.watch)
        rows.write(self._quiet)
        return rows

    def _engine(self, options: SearchOptions) -> tuple[str, SearchOptions]:
        """The engine asked for, or the one that is done sooner, below the ceiling; and how its searches run."""
        problem, engine = self.aims.problem, options.engine
        if engine == "auto":
            filled = problem.decorations is not None
            engine = sooner_engine(problem.space.n_combinations, 1, separable=False, filled=filled)
        if options.memory_bytes is not None:
            from ..memory_limit import within_memory

            ceiling, limit = options.memory_bytes, min(_ASSUMED_ROWS, problem.space.n_combinations)
            engine, options = within_memory(problem, limit, options, engine=engine, ceiling_bytes=ceiling)
        quiet = options._replace(engine=engine, memory_bytes=None, checkpoint=None, on_progress=None, on_notice=None)
        return engine, quiet

    # --- levels that decorations raise -----------------------------------------------

    def _step(self, steps: tuple[int, ...]) -> None:
        """Search with these least levels, and with all lower ones of the objectives that are not stepped through."""
        depth = len(steps)
        if depth == len(self.aims.stepped):
            self._search(steps)
            return
        objective = self.aims.stepped[depth]
        ends = [self._end(steps, replace(objective, sign=sign)) for sign in (objective.sign, -objective.sign)]
        if ends[0] is None or ends[1] is None:
            return
        patience = 1
        n_vain = 0
        for level in range(ends[0], -ends[1] - 1, -1):
            n_before = len(self.outcomes)
            self._step((*steps, level))
            if self.watch.is_stopped():
                self._tell_unsettled(objective, level)
                return
            n_vain = 0 if len(self.outcomes) > n_before else n_vain + 1
            if depth == len(self.aims.stepped) - 1 and n_vain == patience and level > -ends[1]:
                # Once nothing new comes of a lower level it often never does.
                if self._is_whole((*steps, level), -ends[1]):
                    return
                patience, n_vain = 2 * patience, 0

    def _end(self, steps: tuple[int, ...], objective: Objective) -> int | None:
        """The most of an objective, turned, beside some least levels; None where no build has them."""
        config = self.aims.at_least(weighing(self.aims.config, objective), steps)
        outcome = search(self.aims.compiled(config), 1, self._quiet)
        if not outcome.report.proved:
            self.watch.stopped = True
            return None
        return int(outcome.scores[0]) if len(outcome.scores) else None

    def _tell_unsettled(self, objective: Objective, level: int) -> None:
        """Say which levels are not settled."""
        words = "below" if objective.sign > 0 else "above"
        what = f"outcomes with {objective.title} at {level * objective.sign} and {words}"
        self.watch.unsettled = f"{what}, {self.watch.unsettled}" if self.watch.unsettled else what

    # --- one search ------------------------------------------------------------------

    def _search(self, steps: tuple[int, ...]) -> None:
        """Find the outcomes with at least some levels."""
        points, known = self._seeded(steps)
        proved_of = self._run(steps, points)
        for k in range(len(points)):
            outcome = int(points.first[k]), tuple(points.others[:, k].tolist())
            if outcome not in known:
                words = tuple(points.words[:, k].tolist())
                self.outcomes.append(TurnedOutcome(*outcome, steps, words, bool(proved_of[k])))

    def _is_whole(self, steps: tuple[int, ...], lowest: int) -> bool:
        """Whether all outcomes with lower levels of the last objective, down to the lowest, are reached by these."""
        points, known = self._seeded(steps)
        self._run((*steps[:-1], lowest), points)
        outcomes = zip(points.first.tolist(), map(tuple, points.others.T.tolist()), strict=True)
        return not self.watch.stopped and known.issuperset(outcomes)

    def _seeded(self, steps: tuple[int, ...]) -> tuple[Points, set[tuple[int, tuple[int, ...]]]]:
        """What is known already of outcomes with these levels."""
        points = Points(len(self.aims.others), self.code.n_words)
        seeds = [seed for seed in self.outcomes if all(a >= b for a, b in zip(seed.steps, steps, strict=True))]
        if seeds:
            others = np.array([seed.others for seed in seeds], dtype=np.int64).reshape(len(seeds), -1).T
            words = np.array([seed.words for seed in seeds], dtype=np.int64).T
            points.add(np.array([seed.first for seed in seeds], dtype=np.int64), others, words)
        return points, {(seed.first, seed.others) for seed in seeds}

    def _run(self, steps: tuple[int, ...], points: Points) -> npt.NDArray[np.bool_]:
        """Find the outcomes with at least some levels; which of them nothing can beat."""
        problem = self.aims.compiled(self.aims.at_least(self.aims.weighed, steps))
        others = tuple(Other(feature_of(problem, objective), objective.sign) for objective in self.aims.others)
        if not others:
            outcome = search(problem, 1, self._quiet)
            self.watch.stopped = self.watch.stopped or not outcome.report.proved
            self._n_scored += outcome.report.counts.get("enumerated", 0)
            if len(outcome.scores):
                columns = [column.astype(np.int64) for column in outcome.columns]
                points.add(outcome.scores, np.zeros((0, 1), dtype=np.int64), self.code.encode(columns))
        elif self.engine == "exhaustive":
            look_at_everything(problem, others, points, should_stop=self.watch.is_stopped)
        else:
            return self._bounded(problem, others, points)
        return np.full(len(points), not self.watch.stopped)

    def _bounded(self, problem: Problem, others: tuple[Other, ...], points: Points) -> npt.NDArray[np.bool_]:
        """Search by regions."""

        def on_box() -> None:
            if self._options.on_progress is not None:
                detail = f"{len(self.outcomes) + len(points):,} outcomes, {len(boxes):,} regions open"
                self._options.on_progress(Progress(SCORING, self._n_scored + boxes.n_leaves, None, detail=detail))

        may_give_up = problem.decorations is not None and not self.aims.stepped and len(others) <= _MOST_FLOORS

        def is_over() -> bool:
            is_long = whole.n_filled > _MOST_FILLED or whole.n_looked_at > _MOST_LOOKED_AT
            return self.watch.is_stopped() or (may_give_up and is_long)

        boxes: FloorRegions | RegionBoxes
        boxes = whole = RegionBoxes(problem, others, points, should_stop=is_over, on_box=on_box)
        boxes.run()
        if whole.stopped and not self.watch.is_stopped():
            self._n_scored += boxes.n_leaves
            self._n_boxes += boxes.n_bounded
            boxes = FloorRegions(problem, others, points, self._quiet, is_stopped=self.watch.is_stopped, on_box=on_box)
            boxes.run()
            # A search that a stop ended leaves its region open.
            self.watch.stopped = self.watch.stopped or len(boxes) > 0
        self._n_scored += boxes.n_leaves
        self._n_boxes += boxes.n_bounded
        is_proved = np.ones(len(points), dtype=np.bool_)
        regions = list(boxes.open_regions()) if self.watch.stopped else []
        for most, corner, _ in regions:
            is_proved &= (points.first > most) | (points.others > corner[:, None]).any(axis=0)
        if regions:
            first, aims = (self.aims.first, problem.digits), list(zip(self.aims.others, others, strict=True))
            self.watch.unsettled = told_regions(problem, regions, first, aims)
        return is_proved
