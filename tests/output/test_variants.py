"""Which builds are variants of one another, and how their pieces are told."""

import json
from dataclasses import replace

import pytest
from formula_results import FORMULA, PIECES, config_with, formula_results

import equipment_optimizer as eo
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.output.variants import any_of, variant_groups


def results_of(folder, rows, own):
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level"
    (folder / "e.csv").write_text("\n".join([header, *rows, ""]))
    (folder / "c.json").write_text(json.dumps({"limit": 9, **own}))
    table, config, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, config)


def test_builds_with_the_same_totals_are_one_group(tmp_path):
    rows = ["Helm a,Head,5,,", "Helm b,Head,5,,", "Coat,Body,3,Speed,1", "Vest,Body,1,Speed,2"]
    results = results_of(tmp_path, rows, {"skills": {"Speed": {"max": 3}}})
    assert variant_groups(results, score_terms(results)) == [[0, 1], [2, 3]]


def test_equal_scores_of_other_totals_are_none(tmp_path):
    results = results_of(tmp_path, ["Cap,Head,4,,", "Hat,Head,0,Speed,4"], {"skills": {"Speed": {"max": 9}}})
    assert results.score(0) == results.score(1)
    assert variant_groups(results, score_terms(results)) == [[0], [1]]


def test_what_neither_is_listed_nor_scores_parts_no_variants(tmp_path):
    rows = ["Cap,Head,4,Zeal,1", "Hat,Head,4,,"]
    results = results_of(tmp_path, rows, {"unlisted_skill_weight": 0})
    assert variant_groups(results, score_terms(results)) == [[0, 1]]
    results = results_of(tmp_path, rows, {"unlisted_skill_weight": 0, "skills": {"Zeal": {"max": 1, "weight": 0}}})
    assert len(variant_groups(results, score_terms(results))) == 2


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Helm"], "Helm"),
        (["Helm", "Helm"], "Helm"),
        (["Rex Helm \u03b1", "Rex Helm \u03b2", "Rex Helm \u03b3"], "Rex Helm \u03b1 or \u03b2 or \u03b3"),
        (["Rex Helm", "Old Helm"], "Rex Helm or Old Helm"),
        (["Cap", "Hat", "Hood", "Mask"], "Cap or Hat or 2 more"),
    ],
)
def test_what_names_begin_with_is_said_once(names, told):
    assert any_of(names) == told


def test_builds_of_a_formula_are_one_group_where_factors_and_listed_skills_are():
    twin = PIECES[3]._replace(name="Vest again")
    big = replace(
        FORMULA, factors=[*FORMULA.factors, replace(FORMULA.factors[0], name="big", base=10**30, maximum=None)]
    )
    results = formula_results(config_with(big, limit=6), [*PIECES, twin])
    assert results.scaled_scores.dtype == object
    groups = variant_groups(results, score_terms(results))
    assert sorted(map(len, groups)) == [1, 1, 2, 2]
