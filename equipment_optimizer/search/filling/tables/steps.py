"""What every filling of one problem has in common.

A filling is chosen in steps: first, one by one, the decorations that touch several
skills (or a skill that raises another's maximum), then for each other skill all the
decorations of that skill together. In comes a `Problem` with decorations; out come
the steps with their options.

Array axes: K slot kinds, O options.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from ....errors import MemoryBudgetError
from ....problem.problem import Problem
from ._options import (
    OptionNumbers,
    StepDecorations,
    StepOptions,
    enumerate_options,
    lighter_options,
    wasteful_options,
)
from .packing import SlotCode, clipped
from .supplies import Reach, Supplies
from .values import FillingValues

__all__ = ["FillingModel", "Step"]

IntArray = npt.NDArray[np.int64]

#: Options of a step: 10 MB with everything that belongs to them.
_MOST_OPTIONS = 50_000


@dataclass(frozen=True, eq=False)
class Step:
    """One choice of a filling."""

    feature: int  # whose levels are settled here; -1 for a decoration chosen on its own
    decorations: tuple[int, ...]
    touched: tuple[tuple[int, int], ...]  # for that one: features and the levels it gives to each
    settled: tuple[int, ...]  # features that no later step of this kind touches
    options: StepOptions
    codes: IntArray  # (words, O): what each option takes of the slots, packed
    #: (words, O): kinds of slots of which none may be left beside it, packed: one would do for a higher one
    wasteful: IntArray
    #: for a kind of slot: options, and what they are without a decoration in it
    lighter: list[tuple[int, IntArray, IntArray]]


class FillingModel(FillingValues):
    """The fixed part of all fillings of one problem with decorations: tables of values, and steps.

    `alone` are decorations chosen on their own, with -1 or the only kind of slot; `together` those that touch nothing
    but one feature, by feature; `is_plain` (D,) those in `free_values`. `kept` are features whose levels change
    before their own step, and where a row keeps them; `most_slots`, int64 (K,), the most that any build has.
    `free_values`, int64 (K,), are the scaled scores of a slot that no step takes: left free, or with the decoration
    of `free_contents` (-1 for none), one that never runs out and scores by itself alone.
    """

    #: Whether, where all fillings near a bound are listed, those go that do as well without one of their decorations,
    #: which are worth nothing beside their levels.
    drops_idle = False

    def __init__(self, problem: Problem, precision: int | None = None) -> None:
        super().__init__(problem, precision)
        levels = self.decorations.levels
        self.most_slots = np.array(problem.base_slots, dtype=np.int64)
        for part, count in zip(problem.parts, problem.space.counts, strict=True):
            self.most_slots = self.most_slots + count * part.slots.max(axis=0, initial=0)
        self.code = SlotCode(self.most_slots)
        self._useful: dict[tuple[int, int, int], npt.NDArray[np.intp]] = {}
        self._supplied: Reach | None = None
        self._plain_slots()
        self.alone, self.together = self._divide()
        touched = {e for d, _ in self.alone for e in np.flatnonzero(levels[d]).tolist()}
        self.kept = {e: q for q, e in enumerate(sorted(touched))}
        #: Features whose worth some step settles.
        self.has_step = frozenset(e for e in self.involved if e in self.together or self._is_open(e))

    def with_values(self, problem: Problem, precision: int) -> Self:
        """The same steps and options where levels are worth what another problem says."""
        # Models of a path share steps: it means the same in each.
        assert self.steps is not None
        valued = copy.copy(self)
        valued.problem, valued.precision, valued._useful = problem, precision, {}
        valued._supplied = None
        valued.grain = valued._grain()
        valued._tables()
        return valued

    @property
    def order_of_choice(self) -> tuple[object, ...]:
        """Where it is the same for two sets of pieces, a build that both have is filled in the same order of steps."""
        return (
            self.alone,
            self.together,
            self.free_contents,
            self.is_plain.tolist(),
            self.low.tolist(),
            self._last.tolist(),
        )

    # --- steps ----------------------------------------------------------------

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order; made when first asked for."""
        return (*self._single_steps(self.alone), *self._feature_steps(self.together))

    @cached_property
    def choices(self) -> dict[int, list[tuple[int, list[int], int]]]:
        """For each feature its own decorations, the kinds of slots that there are for them, and the most of each."""
        choices: dict[int, list[tuple[int, list[int], int]]] = {}
        for e, together in self.together.items():
            enough = self.enough(e, tuple(together))
            choices[e] = []
            for d in together:
                kinds = np.flatnonzero(self.decorations.fits[d] & (self.most_slots > 0)).tolist()
                if kinds:
                    most = min(self.most(d), int(self.most_slots[kinds].sum()))
                    choices[e].append((d, kinds, min(most, self.count_for(d, enough) or most)))
        return choices

    @cached_property
    def supplies(self) -> Supplies:
        """What the `choices` supply."""
        return Supplies(self.decorations, self.choices)

    @property
    def supplied(self) -> Reach:
        """Where those lead."""
        self._supplied = self._supplied or Reach(self.supplies, self.rows, self.last)
        return self._supplied

    @cached_property
    def ways_alone(self) -> dict[int, tuple[bool, bool]]:
        """Whether some decoration chosen on its own raises a feature that is `kept`, and whether one lowers it."""
        given = self.decorations.levels[[d for d, _ in self.alone]]
        return {e: (bool((given[:, e] > 0).any()), bool((given[:, e] < 0).any())) for e in self.kept}

    def _is_open(self, e: int) -> bool:
        """Whether it depends on the filling what a feature's maximum is."""
        feature = self.problem.features[e]
        return feature.raised_value is not None and feature.raised_by in self.raisers

    def _plain_slots(self) -> None:
        """`free_values` and `free_contents`."""
        decorations = self.decorations
        values = self.problem.slot_weights.copy()
        contents = [-1] * len(values)
        self.is_plain = ~decorations.levels.any(axis=1) & self._never_runs_out()
        for d in np.flatnonzero(self.is_plain).tolist():
            for k in np.flatnonzero(decorations.fits[d]).tolist():
                if decorations.linear[d] > values[k]:
                    values[k], contents[k] = decorations.linear[d], d
        self.free_values, self.free_contents = values, tuple(contents)

    def _never_runs_out(self) -> npt.NDArray[np.bool_]:
        stock = self.decorations.stock
        return (stock < 0) | (stock >= int(self.most_slots.sum()))

    def _divide(self) -> tuple[list[tuple[int, int]], dict[int, list[int]]]:
        """Decorations chosen on their own, with -1 or the only kind of slot; and those of one feature, by feature."""
        alone: list[tuple[int, int]] = []
        together: dict[int, list[int]] = {}
        for d, row in enumerate(self.decorations.levels):
            touched = np.flatnonzero(row).tolist()
            if len(touched) == 1 and touched[0] not in self.raisers:
                together.setdefault(touched[0], []).append(d)
            elif not self.is_plain[d]:
                alone += self._by_kind(d, self._enough_of(d, touched))
        for e, members in list(together.items()):
            enough = self.enough(e, tuple(members))
            if math.prod(self._n_ways(d, self.count_for(d, enough)) for d in members) > _MOST_OPTIONS:
                del together[e]
                for d in members:
                    alone += self._by_kind(d, self._enough_of(d, [e]))
        return alone, together

    def _by_kind(self, d: int, enough: int | None) -> list[tuple[int, int]]:
        """A decoration in one step, or in one for each kind of slot where that would have too many options."""
        n_ways = self._n_ways(d, enough)
        if n_ways <= _MOST_OPTIONS:
            return [(d, -1)]
        if not self._never_runs_out()[d]:
            # What is left of it would have to be remembered from step to step.
            raise MemoryBudgetError(
                f"decoration {self.decorations.index[d] + 1} of the list fits the slots in {n_ways:,} ways",
                "give it no number that is available, or fewer slots",
            )
        return [(d, k) for k in np.flatnonzero(self.decorations.fits[d]).tolist()]

    def count_for(self, d: int, enough: int | None) -> int | None:
        """More of a decoration than this never come together where `enough` levels are enough."""
        if enough is None:
            return None
        return -(-enough // max(1, int(np.abs(self.decorations.levels[d]).max(initial=1)))) + 1

    def _n_ways(self, d: int, enough: int | None) -> int:
        """At most so many ways to divide a decoration, of which `enough` are enough, among the slots."""
        kinds = [int(n) for n in self.most_slots[self.decorations.fits[d]].tolist() if n]
        most = int(self.most(d))
        if enough is not None:
            most = min(most, enough)
        return min(math.prod(n + 1 for n in kinds), math.comb(most + len(kinds), len(kinds)))

    def most(self, d: int) -> int:
        """The most of a decoration that any build can take."""
        n_slots, stock = int(self.most_slots.sum()), int(self.decorations.stock[d])
        return n_slots if stock < 0 else min(stock, n_slots)

    def _single_steps(self, alone: list[tuple[int, int]]) -> list[Step]:
        levels = self.decorations.levels
        steps = []
        for place, (d, kind) in enumerate(alone):
            touched = np.flatnonzero(levels[d]).tolist()
            later = {e for other, _ in alone[place + 1 :] for e in np.flatnonzero(levels[other]).tolist()}
            columns = self._columns((d,), np.ones(1, dtype=np.int64), kind)
            options = enumerate_options(columns, self.most_slots, self._enough_of(d, touched))
            pairs = tuple((e, int(levels[d, e])) for e in touched)
            settled = tuple(e for e in touched if e not in later)
            steps.append(Step(-1, (d,), pairs, settled, options, *self._coded(options), []))
        return steps

    def _feature_steps(self, together: dict[int, list[int]]) -> list[Step]:
        steps = []
        for e in self.involved:
            members = tuple(together.get(e, ()))
            if members or self._is_open(e):
                columns = self._columns(members, self.decorations.levels[list(members), e])
                options = enumerate_options(columns, self.most_slots, self.enough(e, members))
                lighter = lighter_options(options, OptionNumbers(options, self.most_slots), columns)
                steps.append(Step(e, members, (), (), options, *self._coded(options), lighter))
        return steps

    def _columns(self, members: tuple[int, ...], levels: IntArray, kind: int = -1) -> StepDecorations:
        decorations, chosen = self.decorations, list(members)
        most = np.array([self.most(d) for d in members], dtype=np.int64)
        fits = decorations.fits[chosen]
        if kind >= 0:
            fits = fits & (np.arange(fits.shape[1]) == kind)
        return StepDecorations(levels, decorations.linear[chosen], fits, most)

    def useful_options(self, number: int, start: int, level: int) -> npt.NDArray[np.intp]:
        """Options of a feature's step that at one level do not do as well without one of their decorations.

        `start` is where the feature's table begins, `level` an index within it.
        """
        key = (number, start, level)
        if key not in self._useful:
            step = self.steps[number]
            places = clipped(level + step.options.supply, self.last(step.feature))
            worth_scaled = self.values_scaled[start + places] + self.precision * step.options.linear
            idle, missed = np.zeros(len(worth_scaled), dtype=np.bool_), self.is_missed[start + places]
            for k, rows, without in step.lighter:
                is_as_good = worth_scaled[without] + self.precision * int(self.free_values[k]) >= worth_scaled[rows]
                idle[rows] |= (is_as_good & ~missed[without]) | missed[rows]
            self._useful[key] = np.flatnonzero(~idle)
        return self._useful[key]

    def _coded(self, options: StepOptions) -> tuple[IntArray, IntArray]:
        """`codes` and `wasteful` of a step.

        A filling that puts a decoration into a higher slot while a lower one is left
        can swap the two: whatever comes into the lower one later fits the higher one,
        which is worth no less free. Of the best fillings, one never does so.
        """
        levels, free = self.problem.slot_levels, self.free_values.tolist()
        chain = np.cumsum([level == 1 for level in levels]).tolist()
        higher = {
            j: [k for k in range(j + 1, len(levels)) if chain[k] == chain[j] and free[k] >= free[j]]
            for j in range(len(levels))
        }
        waste = wasteful_options(options, OptionNumbers(options, self.most_slots), higher)
        return self.code.encode(options.use.T), self.code.mask(waste)

    def _only_for_levels(self, members: tuple[int, ...]) -> bool:
        """Whether these decorations only raise levels, and are by themselves worth no more than a free slot."""
        decorations, weights = self.decorations, self.free_values
        return all(
            not (decorations.levels[d] < 0).any()
            and all(int(decorations.linear[d]) <= int(weights[k]) for k in np.flatnonzero(decorations.fits[d]).tolist())
            for d in members
        )

    def enough(self, e: int, members: tuple[int, ...]) -> int | None:
        """Levels from which on a feature gains nothing, above the least that a build has of it."""
        if not self._only_for_levels(members):
            return None
        best = self._last_rise[e]
        # A raiser counts from level 1 on.
        return max(best, 1 - int(self.low[e])) if e in self.raisers else best

    @cached_property
    def _last_rise(self) -> dict[int, int]:
        """Places in the tables from which on a feature gains nothing."""
        rises = dict.fromkeys(self.involved, 0)
        for (e, mode), start in self.rows.items():
            rising = np.flatnonzero(np.diff(self.values_scaled[start : start + self.last(e) + 1]) > 0)
            if mode < 2 and rising.size:
                rises[e] = max(rises[e], int(rising[-1]) + 1)
        return rises

    def _enough_of(self, d: int, touched: list[int]) -> int | None:
        """How many of a decoration on its own can gain anything."""
        if not self._only_for_levels((d,)):
            return None
        row = self.decorations.levels[d]
        return max((-(-(self.enough(e, (d,)) or 0) // int(row[e])) for e in touched), default=0)
