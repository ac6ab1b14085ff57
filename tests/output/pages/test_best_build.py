"""The card of the best build, and the sentence about the list, by hand."""

from dataclasses import replace

from formula_results import formula_results
from page_jobs import full_example
from small_results import build

from equipment_optimizer.output.pages._best_build import best_build, described, slot_levels
from equipment_optimizer.records.config import Config, SkillRule


def test_slots_are_written_the_largest_first():
    assert slot_levels([1, 0, 0, 2]) == "4-4-1"
    assert slot_levels([0, 0, 0, 0]) == ""
    assert slot_levels([99, 0, 0, 0]) == "99 slots"


def test_the_card_says_what_the_build_is():
    best = best_build(build(config=Config(skills={"Attack": SkillRule(maximum=1, weight=2)})))
    assert best["score"] == "1.25"
    assert [(piece["name"], piece["slots"]) for piece in best["pieces"]] == [("Bone, Cap", "1"), ("two\nlines", "3-3")]
    attack = best["skills"][0]
    assert (attack["name"], attack["level"], attack["is_above"]) == ("Attack", "2/1", True)
    assert attack["cells"] == ["on", "above"]
    assert best["bonuses"] == best["decorations"] == []
    assert best["points"][0][:2] == ("Defence", "17")


def test_bonuses_and_decorations_are_on_the_card():
    best = best_build(full_example()[0])
    assert {"name": "Gale Dancers", "count": "2", "gives": "Evasion 1"} in best["bonuses"]
    assert "1x Brawn Jewel 1" in best["decorations"]
    assert all(skill["is_there"] for skill in best["skills"])


def test_listed_skills_that_are_not_there_are_named_together():
    best = best_build(build(config=Config(skills={"Zeal": SkillRule(maximum=3)})))
    assert best["absent"] == ["Zeal"]


def test_no_build_has_no_card():
    assert best_build(build().head(0)) is None
    assert described(None, build().head(0)) == "No build fits."


def test_a_list_that_is_not_complete_says_so_to_whoever_links_to_it():
    results = build()
    stopped = replace(results, report=replace(results.report, proved=False))
    sentence = described(best_build(stopped), stopped)
    assert sentence.endswith("A list of 2 builds, the best found before the search was stopped.")


def test_with_a_formula_the_card_has_its_factors_and_what_a_level_more_gives():
    best = best_build(formula_results())
    assert best["has_gains"]
    assert [(skill["name"], skill["worth"]) for skill in best["skills"]] == [
        ("Attack Boost", "+1.3 %"),
        ("Critical Eye", "+0 %"),
        ("Luck", ""),
    ]
    assert best["points"][-2:] == [("raw", "236.5", ""), ("critical", "1.0875", "")]
