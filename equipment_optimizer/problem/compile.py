"""Compile a table and a configuration into a `Problem`.

Every quantity that a weight or a rule speaks of (defence, a skill, slots of a
level, ...) becomes a `Total`: what each piece, the fixed weapon, each set bonus
and each decoration add to it. A total whose worth is plainly linear is folded
into one number a piece; the others become features with a value function.
Weights that cannot be exact in 64 bits are refused here, with their place.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InputError, MemoryBudgetError, printable
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.space import CombinationSpace
from ..records.vocabulary import N_SLOT_LEVELS
from ._contributions import Total, Totals
from ._integer_weights import MAX_SCORE, Scale
from ._scored_totals import Term, Terms
from .problem import CompiledDecorations, Feature, PartColumns, Problem

__all__ = ["MAX_SCORE", "OtherWeights", "compile_problem"]

IntArray = npt.NDArray[np.int64]

#: Levels of all pieces in all coupled totals: 2 GiB. The largest job tried, 100,000
#: pieces and 1,000 listed skills (tests/jobs/large_job.py), has 0.5 GiB.
_MAX_CELLS = 2**28

#: Slots of a build that may be filled: each takes about 140 bytes while it is.
_MAX_SLOTS = 100_000


def compile_problem(
    table: EquipmentTable,
    config: Config,
    *,
    keep_limited: bool = False,
    kept: Container[tuple[str, str]] = (),
    further: Callable[[Totals], Sequence[Term]] = lambda _: (),
) -> Problem:
    """Compile `table`, reduced to the pieces the configuration allows, and `config` into integers.

    O(P (F + C + K)) time and memory; a skill that is linear costs its entries only. With `keep_limited` what has a
    limit is a feature even where every build keeps it; so is what is `kept`, by kind and name, and `further` terms,
    which come last, whatever they are worth. An `InputError` names the heaviest weights where exact 64-bit arithmetic
    cannot hold them; a `MemoryBudgetError` says that there are more levels, or slots to fill, than memory bears.
    """
    compiler = _Compiler(table, config, Totals(table, config))
    return compiler.compile(further(compiler.totals), keep_limited=keep_limited, kept=kept)


class OtherWeights:
    """Compiles a table under configurations that differ from one in their weights alone, as `compile_problem` does.

    What no weight changes is found once.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self._table = table
        self._totals = Totals(table, config)

    def compile(self, config: Config) -> Problem:
        """The problem of such a configuration."""
        return _Compiler(self._table, config, self._totals).compile((), keep_limited=False, kept=())


class _Folded:
    """The worth of all linear totals together: by piece, (P,), by bonus and count, (C, T), and by decoration."""

    def __init__(self, totals: Totals) -> None:
        self.pieces = np.zeros(totals.table.n_pieces, dtype=np.int64)
        self.bonuses = np.zeros((len(totals.bonus_names), totals.n_bonus_steps), dtype=np.int64)
        self.decorations = np.zeros(len(totals.decorations), dtype=np.int64)
        self.base = 0

    def add(self, total: Total, weight: int) -> None:
        """Add a total times its weight."""
        if weight:
            self.pieces[total.rows] += weight * total.amounts
            self.bonuses += weight * total.bonuses
            self.decorations += weight * total.decorations
            self.base += weight * total.base


class _Compiler:
    """The steps of one compilation, sharing table, configuration and scale."""

    def __init__(self, table: EquipmentTable, config: Config, totals: Totals) -> None:
        self.table = table
        self.config = config
        self.scale = Scale(config, table)
        self.totals = totals
        self.terms = Terms(self.totals, config, self.scale)

    # --- folding ----------------------------------------------------------

    def compile(self, further: Sequence[Term], *, keep_limited: bool, kept: Container[tuple[str, str]]) -> Problem:
        """All steps."""
        folded = _Folded(self.totals)
        coupled: list[tuple[Term, int, int]] = []
        worth: list[tuple[int, str]] = []
        for term, is_kept in itertools.chain(
            ((term, False) for term in self.terms), ((term, True) for term in further)
        ):
            low, high = self.totals.range_of(term.total)
            plain = not is_kept and (not keep_limited or (term.minimum is None and term.maximum is None))
            plain = plain and (term.kind, term.name) not in kept
            if term.minimum is not None and low >= term.minimum:
                term = replace(term, minimum=None)
            if term.maximum is not None and high <= term.maximum:
                term = replace(term, maximum=None)
            functions = [f.within(low, high) for f in (term.value, term.raised_value) if f is not None]
            most, x = max((abs(f.at(x)), x) for f in functions for x in f.corners(low, high))
            path = self._weight_path(term, x)
            plain = plain and term.minimum is None and term.maximum is None and term.raised_by is None
            plain = plain and not (term.name in self.terms.raisers and term.kind == "skill") and term.group < 0
            if plain and term.value.is_linear(low, high):
                slope = term.value.slope_at(low)
                # Parts of opposite sign may cancel in every build, and each must fit.
                worth.append((abs(slope) * self.totals.extent(term.total), path))
                if worth[-1][0] <= MAX_SCORE:
                    folded.add(term.total, slope)
            else:
                worth.append((most, path))
                self._refuse_far(term, max(-low, high))
                # A segment that no build reaches may hold what no int64 does.
                raised_value = None if term.raised_value is None else functions[1]
                coupled.append((replace(term, value=functions[0], raised_value=raised_value), low, high))
        self._refuse_size(len(coupled))
        return self._assemble(folded, coupled, self._score_bound(worth))

    def _refuse_far(self, term: Term, most: int) -> None:
        """Refuse a column whose totals, made whole, do not fit."""
        if most > MAX_SCORE:
            message = f"the totals of this column do not fit the exact arithmetic [{printable(term.path)}]"
            mend = f"use fewer digits in the column: made whole, no total may exceed {MAX_SCORE:,}"
            raise InputError([Fault(self.config.where(term.path), message, mend)])

    def _refuse_size(self, n_features: int) -> None:
        """Refuse more slots, and a larger table of pieces by coupled totals, than any honest job has."""
        if self.config.decorations is not None and self.totals.n_slots > _MAX_SLOTS:
            raise MemoryBudgetError(
                f"a build may have {self.totals.n_slots:,} slots, more than the {_MAX_SLOTS:,} that can be filled",
                "give the pieces fewer slots, or leave the decorations out",
            )
        n_cells = self.table.n_pieces * n_features
        if n_cells > _MAX_CELLS:
            raise MemoryBudgetError(
                f"{self.table.n_pieces:,} pieces and {n_features:,} skills with a maximum, a minimum or values "
                f"take {n_cells:,} levels, more than {_MAX_CELLS:,}",
                "list fewer skills, or use fewer pieces (exclude, filter)",
            )

    def _score_bound(self, worth: list[tuple[int, str]]) -> int:
        """A bound on every absolute score; refuses weights that pass `MAX_SCORE`."""
        if self.config.decorations is not None:
            weights = [self._slot_weight(level) for level in range(1, N_SLOT_LEVELS + 1)]
            level = max(range(N_SLOT_LEVELS), key=lambda i: abs(weights[i]))
            worth.append((abs(weights[level]) * self.totals.n_slots, f"$.decorations.deco_{level + 1}"))
        bound = sum(value for value, _ in worth)
        if bound > MAX_SCORE:
            raise InputError([self.scale.misfit(max(worth)[1])])
        return bound

    def _weight_path(self, term: Term, total: int) -> str:
        """JSON path of the weight that holds where a term has this total."""
        if term.kind == "defence":
            return "$.defence"
        if term.kind in ("resistance", "total", "count"):
            return f"{term.path}.weight"
        rule = self.config.skills.get(term.name) if term.kind == "skill" else None
        if rule is None:
            return term.path
        if rule.values is not None:
            return f"{term.path}.values[{min(max(total, 0), len(rule.values) - 1)}]"
        maxima = [m for m in (rule.maximum, rule.locked_maximum, rule.raised_maximum) if m is not None]
        is_over = bool(maxima) and total > max(maxima)
        return f"{term.path}.{'penalty' if is_over and self.config.over_max == 'penalty' else 'weight'}"

    def _assemble(self, folded: _Folded, coupled: list[tuple[Term, int, int]], score_bound: int) -> Problem:
        table, n_bonuses = self.table, len(self.totals.bonus_names)
        totals = [term.total for term, _, _ in coupled]
        names = [term.name if term.kind == "skill" else "" for term, _, _ in coupled]
        features = tuple(
            Feature(
                term.name, term.kind, term.path, term.value, term.raised_value,
                -1 if term.raised_by is None else names.index(term.raised_by), term.minimum, low, high, term.maximum,
                term.unit, term.digits,
            )
            for term, low, high in coupled
        )  # fmt: skip
        piece_levels = np.zeros((table.n_pieces, len(coupled)), dtype=np.int64)
        for f, total in enumerate(totals):
            piece_levels[total.rows, f] = total.amounts
        gives = np.array([total.bonuses.any(axis=1) for total in totals], dtype=bool)
        gives = gives.reshape(len(totals), n_bonuses)
        matters = gives.any(axis=0) | folded.bonuses.any(axis=1)
        bonus_levels = np.zeros((int(matters.sum()), self.totals.n_bonus_steps, len(coupled)), dtype=np.int64)
        for f, total in enumerate(totals):
            if gives[f].any():
                bonus_levels[:, :, f] = total.bonuses[matters]
        bonus_names = [self.totals.bonus_names[c] for c in np.flatnonzero(matters).tolist()]
        counts = _stack([table.bonus_column(name) for name in bonus_names], table.n_pieces)
        kinds = self._slot_kinds()
        piece_slots = self._piece_slots(kinds)
        slices = [slice(int(a), int(b)) for a, b in zip(table.part_start[:-1], table.part_start[1:], strict=True)]
        return Problem(
            space=CombinationSpace.of(table),
            digits=self.scale.digits,
            features=features,
            exclusive=_groups([term.group for term, _, _ in coupled]),
            parts=tuple(
                PartColumns(folded.pieces[rows], piece_levels[rows], counts[rows], piece_slots[rows]) for rows in slices
            ),
            base_linear=folded.base,
            base_levels=np.array([total.base for total in totals], dtype=np.int64),
            base_bonus_counts=np.array([name in self.totals.fixed_bonuses for name in bonus_names], dtype=np.int64),
            base_slots=np.array([self.totals.fixed_slots[lv - 1] if on else 0 for on, lv in kinds], dtype=np.int64),
            bonus_names=tuple(bonus_names),
            bonus_levels=bonus_levels,
            bonus_linear=folded.bonuses[matters],
            slot_weights=np.array([self._slot_weight(level) for _, level in kinds], dtype=np.int64),
            slot_levels=tuple(level for _, level in kinds),
            decorations=self._decorations(kinds, folded.decorations, totals, features),
            score_bound=score_bound,
        )

    # --- slots and decorations --------------------------------------------

    def _slot_kinds(self) -> list[tuple[bool, int]]:
        """(weapon, level) of each kind of slot that decorations tell apart; empty without decorations."""
        if self.config.decorations is None:
            return []
        return self.totals.slot_kinds

    def _piece_slots(self, kinds: Sequence[tuple[bool, int]]) -> IntArray:
        """Free slots of each piece by kind, shape (P, K)."""
        table = self.table
        slots = np.zeros((table.n_pieces, len(kinds)), dtype=np.int64)
        split = any(not on_weapon for on_weapon, _ in kinds)
        on_weapons = table.weapon_slots
        if split:
            takes = [self.config.takes_weapon_decorations(part) for part in table.parts]
            on_weapons = np.where(np.repeat(takes, table.part_sizes)[:, None], table.slots, on_weapons)
        for k, (on_weapon, level) in enumerate(kinds):
            every, special = table.slots[:, level - 1], on_weapons[:, level - 1]
            slots[:, k] = every if not split else special if on_weapon else every - special
        return slots

    def _slot_weight(self, level: int) -> int:
        return self.scale(self.config.slot_weights[level - 1]) + self.scale(self.config.slot_count_weight)

    def _decorations(
        self, kinds: Sequence[tuple[bool, int]], worth: IntArray, totals: list[Total], features: Sequence[Feature]
    ) -> CompiledDecorations | None:
        """The decorations that can ever beat a free slot and every other decoration."""
        if self.config.decorations is None:
            return None
        decorations = self.totals.decorations
        n_decorations = len(decorations)
        levels = _stack([total.decorations for total in totals], n_decorations)
        fits = self.totals.fits
        weights = np.array([self._slot_weight(level) for _, level in kinds], dtype=np.int64)
        useful = levels.any(axis=1) | (fits & (worth[:, None] > weights)).any(axis=1)
        stock = self.totals.stock
        keep = np.flatnonzero(useful)
        columns = np.column_stack([worth, levels, fits])[keep]
        # Only where there are decorations.
        from .dominance import never_harms, undominated

        may_rise = np.concatenate([[True], never_harms(features), np.ones(len(kinds), dtype=bool)])
        keep = keep[undominated(columns, may_rise, scarce=stock[keep] >= 0)]
        index = tuple(decorations[i][0] for i in keep.tolist())
        return CompiledDecorations(index, worth[keep], levels[keep], fits[keep], stock[keep])


def _groups(numbers: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The places of each number that is not -1, where it has several."""
    places = [tuple(i for i, number in enumerate(numbers) if number == shared) for shared in sorted({*numbers} - {-1})]
    return tuple(shared for shared in places if len(shared) > 1)


def _stack(columns: Sequence[IntArray], n_rows: int) -> IntArray:
    """Columns side by side; shape (n_rows, 0) where there are none."""
    return np.column_stack(columns) if columns else np.zeros((n_rows, 0), dtype=np.int64)
