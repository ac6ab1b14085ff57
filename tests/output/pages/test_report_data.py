"""What the page knows of the builds: exact numbers, each distinct value once, and text that no script ends."""

import json

import numpy as np
import pytest
from small_results import PIECES, build

from equipment_optimizer.output.pages._report_data import (
    _coded,
    json_for_script,
    piece_usage,
    report_data,
)


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
