"""The best filling of one build is the best of all fillings, whatever surrogate leads to it."""

from __future__ import annotations

import numpy as np
import oracle
import pytest

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.product._fillings import BestFillings, FoundFillings
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate

PIECES = [
    EquipmentPiece("Cap", "Head", slots=(2, 1, 0, 0), skills=(("Attack", 1),)),
    EquipmentPiece("Hood", "Head", slots=(0, 0, 0, 1), skills=(("Luck", 1),)),
]
JEWELS = (
    Decoration(name="Attack", slot_level=1, skills=(("Attack", 1),)),
    Decoration(name="Luck", slot_level=1, skills=(("Luck", 1),), available=2),
    Decoration(name="Both", slot_level=4, skills=(("Attack", 1), ("Luck", 1))),
)


def config_of(attack: list[float], luck: list[float]) -> Config:
    factors = [
        Factor(name=name, base=1, terms=[Term(name=name, kind="skill", table=table)])
        for name, table in (("Attack", attack), ("Luck", luck))
    ]
    return Config(body_parts={"Head": 1}, formula=Formula(factors=factors), decorations=JEWELS)


@pytest.mark.parametrize("luck", [[0, 1, 5, 5.5], [0, 4, 1, 7], [3, 2, 1, 0]])
@pytest.mark.parametrize("point", [0.5, 3.0, 40.0])
def test_no_filling_is_better_than_the_one_that_is_found(luck: list[float], point: float) -> None:
    config = config_of([0, 2, 3, 7], luck)
    formula = compile_formula(EquipmentTable.from_pieces(PIECES, body_parts={"Head": 1}), config)
    problem = surrogate(formula, root_node(formula), slopes_at(formula, root_node(formula), [[point], [point]])).problem
    filler = Filler(problem)
    totals = total_columns(problem, [np.array([0, 1])])
    best = BestFillings(formula, filler, should_stop=lambda: False)
    is_there, scores, contents = best.find(totals, filler.scores(totals), -(2**62))
    assert is_there.all()
    truth = {build.indices[0]: build.score for build in oracle.best_builds(PIECES, config)}
    one = 10**formula.scaled.score_digits
    assert [score / one for score in scores.tolist()] == [float(truth[0]), float(truth[1])]
    written = FoundFillings(formula.problem, contents).written([np.array([0, 1], dtype=np.uint8)], np.zeros(2)).fillings
    n_slots = [3, 1]
    for row in range(2):
        used = int(written.count[written.start[row] : written.start[row + 1]].sum())
        assert used + int(written.free_slots[row].sum()) == n_slots[row]


@pytest.mark.parametrize("engine", ["exhaustive", "bounded"])
@pytest.mark.parametrize("level", [-1, 1])
def test_a_jewel_that_takes_levels_raises_a_product_of_negative_factors(engine: str, level: int) -> None:
    factors = [
        Factor(name="luck", base=-0.25, terms=[Term(name="Luck", kind="skill", weight=1)]),
        Factor(name="curse", base=-2),
    ]
    jewels = (Decoration(name="Jewel", slot_level=1, skills=(("Luck", level),)),)
    config = Config(body_parts={"Head": 1}, formula=Formula(factors=factors), decorations=jewels)
    results = optimize(EquipmentTable.from_pieces(PIECES, body_parts={"Head": 1}), config, engine=engine, limit=2)
    truth = oracle.best_builds(PIECES, config)[:2]
    assert [float(results.score(k)) for k in range(2)] == [float(build.score) for build in truth]


def test_nothing_is_found_where_no_filling_counts() -> None:
    formula = compile_formula(EquipmentTable.from_pieces(PIECES, body_parts={"Head": 1}), config_of([0, 2], [0, 2]))
    problem = surrogate(formula, root_node(formula), slopes_at(formula, root_node(formula), [[2.0], [2.0]])).problem
    filler = Filler(problem)
    totals = total_columns(problem, [np.array([0, 1])])
    likely = filler.scores(totals)
    best = BestFillings(formula, filler, should_stop=lambda: True)
    is_there, scores, contents = best.find(totals, likely, -(2**62))
    assert not is_there.any() and not len(scores) and not contents
