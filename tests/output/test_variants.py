"""Which builds are variants of one another, and how their pieces are told."""

import json
import random
from dataclasses import replace

import pytest
from formula_results import FORMULA, PIECES, config_with, formula_results
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import random_job

import equipment_optimizer as eo
from equipment_optimizer.output.variants import any_of, steps_back, variant_groups


def results_of(folder, rows, own):
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level"
    (folder / "e.csv").write_text("\n".join([header, *rows, ""]))
    (folder / "c.json").write_text(json.dumps({"limit": 9, **own}))
    table, config, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, config)


def test_builds_with_the_same_totals_are_one_group(tmp_path):
    rows = ["Helm a,Head,5,,", "Helm b,Head,5,,", "Coat,Body,3,Speed,1", "Vest,Body,1,Speed,2"]
    results = results_of(tmp_path, rows, {"skills": {"Speed": {"max": 3}}})
    assert variant_groups(results) == [[0, 1], [2, 3]]


def test_equal_scores_of_other_totals_are_none(tmp_path):
    results = results_of(tmp_path, ["Cap,Head,4,,", "Hat,Head,0,Speed,4"], {"skills": {"Speed": {"max": 9}}})
    assert results.score(0) == results.score(1)
    assert variant_groups(results) == [[0], [1]]


def test_what_neither_is_listed_nor_scores_parts_no_variants(tmp_path):
    rows = ["Cap,Head,4,Zeal,1", "Hat,Head,4,,"]
    results = results_of(tmp_path, rows, {"unlisted_skill_weight": 0})
    assert variant_groups(results) == [[0, 1]]
    results = results_of(tmp_path, rows, {"unlisted_skill_weight": 0, "skills": {"Zeal": {"max": 1, "weight": 0}}})
    assert len(variant_groups(results)) == 2


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
    groups = variant_groups(results)
    assert sorted(map(len, groups)) == [1, 1, 2, 2]


@pytest.mark.parametrize("seed", range(40))
def test_the_groups_are_the_outcomes_that_variants_one_lists(seed):
    rng = random.Random(seed)
    job = with_limits(rng, random_job(rng, full=seed % 3 > 0, decorations=seed % 4 == 0, n_most=3))
    if seed % 5 == 0:
        job = with_formula(rng, job)
    try:
        results = eo.optimize(job.table, job.config, limit=20_000)
    except eo.EquipmentOptimizerError:
        pytest.skip("no build")
    groups = variant_groups(results)
    assert len(results) < 20_000
    outcomes = eo.optimize(job.table, replace(job.config, variants="one"), limit=20_000)
    assert [len(group) for group in groups] == list(outcomes.variants)
    assert [results.combinations[group[0]].indices for group in groups] == [
        outcomes.combinations[k].indices for k in range(len(outcomes))
    ]


@pytest.mark.parametrize(
    ("keys", "n_groups"),
    [
        ({}, 1),
        ({"totals": {"Weight": {"max": 9}}}, 2),
        ({"resistances": {"fire": {"min": 0}}}, 3),
        ({"min_defence": 1}, 2),
        ({"counts": {"rare": {"where": {"Rarity": {"min": 7}}, "max": 1}}}, 2),
    ],
)
def test_what_is_only_limited_parts_variants(tmp_path, keys, n_groups):
    header = "Name,Body Part,Base Defence,Fire Res,Weight,Rarity"
    rows = ["Cap,Head,1,1,1,1", "Hat,Head,1,2,1,1", "Hood,Head,2,3,2,7", "Helm,Head,1,2,1,1"]
    (tmp_path / "e.csv").write_text("\n".join([header, *rows, ""]))
    (tmp_path / "c.json").write_text(json.dumps({"limit": 9, "defence": 0, "skills": {}, **keys}))
    results = eo.optimize(*eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")[:2])
    assert len(variant_groups(results)) == n_groups


def test_steps_back_tell_the_groups():
    rng = random.Random(1)
    for _ in range(50):
        chosen = [rng.randrange(6) for _ in range(rng.randrange(20))]
        groups = [[k for k, other in enumerate(chosen) if other == number] for number in dict.fromkeys(chosen)]
        read, n = [], 0
        for back in steps_back(groups):
            read.append(n - back)
            n += not back
        assert read == [next(at for at, group in enumerate(groups) if k in group) for k in range(len(chosen))]
