"""What comes of builds: every total that the configuration weighs or limits, and the objectives of a front.

Array axes: K builds, P pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..records.config import Config, CountRule
from ..records.equipment import NO_PIECE, EquipmentTable
from ..records.limited_columns import objectives_of, passes_all
from ..records.results import BuildResults
from ..records.rules import Objective
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["added_totals", "counted_values", "objective_values", "piece_columns", "piece_numbers", "weighed_totals"]

IntArray = npt.NDArray[np.int64]


def weighed_totals(results: BuildResults, unlisted: IntArray) -> list[IntArray]:
    """Totals of K builds beside listed skills, shapes (K,); `unlisted` are their levels of all other skills."""
    config, combinations = results.config, results.combinations
    free = results.free_slots(0, len(results))
    columns = [unlisted] if config.unlisted_skill_weight else []
    columns += [free[:, level] for level, weight in enumerate(config.slot_weights) if weight]
    columns += [free.sum(axis=1)] if config.slot_count_weight else []
    if config.defence_weight or config.min_defence is not None or config.max_defence is not None:
        columns.append(combinations.total_defence)
    for name, points in zip(results.table.resistance_names, combinations.total_resistances.T, strict=True):
        if name in config.resistances:
            columns.append(points)
    columns += [combinations.total(results.table.numbers(name)[0]) for name in _named_columns(config)]
    columns += list(results.limit_columns.counts(combinations).values())
    return columns


def _named_columns(config: Config) -> list[str]:
    """Columns that the configuration adds up by their names, in its totals or its formula."""
    return list(dict.fromkeys([*config.totals, *(() if config.formula is None else config.formula.names("column"))]))


def piece_columns(table: EquipmentTable, config: Config) -> list[IntArray]:
    """What of pieces decides that: builds whose sums of all of it are equal are alike; shapes (P,).

    But for the highest counts of `counted_values`.
    """
    has_slots = config.decorations or config.slot_count_weight or any(config.slot_weights)
    slots = [*table.slots.T, *table.weapon_slots.T] if has_slots else []
    return [*slots, *_added_columns(table, config)]


def _added_columns(table: EquipmentTable, config: Config) -> list[IntArray]:
    """The same but for what is in slots; shapes (P,), that of unlisted skills first."""
    columns: list[IntArray] = []
    if config.unlisted_skill_weight:
        unlisted = [table.skill_column(skill) for skill in table.skill_names if skill not in config.skills]
        columns.append(np.sum([np.zeros(table.n_pieces, np.int64), *unlisted], axis=0))
    if config.defence_weight or config.min_defence is not None or config.max_defence is not None:
        columns.append(table.defence)
    columns += [
        points
        for name, points in zip(table.resistance_names, table.resistances.T, strict=True)
        if name in config.resistances
    ]
    columns += [table.numbers(name)[0] for name in _named_columns(config)]
    for rule in config.counts.values():
        is_counted = (table.origin != NO_PIECE) & passes_all(table, rule.where, config)
        if rule.column is None:
            columns.append(is_counted)
        elif rule.each is None:
            columns += _carriers(table, rule, np.flatnonzero(is_counted))
    named = {*config.skills, *(() if config.formula is None else config.formula.names("skill"))}
    steps = [step for step in config.set_bonuses or () if config.unlisted_skill_weight or step.skill in named]
    return columns + [table.bonus_column(step.bonus) for step in steps]


def added_totals(
    table: EquipmentTable, config: Config, skills: Sequence[str], *, only_skills: bool, are_filled: bool
) -> tuple[IntArray, IntArray, IntArray]:
    """What pieces, decorations and free slots of each level add to some skills, and to all that `weighed_totals` shows.

    Shapes (P, S), (D, S) and (4, S). Builds whose sums are equal are alike, but for what set bonuses add. Where slots
    are not filled, all that pieces have are free.
    """
    gifts = [dict(decoration.skills) for decoration in config.decorations or ()]
    pieces = [table.skill_column(skill) for skill in skills]
    decorations = [np.array([gift.get(skill, 0) for gift in gifts], dtype=np.int64) for skill in skills]
    free = [np.zeros(N_SLOT_LEVELS, dtype=np.int64) for _ in skills]
    if not only_skills:
        added = _added_columns(table, config)
        pieces += added
        decorations += [np.zeros(len(gifts), dtype=np.int64) for _ in added]
        if config.unlisted_skill_weight:
            of_others = [sum(n for skill, n in gift.items() if skill not in config.skills) for gift in gifts]
            decorations[len(skills)] = np.array(of_others, dtype=np.int64)
        free += [np.zeros(N_SLOT_LEVELS, dtype=np.int64) for _ in added]
        shown = [
            np.eye(N_SLOT_LEVELS, dtype=np.int64)[level] for level, weight in enumerate(config.slot_weights) if weight
        ]
        shown += [np.ones(N_SLOT_LEVELS, dtype=np.int64)] if config.slot_count_weight else []
        free += shown
        pieces += [np.zeros(table.n_pieces, dtype=np.int64) if are_filled else table.slots @ each for each in shown]
        decorations += [np.zeros(len(gifts), dtype=np.int64) for _ in shown]
    return (
        _side_by_side(pieces, table.n_pieces),
        _side_by_side(decorations, len(gifts)),
        _side_by_side(free, N_SLOT_LEVELS),
    )


def _side_by_side(columns: Sequence[IntArray], n_rows: int) -> IntArray:
    """Columns of so many rows, shape (rows, S)."""
    return np.array(columns, dtype=np.int64).reshape(len(columns), n_rows).T


def counted_values(table: EquipmentTable, config: Config) -> list[tuple[IntArray, int | None]]:
    """Which pieces carry each value of each rule that limits how many do, shape (P, 1 + V), and how many may.

    The first column are all values together that no build has twice.
    """
    rules = []
    for rule in config.counts.values():
        if rule.each is not None:
            is_counted = (table.origin != NO_PIECE) & passes_all(table, rule.where, config)
            rules.append((np.column_stack(_carriers(table, rule, np.flatnonzero(is_counted))), rule.maximum))
    return rules


def _carriers(table: EquipmentTable, rule: CountRule, counted: npt.NDArray[np.intp]) -> list[IntArray]:
    """Which of the pieces that a rule counts carry each of the values of its column.

    Of values that no build has twice it matters only whether there is one: they are one column, the first.
    """
    assert rule.column is not None
    cells = table.texts(rule.column)
    carriers: dict[str, list[int]] = {}
    for piece in counted.tolist():
        for value in rule.values(cells[piece]):
            carriers.setdefault(value, []).append(piece)
    once, columns = np.zeros(table.n_pieces, dtype=np.int64), []
    for pieces in carriers.values():
        n_of_part = np.histogram(pieces, bins=table.part_start)[0]
        column = once if np.minimum(n_of_part, table.counts).sum() < 2 else np.zeros_like(once)
        column[pieces] = 1
        columns += [column] if column is not once else []
    return [once, *columns]


def piece_numbers(table: EquipmentTable, config: Config) -> IntArray:
    """Numbers of pieces, equal for the copies of one in parts that draw from each other, and for their empty places."""
    drawing = [{part, *rule.drawn_from} for part, rule in config.body_parts.items()]
    for parts in list(drawing):
        linked = set[str]().union(parts, *(other for other in drawing if parts & other))
        drawing = [linked, *(other for other in drawing if not parts & other)]
    groups = [*map(sorted, drawing), *([part] for part in table.parts if part not in config.body_parts)]
    numbers = [-1 - next(k for k, group in enumerate(groups) if part in group) for part in table.parts]
    return np.where(table.origin == NO_PIECE, np.repeat(numbers, table.part_sizes), table.origin)


def objective_values(results: BuildResults) -> list[tuple[Objective, npt.NDArray[np.int64], int]]:
    """Of each objective of the configuration the values of all builds, whole numbers, and their digits."""
    block, n_rows = results.combinations, len(results)
    values = []
    for objective in objectives_of(results.config):
        column, digits = np.zeros(n_rows, dtype=np.int64), 0
        if objective.kind == "score":
            column, digits = results.scaled_scores, results.score_digits
        elif objective.kind == "defence":
            column = block.total_defence
        elif objective.kind == "resistance" and objective.name in results.table.resistance_names:
            column = block.total_resistances[:, results.table.resistance_names.index(objective.name)]
        elif objective.kind == "total":
            numbers, digits = results.table.numbers(objective.name)
            column = block.total(numbers)
        elif objective.kind == "count":
            column = results.limit_columns.counts(block)[objective.name]
        elif objective.kind == "skill":
            column = results.skill_levels(0, n_rows).get(objective.name, column)
        # Products have any size.
        values.append((objective, column if column.dtype == object else np.asarray(column, dtype=np.int64), digits))
    return values
