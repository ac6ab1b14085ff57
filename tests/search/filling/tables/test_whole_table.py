"""Fillings from one table: against those that are found build by build."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.tables import whole_table
from equipment_optimizer.search.filling.tables.steps import FillingModel


def builds_of(seed: int) -> tuple[Problem, list, BlockTotals]:
    """Some builds of a job with decorations."""
    job = random_job(random.Random(seed), full=bool(seed % 3), decorations=True)
    problem = compile_problem(job.table, job.config)
    columns = problem.space.block(0, min(problem.space.n_combinations, 300))
    return problem, columns, total_columns(problem, columns)


def table_of(problem: Problem, slots: np.ndarray, worth: np.ndarray | None = None) -> whole_table.WholeTable:
    """A table that says how many decorations a filling has, and free slots a hundred times, or what is asked."""
    model = FillingModel(problem)
    worth = np.ones(len(model.is_plain), dtype=np.int64) if worth is None else worth
    return whole_table.WholeTable(model, slots, worth, np.full(len(model.most_slots), 100))


@pytest.mark.parametrize("is_wide", [False, True])
def test_scores_are_those_of_the_best_fillings(is_wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_wide:
        monkeypatch.setattr(whole_table, "_dtype", lambda _: np.int64)
        monkeypatch.setattr(whole_table, "_AT_ONCE", 1)
    n_compared = n_missed = 0
    for seed in range(80):
        problem, _, totals = builds_of(seed)
        if not totals.slots.shape[1] or not (table := table_of(problem, totals.slots)).is_possible:
            continue
        filler = Filler(problem)
        fixed, filled = filler.unfilled_scores(totals), table.filled(totals.levels, totals.slots)
        is_missed = (fixed == NO_BUILD) | (filled.scores == NO_BUILD)
        assert np.where(is_missed, NO_BUILD, fixed + filled.scores).tolist() == filler.scores(totals).tolist()
        n_compared, n_missed = n_compared + 1, n_missed + int(is_missed.sum())
    assert n_compared > 50
    assert n_missed > 50


def test_what_is_given_is_that_of_the_filling_that_is_written() -> None:
    n_filled = n_free = 0
    for seed in range(80):
        problem, columns, totals = builds_of(seed)
        if not totals.slots.shape[1]:
            continue
        index = problem.decorations.index
        worth = np.array([random.Random(d).randrange(1, 90) for d in range(len(index))], dtype=np.int64)
        table = table_of(problem, totals.slots, worth)
        if not table.is_possible:
            continue
        filler = Filler(problem)
        scores = filler.scores(totals)
        rows = np.flatnonzero(scores > NO_BUILD)
        written = filler.written([column[rows] for column in columns], scores[rows]).fillings
        place = {number: d for d, number in enumerate(index)}
        each = [worth[place[number]] for number in written.decoration.tolist()] * written.count
        in_slots = np.add.reduceat([*each.tolist(), 0], written.start[:-1]) * (np.diff(written.start) > 0)
        free = written.free_slots.sum(axis=1)
        given = table.filled(totals.levels[:, rows], totals.slots[:, rows]).given
        assert given.tolist() == (in_slots + 100 * free).tolist()
        n_filled, n_free = n_filled + int(in_slots.sum() > 0), n_free + int(free.sum() > 0)
    assert n_filled > 15
    assert n_free > 50


@pytest.mark.parametrize(("name", "most"), [("_MOST_ENTRIES", 3), ("_MOST_LOOKED_AT", 3), ("_LIMIT", 10)])
def test_what_is_too_large_is_not_made(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _, totals = next(
        given for given in map(builds_of, range(80)) if table_of(given[0], given[2].slots).is_possible
    )
    monkeypatch.setattr(whole_table, name, most)
    assert not table_of(problem, totals.slots).is_possible


def test_a_maximum_that_pieces_raise_is_left_to_others() -> None:
    """It differs from build to build what a level is worth."""
    pieces = [EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0))]
    pieces.append(EquipmentPiece("Hood", "Head", skills=[("Secret", 1)], slots=(3, 0, 0, 0)))
    for raised in (
        SkillRule(weight=1, maximum=3),
        SkillRule(weight=1, locked_maximum=1, raised_maximum=3, raised_by="Secret"),
    ):
        jewel = Decoration(name="Fury Jewel", slot_level=1, skills={"Fury": 1})
        config = Config(skills={"Fury": raised}, over_max="cap", unlisted_skill_weight=0, decorations=[jewel])
        problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
        totals = total_columns(problem, problem.space.block(0, 2))
        assert table_of(problem, totals.slots).is_possible is (raised.raised_by is None)


@pytest.mark.parametrize(("weight", "dtype"), [(1, np.int32), (10**9, np.int64), (3 * 10**17, None)])
def test_numbers_are_wide_enough_to_tell_a_missed_limit(weight: int, dtype: type | None) -> None:
    pieces = [EquipmentPiece(f"Cap {k}", "Head", slots=(k, 0, 0, 0)) for k in range(3)]
    config = Config(
        skills={"Fury": SkillRule(weight=weight, minimum=1, maximum=2)},
        decorations=[Decoration(name="Fury Jewel", slot_level=1, skills={"Fury": 1})],
    )
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    totals = total_columns(problem, problem.space.block(0, 3))
    table = table_of(problem, totals.slots)
    assert table.is_possible is (dtype is not None)
    if dtype is not None:
        assert table._best.dtype == dtype
        assert table.filled(totals.levels, totals.slots).scores.tolist() == Filler(problem).scores(totals).tolist()
