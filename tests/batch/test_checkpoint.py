"""The checkpoint of a batch knows every list as soon as it is made."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_folder import files, make_folder

from equipment_optimizer.batch._compressed_bytes import Packed
from equipment_optimizer.batch._list_maker import Made
from equipment_optimizer.batch._outcome import Outcome
from equipment_optimizer.batch.batch_file import BuildList, read_batch
from equipment_optimizer.batch.checkpoint import BatchCheckpoint, JointPlan, files_of
from equipment_optimizer.batch.outputs import Outputs
from equipment_optimizer.cli import main
from equipment_optimizer.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


def checkpoint_of(folder, lists, **options):
    inputs = [path for build_list in lists for path in files_of(build_list)]
    return BatchCheckpoint(str(folder / "k"), inputs, options, pytest.fail)


def made_list(build_list, number, status="made"):
    """A list as it comes out of a worker, written."""
    data = f"Head,Score\nCap,{number}\n".encode()
    outcome = Outcome(status=status, n_results=1, best_score=str(number), worn_rows=[number], notices=["a notice"])
    return Made(outcome=outcome, output=Packed.of(lambda packed: packed.write(data)), positions=("Head",))


@pytest.fixture
def lists(tmp_path):
    make_folder(tmp_path, 3, 3)
    return list(read_batch(str(tmp_path)).lists)


def test_every_list_is_known_as_soon_as_it_is_made(tmp_path, lists):
    outputs = Outputs(None, wants_changes=False)
    checkpoint = checkpoint_of(tmp_path, lists)
    for number, build_list in enumerate(lists, 1):
        made = made_list(build_list, number)
        outputs.keep(build_list, made)
        checkpoint.finish(build_list, made, outputs)
        # What another process would find now.
        again = checkpoint_of(tmp_path, lists)
        found = [again.finished(own, Outputs(None, wants_changes=False)) for own in lists]
        assert [own is not None for own in found] == [k < number for k in range(3)]
        assert found[number - 1] == made.outcome


def test_a_list_whose_files_changed_is_not_finished(tmp_path, lists):
    outputs, checkpoint = Outputs(None, wants_changes=False), checkpoint_of(tmp_path, lists)
    made = made_list(lists[0], 1)
    outputs.keep(lists[0], made)
    checkpoint.finish(lists[0], made, outputs)
    Path(lists[0].output).write_text("Head,Score\nmine,1\n")
    assert checkpoint.finished(lists[0], Outputs(None, wants_changes=False)) is None


def test_what_was_decided_jointly_comes_back(tmp_path, lists):
    checkpoint_of(tmp_path, lists).decide("disjoint", {"list0": [2, 5], "list1": [3]})
    again = checkpoint_of(tmp_path, lists)
    assert again.joint == JointPlan(plan="disjoint", worn={"list0": [2, 5], "list1": [3]})
    assert again.is_continued
    again.remove()
    assert not checkpoint_of(tmp_path, lists).is_continued


@pytest.mark.parametrize(
    "joint",
    [
        7,
        "x",
        [],
        {},
        ["plan", {}],
        {"plan": "x"},
        {"plan": "x", "worn": []},
        {"plan": "x", "worn": {"list0": 3}},
        {"plan": "x", "worn": {"list0": ["x"]}},
        {"plan": 1, "worn": {}},
        {"plan": "x", "worn": {}, "more": 1},
    ],
)
def test_a_joint_choice_that_makes_no_sense_is_damage(tmp_path, lists, joint):
    checkpoint = checkpoint_of(tmp_path, lists)
    checkpoint._file.write({"lists": {}, "joint": joint})
    with pytest.raises(UsageError, match="is damaged"):
        checkpoint_of(tmp_path, lists)


def test_files_of_a_list_are_those_that_decide_it(tmp_path, lists):
    assert files_of(lists[0]) == (lists[0].equipment, lists[0].config)
    (tmp_path / "caps.csv").write_text("Name,Max Level\n")
    (tmp_path / "list0.json").write_text('{"files": {"skills": "caps.csv"}}')
    assert files_of(lists[0])[2:] == (str(tmp_path / "caps.csv"),)
    broken = BuildList(name="a", equipment="e.csv", config=str(tmp_path / "none.json"), output="a.csv")
    assert files_of(broken) == ("e.csv", broken.config)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")
def test_a_batch_that_is_killed_again_and_again_gets_on(tmp_path):
    folder = tmp_path / "lists"
    names = make_folder(folder, 12, 7)
    assert main(["batch", str(folder), "--quiet"]) == 0
    expected = files(folder)
    line = [sys.executable, "-m", "equipment_optimizer", "batch", str(folder), "--force", "--quiet", "--workers", "1"]
    line += ["--checkpoint", str(folder / "k"), "--resume"]
    made_at: dict[str, int] = {}
    n_again = n_killed = 0
    while n_killed < 100:
        process = subprocess.Popen(line, cwd=ROOT, stderr=subprocess.DEVNULL)
        before = {name: os.stat(folder / f"{name}.csv").st_mtime_ns for name in names}
        # Until three lists have been made, wherever it is then.
        while process.poll() is None:
            now = {name: os.stat(folder / f"{name}.csv").st_mtime_ns for name in names}
            if sum(now[name] != before[name] for name in names) >= 3:
                process.kill()
            time.sleep(0.002)
        process.wait()
        now = {name: os.stat(folder / f"{name}.csv").st_mtime_ns for name in names}
        written = {name for name in names if now[name] != before[name]}
        n_again += len(written & set(made_at))
        made_at.update((name, now[name]) for name in written)
        # It may be killed when all is done, before it ends: then no checkpoint is left.
        is_done = process.returncode == 0 or (set(made_at) == set(names) and not (folder / "k").exists())
        if is_done:
            break
        n_killed += 1
    assert is_done
    assert set(made_at) == set(names)
    # Killed between a list and the checkpoint it is made again: one for each kill at the most.
    assert n_again <= n_killed
    assert files(folder) == expected
