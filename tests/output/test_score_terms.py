"""The terms of a build's score, against the scores of the search."""

import json
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from formula_results import formula_results
from random_problems import random_job

import equipment_optimizer as eo
from equipment_optimizer.errors import EquipmentOptimizerError
from equipment_optimizer.output.score_terms import NO_MAXIMUM, score_terms

ROOT = Path(__file__).resolve().parents[2] / "example_data"

PIECES = """Name,Body Part,Base Def,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Slots Lvl 1,Fire Res
Cap,Head,10,Attack,3,Key,1,1,4
Hat,Head,20,Attack,2,Other,2,0,-4
"""


def results_of(folder, config, files=None):
    (folder / "e.csv").write_text(PIECES)
    for name, text in (files or {}).items():
        (folder / name).write_text(text)
    (folder / "c.json").write_text(json.dumps({"limit": 5, **config}))
    table, own, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, own)


def worths(results, name):
    (term,) = [term for term in score_terms(results) if term.name == name]
    pieces = [build.equipment[0].name for build in results.combinations]
    scale = Decimal(10) ** results.score_digits
    return {
        piece: (int(term.amount[k]), int(term.worth[k]) / scale, int(term.maximum[k])) for k, piece in enumerate(pieces)
    }


@pytest.mark.parametrize("folder", ["", "extended"])
def test_the_terms_add_up_to_the_score_of_the_examples(folder):
    suffix = f"_{folder}" if folder else ""
    table, config, _ = eo.load_job(ROOT / folder / f"equipment{suffix}.csv", ROOT / folder / f"config{suffix}.json")
    results = eo.optimize(table, config)
    np.testing.assert_array_equal(sum(term.worth for term in score_terms(results)), results.scaled_scores)


@pytest.mark.parametrize("seed", range(150))
def test_the_terms_add_up_to_the_score_of_any_job(seed):
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=seed % 3 == 0)
    try:
        results = eo.optimize(job.table, job.config)
    except EquipmentOptimizerError:
        return
    np.testing.assert_array_equal(sum(term.worth for term in score_terms(results)), results.scaled_scores)


def test_above_the_maximum_all_levels_are_penalised(tmp_path):
    results = results_of(tmp_path, {"skills": {"Attack": {"max": 2, "weight": 1.5, "penalty": 0.25}}})
    assert worths(results, "Attack") == {"Cap": (3, Decimal("0.75"), 2), "Hat": (2, Decimal(3), 2)}


def test_above_a_cap_levels_are_worth_nothing_more(tmp_path):
    results = results_of(tmp_path, {"over_max": "cap", "skills": {"Attack": {"max": 2, "weight": 1.5}}})
    assert worths(results, "Attack") == {"Cap": (3, Decimal(3), 2), "Hat": (2, Decimal(3), 2)}


def test_a_table_of_values_holds_at_both_ends(tmp_path):
    results = results_of(tmp_path, {"skills": {"Attack": {"values": [1, 2, 5]}, "Nothing": {"values": [4, 0]}}})
    assert worths(results, "Attack") == {"Cap": (3, 5, 2), "Hat": (2, 5, 2)}
    assert worths(results, "Nothing") == {"Cap": (0, 4, 1), "Hat": (0, 4, 1)}


def test_a_maximum_is_raised_by_another_skill(tmp_path):
    skills = "Name,Max Level,Cap Without Unlock,Cap Raised By\nAttack,5,1,Key\nOther,3,,\n"
    config = {"files": {"skills": "s.csv"}, "skills": {"Attack": {"weight": 2, "penalty": 0}}}
    results = results_of(tmp_path, config, {"s.csv": skills})
    assert worths(results, "Attack") == {"Cap": (3, 6, 5), "Hat": (2, 0, 1)}
    assert worths(results, "Other") == {"Cap": (0, 0, 3), "Hat": (2, 2, 3)}


def test_what_has_no_maximum_says_so(tmp_path):
    results = results_of(tmp_path, {"resistances": {"fire": {"weight": 0.5}}})
    assert worths(results, "Fire Res") == {"Cap": (4, 2, NO_MAXIMUM), "Hat": (-4, -2, NO_MAXIMUM)}
    assert worths(results, "Lvl 1 slots") == {"Cap": (1, 2, NO_MAXIMUM), "Hat": (0, 0, NO_MAXIMUM)}


def test_totals_and_counts_add_up_with_the_rest(tmp_path):
    import json

    import equipment_optimizer as eo

    rows = ["Cap,Head,5,1.25,Exotic", "Hat,Head,4,0.5,Common", "Coat,Body,3,-2.0,Exotic", "Vest,Body,2,,Rare"]
    (tmp_path / "e.csv").write_text("\n".join(["Name,Body Part,Base Defence,Load,Tier", *rows, ""]))
    own = {
        "limit": 9,
        "totals": {"Load": {"weight": -0.1}, "Defence": {"weight": 0.5}},
        "counts": {
            "exotics": {"where": {"Tier": {"in": ["Exotic"]}}, "weight": 3},
            "tiers": {"each": "Tier", "max": 2},
        },
    }
    (tmp_path / "c.json").write_text(json.dumps(own))
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    results = eo.optimize(table, config)
    terms = {term.name: term for term in score_terms(results)}
    assert sum(term.worth for term in terms.values()).tolist() == results.scaled_scores.tolist()
    assert (terms["Load"].digits, terms["Load"].kind) == (2, "total")
    assert terms["Load"].amount.tolist()[0] == -75
    assert terms["exotics"].amount.tolist()[0] == 2
    assert terms["tiers"].worth.tolist() == [0, 0, 0, 0]


def test_with_a_formula_its_factors_are_terms_and_nothing_else_is_worth_anything():
    results = formula_results()
    terms = {term.name: term for term in score_terms(results)}
    assert [name for name, term in terms.items() if term.kind == "factor"] == ["raw", "critical"]
    assert not any(term.worth.any() for term in terms.values())
    assert terms["Attack Boost"].is_listed and not terms["Luck"].is_listed
    raw, critical = terms["raw"], terms["critical"]
    assert (raw.amount * critical.amount).tolist() == results.scaled_scores.tolist()
