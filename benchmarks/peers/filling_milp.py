"""The filling of slots as a mixed-integer program: what one would use instead of our search.

    python benchmarks/peers/filling_milp.py EQUIPMENT.csv CONFIG.json N CAP_SECONDS

The model is written from the definitions and shares nothing with the search but the
reading of files: a binary variable for every piece, integer counts of each
decoration in slots of each level, the counted level of each listed skill, a binary
for every threshold of a set bonus and for every raised maximum. After each optimum
a cut forbids that set of pieces, whatever its filling, and the solver runs again.
What the solver found is scored again in exact decimals from the pieces and
decorations it picked, so that its floating point decides nothing but where it stops.

Only what the benchmark's jobs have is modelled: the rule ``cap``, weights of at
least 0, skills without a weight where they are not listed, no weapon, no filters.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import inf, lcm

import numpy as np

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

#: Where no value is too large: levels and counts of a build stay far below.
MANY = 1000.0


def check_job(config: Config) -> None:
    """Refuse what the model leaves out."""
    left_out = [
        config.over_max != "cap", config.unlisted_skill_weight, config.weapon, config.min_defence is not None,
        config.resistances, config.pin, config.exclude, config.filters, config.decorations is None,
        any(rule.values is not None or rule.weight < 0 for rule in config.skills.values()),
        any(decoration.allowed_on != "any" for decoration in config.decorations or ()),
        any(rule.count != 1 for rule in config.body_parts.values()),
    ]  # fmt: skip
    if any(left_out):
        raise ValueError("the model does not cover this configuration")


@dataclass
class Model:
    """A growing program: columns with cost, limits and kind, rows as coefficients by column."""

    cost: list[Fraction] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    is_integer: list[bool] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def add(self, cost: Decimal = Decimal(0), *, lower: float = 0, upper: float = 1, is_integer: bool = True) -> int:
        """A new column; its number."""
        self.cost.append(Fraction(cost))
        self.lower.append(lower)
        self.upper.append(upper)
        self.is_integer.append(is_integer)
        return len(self.cost) - 1

    def row(self, entries: dict[int, float], lower: float, upper: float) -> None:
        """A new row, ``lower <= sum <= upper``."""
        self.rows.append((entries, lower, upper))


class BuildModel:
    """The program of one job.

    Attributes
    ----------
    model : Model
    pieces : list of EquipmentPiece
        Column `k` is piece `k`.
    placed : list of (int, int, int)
        Column, decoration number, level of the slots that it counts.
    free : list of int
        Columns of the slots that stay free, by level.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        check_job(config)
        self.config = config
        self.model = Model()
        self.pieces: list[EquipmentPiece] = list(table)
        by_part = defaultdict(list)
        for piece in self.pieces:
            by_part[piece.body_part].append(self.model.add(config.defence_weight * piece.defence))
        for columns in by_part.values():
            self.model.row(dict.fromkeys(columns, 1.0), 1, 1)
        self.n_parts = len(by_part)
        #: For each skill that matters: what each column adds to its level.
        self.levels: dict[str, dict[int, float]] = {name: {} for name in config.skills}
        self.levels.update({rule.raised_by: {} for rule in config.skills.values() if rule.raised_by is not None})
        for k, piece in enumerate(self.pieces):
            self._gives(k, piece.skills)
        self.placed: list[tuple[int, int, int]] = []
        self.free: list[int] = []
        self._slots()
        self._bonuses()
        for name, rule in config.skills.items():
            self._skill(name, rule)

    def _gives(self, column: int, skills: Iterable[tuple[str, int]]) -> None:
        for skill, level in skills:
            if skill in self.levels:
                own = self.levels[skill]
                own[column] = own.get(column, 0.0) + level

    def _slots(self) -> None:
        """Every slot of level l stays free or holds a decoration of a level of at most l."""
        config, model = self.config, self.model
        useful = [d for d, deco in enumerate(config.decorations or ()) if any(s in self.levels for s, _ in deco.skills)]
        for level, weight in enumerate(config.slot_weights, 1):
            self.free.append(model.add(weight + config.slot_count_weight, upper=MANY))
            slots = {self.free[-1]: 1.0}
            for d in useful:
                decoration = (config.decorations or ())[d]
                if decoration.slot_level <= level:
                    column = model.add(upper=MANY)
                    self.placed.append((column, d, level))
                    self._gives(column, decoration.skills)
                    slots[column] = 1.0
            slots.update({k: -float(p.slots[level - 1]) for k, p in enumerate(self.pieces) if p.slots[level - 1]})
            model.row(slots, 0, 0)
        for d in useful:
            stock = (config.decorations or ())[d].available
            if stock is not None:
                model.row({column: 1.0 for column, number, _ in self.placed if number == d}, 0, stock)

    def _bonuses(self) -> None:
        """Each threshold of a bonus that gives a skill that matters, as the levels it adds to the one below."""
        steps = defaultdict(list)
        for step in self.config.set_bonuses or ():
            if step.skill in self.levels:
                steps[step.bonus, step.skill].append((step.pieces_required, step.level))
        for (bonus, skill), thresholds in steps.items():
            members = {k: -1.0 for k, piece in enumerate(self.pieces) if bonus in piece.set_bonuses}
            before = 0
            for required, level in sorted(thresholds):
                if level < before:
                    raise ValueError("the model does not cover bonuses that fall with more pieces")
                reached = self.model.add()
                self.model.row({reached: float(required), **members}, -inf, 0)
                self._gives(reached, [(skill, level - before)])
                before = level

    def _skill(self, name: str, rule: SkillRule) -> None:
        """The level that counts: at most the total, at most the maximum; and the minimum."""
        model, total = self.model, self.levels[name]
        counted = model.add(rule.weight, lower=-MANY, upper=MANY, is_integer=False)
        model.row({counted: 1.0, **{k: -level for k, level in total.items()}}, -inf, 0)
        if rule.raised_by is None:
            assert rule.maximum is not None
            model.upper[counted] = rule.maximum
        else:
            assert rule.locked_maximum is not None
            assert rule.raised_maximum is not None
            raised = model.add()
            gain = rule.raised_maximum - rule.locked_maximum
            model.row({raised: 1.0, **{k: -level for k, level in self.levels[rule.raised_by].items()}}, -inf, 0)
            model.row({counted: 1.0, raised: -float(gain)}, -inf, rule.locked_maximum)
        if rule.minimum is not None:
            model.row(dict(total), rule.minimum, inf)

    # --- what a solution is worth, exactly ----------------------------------

    def exact_score(self, chosen: list[int], filling: dict[int, int], free: list[int]) -> Decimal:
        """Score of the chosen pieces with a filling, by definition; refuses what is no build."""
        pieces = [self.pieces[k] for k in chosen]
        if not len({piece.body_part for piece in pieces}) == len(pieces) == self.n_parts:
            raise ValueError("not one piece of each part")
        self._check_room(pieces, filling, free)
        config = self.config
        levels = self._total_levels(pieces, filling)
        score = config.defence_weight * sum(piece.defence for piece in pieces)
        score += sum((w + config.slot_count_weight) * n for w, n in zip(config.slot_weights, free, strict=True))
        for name, rule in config.skills.items():
            maximum = rule.maximum
            if rule.raised_by is not None:
                maximum = rule.raised_maximum if levels[rule.raised_by] >= 1 else rule.locked_maximum
            assert maximum is not None
            if rule.minimum is not None and levels[name] < rule.minimum:
                raise ValueError(f"the minimum of {name} is missed")
            score += rule.weight * min(levels[name], maximum)
        return score

    def _check_room(self, pieces: list[EquipmentPiece], filling: dict[int, int], free: list[int]) -> None:
        """Refuse a filling that does not fit the slots, or loses some."""
        room = used = 0
        for level in (4, 3, 2, 1):
            own = sum(piece.slots[level - 1] for piece in pieces) - free[level - 1]
            room += own
            used += sum(n for d, n in filling.items() if (self.config.decorations or ())[d].slot_level == level)
            if own < 0 or used > room:
                raise ValueError("more decorations than slots")
        if used != room:
            raise ValueError("slots are lost")

    def _total_levels(self, pieces: list[EquipmentPiece], filling: dict[int, int]) -> dict[str, int]:
        """Skill levels of pieces, decorations and set bonuses together."""
        given = [pair for piece in pieces for pair in piece.skills]
        for d, n in filling.items():
            given += [(skill, n * level) for skill, level in (self.config.decorations or ())[d].skills]
        for bonus, count in Counter(bonus for piece in pieces for bonus in piece.set_bonuses).items():
            steps = [s for s in self.config.set_bonuses or () if s.bonus == bonus and s.pieces_required <= count]
            # For each skill the highest threshold that is reached.
            reached = {s.skill: s.level for s in sorted(steps, key=lambda s: (s.pieces_required, s.level))}
            given += reached.items()
        levels: dict[str, int] = defaultdict(int)
        for skill, level in given:
            levels[skill] += level
        return levels


def solve(build: BuildModel, limit: int, cap_seconds: float) -> dict[str, object]:
    """The best `limit` scores by HiGHS, one after the other, as far as the time goes."""
    import highspy

    model = build.model
    # Whole costs: the objective is a whole number, and half of one is gap enough.
    scale = lcm(*(cost.denominator for cost in model.cost))
    solver = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5}
    for name, value in options.items():
        solver.setOptionValue(name, value)
    n_columns = len(model.cost)
    columns = np.arange(n_columns, dtype=np.int32)
    kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
    solver.addVars(n_columns, np.array(model.lower, dtype=np.float64), np.array(model.upper, dtype=np.float64))
    solver.changeColsCost(n_columns, columns, np.array([float(cost * scale) for cost in model.cost]))
    solver.changeColsIntegrality(n_columns, columns, np.array([kinds[own] for own in model.is_integer]))
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for entries, lower, upper in model.rows:
        index = np.array(list(entries), dtype=np.int32)
        low, high = max(lower, -highspy.kHighsInf), min(upper, highspy.kHighsInf)
        solver.addRow(low, high, len(index), index, np.array(list(entries.values()), dtype=np.float64))
    scores: list[Decimal] = []
    seconds: list[float] = []
    status = "done"
    left, began = cap_seconds, time.process_time()
    while len(scores) < limit:
        solver.setOptionValue("time_limit", solver.getRunTime() + max(left, 0.01))
        started = time.perf_counter()
        solver.run()
        spent = time.perf_counter() - started
        left -= spent
        if left <= 0:
            status = "time is over"
            break
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            status = "no further build"
            break
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            status = "time is over"
            break
        picked = [round(x) for x in solver.getSolution().col_value]
        chosen = [k for k in range(len(build.pieces)) if picked[k]]
        filling: dict[int, int] = defaultdict(int)
        for column, d, _ in build.placed:
            filling[d] += picked[column]
        score = build.exact_score(chosen, filling, [picked[column] for column in build.free])
        if abs(float(score * scale) - solver.getObjectiveValue()) > 0.1:
            raise ValueError(f"the solver says {solver.getObjectiveValue() / scale}, by definition it is {score}")
        scores.append(score)
        seconds.append(spent)
        solver.addRow(0, len(chosen) - 1, len(chosen), np.array(chosen, dtype=np.int32), np.ones(len(chosen)))
    # Two optima within the solver's tolerance may come in the wrong order.
    texts = [f"{score.normalize():f}" for score in sorted(scores, reverse=True)]
    return {"scores": texts, "seconds": seconds, "cpu": time.process_time() - began, "status": status}


def main() -> None:
    """Solve one job and print JSON."""
    import resource

    equipment, settings, limit, cap_seconds = sys.argv[1:5]
    table, config, _ = load_job(equipment, settings)
    answer = solve(BuildModel(table, config), int(limit), float(cap_seconds))
    print(json.dumps({**answer, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
