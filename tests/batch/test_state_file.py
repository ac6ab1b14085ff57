"""The state file of a batch, and the version that results are made by."""

import json
from pathlib import Path

from equipment_optimizer.batch._state_file import RESULT_VERSION, STATE_NAME, ListRecord, State
from equipment_optimizer.system.file_hashes import hash_chunks

EXAMPLE = Path(__file__).resolve().parents[2] / "example_data"

#: The example's results under this version of the results.
HASHES = {
    # Files are read differently than under 1, variants counted otherwise than under 2; these results are the same.
    3: {
        "combinations.csv": "8c88cd5566105d992d42dde16c80f4e171c9495714e012f6ba28d077b625fbe3",
        "extended/combinations_extended.csv": "51ee5ec47647ef305695453c5dbc9e331f88eca0bce647609f129fb474a790a2",
    }
}


def record(**more):
    return ListRecord(
        name="Bow", status="made", inputs=[["e.csv", "1"], ["c.json", "2"]], options={}, output_sha256="3", **more
    )


def test_other_results_come_with_another_version():
    # Whoever changes these results raises RESULT_VERSION, so that batches remake their lists.
    for name, sha256 in HASHES[RESULT_VERSION].items():
        assert hash_chunks([(EXAMPLE / name).read_bytes()]) == sha256


def test_records_survive_the_file(tmp_path):
    state = State(str(tmp_path))
    state.lists["bow.csv"] = record(best_score="1.5", pending=[{"x": 1}])
    state.pieces = {"1": {"head": {}}, "unused": {}}
    state.patches = {"e.csv": ["line"]}
    state.save()
    again = State(str(tmp_path))
    assert (again.lists, again.pieces, again.patches) == (state.lists, {"1": {"head": {}}}, {"e.csv": ["line"]})
    assert not again.is_damaged


def test_what_is_not_a_record_is_left_out(tmp_path):
    state = State(str(tmp_path))
    state.lists["bow.csv"] = record()
    state.save()
    path = tmp_path / STATE_NAME
    whole = json.loads(path.read_text())
    own = whole["lists"]["bow.csv"]
    for damaged in (
        7,
        {},
        {**own, "inputs": []},
        {**own, "inputs": [["a"], ["b"]]},
        {**own, "inputs": [["a", 1], ["b", 2]]},
        {**own, "name": 3},
        {**own, "more": 1},
    ):
        path.write_text(json.dumps({**whole, "lists": {"bow.csv": damaged}}))
        again = State(str(tmp_path))
        assert again.lists == {}
        assert again.is_damaged


def test_a_record_tells_nothing_twice():
    assert record(pending=[{"x": 1}]).without_pending() == record()
