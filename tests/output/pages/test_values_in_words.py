"""What a list values, in words, and the weights that a page can change."""

from decimal import Decimal

import pytest
from formula_results import config_with
from page_jobs import full_example
from small_results import build

from equipment_optimizer.output.config_json import config_as_json
from equipment_optimizer.output.pages._values_in_words import valued, weights
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.records.config import Config, FilterRule, ResistanceRule, SkillRule, Weapon
from equipment_optimizer.records.rules import CountRule, TotalRule

RARE = (FilterRule(column="Rarity", one_of="9"),)


def chips(**config):
    terms = score_terms(build(config=Config(skills=config.get("skills", {}))))
    found = valued(config_as_json(Config(**config)), terms)
    return {chip for _, own in found for chip in own}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"skills": {"A": SkillRule(weight=2, maximum=7, penalty=1.25)}}, "A \u00d7 2, to 7 (above: \u00d7 1.25)"),
        ({"skills": {"A": SkillRule(weight=2, maximum=7)}, "over_max": "cap"}, "A \u00d7 2, to 7"),
        ({"skills": {"A": SkillRule(weight=-2, maximum=None, minimum=3)}}, "A \u00d7 \u22122, at least 3"),
        ({"skills": {"A": SkillRule(values=[0, 0.5, 3], maximum=None)}}, "A by level: 0, 0.5, 3"),
        ({"defence_weight": 0.02}, "defence \u00d7 0.02"),
        ({"slot_weights": [1, 2, 3, 4], "slot_count_weight": 1}, "a free slot of level 1, 2, 3, 4: 2, 3, 4, 5"),
        ({}, "any other skill \u00d7 1"),
        ({"resistances": {"Fire": ResistanceRule(weight=0.1, minimum=20)}}, "fire resistance \u00d7 0.1"),
        ({"resistances": {"Fire": ResistanceRule(minimum=20)}}, "fire resistance at least 20"),
        ({"min_defence": 300}, "defence at least 300"),
        ({"totals": {"Load": TotalRule(weight=-0.1, maximum=26)}}, "Load \u00d7 \u22120.1"),
        ({"totals": {"Load": TotalRule(maximum=26)}}, "Load at most 26"),
        ({"counts": {"e": CountRule(where=RARE, maximum=1)}}, "pieces of e (Rarity one of 9) at most 1"),
        ({"counts": {"e": CountRule(where=RARE, weight=2)}}, "pieces of e \u00d7 2"),
        ({"counts": {"team": CountRule(each="Team", maximum=4)}}, "team: at most 4 of each Team"),
        ({"counts": {"socket": CountRule(same="Socket")}}, "socket: one Socket for all pieces"),
        ({"pin": {"Head": ["a", "b"]}}, "Head: a or b"),
        ({"exclude": ["a"]}, "never a"),
        ({"filters": [FilterRule(column="Rarity", minimum=9, parts="Head")]}, "Rarity at least 9 (Head)"),
        ({"weapon": Weapon(slots=(1, 0, 1, 0), skills={"A": 1})}, "with a weapon: slots 3-1, A 1"),
    ],
)
def test_every_key_is_said_in_words(config, words):
    assert words in chips(**config)


def test_what_is_not_known_here_is_shown_as_it_is_written():
    plain = {**config_as_json(Config()), "share": {"at most": 1}}
    assert ("Also said", ['share: { "at most": 1 }']) in valued(plain, [])


def test_weights_are_found_where_they_are_written():
    results, _ = full_example()
    terms = score_terms(results)
    plain = config_as_json(results.config)
    found, used = weights(plain, terms)
    for weight in found:
        value = plain
        for key in weight["path"]:
            value = value[key]
        assert Decimal(weight["value"]) == value
    by = {term.name: [found[number]["path"] for number in own] for term, own in zip(terms, used, strict=True)}
    assert by["Attack Boost"] == [["skills", "Attack Boost", "weight"]]
    assert by["Lvl 2 slots"] == [["decorations", "deco_2"], ["decorations", "num_decos"]]
    assert by["Fire Res"] == [["resistances", "fire", "weight"]]
    assert by["Thunder Res"] == by["Sharpness"] == []


def test_a_weight_that_is_a_bare_number_and_a_formula():
    results = build(config=Config(skills={"Attack": SkillRule(weight=3, maximum=None, penalty=0)}))
    plain = config_as_json(results.config)
    found, _ = weights(plain, score_terms(results))
    assert {"name": "Attack", "path": ["skills", "Attack"], "value": "3"} in found
    assert weights({**plain, "formula": {}}, score_terms(results))[0] == []


def test_a_formula_is_said_factor_by_factor():
    plain = config_as_json(config_with())
    assert dict(valued(plain, [])) == {
        "The score": [
            "effective raw = raw × critical",
            "raw = 230 + Attack × 1 + exotics × −1 + Attack Boost (0, 3, 6, 9), at most 999",
            "critical = 1 + (0.05 + Critical Eye × 0.1, at most 1) × (0.25)",
        ],
        "Skills": ["Critical Eye, to 3"],
    }
    assert weights(plain, []) == ([], [])
