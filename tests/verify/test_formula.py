"""What a formula makes of a build, by definition, held against the oracle and against a sum done by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.records.config import Config, CountRule, Decoration, FilterRule, SkillCap, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._formula import FormulaDefinition
from equipment_optimizer.verify._missing_builds import greedy_score


def rows_of(job, indices):
    start = job.table.part_start
    return tuple(int(start[part]) + i for part, i in zip(job.table.positions, indices, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_formulas_score_as_the_oracle_says(seed: int) -> None:
    rng = random.Random(seed)
    job = with_formula(rng, with_limits(rng, random_job(rng, full=True, n_most=3), {"totals", "counts"}))
    definition = Definition(job.table, job.config)
    for indices, pieces in oracle.combinations(job.pieces, job.config):
        score = definition.feasible_score(rows_of(job, indices))
        want = oracle.score(pieces, job.config, job.resistance_names, job.other_names)
        assert (None if score is None else Fraction(score, definition.denominator)) == want


@pytest.mark.parametrize("seed", range(15))
def test_slots_filled_greedily_are_worth_no_more_than_the_best_filling(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, decorations=True, n_most=2)
    job = with_formula(rng, replace(job, config=replace(job.config, weapon=None)))
    definition = Definition(job.table, job.config)
    for indices, pieces in oracle.combinations(job.pieces, job.config):
        if len(oracle.slots_of(pieces, job.config)) > 4:
            continue
        greedy = greedy_score(definition, rows_of(job, indices))
        best = oracle.score(pieces, job.config, job.resistance_names, job.other_names)
        assert greedy is None or (best is not None and Fraction(greedy, definition.denominator) <= best)


def test_a_score_by_hand() -> None:
    pieces = [
        EquipmentPiece("Cap", "Head", skills=(("Fury", 4), ("Secret", 1)), other=("1.5", "Exotic")),
        EquipmentPiece("Coat", "Body", skills=(("Eye", 3),), other=("2", "")),
    ]
    chance = Sum(base=Decimal("0.05"), terms=(Term(kind="skill", name="Eye", table=(0, 1)),))
    formula = Formula(
        factors=(
            Factor(
                name="raw",
                base=10,
                terms=(
                    Term(kind="column", name="Attack", weight=Decimal("0.5")),
                    Term(kind="count", name="exotics", weight=2),
                    Term(kind="skill", name="Fury", table=(0, 1, 2, 30)),
                ),
                maximum=Decimal("15.75"),
            ),
            Factor(name="critical", base=-1, times=(replace(chance, maximum=1), Sum(base=Decimal("0.25")))),
        )
    )
    config = Config(
        formula=formula,
        skills={"Eye": SkillRule(maximum=1)},
        skill_caps={"Fury": SkillCap(maximum=3, locked_maximum=2, raised_by="Secret")},
        counts={"exotics": CountRule(where=FilterRule(column="Tier", one_of="Exotic"))},
    )
    table = EquipmentTable.from_pieces(pieces, other_names=("Attack", "Tier"))
    definition = Definition(table, config)
    assert definition._formula is not None
    assert definition._formula.skills == {"Fury", "Eye", "Secret"}
    totals = definition.totals((0, 1))
    # 10 + 0.5 x 3.5 + 2 + 30 (level 3, since Secret is there), at most 15.75; -1 + min(1, 1.05) x 0.25
    assert definition.factors(totals) == [Fraction(63, 4), Fraction(-3, 4)]
    assert definition.score_text(definition.scaled_score(totals)) == "-11.8125"
    without = definition.totals((1,))
    # 10 + 0.5 x 2
    assert definition.factors(without)[0] == 11


@pytest.mark.parametrize(("level", "worth"), [(-2, 5), (0, 5), (1, 6), (2, 8), (3, 8)])
def test_a_table_goes_on_as_it_ends(level: int, worth: int) -> None:
    term = Term(kind="skill", name="Eye", table=(5, 6, 8))
    config = Config(formula=Formula(factors=(Factor(name="raw", base=0, terms=(term,)),)))
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", skills=(("Eye", level),))])
    definition = Definition(table, config)
    assert definition.factors(definition.totals((0,))) == [worth]


def test_what_fillings_of_a_build_come_to_again_and_again_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty decorations of one effect, and builds of other totals in between."""
    slots = (6, 0, 0, 0)
    pieces = [
        EquipmentPiece(f"Cap {k}", "Head", slots=slots, skills=(("Eye", k % 2),), other=(f"{k}",)) for k in range(3)
    ]
    terms = (Term(kind="skill", name="Eye", table=(0, 1, 2, 3)), Term(kind="column", name="Attack", weight=1))
    jewels = tuple(Decoration(name=f"Jewel {k}", slot_level=1, skills=(("Eye", 1),)) for k in range(50))
    config = Config(formula=Formula(factors=(Factor(name="raw", base=1, terms=terms),)), decorations=jewels)
    definition = Definition(EquipmentTable.from_pieces(pieces, other_names=("Attack",)), config)
    n_worked_out, factors = [0], FormulaDefinition.factors

    def counted(*given):
        n_worked_out[0] += 1
        return factors(*given)

    monkeypatch.setattr(FormulaDefinition, "factors", counted)
    # 1 + what its levels come to, three at most, + attack.
    assert [greedy_score(definition, (row,)) for row in (0, 1, 2, 1, 0)] == [4, 5, 6, 5, 4]
    assert n_worked_out[0] <= 5 * 5
    bare, filled = definition.totals((1,)), definition.totals((1,), {7: 2})
    assert (bare.levels["Eye"], filled.levels["Eye"], definition.totals((1,)).levels["Eye"]) == (1, 3, 1)
    assert [definition.scaled_score(totals) for totals in (bare, filled, bare)] == [3, 5, 3]
    assert definition.product({"Eye": 2}, bare) == 4
