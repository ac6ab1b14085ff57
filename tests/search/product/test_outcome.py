"""A search that was stopped tells of builds with their best fillings; gaps are numbers for people."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.product import run
from equipment_optimizer.search.product._lister import Lister
from equipment_optimizer.search.product._outcome import gap_of, only_build
from equipment_optimizer.search.product.run import _Run, search_product

PARTS = {"Head": 1, "Body": 2}


def formula_of(rng: random.Random) -> FormulaProblem:
    pieces = [
        EquipmentPiece(f"{part} {i}", part, slots=(rng.randint(0, 2), 0, 0, 0), skills=((rng.choice("AB"), 1),))
        for part in PARTS
        for i in range(5)
    ]
    jewels = [Decoration(name=name, slot_level=1, skills=((name, 1),)) for name in "AB"]
    factors = [
        Factor(name=name, base=1, terms=[Term(name=name, kind="skill", table=[0, *sorted(rng.choices(range(9), k=4))])])
        for name in "AB"
    ]
    config = Config(body_parts=PARTS, decorations=jewels, formula=Formula(factors=factors))
    return compile_formula(EquipmentTable.from_pieces(pieces, body_parts=PARTS), config)


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_a_stopped_search_have_their_best_fillings(seed: int) -> None:
    formula = formula_of(random.Random(seed))
    every = search_product(formula, 50)
    best = dict(zip(zip(*(column.tolist() for column in every.columns), strict=True), every.scores, strict=True))
    for n_polls in (1, 2, 4, 8, 16, 32):
        polls = itertools.count()
        options = SearchOptions(should_stop=lambda polls=polls, n_polls=n_polls: next(polls) >= n_polls)
        outcome = search_product(formula, 50, options)
        rows = zip(*(column.tolist() for column in outcome.columns), strict=True)
        assert all(best[row] == score for row, score in zip(rows, outcome.scores, strict=True))
        assert list(outcome.scores) == sorted(outcome.scores, reverse=True)


def test_a_build_whose_filling_is_the_best_is_not_offered_anew() -> None:
    formula = formula_of(random.Random(1))
    every = search_product(formula, 50)
    polls = itertools.count()
    stopped = _Run(formula, 50, SearchOptions(should_stop=lambda: next(polls) >= 32))
    stopped.nodes()
    n_listed = len(stopped.rows())
    assert stopped.is_stopped() and n_listed > 1
    (score, words, contents) = stopped.rows()[0]
    alone = _Run(only_build(formula, stopped._code.decode(np.array(words)[:, None])), 1, SearchOptions())
    alone.offer_known(score, contents)
    alone.nodes()
    # What is known is neither lost nor offered anew.
    assert alone.rows() == [(score, (0,), contents)] and score == every.scores[0]


def test_one_build_alone_has_its_totals() -> None:
    formula = formula_of(random.Random(3))
    pieces = [np.array([i]) for i in (1, 0, 4)]
    whole, alone = total_columns(formula.problem, pieces), only_build(formula, pieces).problem
    both = total_columns(alone, [np.array([0])])
    assert (whole.levels == both.levels).all() and (whole.slots == both.slots).all()


def test_a_gap_is_unknown_where_nothing_is_listed_or_it_is_no_number_for_people() -> None:
    formula = formula_of(random.Random(0))
    assert gap_of(formula, [7], None) == 0
    assert gap_of(formula, [], 5) == gap_of(formula, [7], 2**51) == Decimal("Infinity")
    assert 0 <= gap_of(formula, [7], 2**36 * 2) <= 2


def test_one_build_is_not_listed_for_as_long_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[int] = []
    listed = Lister.run

    def noted(lister: Lister, *args: Any, n_polls: int = 2**62, **options: Any) -> bool:
        allowed.append(n_polls)
        return listed(lister, *args, n_polls=n_polls, **options)

    monkeypatch.setattr(Lister, "run", noted)
    first_polls: dict[bool, set[int]] = {True: set(), False: set()}
    for seed in range(12):
        formula = formula_of(random.Random(seed))
        for is_alone in (False, True):
            # The fillings of one are what takes long: parts by levels are soon looked at instead.
            some = only_build(formula, [np.array([i]) for i in (1, 0, 4)]) if is_alone else formula
            allowed.clear()
            _Run(some, 1, SearchOptions()).nodes()
            first_polls[is_alone].update(allowed[:1])
    assert first_polls == {True: {run._TRIED_POLLS}, False: {run._SHORT_POLLS}}
