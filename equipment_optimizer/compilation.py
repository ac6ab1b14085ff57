"""Compile a table and a configuration into a `Problem`.

Every quantity that a weight or a rule speaks of (defence, a skill, slots of a
level, ...) becomes a `_Total`: what each piece, the fixed weapon, each set bonus
and each decoration add to it. A total whose worth is plainly linear is folded
into one number a piece; the others become features with a value function.
Weights that cannot be exact in 64 bits are refused here, with their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from .combinations import CombinationSpace
from .config import Config, Decoration, SkillRule
from .equipment import N_SLOT_LEVELS, EquipmentTable
from .errors import Fault, InputError
from .problem import CompiledDecorations, Feature, PartColumns, Problem
from .valuefunction import ValueFunction

__all__ = ["MAX_SCORE", "compile_problem"]

IntArray = npt.NDArray[np.int64]

#: Largest absolute scaled score. Three bits of an int64 are left, so that sums
#: and differences of scores, and a sentinel below all of them, need no checks.
MAX_SCORE = 2**60

#: Decimal places a weight may have: one more would leave no room in 64 bits.
_MAX_DIGITS = 18

#: A body part of this name holds weapons: its slots take weapon decorations.
_WEAPON_PART = "Weapon"


def compile_problem(table: EquipmentTable, config: Config) -> Problem:
    """Compile `table` and `config` into integers.

    Parameters
    ----------
    table : EquipmentTable
        Already reduced to the pieces the configuration allows.
    config : Config

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        If the weights do not fit exact 64-bit arithmetic; names the heaviest.

    Notes
    -----
    O(P (F + C + K)) time and memory.
    """
    return _Compiler(table, config).compile()


def skill_path(name: str) -> str:
    """JSON path of a listed skill's rule."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$.skills["{escaped}"]'


class _Scale:
    """Decimal weights to integers, by one power of ten for all of them."""

    def __init__(self, config: Config) -> None:
        self._config = config
        weights = list(_weights(config))
        misfits = [path for path, w in weights if w and not -_MAX_DIGITS <= w.adjusted() <= _MAX_DIGITS]
        misfits += [path for path, w in weights if path not in misfits and _decimal_places(w) > _MAX_DIGITS]
        if misfits:
            raise InputError([self.misfit(path) for path in misfits])
        self.digits = max((_decimal_places(w) for _, w in weights), default=0)

    def misfit(self, path: str) -> Fault:
        """The fault of a weight that is too large or too fine."""
        return Fault(
            self._config.where(path),
            f"this weight does not fit the exact arithmetic [{path}]",
            "use fewer digits: with every weight made whole by one power of ten, "
            f"no build's score may exceed {MAX_SCORE:,}",
        )

    def __call__(self, weight: Decimal) -> int:
        # Not by `Decimal.scaleb`, which would round to the context's precision.
        sign, digits, exponent = weight.as_tuple()
        assert isinstance(exponent, int)  # weights are finite
        whole = int("".join(map(str, digits)))
        shift = exponent + self.digits
        whole = int(whole * 10**shift if shift >= 0 else whole // 10**-shift)
        return -whole if sign else whole


def _decimal_places(weight: Decimal) -> int:
    """Digits after the point that are not trailing zeros."""
    _, digits, exponent = weight.as_tuple()
    assert isinstance(exponent, int)  # weights are finite
    text = "".join(map(str, digits))
    return max(0, -exponent - (len(text) - len(text.rstrip("0")))) if weight else 0


def _weights(config: Config) -> Iterable[tuple[str, Decimal]]:
    """Every weight that counts, with its JSON path."""
    for level, weight in enumerate(config.slot_weights, 1):
        yield f"$.decorations.deco_{level}", weight
    yield "$.decorations.num_decos", config.slot_count_weight
    yield "$.defence", config.defence_weight
    yield "$.unlisted_skill_weight", config.unlisted_skill_weight
    for name, rule in config.skills.items():
        path = skill_path(name)
        if rule.values is not None:
            yield from ((f"{path}.values[{i}]", value) for i, value in enumerate(rule.values))
            continue
        yield f"{path}.weight", rule.weight
        if config.over_max == "penalty":
            yield f"{path}.penalty", rule.penalty
    for name, resistance in config.resistances.items():
        yield f"$.resistances.{name.lower()}.weight", resistance.weight


@dataclass(frozen=True, eq=False)
class _Total:
    """What everything adds to one quantity.

    `pieces` has shape (P,), `base` is the fixed weapon's part, `bonuses` has
    shape (C, T) for T piece counts, `decorations` one entry each.
    """

    pieces: IntArray
    base: int
    bonuses: IntArray
    decorations: IntArray


@dataclass(frozen=True, eq=False)
class _Term:
    """A total with what it is worth."""

    name: str
    kind: str
    path: str
    total: _Total
    value: ValueFunction
    raised_value: ValueFunction | None = None
    raised_by: str | None = None
    minimum: int | None = None


class _Compiler:
    """The steps of one compilation, sharing table, configuration and scale."""

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self.table = table
        self.config = config
        self.scale = _Scale(config)
        self.decorations = [
            (d, decoration) for d, decoration in enumerate(config.decorations or ()) if decoration.available != 0
        ]
        weapon = config.weapon
        self.fixed_bonuses = set(weapon.set_bonuses) if weapon else set()
        self.fixed_slots = weapon.slots if weapon else (0,) * N_SLOT_LEVELS
        self.fixed_skills = dict(weapon.skills) if weapon else {}
        known = set(table.bonus_names) | self.fixed_bonuses
        self.bonus_names = sorted({step.bonus for step in config.set_bonuses or () if step.bonus in known})
        # 0 .. L pieces, and the weapon's one on top.
        self.n_bonus_steps = len(table.positions) + 2

    # --- totals -----------------------------------------------------------

    def _plain_total(self, pieces: IntArray, base: int = 0) -> _Total:
        """A total that only pieces and the fixed weapon add to."""
        bonuses = np.zeros((len(self.bonus_names), self.n_bonus_steps), dtype=np.int64)
        return _Total(pieces, base, bonuses, np.zeros(len(self.decorations), dtype=np.int64))

    def _skill_total(self, skills: set[str]) -> _Total:
        """The summed levels of `skills`, from all sources."""
        table = self.table
        wanted = np.array([name in skills for name in table.skill_names], dtype=bool)
        levels = np.where(wanted[table.skill_index], table.skill_level, 0) if table.skill_names else table.skill_level
        sums = np.concatenate([[0], np.cumsum(levels)])
        total = self._plain_total(
            sums[table.skill_start[1:]] - sums[table.skill_start[:-1]],
            sum(level for skill, level in self.fixed_skills.items() if skill in skills),
        )
        for skill in skills:
            steps = [step for step in self.config.set_bonuses or () if step.skill == skill]
            own = np.zeros_like(total.bonuses)
            for step in sorted(steps, key=lambda step: (step.pieces_required, step.level)):
                if step.bonus in self.bonus_names and step.pieces_required < self.n_bonus_steps:
                    own[self.bonus_names.index(step.bonus), step.pieces_required :] = step.level
            total.bonuses[:] += own
        for i, (_, decoration) in enumerate(self.decorations):
            total.decorations[i] = sum(level for skill, level in decoration.skills if skill in skills)
        return total

    def _slot_bound(self) -> int:
        """The most slots any build can have."""
        return sum(self.fixed_slots) + self._sum_of_extremes(self.table.slots.sum(axis=1), highest=True)

    def _sum_of_extremes(self, column: IntArray, *, highest: bool) -> int:
        """Sum over positions of the part's largest (or smallest) entry."""
        total = 0
        for count, start, stop in zip(
            self.table.counts, self.table.part_start[:-1], self.table.part_start[1:], strict=True
        ):
            own = column[start:stop]
            total += count * int(own.max() if highest else own.min())
        return total

    def _reach(self, total: _Total) -> tuple[int, int]:
        """A range that holds the total of every build and filling."""
        n_slots = self._slot_bound() if self.decorations else 0
        reach = []
        for highest in (False, True):
            extreme = max if highest else min
            value = total.base + self._sum_of_extremes(total.pieces, highest=highest)
            value += sum(extreme(row) for row in total.bonuses.tolist())
            reach.append(value + n_slots * extreme(0, *total.decorations.tolist(), 0))
        return reach[0], reach[1]

    # --- terms ------------------------------------------------------------

    def _skill_value(self, rule: SkillRule) -> tuple[ValueFunction, ValueFunction | None]:
        """A listed skill's function, and the one while its maximum is raised."""
        if rule.values is not None:
            return ValueFunction.listed([self.scale(value) for value in rule.values]), None

        def up_to(maximum: int) -> ValueFunction:
            if self.config.over_max == "cap":
                return ValueFunction.capped(maximum, self.scale(rule.weight))
            return ValueFunction.penalised(maximum, self.scale(rule.weight), self.scale(rule.penalty))

        if rule.raised_by is not None and rule.locked_maximum is not None and rule.raised_maximum is not None:
            return up_to(rule.locked_maximum), up_to(rule.raised_maximum)
        assert rule.maximum is not None  # the loader gives one where nothing raises it
        return up_to(rule.maximum), None

    def _terms(self) -> list[_Term]:
        """Everything that is scored or required."""
        table, config = self.table, self.config
        terms = []
        for name, rule in config.skills.items():
            value, raised_value = self._skill_value(rule)
            raised_by = rule.raised_by if raised_value is not None else None
            total = self._skill_total({name})
            terms.append(_Term(name, "skill", skill_path(name), total, value, raised_value, raised_by, rule.minimum))
        unlisted = ValueFunction.linear(self.scale(config.unlisted_skill_weight))
        path = "$.unlisted_skill_weight"
        raisers = {term.raised_by for term in terms if term.raised_by is not None} - set(config.skills)
        terms.extend(_Term(name, "skill", path, self._skill_total({name}), unlisted) for name in sorted(raisers))
        rest = {name for name in self._all_skills() if name not in config.skills and name not in raisers}
        terms.append(_Term("unlisted skills", "skills", path, self._skill_total(rest), unlisted))
        defence = ValueFunction.linear(self.scale(config.defence_weight))
        path = "$.defence" if config.min_defence is None else "$.min_defence"
        total = self._plain_total(table.defence)
        terms.append(_Term("Defence", "defence", path, total, defence, minimum=config.min_defence))
        for name, resistance in config.resistances.items():
            column = np.zeros(table.n_pieces, dtype=np.int64)
            if name in table.resistance_names:
                column = table.resistances[:, table.resistance_names.index(name)]
            value = ValueFunction.linear(self.scale(resistance.weight))
            path = f"$.resistances.{name.lower()}"
            total = self._plain_total(column)
            terms.append(_Term(name, "resistance", path, total, value, minimum=resistance.minimum))
        if config.decorations is None:
            terms.extend(self._slot_terms())
        return terms

    def _slot_terms(self) -> Iterable[_Term]:
        """Slots that stay free, by level and in number."""
        slots = self.table.slots
        for level, weight in enumerate(self.config.slot_weights, 1):
            total = self._plain_total(slots[:, level - 1], self.fixed_slots[level - 1])
            value = ValueFunction.linear(self.scale(weight))
            yield _Term(f"slots {level}", "slots", f"$.decorations.deco_{level}", total, value)
        total = self._plain_total(slots.sum(axis=1), sum(self.fixed_slots))
        value = ValueFunction.linear(self.scale(self.config.slot_count_weight))
        yield _Term("slots", "slots", "$.decorations.num_decos", total, value)

    def _all_skills(self) -> set[str]:
        names = set(self.table.skill_names) | set(self.fixed_skills)
        names.update(skill for _, decoration in self.decorations for skill, _ in decoration.skills)
        names.update(step.skill for step in self.config.set_bonuses or () if step.bonus in self.bonus_names)
        return names

    # --- folding ----------------------------------------------------------

    def compile(self) -> Problem:
        """All steps."""
        terms = self._terms()
        raisers = {term.raised_by for term in terms if term.raised_by is not None}
        linear: list[tuple[_Term, int]] = []
        coupled: list[tuple[_Term, int, int]] = []
        worth: list[tuple[int, str]] = []
        for term in terms:
            low, high = self._reach(term.total)
            if term.minimum is not None and low >= term.minimum:
                term = replace(term, minimum=None)
            functions = [f for f in (term.value, term.raised_value) if f is not None]
            worth.append((max(abs(f.at(x)) for f in functions for x in f.corners(low, high)), term.path))
            plain = term.minimum is None and term.raised_by is None
            plain = plain and not (term.name in raisers and term.kind == "skill")
            if plain and term.value.is_linear(low, high):
                linear.append((term, term.value.slope_at(low)))
            else:
                coupled.append((term, low, high))
        score_bound = self._score_bound(worth)
        return self._assemble(linear, coupled, score_bound)

    def _score_bound(self, worth: list[tuple[int, str]]) -> int:
        """A bound on every absolute score; refuses weights that pass `MAX_SCORE`."""
        if self.config.decorations is not None:
            weights = [self.scale(w + self.config.slot_count_weight) for w in self.config.slot_weights]
            level = max(range(N_SLOT_LEVELS), key=lambda i: abs(weights[i]))
            worth.append((abs(weights[level]) * self._slot_bound(), f"$.decorations.deco_{level + 1}"))
        bound = sum(value for value, _ in worth)
        if bound > MAX_SCORE:
            path = max(worth)[1]
            if path.startswith("$.skills"):
                path += ".weight" if f"{path}.weight" in self.config.locations else ""
            raise InputError([self.scale.misfit(path)])
        return bound

    def _assemble(
        self, linear: list[tuple[_Term, int]], coupled: list[tuple[_Term, int, int]], score_bound: int
    ) -> Problem:
        table, n_bonuses = self.table, len(self.bonus_names)
        totals = [term.total for term, _, _ in coupled]
        names = [term.name if term.kind == "skill" else "" for term, _, _ in coupled]
        features = tuple(
            Feature(
                term.name, term.kind, term.path, term.value, term.raised_value,
                -1 if term.raised_by is None else names.index(term.raised_by), term.minimum, low, high,
            )
            for term, low, high in coupled
        )  # fmt: skip
        piece_linear = self._folded(linear, "pieces", (table.n_pieces,))
        piece_levels = _stack([total.pieces for total in totals], table.n_pieces)
        bonus_levels = np.zeros((n_bonuses, self.n_bonus_steps, len(coupled)), dtype=np.int64)
        for f, total in enumerate(totals):
            bonus_levels[:, :, f] = total.bonuses
        bonus_linear = self._folded(linear, "bonuses", (n_bonuses, self.n_bonus_steps))
        matters = bonus_levels.any(axis=(1, 2)) | bonus_linear.any(axis=1)
        bonus_names = [self.bonus_names[c] for c in np.flatnonzero(matters).tolist()]
        counts = _stack([table.bonus_column(name) for name in bonus_names], table.n_pieces)
        kinds = self._slot_kinds()
        piece_slots = self._piece_slots(kinds)
        slices = [slice(int(a), int(b)) for a, b in zip(table.part_start[:-1], table.part_start[1:], strict=True)]
        return Problem(
            space=CombinationSpace.of(table),
            digits=self.scale.digits,
            features=features,
            parts=tuple(
                PartColumns(piece_linear[own], piece_levels[own], counts[own], piece_slots[own]) for own in slices
            ),
            base_linear=sum(weight * term.total.base for term, weight in linear),
            base_levels=np.array([total.base for total in totals], dtype=np.int64),
            base_bonus_counts=np.array([name in self.fixed_bonuses for name in bonus_names], dtype=np.int64),
            base_slots=np.array([self.fixed_slots[lv - 1] if on else 0 for on, lv in kinds], dtype=np.int64),
            bonus_names=tuple(bonus_names),
            bonus_levels=bonus_levels[matters],
            bonus_linear=bonus_linear[matters],
            slot_weights=np.array([self._slot_weight(level) for _, level in kinds], dtype=np.int64),
            slot_levels=tuple(level for _, level in kinds),
            decorations=self._decorations(kinds, linear, totals),
            score_bound=score_bound,
        )

    def _folded(self, linear: list[tuple[_Term, int]], source: str, shape: tuple[int, ...]) -> IntArray:
        """The linear terms' worth of what one kind of source adds."""
        folded = np.zeros(shape, dtype=np.int64)
        for term, weight in linear:
            if weight:
                folded += weight * getattr(term.total, source)
        return folded

    # --- slots and decorations --------------------------------------------

    def _slot_kinds(self) -> list[tuple[bool, int]]:
        """(weapon, level) of each kind of slot that decorations tell apart; empty without decorations."""
        if self.config.decorations is None:
            return []
        levels = range(1, N_SLOT_LEVELS + 1)
        if all(decoration.allowed_on == "any" for _, decoration in self.decorations):
            return [(True, level) for level in levels]
        return [(on_weapon, level) for on_weapon in (False, True) for level in levels]

    def _piece_slots(self, kinds: Sequence[tuple[bool, int]]) -> IntArray:
        """Free slots of each piece by kind, shape (P, K)."""
        table = self.table
        slots = np.zeros((table.n_pieces, len(kinds)), dtype=np.int64)
        split = any(not on_weapon for on_weapon, _ in kinds)
        for k, (on_weapon, level) in enumerate(kinds):
            for part, start, stop in zip(table.parts, table.part_start[:-1], table.part_start[1:], strict=True):
                if not split or on_weapon == (part == _WEAPON_PART):
                    slots[start:stop, k] = table.slots[start:stop, level - 1]
        return slots

    def _slot_weight(self, level: int) -> int:
        return self.scale(self.config.slot_weights[level - 1]) + self.scale(self.config.slot_count_weight)

    def _decorations(
        self, kinds: Sequence[tuple[bool, int]], linear: list[tuple[_Term, int]], totals: list[_Total]
    ) -> CompiledDecorations | None:
        """The decorations that can ever beat a free slot."""
        if self.config.decorations is None:
            return None
        n_decorations = len(self.decorations)
        worth = self._folded(linear, "decorations", (n_decorations,))
        levels = _stack([total.decorations for total in totals], n_decorations)
        fits = np.array([[_fits(d, *kind) for kind in kinds] for _, d in self.decorations], dtype=bool)
        fits = fits.reshape(n_decorations, len(kinds))
        weights = np.array([self._slot_weight(level) for _, level in kinds], dtype=np.int64)
        useful = levels.any(axis=1) | (fits & (worth[:, None] > weights)).any(axis=1)
        stock = np.array([-1 if d.available is None else d.available for _, d in self.decorations], dtype=np.int64)
        keep = np.flatnonzero(useful)
        index = tuple(self.decorations[i][0] for i in keep.tolist())
        return CompiledDecorations(index, worth[keep], levels[keep], fits[keep], stock[keep])


def _stack(columns: Sequence[IntArray], n_rows: int) -> IntArray:
    """Columns side by side; shape (n_rows, 0) where there are none."""
    return np.column_stack(columns) if columns else np.zeros((n_rows, 0), dtype=np.int64)


def _fits(decoration: Decoration, on_weapon: bool, level: int) -> bool:
    """Whether a decoration may go into a slot of this kind."""
    if decoration.allowed_on == "weapon" and not on_weapon:
        return False
    if decoration.allowed_on == "armor" and on_weapon:
        return False
    return decoration.slot_level <= level
