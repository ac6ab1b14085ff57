"""A formula compiled: a `Problem` whose features are what the formula needs, and sums over these.

In: a table and a configuration with a formula. Out: a `FormulaProblem`. Whatever of a sum is plainly
linear is one feature of its own, its *plain* part; a skill with a table, a maximum or decorations is a
feature with a worth in each sum that names it:

    sum = base + level of the plain part + worth of each other feature's level

Array axes: N builds, F features, P pieces.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.formula import Kind, ScaledFormula, ScaledSum, Whole
from ._contributions import Total, Totals
from ._integer_weights import MAX_SCORE
from ._scored_totals import Term
from .compile import compile_problem
from .problem import Problem
from .selection import passes_all
from .value_function import ValueFunction

__all__ = ["CompiledSum", "FormulaProblem", "Worth", "compile_formula"]

IntArray = npt.NDArray[np.int64]

#: Whole numbers below this are added as int64.
_FITS = 2**62

#: A plain part has few levels where it has no more than these.
_FEW_LEVELS = 1_000

#: No sum of formulas whose fillings are searched by prices, nor any part of one, is larger, signs aside.
_MODEST = 2**52


@dataclass(frozen=True)
class Worth:
    """What the level of `feature` adds to a sum, and what it adds while that feature's maximum is raised."""

    feature: int
    value: ValueFunction
    raised_value: ValueFunction | None = None

    @property
    def functions(self) -> list[ValueFunction]:
        """Either or both."""
        return [self.value] if self.raised_value is None else [self.value, self.raised_value]

    def ends(self, low: int, high: int) -> tuple[int, int]:
        """The least and the most that levels of ``low..high`` are worth."""
        values = [x for function in self.functions for x in function.corner_values(low, high)]
        return min(values), max(values)

    def rises(self, low: int, high: int) -> bool:
        """Whether a level more of ``low..high`` is never worth less, a raised maximum neither."""
        for function in self.functions:
            values = function.corner_values(low, high)
            if values != sorted(values):
                return False
        if self.raised_value is None:
            return True
        corners = {*self.value.corners(low, high), *self.raised_value.corners(low, high)}
        return all(self.value.at(x) <= self.raised_value.at(x) for x in corners)


@dataclass(frozen=True)
class CompiledSum:
    """One sum of a formula before it is clipped: every build's lies in ``low..high``."""

    base: int
    plain: int  # feature whose level is added as it is; -1 for none
    worths: tuple[Worth, ...]
    low: int
    high: int

    @cached_property
    def fits(self) -> bool:
        """Whether int64 holds the sum, and each number that it is made of."""
        functions = [function for worth in self.worths for function in worth.functions]
        numbers = (number for function in functions for number in (*function.slope, *function.intercept))
        return max(map(abs, (self.low - self.base, self.high - self.base, self.base, *numbers))) < _FITS // 2


@dataclass(frozen=True, eq=False)
class FormulaProblem:
    """A problem that scores nothing but knows all limits, and the formula over its features.

    It `rises` where levels that decorations add never make a sum smaller, nor a smaller one, by fewer levels, the
    product larger.
    """

    problem: Problem
    scaled: ScaledFormula
    sums: tuple[tuple[CompiledSum, ...], ...]  # of each factor its sum, or its two
    rises: bool

    def values(self, compiled: CompiledSum, levels: IntArray) -> Whole:
        """A sum of N builds before it is clipped, from finished levels (F, N); shape (N,)."""
        fits = compiled.fits
        total: Whole = np.full(levels.shape[1], compiled.base, dtype=np.int64 if fits else object)
        if compiled.plain >= 0:
            total = total + levels[compiled.plain]
        for worth in compiled.worths:
            call = ValueFunction.__call__ if fits else _exact_values
            level = levels[worth.feature]
            value: Whole = call(worth.value, level)
            if worth.raised_value is not None:
                is_raised = levels[self.problem.features[worth.feature].raised_by] >= 1
                value = np.where(is_raised, call(worth.raised_value, level), value)
            total = total + value
        return total

    @cached_property
    def grain(self) -> int:
        """Every build's product is a multiple of it."""
        grain = 1
        for number, sums in enumerate(self.sums):
            scaled = self.scaled.sums[number]
            parts = [
                math.gcd(compiled.base, *self._steps_of(compiled), *(end for end in scaled_sum.ends if end is not None))
                for compiled, scaled_sum in zip(sums, scaled, strict=True)
            ]
            times = 10 ** (self.scaled.digits[number] - sum(scaled_sum.digits for scaled_sum in scaled))
            ends = [end for end in self.scaled.ends[number] if end is not None]
            grain *= math.gcd(self.scaled.bases[number], times * math.prod(parts), *ends) or 1
        return grain

    def step_of(self, compiled: CompiledSum) -> int:
        """A sum less its base is a multiple of it in every build."""
        return math.gcd(*self._steps_of(compiled)) or 1

    def _steps_of(self, compiled: CompiledSum) -> list[int]:
        """Numbers that all that a sum has beside its base is made of."""
        steps = [0]
        if compiled.plain >= 0:
            e = compiled.plain
            steps += [int(self.problem.base_levels[e]), *np.unique(self.problem.bonus_levels[:, :, e]).tolist()]
            for part in self.problem.parts:
                steps += np.unique(part.levels[:, e]).tolist()
        for worth in compiled.worths:
            steps += [number for function in worth.functions for number in (*function.slope, *function.intercept)]
        return steps

    @cached_property
    def plain_levels(self) -> dict[int, tuple[int, ...]]:
        """Of each plain part that takes few levels, in all builds, these, ascending."""
        plain = {compiled.plain for sums in self.sums for compiled in sums if compiled.plain >= 0}
        few = {e: self._few_levels(e) for e in plain}
        return {e: levels for e, levels in few.items() if levels}

    def _few_levels(self, e: int) -> tuple[int, ...]:
        """The levels of a plain part; none where there are more than a few."""
        problem, levels = self.problem, np.array([self.problem.base_levels[e]])
        added = [np.unique(problem.parts[position].levels[:, e]) for position in problem.positions]
        added += [np.unique(bonus[:, e]) for bonus in problem.bonus_levels]
        for each in added:
            levels = np.unique(levels[:, None] + each)
            if len(levels) > _FEW_LEVELS:
                return ()
        return tuple(levels.tolist())

    def scores(self, levels: IntArray) -> npt.NDArray[np.object_]:
        """Exact products of N builds, from finished levels (F, N); whether they keep the limits is not looked at."""
        factors = []
        for number, (sums, scaled) in enumerate(zip(self.sums, self.scaled.sums, strict=True)):
            values = [
                scaled_sum.clipped(self.values(compiled, levels))
                for compiled, scaled_sum in zip(sums, scaled, strict=True)
            ]
            factors.append(self.scaled.finished(number, values))
        return self.scaled.scores(factors)


def _exact_values(function: ValueFunction, x: IntArray) -> Whole:
    """A function of every element as Python's whole numbers; NumPy would make floats of some."""
    values, place = np.unique(x, return_inverse=True)
    values_at = np.empty(len(values), dtype=object)
    for number, value in enumerate(values.tolist()):
        values_at[number] = function.at(value)
    return values_at[place.reshape(-1)]


def compile_formula(table: EquipmentTable, config: Config, *, kept: Container[tuple[str, str]] = ()) -> FormulaProblem:
    """Compile `table`, reduced to the pieces that the configuration allows, and its formula into integers.

    What is `kept`, by kind and name, is a feature. Raises what `compile_problem` does.
    """
    assert config.formula is not None
    columns = config.formula.names("column")
    scaled = ScaledFormula(config.formula, {name: table.numbers(name)[1] for name in columns})
    builder = _Builder(table, config, scaled)
    # What the formula names, or raises, has its limits there.
    others = {
        name: replace(rule, maximum=None, locked_maximum=None, raised_maximum=None, raised_by=None)
        for name, rule in config.skills.items()
        if name not in builder.skills
        and (rule.minimum is not None or rule.at_most is not None or ("skill", name) in kept)
    }
    # All other weights of a configuration with a formula are 0.
    problem = compile_problem(table, replace(config, skills=others, formula=None), kept=kept, further=builder.terms)
    return builder.finished(problem)


class _Builder:
    """Gathers the features that a formula needs; their numbers count from 0 until the problem is there.

    `skills` are all that it makes features of: those that it names, and those that raise their maxima.
    """

    def __init__(self, table: EquipmentTable, config: Config, scaled: ScaledFormula) -> None:
        assert config.formula is not None
        self._table, self._config, self._scaled = table, config, scaled
        self._decorated = {
            skill
            for decoration in config.decorations or ()
            if decoration.available != 0
            for skill, _ in decoration.skills
        }
        named = [name for name in config.formula.names("skill") if not self._is_plain("skill", name)]
        named += [term.name for _, term in config.formula.terms() if term.kind == "skill" and term.table is not None]
        self._named = frozenset(named)
        raisers = [raiser for name in named if (raiser := config.maximum_of(name)[2]) is not None]
        self.skills = tuple(dict.fromkeys([*named, *raisers]))
        self._terms: list[Term] = []
        self._place: dict[tuple[Kind, str], int] = {}
        self._ranges: list[tuple[int, int]] = []
        self._sums: list[list[CompiledSum]] = []
        self._rises = True

    def _is_plain(self, kind: Kind, name: str) -> bool:
        """Whether a weighed total is linear and no filling changes it."""
        return kind != "skill" or (self._config.maximum_of(name)[0] is None and name not in self._decorated)

    # --- totals -------------------------------------------------------------------

    def terms(self, totals: Totals) -> Sequence[Term]:
        """The further features of the problem."""
        for name in self.skills:
            self._feature(totals, "skill", name)
        self._sums = [[self._sum(totals, scaled_sum) for scaled_sum in sums] for sums in self._scaled.sums]
        rises = self._sums_rise()
        never_falls = rises and self._factors_rise()
        # Where a factor is negative, a decoration that takes levels may raise the product: no surrogate would use it.
        self._rises = never_falls or (rises and not any((term.total.decorations < 0).any() for term in self._terms))
        slope = ValueFunction.linear(1 if never_falls else -1)
        return [
            replace(term, value=slope, raised_value=None if term.raised_by is None else slope) for term in self._terms
        ]

    def _total(self, totals: Totals, kind: Kind, name: str) -> Total:
        if kind == "skill":
            return totals.of_skills([name])
        if kind == "column":
            return totals.of_pieces(self._table.numbers(name)[0])
        rule = self._config.counts[name]
        counted = passes_all(self._table, rule.where, self._config) & (self._table.origin >= 0)
        return totals.of_rows(np.flatnonzero(counted))

    def _feature(self, totals: Totals, kind: Kind, name: str) -> int:
        """The number of a total as a feature."""
        if (kind, name) not in self._place:
            rule = self._config.skills.get(name) if kind == "skill" else None
            raised_by = self._config.maximum_of(name)[2] if kind == "skill" and name in self._named else None
            total = self._total(totals, kind, name)
            low, high = (None, None) if rule is None else (rule.minimum, rule.at_most)
            self._add(totals, (kind, name), total, raised_by=raised_by, minimum=low, maximum=high)
        return self._place[kind, name]

    def _add(
        self,
        totals: Totals,
        key: tuple[Kind, str],
        total: Total,
        *,
        raised_by: str | None = None,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> int:
        kind = key[0] if key[0] == "skill" else "total"
        nothing = ValueFunction.linear(0)
        term = Term(key[1], kind, "$.formula", total, nothing, None, raised_by, minimum, maximum)
        self._place[key] = len(self._terms)
        self._terms.append(term)
        self._ranges.append(totals.range_of(total))
        return self._place[key]

    # --- sums -----------------------------------------------------------------------

    def _sum(self, totals: Totals, scaled_sum: ScaledSum) -> CompiledSum:
        """A sum over features."""
        plain = [
            (key, weight) for key, weight, table in scaled_sum.terms if not table and weight and self._is_plain(*key)
        ]
        extent = sum(abs(weight) * totals.extent(self._total(totals, *key)) for key, weight in plain)
        if max([extent, *(abs(weight) for _, weight in plain)]) > MAX_SCORE:  # totals may all be 0
            plain = []  # each a feature of its own, added as Python's numbers
        worths = [
            self._worth(totals, key, weight, table)
            for key, weight, table in scaled_sum.terms
            if (table or weight) and (key, weight) not in plain
        ]
        number = self._plain(totals, plain) if plain else -1
        ends = [worth.ends(*self._ranges[worth.feature]) for worth in worths]
        ends.append(self._ranges[number] if plain else (0, 0))
        low, high = sum(least for least, _ in ends), sum(most for _, most in ends)
        return CompiledSum(scaled_sum.base, number, tuple(worths), scaled_sum.base + low, scaled_sum.base + high)

    def _worth(self, totals: Totals, key: tuple[Kind, str], weight: int, table: Sequence[int]) -> Worth:
        """What a total is worth in a sum, up to the maximum in force."""
        maximum, raised, _ = self._config.maximum_of(key[1]) if key[0] == "skill" else (None, None, None)

        def up_to(most: int | None) -> ValueFunction:
            if table:
                return ValueFunction.listed(table if most is None else table[: max(0, most) + 1])
            return ValueFunction.linear(weight) if most is None else ValueFunction.capped(most, weight)

        return Worth(self._feature(totals, *key), up_to(maximum), None if raised is None else up_to(raised))

    def _plain(self, totals: Totals, terms: Sequence[tuple[tuple[Kind, str], int]]) -> int:
        """The feature of some weighed totals together."""
        amounts = np.zeros(self._table.n_pieces, dtype=np.int64)
        bonuses = np.zeros((len(totals.bonus_names), totals.n_bonus_steps), dtype=np.int64)
        base, nothing = 0, totals.of_rows(np.zeros(0, dtype=np.int64)).decorations
        for named, weight in terms:
            total = self._total(totals, *named)
            amounts[total.rows] += weight * total.amounts
            bonuses += weight * total.bonuses
            base += weight * total.base
        rows = np.arange(self._table.n_pieces)
        label = " + ".join(name for (_, name), _ in terms)
        # Two sums may have the same plain part: one feature.
        weights = tuple(terms)
        key: tuple[Kind, str] = ("column", f"{label} {weights}")
        if key not in self._place:
            self._add(totals, key, Total(rows, amounts, base, bonuses, nothing))
        return self._place[key]

    def _sums_rise(self) -> bool:
        """Whether levels that decorations add never make a sum smaller."""
        every = [compiled for sums in self._sums for compiled in sums]
        worths = [(worth, self._ranges[worth.feature]) for compiled in every for worth in compiled.worths]
        ends = [(compiled.low, compiled.high) for compiled in every] + [worth.ends(*levels) for worth, levels in worths]
        is_modest = all(max(-low, high) <= _MODEST for low, high in ends)
        return is_modest and all(worth.rises(*levels) for worth, levels in worths)

    def _factors_rise(self) -> bool:
        """Whether no factor is smaller where a sum is larger."""
        for factor, (sums, scaled) in enumerate(zip(self._sums, self._scaled.sums, strict=True)):
            lowest = [
                scaled_sum.clipped(np.array([compiled.low], dtype=object))
                for compiled, scaled_sum in zip(sums, scaled, strict=True)
            ]
            if any(int(value[0]) < 0 for value in lowest) or int(self._scaled.finished(factor, lowest)[0]) < 0:
                return False
        return True

    # --- the whole --------------------------------------------------------------------

    def finished(self, problem: Problem) -> FormulaProblem:
        """With features by their numbers in the problem, where they are the last."""
        shift = problem.n_features - len(self._terms)

        def moved(compiled: CompiledSum) -> CompiledSum:
            worths = tuple(replace(worth, feature=worth.feature + shift) for worth in compiled.worths)
            return replace(compiled, plain=compiled.plain + shift if compiled.plain >= 0 else -1, worths=worths)

        sums = tuple(tuple(map(moved, sums)) for sums in self._sums)
        problem = replace(problem, digits=self._scaled.score_digits)
        return FormulaProblem(problem, self._scaled, sums, self._rises)
