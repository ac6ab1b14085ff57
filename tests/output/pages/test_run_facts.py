"""What a page says of the run, and the line through its scores."""

import json
from decimal import Decimal

import pytest
from small_results import build

import equipment_optimizer as eo
from equipment_optimizer.output.pages._best_build import best_build, described
from equipment_optimizer.output.pages._run_facts import (
    fact_rows,
    input_files,
    input_names,
    notices_by_place,
    plot,
    proof_sentence,
    score_steps,
    stopped_sentence,
)
from equipment_optimizer.output.pages.report import RunFacts
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.results import SearchReport

FACTS = {"title": "A", "elapsed_seconds": 1.5, "peak_rss_bytes": None}


@pytest.mark.parametrize(
    ("scores", "n_most", "steps"),
    [
        ([3.0], 600, [0]),
        ([3.0, 3.0], 600, [0, 1]),
        ([5.0, 4.0, 4.0, 4.0, 2.0], 600, [0, 1, 3, 4]),
        ([9.0, 9.0, 9.0, 5.0, 5.0, 1.0], 600, [0, 2, 3, 4, 5]),
        ([9.0, 9.0, 9.0, 5.0, 5.0, 1.0], 3, [0, 3, 5]),
        ([9.0, 9.0, 9.0, 5.0, 5.0, 1.0], 1, [0, 5]),
        (list(map(float, range(5000, 0, -1))), 600, [*range(0, 5000, 9), 4999]),
    ],
)
def test_a_line_through_the_scores_has_its_ends_and_corners_and_few_points(scores, n_most, steps):
    assert score_steps(scores, n_most) == steps


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (Decimal("1.50"), "A build that is missing may beat the last one listed by 1.5 at most."),
        (Decimal("Infinity"), "How much better a build that is missing may be is not known."),
    ],
)
def test_a_stopped_search_says_what_may_be_missing(gap, words):
    report = SearchReport(engine="bounded", n_combinations=9, proved=False, gap=gap)
    assert words in stopped_sentence(report)
    assert proof_sentence(build(report=report)) == "not complete: stopped early"


def test_a_stopped_front_says_what_is_not_settled():
    gap = Decimal("Infinity")
    report = SearchReport(
        engine="bounded", n_combinations=9, proved=False, gap=gap, unsettled="outcomes with Defence 3"
    )
    assert "Not settled: outcomes with Defence 3." in stopped_sentence(report)


def test_a_complete_list_says_so():
    assert stopped_sentence(build().report) == ""
    assert proof_sentence(build()) == "complete: no build that is missing scores more than the last one listed"


@pytest.mark.parametrize(
    "rules", [{"different_pieces": 2}, {"different_skills": True}, {"share": Decimal("0.5")}, {"variants": "one"}]
)
def test_a_list_that_leaves_builds_out_does_not_say_that_they_score_less(rules):
    results = build(config=Config(**rules))
    assert proof_sentence(results) == "complete: each build is the best of those that may stand with the ones above it"
    assert described(best_build(results), results).endswith(
        "A list of 2 builds, each proved to be the best of those that may stand with the ones before it."
    )


def test_of_filled_slots_a_list_claims_no_more_than_that_other_pieces_score_less(tmp_path):
    (tmp_path / "d.csv").write_text(
        "Name,Slot Level,Skill 1 Name,Skill 1 Level\nRage Gem,1,Rage,1\nCalm Gem,1,Calm,1\n"
    )
    (tmp_path / "e.csv").write_text("Name,Body Part,Num Lvl 1 Deco Slots\nCap,Head,2\nHat,Head,0\n")
    skills = {"Rage": {"max": 9, "weight": 3}, "Calm": {"max": 9, "weight": 2}}
    config = {"skills": skills, "body_parts": {"Head": 1}, "limit": 2, "files": {"decorations": "d.csv"}}
    (tmp_path / "c.json").write_text(json.dumps(config))
    table, read, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    results = eo.optimize(table, read)
    # The cap with two Calm Gems is no row, and scores more than the last one.
    assert [results.score(k) for k in range(2)] == [6, 0]
    told = "complete: no other choice of pieces scores more than the last build, whatever is in its slots"
    assert proof_sentence(results) == told


def test_counters_are_told_in_words_and_files_by_their_names():
    inputs = [{"path": "/home/ann/e.csv", "sha256": "ab"}, {"path": "-", "sha256": None}]
    facts = RunFacts(inputs=inputs, **FACTS)
    rows = fact_rows(build(), facts)
    assert ("Builds looked at one by one", "6") in rows
    assert dict(rows)["Search"].startswith("exhaustive: ")
    assert input_files(facts) == [("e.csv", "ab"), ("-", "")]


def test_notices_are_sorted_by_what_they_concern():
    notices = ["c.json:1:1: limit is missing", "/x/e.csv:1: a column", "c.json: of the best build's score of 3 most"]
    inputs = [{"path": "/x/e.csv", "sha256": "ab"}]
    places = notices_by_place(RunFacts(inputs=inputs, notices=notices, **FACTS), "c.json")
    assert places == {
        "answer": ["c.json: of the best build's score of 3 most"],
        "config": ["c.json:1:1: limit is missing"],
        "run": ["e.csv:1: a column"],
    }


def test_a_single_build_has_no_line():
    assert plot(build(indices=((0, 0),), scaled=(5,))) is None
    assert plot(build())["high"] == "1.25"


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["in/wear.csv", "in/mine.json", "in/decorations.csv"], ("wear.csv", "mine.json")),
        (["wear.csv"], ("EQUIPMENT.csv", "CONFIG.json")),
        (["wear $(x).csv", "mine.json"], ("EQUIPMENT.csv", "CONFIG.json")),
        (["--force.csv", "mine.json"], ("EQUIPMENT.csv", "CONFIG.json")),
        (["mine.json", "wear.csv"], ("EQUIPMENT.csv", "CONFIG.json")),
    ],
)
def test_a_command_names_files_only_by_plain_names(paths, names):
    inputs = [{"path": path, "sha256": None} for path in paths]
    assert input_names(RunFacts(title="", inputs=inputs, elapsed_seconds=0.0)) == names
