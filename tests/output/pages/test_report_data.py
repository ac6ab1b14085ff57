"""What the page knows of the builds: exact numbers, each distinct value once, and text that no script ends."""

import json
from dataclasses import replace

import numpy as np
import pytest
from formula_results import FORMULA, config_with, formula_results
from page_jobs import amounts_of, decoded, full_example, numbers_of, pieces_of, scores_of
from small_results import PIECES, build

from equipment_optimizer.output.pages._report_data import _rising, _scores, json_for_script, piece_usage, report_data
from equipment_optimizer.output.pages._run_facts import plot


@pytest.mark.parametrize(
    "amounts", [[], [3], [0, 2, 7], list(range(40)), [k**4 - 5 for k in range(99)], [2**60 + k for k in range(20)]]
)
def test_amounts_that_rise_are_given_back(amounts):
    term = json.loads(json.dumps({"amounts": _rising(amounts)}))
    assert amounts_of(term) == amounts
    assert isinstance(term["amounts"], dict) == (len(amounts) in (40, 99))


def test_every_build_can_be_read_from_the_data():
    results = build(indices=((0, 0), (1, 1), (0, 2)), scaled=(2**60, -300, -301))
    data = json.loads(json.dumps(report_data(results)))
    assert (data["n"], data["digits"], data["first"]) == (3, 3, str(2**60))
    assert data["drops"] == [0, str(2**60 + 300), 1]
    assert scores_of(data) == [2**60, -300, -301]
    assert data["positions"] == ["Head", "Body"]
    heads = [pieces_of(data)[number] for number in decoded(data["columns"][0], 3)]
    worn = [PIECES[0], PIECES[1], PIECES[0]]
    assert [head[:3] for head in heads] == [(piece.name, piece.defence, list(piece.slots)) for piece in worn]
    assert [head[4] for head in heads] == [list(piece.resistances) for piece in worn]
    assert (data["filled"], data["proved"], data["decorations"], data["whole"]) == (False, None, [], True)


def test_decorations_of_every_build_can_be_read_from_the_data():
    results, _ = full_example(200)
    data = json.loads(json_for_script(report_data(results)))
    counts = [(name, numbers_of(told, 200)) for name, _, told in data["decorations"]]
    for k in range(200):
        worn = [(column[k], name) for name, column in counts if column[k]]
        assert "; ".join(f"{count}x {name}" for count, name in worn) == results.decorations_text(k)


@pytest.mark.parametrize(
    ("scores", "kind"),
    [
        ([], list),
        ([9], list),
        ([7] * 400, dict),
        ([9 - k // 100 for k in range(400)], dict),
        ([-(k**3) for k in range(400)], dict),
        ([-(k**7) for k in range(400)], list),
        ([5, 8, 2] * 100, dict),
    ],
)
def test_scores_are_given_back_by_what_each_is_less(scores, kind):
    data = {"n": len(scores), **_scores(scores)}
    assert scores_of(data) == scores
    assert isinstance(data["drops"], kind)


def test_a_build_that_is_not_proved_says_so():
    from dataclasses import replace

    results = build()
    stopped = replace(results, report=replace(results.report, proved=False), proved_rows=np.array([True, False]))
    assert report_data(stopped)["proved"] == "10"


def test_pieces_are_counted_most_used_first():
    results = build(indices=((0, 0), (1, 1), (1, 2)), scaled=(3, 2, 1))
    usage = dict(piece_usage(results))
    assert usage["Head"] == [(PIECES[1].name, 2), (PIECES[0].name, 1)]


def test_factors_and_what_a_level_more_gives_are_known_of_every_build():
    results = formula_results()
    data = report_data(results)
    (raw,) = [term for term in data["terms"] if term["name"] == "raw"]
    assert raw["kind"] == "factor" and raw["digits"] == 1
    assert data["weights"] == [] and data["by"] == [] and not any("by" in term for term in data["terms"])
    gains = {gain["name"]: decoded(gain, 4) for gain in data["gains"]}
    assert gains["Attack Boost"] == ["+1.3 %", "+1.3 %", "+1.2 %", "+0 %"]
    assert "gains" not in report_data(build())


def test_scores_of_any_size_are_text():
    factors = [replace(factor, base=factor.base + 10**17, maximum=None) for factor in FORMULA.factors]
    factors.append(replace(FORMULA.factors[0], name="again", base=10**17, maximum=None))
    results = formula_results(config_with(replace(FORMULA, factors=factors)))
    data = report_data(results)
    assert scores_of(data) == results.scaled_scores.tolist()
    assert len(data["first"]) > 50
    assert plot(results)["high"].startswith("1000")
