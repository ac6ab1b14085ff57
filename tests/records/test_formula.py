"""Formulas: what a caller may give, and factors that are exact at any size, held against fractions."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.errors import UsageError
from equipment_optimizer.records.config import Config, CountRule, SkillRule, TotalRule
from equipment_optimizer.records.formula import Factor, Formula, ScaledFormula, Sum, Term

NUMBERS = st.sampled_from(["0", "1", "-1", "0.05", "-0.25", "230", "1.32", "0.0000001", "3e17", "-999999999999"])
DECIMALS = NUMBERS.map(Decimal)
KEYS = [("column", "Attack"), ("count", "exotics"), ("skill", "Fury")]


@st.composite
def sums(draw, made=Sum, **fields):
    terms = []
    for kind, name in draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=3)):
        is_table = draw(st.booleans()) and kind != "column"
        table = draw(st.lists(DECIMALS, min_size=1, max_size=4)) if is_table else None
        terms.append(Term(name=name, kind=kind, weight=None if is_table else draw(DECIMALS), table=table))
    ends = sorted(draw(st.lists(DECIMALS, min_size=2, max_size=2)))
    low, high = (end if draw(st.booleans()) else None for end in ends)
    return made(base=draw(DECIMALS), terms=terms, minimum=low, maximum=high, **fields)


@st.composite
def formulas(draw):
    factors = []
    for number in range(draw(st.integers(1, 8))):
        factor = draw(sums(Factor, name=f"factor {number}"))
        if draw(st.booleans()):
            factor = replace(factor, terms=(), times=(draw(sums()), draw(sums())))
        factors.append(factor)
    return Formula(factors=factors)


def value_of(own, totals):
    """A sum by definition."""
    value = Fraction(own.base)
    for term in own.terms:
        total = totals[term.kind, term.name]
        if term.table is None:
            value += Fraction(term.weight) * total
        else:
            value += Fraction(term.table[min(max(int(total), 0), len(term.table) - 1)])
    return clipped(own, value)


def clipped(own, value):
    if own.minimum is not None:
        value = max(value, Fraction(own.minimum))
    return value if own.maximum is None else min(value, Fraction(own.maximum))


def factor_of(factor, totals):
    if factor.times is None:
        return value_of(factor, totals)
    return clipped(factor, Fraction(factor.base) + prod(value_of(own, totals) for own in factor.times))


@given(formulas(), st.lists(st.tuples(*[st.integers(-(10**9), 10**9)] * 3), max_size=4), st.integers(0, 3))
def test_factors_and_scores_are_exact(formula, rows, digits):
    amounts = {key: np.array([row[place] for row in rows], dtype=np.int64) for place, key in enumerate(KEYS)}
    scaled = ScaledFormula(formula, {"Attack": digits})
    factors = scaled.factors(amounts, len(rows))
    assert scaled.score_digits == sum(scaled.digits)
    for k, row in enumerate(rows):
        totals = {
            key: Fraction(total, 10**digits if key[0] == "column" else 1) for key, total in zip(KEYS, row, strict=True)
        }
        wanted = [factor_of(factor, totals) for factor in formula.factors]
        found = [Fraction(int(column[k]), 10**own) for column, own in zip(factors, scaled.digits, strict=True)]
        assert found == wanted
        assert Fraction(scaled.scores(factors)[k], 10**scaled.score_digits) == prod(wanted)
    assert all(type(score) is int for score in scaled.scores(factors))


def test_a_table_holds_its_first_entry_below_0_and_its_last_above_the_end():
    table = Term(name="Fury", kind="skill", table=[5, 3, 9])
    scaled = ScaledFormula(Formula(factors=[Factor(name="f", terms=[table])]), {})
    levels = np.array([-4, 0, 1, 2, 3, 99])
    assert scaled.factor(0, {("skill", "Fury"): levels}, 6).tolist() == [5, 5, 3, 9, 9, 9]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Term(name="Fury"), "the term 'Fury' has not one worth"),
        (lambda: Term(name="Fury", weight=1, table=[1]), "the term 'Fury' has not one worth"),
        (lambda: Term(name="Fury", table=[]), "the table of 'Fury' is empty"),
        (lambda: Term(name="Fury", weight="1"), "weight is no finite number: '1'"),
        (lambda: Term(name="Fury", weight=1, kind="slot"), "the kind of a term is 'slot'"),
        (lambda: Sum(minimum=2, maximum=1), "minimum 2 is above maximum 1"),
        (lambda: Factor(name="f", times=[Sum()]), "the factor 'f' is no product of two sums"),
        (lambda: Factor(name="f", terms=[Term(name="Fury", weight=1)], times=[Sum(), Sum()]), "the factor 'f' is no"),
        (lambda: Formula(factors=[]), "a formula has 0 factors"),
        (lambda: Formula(factors=[Factor(name=str(k)) for k in range(9)]), "a formula has 9 factors"),
        (lambda: Formula(factors=[Factor(name="f"), Factor(name="f")]), "two factors of a formula have one name"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, message):
    with pytest.raises(UsageError) as caught:
        make()
    assert message in str(caught.value)


def of_skill(name="Fury", **kind):
    return Formula(factors=[Factor(name="f", terms=[Term(name=name, weight=1, **kind)])])


def test_with_a_formula_all_weights_are_0():
    skills = {"Fury": SkillRule(maximum=5), "Calm": SkillRule(values=[0, 1], maximum=None)}
    config = Config(formula=of_skill(kind="skill"), skills=skills, totals={"Weight": TotalRule(maximum=3)})
    assert {config.defence_weight, config.slot_count_weight, config.unlisted_skill_weight, *config.slot_weights} == {0}
    assert (config.skills["Fury"].weight, config.skills["Fury"].penalty, config.skills["Fury"].maximum) == (0, 0, 5)
    assert config.skills["Calm"].values == (0,)
    assert replace(config, limit=3).formula == config.formula


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"defence_weight": Decimal("0.5")}, "the weight of defence is 0.5 beside a formula"),
        ({"slot_weights": (1, 2, 3, 4)}, "a slot weight is 2 beside a formula"),
        ({"skills": {"Fury": SkillRule(weight=3)}}, "a weight of the skill 'Fury' is 3 beside a formula"),
        ({"totals": {"Weight": TotalRule(weight=-2)}}, "the weight of 'Weight' is -2 beside a formula"),
        ({"counts": {"exotics": CountRule(weight=2)}}, "the weight of 'exotics' is 2 beside a formula"),
    ],
)
def test_a_weight_beside_a_formula_is_refused(given, message):
    with pytest.raises(UsageError) as caught:
        Config(formula=of_skill(kind="skill"), **given)
    assert message in str(caught.value)


def test_a_term_counts_pieces_only():
    with pytest.raises(UsageError, match="'teams' is no count of pieces"):
        Config(formula=of_skill("teams", kind="count"), counts={"teams": CountRule(each="Team", maximum=1)})


def test_a_name_without_a_kind_is_refused_where_it_matters():
    with pytest.raises(UsageError, match="nothing says whether 'Fury' is a column, a count or a skill"):
        ScaledFormula(of_skill(), {})
    assert Config(formula=of_skill()).columns == ("Fury",)
    assert Config(formula=of_skill(kind="skill")).listed_skills == ("Fury",)


def test_a_table_takes_whole_totals_only():
    formula = Formula(factors=[Factor(name="f", terms=[Term(name="Attack", table=[1], kind="column")])])
    with pytest.raises(UsageError, match="the column 'Attack' holds fractions"):
        ScaledFormula(formula, {"Attack": 1})
