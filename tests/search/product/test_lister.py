"""What limits list is what scores list: the best builds of all, whichever comes to an end."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions import few_builds as of_limits
from equipment_optimizer.questions.few_builds import any_build, few_builds, first_builds
from equipment_optimizer.records.config import Config, Decoration, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.product import _lister, run
from equipment_optimizer.search.product._lister import best_sums, rounded
from equipment_optimizer.search.product._products import Products
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate
from equipment_optimizer.search.product.run import search_product
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

PARTS = {"Head": 1, "Body": 1, "Legs": 1}


def formula_of(
    rng: random.Random, *, decorations: bool, n_weights: int = 10, is_clipped: bool = False
) -> FormulaProblem:
    pieces = [
        EquipmentPiece(
            f"{part} {i}", part, slots=(rng.randint(0, 2), rng.randint(0, 1), 0, 0),
            other=(str(rng.randint(0, n_weights - 1)),),
            skills=((rng.choice("AB"), rng.randint(1, 2)),),
        )
        for part in PARTS
        for i in range(7)
    ]  # fmt: skip
    jewels = [Decoration(name=name, slot_level=1 + (name == "B"), skills=((name, 1),)) for name in "AB"]
    factors = [
        Factor(
            name=name,
            base=10,
            terms=[
                Term(name=name, kind="skill", table=[0, *sorted(rng.choices(range(9), k=4))]),
                *([Term(name="Weight", kind="column", weight=1)] if name == "A" else []),
            ],
        )
        for name in "AB"
    ]
    if is_clipped:
        # Several levels of both fill the sum, as chances of several skills do.
        chances = [Term(name=name, kind="skill", table=[0, 1, 2, 2, 3]) for name in "AB"]
        factors = [factors[0], Factor(name="both", base=1, times=[Sum(terms=chances, maximum=3), Sum(base=2)])]
    skills = {"A": SkillRule(maximum=4), "B": SkillRule(maximum=4, minimum=rng.choice([None, 1]))}
    config = Config(
        body_parts=PARTS,
        decorations=jewels if decorations else None,
        skills=skills,
        formula=Formula(factors=factors),
    )
    return compile_formula(EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Weight",)), config)


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_few_builds_by_limits_are_those_by_scores(
    seed: int, decorations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    formula = formula_of(random.Random(seed), decorations=decorations)
    by_scores = search_product(formula, 20, SearchOptions(engine="bounded"))
    asked: list[bool] = []
    of_few = _lister.Lister._list_few

    def noted(lister: _lister.Lister, *problem: object, n_polls: int) -> bool:
        asked.append(of_few(lister, *problem, n_polls=1_000 + n_polls))  # type: ignore[arg-type]
        return asked[-1]

    monkeypatch.setattr(run, "_MOST_COMBINATIONS", 0)
    monkeypatch.setattr(_lister, "_POLLS", 1)
    monkeypatch.setattr(_lister, "_KEEN_POLLS", 1)
    monkeypatch.setattr(_lister.Lister, "_list_few", noted)
    by_limits = search_product(formula, 20, SearchOptions(engine="bounded", few_builds=few_builds))
    assert by_limits.report.proved and any(asked)
    assert by_limits.scores.tolist() == by_scores.scores.tolist()
    for column, other in zip(by_limits.columns, by_scores.columns, strict=True):
        assert column.tolist() == other.tolist()


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("is_clipped", [False, True])
def test_where_many_builds_tie_the_first_by_limits_are_those_by_scores(
    decorations: bool, is_clipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[bool] = []
    needs: list[int] = []
    of_ties = _lister.Lister.list_leaf

    def noted(lister: _lister.Lister, leaf: _lister.Leaf) -> list[_lister.Leaf] | None:
        left = of_ties(lister, leaf)
        done.append(left is not None)
        needs.append(len(leaf.needed.added))
        return left

    monkeypatch.setattr(run, "_MOST_COMBINATIONS", 0)
    monkeypatch.setattr(_lister, "_POLLS", 3)
    monkeypatch.setattr(of_limits, "ASKED_FIRST", 0)
    for seed in range(100, 112):
        formula = formula_of(random.Random(seed), decorations=decorations, n_weights=2, is_clipped=is_clipped)
        by_scores = search_product(formula, 2, SearchOptions(engine="bounded"))
        monkeypatch.setattr(_lister.Lister, "list_leaf", noted)
        options = SearchOptions(engine="bounded", few_builds=few_builds, first_builds=first_builds, any_build=any_build)
        by_limits = search_product(formula, 2, options)
        monkeypatch.setattr(_lister.Lister, "list_leaf", of_ties)
        assert by_limits.report.proved
        assert by_limits.scores.tolist() == by_scores.scores.tolist(), f"seed {seed}"
        for column, other in zip(by_limits.columns, by_scores.columns, strict=True):
            assert column.tolist() == other.tolist(), f"seed {seed}"
    assert any(done) and any(needs) == is_clipped


@pytest.mark.parametrize("knows_any", [False, True])
def test_where_limits_do_not_tell_builds_that_come_to_the_same_scores_do(
    knows_any: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MOST_COMBINATIONS", 0)
    formula = formula_of(random.Random(100), decorations=False, n_weights=2)
    asked: list[bool] = []

    def told(*_: object, **__: object) -> bool | None:
        asked.append(knows_any)
        return True if knows_any else None

    options = SearchOptions(engine="bounded", few_builds=few_builds, first_builds=lambda *_, **__: None, any_build=told)
    unknown = search_product(formula, 2, options)
    by_scores = search_product(formula, 2, SearchOptions(engine="bounded"))
    assert asked and unknown.report.proved
    assert unknown.scores.tolist() == by_scores.scores.tolist()
    for column, other in zip(unknown.columns, by_scores.columns, strict=True):
        assert column.tolist() == other.tolist()


def test_limits_that_nothing_keeps_are_told_where_a_part_takes_several_pieces() -> None:
    """Nothing is listed then, whatever the shape of it."""
    pieces = [EquipmentPiece(f"{part} {i}", part, other=(str(i),)) for part in ("Ring", "Head") for i in range(4)]
    table = EquipmentTable.from_pieces(pieces, body_parts={"Ring": 2, "Head": 1}, other_names=("Weight",))
    factor = Factor(name="A", base=10, terms=[Term(name="Weight", kind="column", weight=1)])
    config = Config(body_parts={"Ring": 2, "Head": 1}, formula=Formula(factors=(factor,)))
    formula, asked = compile_formula(table, config), list[int]()

    def none_of(problem: Problem, *rest: object) -> npt.NDArray[np.intp]:
        asked.append(problem.n_features)
        return np.zeros((len(problem.parts), 0), dtype=np.intp)

    search = run._Run(formula, 3, SearchOptions(engine="bounded", few_builds=none_of))
    search.nodes()
    root = run.root_node(formula)
    bounded = _lister.bounded_node(formula, search._classes, root, _lister.slopes_at(formula, root, [[13.0]]))
    assert search._lister._list_few(bounded.made.problem, bounded.bound, n_polls=100) and asked


def test_classes_that_belong_at_the_same_limits_are_asked_for() -> None:
    """A step of the slack that asks for the same levels as the one before it may have more classes."""
    values, columns = [(weight, grip) for weight in range(2) for grip in range(2)], ("Weight", "Grip")
    pieces = [EquipmentPiece(f"{w} {g}", "Ring", other=(str(w), str(g))) for w, g in values]
    table = EquipmentTable.from_pieces(pieces, body_parts={"Ring": 1}, other_names=columns)
    factors = [Factor(name=name, base=10, terms=[Term(name=name, kind="column", weight=1)]) for name in columns]
    formula = compile_formula(table, Config(body_parts={"Ring": 1}, formula=Formula(factors=factors)))
    asked = list[tuple[list[int | None], int]]()

    def all_of(problem: Problem, *rest: object) -> npt.NDArray[np.intp]:
        asked.append(([feature.minimum for feature in problem.features], len(problem.parts[0].linear)))
        return np.arange(asked[-1][1])[None]

    search = run._Run(formula, 4, SearchOptions(engine="bounded", few_builds=all_of))
    # As if less were known than there is: the slack is somewhat more than both columns may fall short by together.
    search._products.hold(search._code.encode([np.arange(4)]), [90] * 4)
    root = run.root_node(formula)
    bounded = _lister.bounded_node(formula, search._classes, root, _lister.slopes_at(formula, root, [[10.5], [10.5]]))
    assert search._lister._list_few(bounded.made.problem, bounded.bound, n_polls=100)
    assert asked[-1][0] == asked[-2][0] and [n_classes for _, n_classes in asked] == [1, 3, 4]
    assert [score for score, *_ in search.rows()] == [121, 110, 110, 100]


@pytest.mark.parametrize("decorations", [False, True])
def test_where_no_build_keeps_the_limits_none_is_filled(decorations: bool) -> None:
    formula = formula_of(random.Random(0), decorations=decorations)
    # Some build has the most of each, none of both: no bound of a node tells.
    features = tuple(
        dataclasses.replace(feature, minimum=feature.high) if feature.name in {"A", "B"} else feature
        for feature in formula.problem.features
    )
    formula = dataclasses.replace(formula, problem=dataclasses.replace(formula.problem, features=features))
    asked = []

    def counted(problem: Problem, should_stop: Callable[[], bool]) -> bool | None:
        asked.append(any_build(problem, should_stop))
        return asked[-1]

    outcome = search_product(formula, 5, SearchOptions(engine="bounded", any_build=counted))
    assert outcome.report.proved and not len(outcome.scores)
    assert outcome.report.counts["enumerated"] == 0
    assert asked == [False]


def test_the_rounded_solution_takes_the_best_pieces_and_as_many_as_a_build_has() -> None:
    pieces = [EquipmentPiece(f"Ring {i}", "Ring", skills=(("Attack", i),)) for i in range(5)]
    pieces += [EquipmentPiece(f"Cap {i}", "Head", skills=(("Attack", 2 * i),)) for i in range(4)]
    parts = {"Ring": PartRule(count=2), "Head": PartRule()}
    factor = Factor(name="raw", base=1, terms=[Term(name="Attack", kind="skill", table=list(range(20)))])
    config = Config(body_parts=parts, formula=Formula(factors=[factor]))
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts=parts), config)
    node = root_node(formula)
    problem = surrogate(formula, node, slopes_at(formula, node, [[5.0]])).problem
    classes = merge_pieces(problem)
    picks = rounded(problem, classes)
    assert picks is not None and picks[:, 0].tolist() == [3, 4, 3]
    code = RankCode(problem.space.position_sizes)
    products = Products(3, code, [classes[part] for part in problem.positions])
    assert best_sums(formula, products, code) is None
    products.offer(picks, np.array([14], dtype=object))
    assert best_sums(formula, products, code) == ((14.0,),)
