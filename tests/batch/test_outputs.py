"""What a batch writes: nothing good is replaced by nothing, folders are made, and what changed is made again."""

import json
import os
from dataclasses import replace

import pytest
from batch_folder import config, equipment_rows, files, make_folder, write_equipment

from equipment_optimizer.batch._compressed_bytes import Packed
from equipment_optimizer.batch._list_maker import Made
from equipment_optimizer.batch._outcome import Outcome
from equipment_optimizer.batch.batch_file import BuildList
from equipment_optimizer.batch.outputs import Outputs, page_name
from equipment_optimizer.cli import main
from equipment_optimizer.errors import UsageError

COMPLETE = b"Head,Score\nCap,3\nHood,2\n"
PARTIAL = b"Head,Proved,Score\nCap,no,3\n"
EMPTY = b"Head,Proved,Score\n"


@pytest.fixture
def build_list(tmp_path):
    make_folder(tmp_path, 1, 2)
    return BuildList(
        name="list0",
        equipment=str(tmp_path / "equipment.csv"),
        config=str(tmp_path / "list0.json"),
        output=str(tmp_path / "list0.csv"),
    )


def made_of(build_list, data, status="made"):
    n_results = data.count(b"\n") - 1
    return Made(
        outcome=Outcome(status=status, n_results=n_results, best_score="3"),
        output=Packed.of(lambda packed: packed.write(data)),
        inputs=(build_list.config,),
        positions=("Head",),
    )


def keep(build_list, data, status, **more):
    return Outputs(None, wants_changes=False, **more).keep(build_list, made_of(build_list, data, status))


def test_a_stopped_list_goes_beside_a_complete_one(tmp_path, build_list):
    assert keep(build_list, COMPLETE, "made") == build_list.output
    beside = str(tmp_path / "list0.partial.csv")
    assert keep(build_list, PARTIAL, "stopped") == beside
    assert (tmp_path / "list0.csv").read_bytes() == COMPLETE
    assert (tmp_path / "list0.partial.csv").read_bytes() == PARTIAL
    # What is complete is as up to date as it was.
    assert list(Outputs(None, wants_changes=False).reasons(build_list)) == []
    assert keep(build_list, COMPLETE, "made") == build_list.output
    assert not os.path.exists(beside)


def test_a_stopped_list_replaces_a_stopped_one_but_never_by_nothing(tmp_path, build_list):
    assert keep(build_list, PARTIAL, "stopped") == build_list.output
    assert keep(build_list, PARTIAL.replace(b"3", b"4"), "stopped") == build_list.output
    assert keep(build_list, EMPTY, "stopped") is None
    assert (tmp_path / "list0.csv").read_bytes() == PARTIAL.replace(b"3", b"4")
    assert keep(build_list, COMPLETE, "made") == build_list.output
    assert keep(build_list, EMPTY, "stopped") == str(tmp_path / "list0.partial.csv")
    assert (tmp_path / "list0.csv").read_bytes() == COMPLETE


@pytest.mark.parametrize("folder", ["new", "new/and/deep", "a b"])
def test_folders_are_made_when_they_are_needed(tmp_path, build_list, folder):
    moved = replace(build_list, output=str(tmp_path / folder / "out.csv"))
    outputs = Outputs(str(tmp_path / "pages" / "of it"), wants_changes=False)
    page = Packed.of(lambda packed: packed.write(b"<p>"))
    outputs.keep(moved, replace(made_of(moved, COMPLETE), page=page))
    assert (tmp_path / folder / "out.csv").read_bytes() == COMPLETE
    assert (tmp_path / "pages" / "of it" / "list0.html").read_bytes() == b"<p>"


def test_a_folder_that_is_a_file_is_told(tmp_path, build_list):
    moved = replace(build_list, output=str(tmp_path / "equipment.csv" / "out.csv"))
    with pytest.raises(UsageError, match="cannot make the folder"):
        keep(moved, COMPLETE, "made")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"limit": 7}, "its options changed"),
        ({"excel": "comma"}, "its options changed"),
        ({"encoding": "cp1252"}, "its options changed"),
        ({"strict": True}, "its options changed"),
        ({"spreadsheet_safe": True}, "its options changed"),
        ({"time_limit": 5.0}, None),
    ],
)
def test_what_decides_the_bytes_decides_whether_a_list_is_made_again(build_list, change, reason):
    keep(build_list, COMPLETE, "made")
    reasons = list(Outputs(None, wants_changes=False).reasons(replace(build_list, **change)))
    assert reasons == ([] if reason is None else [reason])


def test_a_record_of_before_there_were_such_options_is_still_good(tmp_path, build_list):
    keep(build_list, COMPLETE, "made")
    path = tmp_path / "batch-state.json"
    state = json.loads(path.read_text())
    record = state["lists"]["list0.csv"]
    assert set(record["options"]) == {"limit", "spreadsheet_safe"}
    del record["notices"]
    path.write_text(json.dumps(state))
    assert list(Outputs(None, wants_changes=False).reasons(build_list)) == []


def test_has_files_knows_what_was_written_in_either_place(tmp_path, build_list):
    outputs = Outputs(None, wants_changes=False)
    made, stopped = made_of(build_list, COMPLETE), made_of(build_list, PARTIAL, "stopped")
    outputs.keep(build_list, made)
    outputs.keep(build_list, stopped)
    for own in (made, stopped):
        assert Outputs(None, wants_changes=False).has_files(build_list, list(outputs.hashes_of(own)))
    other = made_of(build_list, b"Head,Score\n")
    assert not Outputs(None, wants_changes=False).has_files(build_list, list(outputs.hashes_of(other)))
    for damaged in (None, 7, [], [None, None], ["x"], ["x", None]):
        assert not Outputs(None, wants_changes=False).has_files(build_list, damaged)


def test_the_page_of_a_list_named_index_is_not_the_index():
    assert [page_name(name) for name in ("a", "Index", "index")] == ["a.html", "index (list).html", "index (list).html"]


# --- as people run it ---------------------------------------------------------------


def slow_batch(folder, time_limit):
    write_equipment(folder / "equipment.csv", equipment_rows(60))
    (folder / "c.json").write_text(json.dumps(config(1, limit=5)))
    one = {"name": "a", "equipment": "equipment.csv", "config": "c.json", "output": "new/a.csv"}
    (folder / "B.json").write_text(json.dumps({"builds": [one | ({"time_limit": time_limit} if time_limit else {})]}))
    return str(folder / "B.json")


def test_a_time_limit_leaves_the_complete_list_of_a_batch_alone(tmp_path, capsys):
    assert main(["batch", slow_batch(tmp_path, None)]) == 0
    before = (tmp_path / "new" / "a.csv").read_bytes()
    capsys.readouterr()
    assert main(["batch", slow_batch(tmp_path, 1e-9), "--force"]) == 5
    out, err = capsys.readouterr()
    assert (tmp_path / "new" / "a.csv").read_bytes() == before
    assert "\tstopped\t" in out
    assert "a.csv holds a complete list and is left as it is" in err
    assert "nothing was found in time" in err or "a.partial.csv" in err
    assert main(["batch", slow_batch(tmp_path, None), "--force", "--quiet"]) == 0
    assert set(os.listdir(tmp_path / "new")) == {"a.csv", "batch-state.json"}


def test_a_list_that_became_infeasible_keeps_its_builds(tmp_path):
    make_folder(tmp_path, 2, 3)
    assert main(["batch", str(tmp_path), "--quiet"]) == 0
    before = files(tmp_path)
    (tmp_path / "list1.json").write_text(json.dumps(config(1, min_defence=10**6)))
    assert main(["batch", str(tmp_path), "--quiet"]) == 3
    assert files(tmp_path) == before


@pytest.mark.parametrize("text", ["my notes\n", "Name,Body Part\nCap,Head\n", "a;b\n1;2\n"])
def test_a_file_that_is_no_list_of_builds_stays(tmp_path, capsys, text):
    make_folder(tmp_path, 2, 3)
    (tmp_path / "list1.csv").write_text(text)
    assert main(["batch", str(tmp_path)]) == 2
    assert "the output is there already and is no list of builds: " in capsys.readouterr().err
    assert (tmp_path / "list1.csv").read_text() == text
    assert (tmp_path / "list0.csv").exists()
    assert main(["batch", str(tmp_path), "--overwrite", "--quiet"]) == 0
    assert (tmp_path / "list1.csv").read_text() != text
