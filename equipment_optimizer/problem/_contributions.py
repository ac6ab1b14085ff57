"""What pieces, the fixed weapon, set bonuses and decorations add to one quantity.

In: a table and a configuration. Out: a `Total` for a set of skills or for any
column of the table, and the range of its sums over all builds. Pieces that add
nothing are not stored: ten thousand skills of a hundred thousand pieces take the
room of their entries. What a total is worth is not known here.

Array axes: P pieces, C set bonuses, T piece counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..records.config import Config, Decoration, SetBonusStep
from ..records.equipment import EquipmentTable
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["Total", "Totals"]

IntArray = npt.NDArray[np.int64]


class Total(NamedTuple):
    """What everything adds to one quantity; arrays are int64, the last two possibly read-only views of zero."""

    rows: IntArray  # (n,), ascending: table rows of the pieces that add something
    amounts: IntArray  # (n,): what they add
    base: int  # the fixed weapon's part
    bonuses: IntArray  # (C, T): what each set bonus adds at 0, 1, ... T - 1 pieces
    decorations: IntArray  # one entry for each


class Totals:
    """Makes the totals of one job; O(entries log entries) once, then a skill costs its own entries.

    `decorations` are those of which there are any, with their number in the configuration; `bonus_names` the C set
    bonuses that something counts for, sorted; `n_bonus_steps` is T: 0 .. L pieces, and the weapon's one on top;
    `n_slots` the most that any build has. What is `fixed` the weapon adds. Totals of skills, and their ranges, are kept
    for the next time.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self.table = table
        self.decorations = [
            (d, decoration) for d, decoration in enumerate(config.decorations or ()) if decoration.available != 0
        ]
        weapon = config.weapon
        self.fixed_bonuses = set(weapon.set_bonuses) if weapon else set()
        self.fixed_slots = weapon.slots if weapon else (0,) * N_SLOT_LEVELS
        self.fixed_skills = dict(weapon.skills) if weapon else {}
        known = set(table.bonus_names) | self.fixed_bonuses
        self.bonus_names = sorted({step.bonus for step in config.set_bonuses or () if step.bonus in known})
        self.n_bonus_steps = len(table.positions) + 2
        self._all_rows = np.arange(table.n_pieces)
        self._no_bonuses = _zeros(len(self.bonus_names), self.n_bonus_steps)
        self._no_decorations = _zeros(len(self.decorations))
        # Who gives which skill, found once: a search for each skill would cost skills times sources.
        self._skill_id = {name: s for s, name in enumerate(table.skill_names)}
        self._entries = np.argsort(table.skill_index, kind="stable")
        self._entry_row = np.repeat(self._all_rows, np.diff(table.skill_start))
        self._entry_start = np.searchsorted(table.skill_index[self._entries], np.arange(len(table.skill_names) + 1))
        self._bonus_steps = self._steps_by_skill(config)
        self._decoration_levels: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, (_, decoration) in enumerate(self.decorations):
            for skill, level in decoration.skills:
                self._decoration_levels[skill].append((i, level))
        self.n_slots = sum(self.fixed_slots) + self._sums_of_extremes(self._all_rows, table.slots.sum(axis=1))[1]
        self._n_decorated = self.n_slots if self.decorations else 0
        self._by_skills: dict[tuple[str, ...], Total] = {}
        self._ranges: dict[int, tuple[int, int]] = {}
        self._extents: dict[int, int] = {}
        #: The totals of `_by_skills` by their identity, which none that is gone has.
        self._is_kept: set[int] = set()

    @cached_property
    def slot_kinds(self) -> list[tuple[bool, int]]:
        """(weapon, level) of each of the K kinds of slot that decorations tell apart, where there are any."""
        levels = range(1, N_SLOT_LEVELS + 1)
        if all(decoration.allowed_on == "any" for _, decoration in self.decorations):
            return [(True, level) for level in levels]
        return [(on_weapon, level) for on_weapon in (False, True) for level in levels]

    @cached_property
    def fits(self) -> npt.NDArray[np.bool_]:
        """Whether each decoration may go into a slot of each kind, shape (decorations, K)."""
        fits = [[_fits(decoration, *kind) for kind in self.slot_kinds] for _, decoration in self.decorations]
        return np.array(fits, dtype=np.bool_).reshape(len(self.decorations), len(self.slot_kinds))

    @cached_property
    def stock(self) -> IntArray:
        """How many there are of each decoration; -1 is unlimited."""
        available = [decoration.available for _, decoration in self.decorations]
        return np.array([-1 if n is None else n for n in available], dtype=np.int64)

    def _steps_by_skill(self, config: Config) -> dict[str, list[tuple[int, SetBonusStep]]]:
        """Steps that can be reached, ascending, with the number of their bonus."""
        number = {name: c for c, name in enumerate(self.bonus_names)}
        steps = [
            step
            for step in config.set_bonuses or ()
            if step.bonus in number and step.pieces_required < self.n_bonus_steps
        ]
        by_skill: dict[str, list[tuple[int, SetBonusStep]]] = defaultdict(list)
        for step in sorted(steps, key=lambda step: (step.pieces_required, step.level)):
            by_skill[step.skill].append((number[step.bonus], step))
        return by_skill

    def all_skills(self) -> set[str]:
        """Every skill that anything gives."""
        given = {skill for skill, steps in self._bonus_steps.items() if steps}
        return {*self._skill_id, *self.fixed_skills, *self._decoration_levels, *given}

    def of_pieces(self, column: IntArray, base: int = 0) -> Total:
        """A total that only pieces, `column` of shape (P,), and the fixed weapon add to."""
        return Total(self._all_rows, column, base, self._no_bonuses, self._no_decorations)

    def of_rows(self, rows: IntArray) -> Total:
        """How many of some pieces, rows ascending, a build has."""
        return Total(rows, np.ones(len(rows), dtype=np.int64), 0, self._no_bonuses, self._no_decorations)

    def most_of(self, rows: Sequence[int]) -> int:
        """No build has more of some pieces, rows ascending."""
        inside = np.diff(np.searchsorted(rows, self.table.part_start)).tolist()
        return sum(min(count, n) for count, n in zip(self.table.counts, inside, strict=True))

    def of_skills(self, skills: Sequence[str]) -> Total:
        """The summed levels of `skills`, no name twice, from all sources."""
        total = self._by_skills.get(tuple(skills))
        if total is None:
            total = self._by_skills[tuple(skills)] = self._found(skills)
            self._is_kept.add(id(total))
        return total

    def _found(self, skills: Sequence[str]) -> Total:
        """The summed levels of `skills`."""
        given = [self._skill_id[name] for name in skills if name in self._skill_id]
        # Entries of a skill are in the order of rows, and a piece has it once.
        by_skill = [self._entries[self._entry_start[s] : self._entry_start[s + 1]] for s in given]
        entries = by_skill[0] if len(by_skill) == 1 else np.concatenate([*by_skill, np.zeros(0, dtype=np.int64)])
        rows, amounts = self._entry_row[entries], self.table.skill_level[entries]
        if len(by_skill) > 1:
            sums = np.zeros(self.table.n_pieces, dtype=np.int64)
            np.add.at(sums, rows, amounts)
            rows, amounts = self._all_rows, sums
        base = sum(self.fixed_skills.get(skill, 0) for skill in skills)
        return Total(rows, amounts, base, self._of_bonuses(skills), self._of_decorations(skills))

    def _of_bonuses(self, skills: Sequence[str]) -> IntArray:
        """What set bonuses add to `skills` together, shape (C, T)."""
        given = [skill for skill in skills if skill in self._bonus_steps]
        if not given:
            return self._no_bonuses
        total = np.zeros(self._no_bonuses.shape, dtype=np.int64)
        for skill in given:
            level_of: dict[int, int] = {}
            for c, step in self._bonus_steps[skill]:
                # Steps come in ascending order: each takes the place of the one before it.
                total[c, step.pieces_required :] += step.level - level_of.get(c, 0)
                level_of[c] = step.level
        return total

    def _of_decorations(self, skills: Sequence[str]) -> IntArray:
        """What each decoration adds to `skills` together."""
        given = [skill for skill in skills if skill in self._decoration_levels]
        if not given:
            return self._no_decorations
        total = np.zeros(len(self.decorations), dtype=np.int64)
        for skill in given:
            for i, level in self._decoration_levels[skill]:
                total[i] += level
        return total

    def range_of(self, total: Total) -> tuple[int, int]:
        """A range that holds the total of every build and filling."""
        if id(total) not in self._is_kept:
            return self._range(total)
        if id(total) not in self._ranges:
            self._ranges[id(total)] = self._range(total)
        return self._ranges[id(total)]

    def _range(self, total: Total) -> tuple[int, int]:
        low, high = self._sums_of_extremes(total.rows, total.amounts)
        levels = [0, *total.decorations.tolist()]
        least, most = self._n_decorated * min(levels), self._n_decorated * max(levels)
        if total.bonuses is not self._no_bonuses:
            least += int(total.bonuses.min(axis=1).sum())
            most += int(total.bonuses.max(axis=1).sum())
        return total.base + low + least, total.base + high + most

    def extent(self, total: Total) -> int:
        """The most that everything in a build can add to a total, signs aside."""
        if id(total) not in self._is_kept:
            return self._extent(total)
        if id(total) not in self._extents:
            self._extents[id(total)] = self._extent(total)
        return self._extents[id(total)]

    def _extent(self, total: Total) -> int:
        _, most = self._sums_of_extremes(total.rows, np.abs(total.amounts))
        decorations = max([0, *np.abs(total.decorations).tolist()])
        bonuses = 0 if total.bonuses is self._no_bonuses else int(np.abs(total.bonuses).max(axis=1).sum())
        return int(abs(total.base) + most + bonuses + self._n_decorated * decorations)

    def _sums_of_extremes(self, rows: IntArray, amounts: IntArray) -> tuple[int, int]:
        """Sum over positions of the part's smallest, and of its largest, amount; a piece without one has 0."""
        low = high = 0
        if not rows.size:
            return low, high
        inside = np.searchsorted(rows, self.table.part_start).tolist()
        for b, (count, size) in enumerate(zip(self.table.counts, self.table.part_sizes, strict=True)):
            of_part = amounts[inside[b] : inside[b + 1]]
            if of_part.size:
                least, most = int(of_part.min()), int(of_part.max())
                is_complete = of_part.size == size
                low += count * (least if is_complete else min(least, 0))
                high += count * (most if is_complete else max(most, 0))
        return low, high


def _fits(decoration: Decoration, on_weapon: bool, level: int) -> bool:
    """Whether a decoration may go into a slot of this kind."""
    if decoration.allowed_on == "weapon" and not on_weapon:
        return False
    if decoration.allowed_on == "armor" and on_weapon:
        return False
    return decoration.slot_level <= level


def _zeros(*shape: int) -> IntArray:
    """Zeros that take no memory and cannot be written to."""
    return np.broadcast_to(np.zeros((), dtype=np.int64), shape)
