"""Builds of at least a score keep the minima that are put on their totals, and have classes that are not left out."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_totals, total_columns
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.results import SearchReport
from equipment_optimizer.search.engines import SearchOutcome
from equipment_optimizer.search.product._few import (
    alike_groups,
    first_of,
    flat_part,
    likely_rows,
    some_classes,
    together,
    with_needed_levels,
)
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

PARTS = {"Head": 1, "Body": 1}


def formula_of(rng: random.Random, lightest: int = 0) -> FormulaProblem:
    pieces = [
        EquipmentPiece(
            f"{part} {i}", part, skills=(("Fury", rng.randint(0, 3)),), other=(str(lightest + rng.randint(0, 40)),)
        )
        for part in PARTS
        for i in range(6)
    ]
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Weight",))
    base = rng.choice([1, 50]) - 2 * lightest
    factors = [
        Factor(name="weight", base=base, terms=[Term(name="Weight", kind="column", weight=1)]),
        Factor(name="fury", base=9, terms=[Term(name="Fury", kind="skill", table=[0, 3, 4, 9])], maximum=16),
    ]
    skills = {"Fury": SkillRule(maximum=3)}
    return compile_formula(table, Config(body_parts=PARTS, skills=skills, formula=Formula(factors=factors)))


@pytest.mark.parametrize("seed", range(10))
def test_no_build_of_at_least_a_score_misses_a_minimum_that_follows_from_it(seed: int) -> None:
    formula = formula_of(random.Random(seed))
    node = root_node(formula)
    problem = surrogate(formula, node, slopes_at(formula, node, [[30.0], [12.0]])).problem
    totals = total_columns(problem, problem.space.block(0, 36))
    scores = score_totals(problem, totals)
    n_limited = 0
    for least in np.unique(scores).tolist():
        limited = with_needed_levels(problem, least)
        for feature, level in zip(limited.features, totals.levels, strict=True):
            n_limited += feature.minimum is not None
            assert feature.minimum is None or (level[scores >= least] >= feature.minimum).all()
    assert n_limited


def test_some_classes_are_those_alone() -> None:
    classes = merge_pieces(formula_of(random.Random(1)).problem)
    for part, picked in zip(classes, some_classes(classes, [np.array([0, 2]), np.array([1])]), strict=True):
        assert len(picked) < len(part) and (part.totals == picked.totals[0]).all(axis=1).any()


@pytest.mark.parametrize("lightest", [0, -60])
@pytest.mark.parametrize("seed", range(6))
def test_no_build_of_at_least_a_score_has_a_class_that_is_left_out(seed: int, lightest: int) -> None:
    formula = formula_of(random.Random(seed), lightest)
    node = root_node(formula)
    problem = surrogate(formula, node, slopes_at(formula, node, [[30.0], [12.0]])).problem
    classes, columns = merge_pieces(problem), problem.space.block(0, 36)
    scores, n_left_out = score_totals(problem, total_columns(problem, columns)), 0
    for least in np.unique(scores).tolist():
        for part, rows, column in zip(classes, likely_rows(problem, classes, least), columns, strict=True):
            class_of = np.empty(len(part.members), dtype=np.intp)
            class_of[part.members] = np.repeat(np.arange(len(part)), part.sizes)
            assert np.isin(class_of[column[scores >= least]], rows).all()
            n_left_out += len(part) - len(rows)
    assert n_left_out


def test_builds_whose_score_one_part_tells_are_grouped_by_it_best_first() -> None:
    problem = formula_of(random.Random(2)).problem
    classes = merge_pieces(problem)
    everything = [np.arange(len(part)) for part in classes]
    features = [replace(f, value=ValueFunction.linear(3 * int(e == 0))) for e, f in enumerate(problem.features)]
    valued = replace(problem, features=tuple(features), base_linear=5)
    assert alike_groups(valued, classes, everything) is None
    same = [everything[0], np.flatnonzero(classes[1].totals[:, 0] == classes[1].totals[0, 0])]
    groups = alike_groups(valued, classes, same)
    assert groups is not None and len(groups) > 1
    assert [rows.tolist() for rows in together(groups)] == [rows.tolist() for rows in same]
    assert [group.score for group in groups] == sorted((group.score for group in groups), reverse=True)
    for group in groups:
        columns = [np.array([part.first[rows[-1]]]) for part, rows in zip(classes, group.rows, strict=True)]
        assert score_totals(valued, total_columns(valued, columns)).tolist() == [group.score]
    assert alike_groups(valued, classes, [everything[0], everything[0][:0]]) == []


def test_first_builds_are_asked_for_by_pieces_of_some_classes() -> None:
    formula = formula_of(random.Random(3))
    classes = merge_pieces(formula.problem)
    some = [np.arange(len(part))[::2] for part in classes]
    asked: list[Problem] = []

    def first_builds(problem: Problem, limit: int, should_stop: object, **further: object) -> SearchOutcome:
        asked.append(problem)
        assert further == {"before": None, "least": None}
        report = SearchReport(engine="bounded", n_combinations=1, proved=True, counts={}, elapsed_seconds=0.0)
        return SearchOutcome([np.array([1]), np.array([0])], np.zeros(1, dtype=object), report, None)

    flat = flat_part(formula.problem, classes, some)
    found = first_of(first_builds, flat, 1, should_stop=lambda: False)
    members = [np.split(part.members, part.member_start[1:-1]) for part in classes]
    pieces = [np.sort(np.concatenate([each[c] for c in picked])) for each, picked in zip(members, some, strict=True)]
    assert asked[0].space.sizes == tuple(map(len, pieces))
    assert found is not None
    for each, picked, column, place in zip(members, pieces, found, (1, 0), strict=True):
        assert picked[place] in each[column[0]]
    assert first_of(lambda *_, **__: None, flat, 1, should_stop=lambda: False) is None


@pytest.mark.parametrize("seed", range(20))
def test_what_ranks_no_later_than_a_build_is_told_by_rows_of_some_pieces(seed: int) -> None:
    rng = random.Random(seed)
    problem = formula_of(rng).problem
    classes = merge_pieces(problem)
    some = [np.flatnonzero([rng.random() < 0.6 for _ in range(len(part))] or [True]) for part in classes]
    flat = flat_part(problem, classes, some)
    last = [rng.randrange(problem.space.sizes[part]) for part in problem.positions]
    fewer, behind = flat.up_to(last)
    before = [
        tuple(int(flat.pieces[part][row]) for part, row in zip(problem.positions, rows, strict=True))
        for rows in itertools.product(*(range(len(flat.pieces[part])) for part in problem.positions))
    ]
    found = [
        tuple(int(fewer.pieces[part][row]) for part, row in zip(problem.positions, rows, strict=True))
        for rows in itertools.product(*(range(len(fewer.pieces[part])) for part in problem.positions))
        if rows < behind
    ]
    assert found == [build for build in before if build <= tuple(last)]
    assert fewer.problem.space.sizes == tuple(map(len, fewer.pieces))
    assert [len(columns.linear) for columns in fewer.problem.parts] == list(map(len, fewer.pieces))
    assert [len(numbers) for numbers in fewer.class_of] == list(map(len, fewer.pieces))
