"""Records out of JSON: every field is there and has its type, or there is no record."""

from dataclasses import asdict

import pytest

from equipment_optimizer.batch._outcome import Outcome, record_of

WHOLE = asdict(Outcome(status="made", n_results=3, best_score="1.5", seconds=0.25, worn_rows=[2, 9], notices=["n"]))


def test_a_record_comes_back():
    assert asdict(record_of(Outcome, WHOLE)) == WHOLE
    assert record_of(Outcome, {**WHOLE, "n_results": None, "best_score": None, "seconds": 1}) is not None


@pytest.mark.parametrize(
    "damage",
    [
        {"status": 3}, {"status": None}, {"exit_code": "0"}, {"exit_code": True}, {"exit_code": 0.5}, {"message": []},
        {"n_results": "3"}, {"best_score": 1.5}, {"seconds": "1"}, {"seconds": False}, {"worn_rows": [2, "9"]},
        {"worn_rows": None}, {"worn_rows": {"2": 9}}, {"notices": [1]}, {"notices": "n"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_field_of_another_type_makes_no_record(damage):
    assert record_of(Outcome, {**WHOLE, **damage}) is None


def test_a_field_that_is_missing_makes_no_record_unless_older_files_lack_it():
    for name in WHOLE:
        less = {key: value for key, value in WHOLE.items() if key != name}
        assert record_of(Outcome, less) is None
        assert record_of(Outcome, less, optional=(name,)) is not None


@pytest.mark.parametrize("value", [None, 7, "x", [], [WHOLE]])
def test_what_is_no_object_is_no_record(value):
    assert record_of(Outcome, value) is None
