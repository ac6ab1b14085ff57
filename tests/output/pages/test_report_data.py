"""What the page knows of the builds: exact numbers, each distinct value once, and text that no script ends."""

import json
from dataclasses import replace

import numpy as np
import pytest
from formula_results import FORMULA, config_with, formula_results
from small_results import PIECES, build

from equipment_optimizer.output.pages._report_data import (
    ALPHABET,
    _coded,
    json_for_script,
    piece_usage,
    report_data,
)
from equipment_optimizer.output.pages._run_facts import plot


def decoded(coded, n_builds):
    values, codes = coded["values"], coded["codes"]
    if isinstance(codes, str) and not codes:
        return [values[0]] * n_builds
    if isinstance(codes, str):
        from equipment_optimizer.output.pages._report_data import ALPHABET

        codes = [ALPHABET.index(code) for code in codes]
    return [values[code] for code in codes]


@pytest.mark.parametrize("n_values", [1, 2, 50, 500])
def test_columns_are_given_back_by_their_codes(n_values):
    columns = np.random.default_rng(1).integers(0, n_values, (2, 1_000)) + 2**60
    coded = _coded(columns)
    assert decoded(coded, 1_000) == [[str(value) for value in column] for column in columns.T.tolist()]
    assert len(coded["values"]) == len({tuple(column) for column in columns.T.tolist()})


def test_every_build_can_be_read_from_the_data():
    results = build(indices=((0, 0), (1, 1), (0, 2)), scaled=(2**60, -300, -301))
    data = json.loads(json.dumps(report_data(results)))
    assert (data["n"], data["digits"], data["scores"]) == (3, 3, [str(2**60), -300, -301])
    assert data["positions"] == ["Head", "Body"]
    heads = [data["pieces"][number]["name"] for number in decoded(data["columns"][0], 3)]
    assert heads == [PIECES[0].name, PIECES[1].name, PIECES[0].name]
    assert (data["fillings"], data["proved"], data["decorations"], data["whole"]) == (None, None, [], True)


def test_a_build_that_is_not_proved_says_so():
    from dataclasses import replace

    results = build()
    stopped = replace(results, report=replace(results.report, proved=False), proved_rows=np.array([True, False]))
    assert report_data(stopped)["proved"] == "10"


def test_pieces_are_counted_most_used_first():
    results = build(indices=((0, 0), (1, 1), (1, 2)), scaled=(3, 2, 1))
    usage = dict(piece_usage(results))
    assert usage["Head"] == [(PIECES[1].name, 2), (PIECES[0].name, 1)]


def test_no_text_ends_the_script():
    text = json_for_script({"name": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": "</script><!-- & \u2028"}


def test_factors_and_what_a_level_more_gives_are_known_of_every_build():
    results = formula_results()
    data = report_data(results)
    (raw,) = [term for term in data["terms"] if term["name"] == "raw"]
    assert raw["kind"] == "factor" and raw["digits"] == 1
    assert data["weights"] == [] and all(term["by"] == [] for term in data["terms"])
    gains = {gain["name"]: [gain["values"][ALPHABET.index(code)] for code in gain["codes"]] for gain in data["gains"]}
    assert gains["Attack Boost"] == ["+1.3 %", "+1.3 %", "+1.2 %", "+0 %"]
    assert "gains" not in report_data(build())


def test_scores_of_any_size_are_text():
    factors = [replace(factor, base=factor.base + 10**17, maximum=None) for factor in FORMULA.factors]
    factors.append(replace(FORMULA.factors[0], name="again", base=10**17, maximum=None))
    results = formula_results(config_with(replace(FORMULA, factors=factors)))
    data = report_data(results)
    assert data["scores"] == [str(score) for score in results.scaled_scores]
    assert len(data["scores"][0]) > 50
    assert plot(results)["high"].startswith("1000")
