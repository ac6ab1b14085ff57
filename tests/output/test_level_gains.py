"""What one level more of each skill of a formula would give."""

from dataclasses import replace

import pytest
from formula_results import FORMULA, config_with, formula_results
from small_results import build

from equipment_optimizer.output.level_gains import gain_text, level_gains
from equipment_optimizer.records.formula import Factor, Formula, Term


def test_every_build_is_told_of_every_skill_of_the_formula():
    results = formula_results()
    gains = level_gains(results)
    assert list(gains) == ["Attack Boost", "Critical Eye"]
    for k, result in enumerate(results):
        raw, critical = float(result.cells["raw"]), float(result.cells["critical"])
        levels = result.skills
        more = raw + (3 if levels.get("Attack Boost", 0) < 3 else 0)
        assert gains["Attack Boost"][k] == f"+{round(100 * (more / raw - 1), 1):g} %"
        more = critical + (0.025 if levels.get("Critical Eye", 0) < 3 else 0)
        assert gains["Critical Eye"][k] == f"+{round(100 * (more / critical - 1), 1):g} %"


def test_a_level_may_take_something_away_or_lift_a_score_of_0():
    falling = Factor(name="f", terms=[Term(name="Luck", kind="skill", table=[2, 1, 1])])
    lifting = Factor(name="g", terms=[Term(name="Attack Boost", kind="skill", table=[0, 0, 0, 5])])
    gains = level_gains(formula_results(config_with(Formula(factors=[falling]))))
    assert set(gains["Luck"]) == {"\u221250 %", "+0 %"}
    gains = level_gains(formula_results(config_with(Formula(factors=[lifting]))))
    assert sorted(gains["Attack Boost"]) == ["+0", "+0", "+0 %", "+5"]


def test_without_a_formula_there_are_none():
    assert level_gains(build()) == {}
    assert level_gains(formula_results(config_with(replace(FORMULA, factors=[Factor(name="f", base=2)])))) == {}


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (1000, 1018, "+1.8 %"),
        (1000, 1000, "+0 %"),
        (1000, 995, "-0.5 %"),
        (-100, -50, "+50 %"),
        (-100, -150, "-50 %"),
        (10**30, 10**30 + 1, "+<0.1 %"),
        (10**30, 10**30 - 1, "-<0.1 %"),
        (0, 125, "+12.5"),
        (0, -5, "-0.5"),
        (10**400, 2 * 10**400, "+100 %"),
    ],
)
def test_gains_are_shares_of_the_score(before, after, text):
    assert gain_text(before, after, 1) == text
