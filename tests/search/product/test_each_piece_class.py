"""The best product with every class: against every build, whatever is usable beside it and however little is listed."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_formulas import with_formula
from random_problems import random_job

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import feature_values, total_columns
from equipment_optimizer.questions.few_builds import any_build
from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import each_piece_class as listing
from equipment_optimizer.search.product import each_piece_class as each
from equipment_optimizer.search.product._fillings import BestFillings
from equipment_optimizer.search.product.each_piece_class import EachProduct


def setting(seed: int):
    """A formula, pieces that are usable, and all its builds with their products, None where a limit is missed."""
    rng = random.Random(seed)
    while True:
        job = with_formula(rng, random_job(rng, full=seed % 4 > 0, decorations=seed % 2 == 0, n_most=4))
        formula = compile_formula(job.table, job.config)
        problem = formula.problem
        if (
            0 < problem.space.n_combinations < 3_000
            and set(problem.space.counts) == {1}
            and (problem.decorations is None or formula.rises)
        ):
            break
    usable = []
    for part in problem.parts:
        chosen = np.array([rng.random() < (0.7 if seed % 3 else 1.0) for _ in part.linear])
        chosen[rng.randrange(len(chosen))] = True
        usable.append(chosen)
    columns = problem.space.block(0, problem.space.n_combinations)
    return formula, usable, columns, products_of(formula, columns)


def products_of(formula: FormulaProblem, columns) -> list[int | None]:
    """The best product of each build, over every filling."""
    totals = total_columns(formula.problem, columns)
    n_builds = len(columns[0])
    if formula.problem.decorations is None:
        is_there = feature_values(formula.problem, totals.levels) > NO_BUILD
        found = formula.scores(totals.levels[:, is_there])
    else:
        fillings = BestFillings(formula, None, should_stop=lambda: False)
        is_there, found, _ = fillings.find(totals, np.zeros(n_builds, dtype=np.int64), 0)
    scores = iter(found.tolist())
    return [next(scores) if there else None for there in is_there.tolist()]


def by_brute_force(formula, usable, columns, products, b, piece) -> int:
    """The best product above 0 of builds that hold a piece beside usable ones; 0 for none."""
    fits = np.ones(len(products), dtype=bool)
    for number, column in zip(formula.problem.positions, columns, strict=True):
        fits &= (column == piece) if number == b else usable[number][column]
    return max([0, *(products[k] or 0 for k in np.flatnonzero(fits).tolist())])


def expect_what_holds(found, formula, usable, columns, products, *, is_exact=False) -> None:
    """What is known with each piece is no more than the best product, and what it may be at most no less."""
    for b, part in enumerate(formula.problem.parts):
        for piece in range(len(part.linear)):
            best, most = found.of_piece(b, piece)
            expected = by_brute_force(formula, usable, columns, products, b, piece)
            assert best <= expected <= (best if most is None else most)
            if is_exact:
                assert (best, most) == (expected, None)


@pytest.mark.parametrize("way", ["listed", "in few leaves", "asked"])
@pytest.mark.parametrize("seed", range(60))
def test_every_best_product_is_that_of_all_builds(seed: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "asked":
        monkeypatch.setattr(each, "_LISTED_COMBINATIONS", 0)
    if way == "in few leaves":
        monkeypatch.setattr(listing, "_FIRST_LEAVES", 0.5)
        monkeypatch.setattr(listing, "_MOST_LEAVES", 1.0)
        monkeypatch.setattr(listing, "_MOST_AT_ONCE", 8)
    formula, usable, columns, products = setting(seed)
    asks = any_build if way == "asked" else None
    found = EachProduct(formula, usable, should_stop=lambda: False, any_build=asks)
    found.run([])
    expect_what_holds(found, formula, usable, columns, products, is_exact=way == "listed")


@pytest.mark.parametrize("seed", range(30))
def test_the_best_builds_to_begin_with_change_nothing(seed: int) -> None:
    formula, _, columns, products = setting(seed)
    usable = [np.ones(len(part.linear), dtype=bool) for part in formula.problem.parts]
    there = [k for k, product in enumerate(products) if product is not None]
    order = sorted(there, key=lambda k: (-products[k], k))[:3]
    plain, warm = (EachProduct(formula, usable, should_stop=lambda: False) for _ in range(2))
    plain.run([])
    own = [column[order] for column in columns]
    scores = np.array([products[k] for k in order], dtype=object)
    warm.settle(own, scores)
    warm.run(own)
    assert plain.best.products == warm.best.products


@pytest.mark.parametrize("seed", range(30))
def test_a_stop_leaves_bounds_that_hold(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each, "_LISTED_COMBINATIONS", 10**10 * (seed % 2))
    formula, usable, columns, products = setting(seed)
    for n_polls in (0, 1, 3, 10, 40):
        polls = itertools.count()
        stop = lambda polls=polls, n=n_polls: next(polls) >= n
        found = EachProduct(formula, usable, should_stop=stop, any_build=any_build)
        found.run([])
        expect_what_holds(found, formula, usable, columns, products)


def test_nodes_may_be_as_few_as_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each, "_MOST_NODES", 0)
    monkeypatch.setattr(each, "_MOST_PARTS", 0)
    for seed in range(12):
        formula, usable, columns, products = setting(seed)
        found = EachProduct(formula, usable, should_stop=lambda: False)
        found.run([])
        expect_what_holds(found, formula, usable, columns, products)


@pytest.mark.parametrize("seed", range(12))
def test_where_levels_alone_count_questions_tell_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each, "_LISTED_COMBINATIONS", 0)
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(
            f"{part} {n}",
            part,
            skills=tuple((skill, rng.randint(0, 2)) for skill in rng.sample(("Attack", "Guard", "Haste"), 2)),
            slots=(rng.randint(0, 2), 0, 0, 0),
        )
        for part in ("Head", "Body", "Legs")
        for n in range(5)
    ]
    tables = {skill: tuple(sorted(rng.choices(range(9), k=5))) for skill in ("Attack", "Guard", "Haste")}
    terms = [Term(kind="skill", name=skill, table=table) for skill, table in tables.items()]
    factors = (Factor(name="raw", base=10, terms=tuple(terms[:2])), Factor(name="rest", base=2, terms=tuple(terms[1:])))
    jewels = (Decoration(name="J", slot_level=1, skills=(("Guard", 1),)),) if seed % 2 else None
    zeros = {"slot_weights": (0, 0, 0, 0), "slot_count_weight": 0, "defence_weight": 0, "unlisted_skill_weight": 0}
    config = Config(formula=Formula(factors=factors), decorations=jewels, skills={}, **zeros)
    table = EquipmentTable.from_pieces(pieces)
    formula = compile_formula(table, config)
    n_asked = 0

    def ask(problem, should_stop):
        nonlocal n_asked
        n_asked += 1
        return any_build(problem, should_stop)

    usable = [np.ones(len(part.linear), dtype=bool) for part in formula.problem.parts]
    columns = formula.problem.space.block(0, formula.problem.space.n_combinations)
    products = products_of(formula, columns)
    found = EachProduct(formula, usable, should_stop=lambda: False, any_build=ask)
    found.run([])
    assert n_asked
    expect_what_holds(found, formula, usable, columns, products)
