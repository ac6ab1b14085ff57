"""``batch --checkpoint`` as people use it: batches that break off, go on, and refuse what is another's."""

import json
import os
import random

import pytest
from batch_folder import config, equipment_rows, files, make_folder, strays, write_equipment
from killed_runs import eager, kill_after_progress, start, version_of

from equipment_optimizer.batch import _list_maker as batch_maker
from equipment_optimizer.cli import main
from equipment_optimizer.system import checkpoint_file


def batch(folder, *options):
    return main(["batch", str(folder), "--checkpoint", str(folder / "run.ckpt"), "--workers", "1", *options])


def crash_at(monkeypatch, number):
    """Break a batch off while it makes the list of this number, counted from 0."""
    real, n_made = batch_maker._make, iter(range(number))

    def make(*arguments):
        if next(n_made, None) is None:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(batch_maker, "_make", make)


def made(folder):
    """When each list was written last."""
    return {path.name: version_of(path) for path in folder.glob("list*.csv")}


def test_a_killed_batch_goes_on_with_what_is_left(tmp_path):
    folder = tmp_path / "lists"
    make_folder(folder, 12, 8)
    assert main(["batch", str(folder), "--quiet"]) == 0
    expected = files(folder)
    for path in folder.glob("list*.csv"):
        path.write_text("Old,Score\n")
    checkpoint, dice = folder / "run.ckpt", random.Random()
    line = ["batch", folder, "--quiet", "--force", "--workers", "2", "--checkpoint", checkpoint, "--resume"]
    for _ in range(3):
        if not kill_after_progress(start(*line), checkpoint, dice.uniform(0, 0.15)):
            break
        assert all(own in (expected[name], b"Old,Score\n") for name, own in files(folder).items())
    last = start(*line)
    _, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    assert files(folder) == expected
    assert strays(folder) == []
    assert not checkpoint.exists()


@pytest.mark.parametrize("options", [["--force"], ["--disjoint"], ["--disjoint", "--priority"]])
def test_a_batch_that_breaks_off_anywhere_makes_nothing_twice(tmp_path, monkeypatch, capsys, options):
    eager(monkeypatch)
    expected = None
    for number in range(3):
        folder = tmp_path / str(number)
        make_folder(folder, 3, 4)
        if expected is None:
            assert batch(folder, "--quiet", *options) == 0
            expected = files(folder)
        else:
            with monkeypatch.context() as patch:
                crash_at(patch, number)
                assert batch(folder, "--quiet", *options) == 1
            before = made(folder)
            assert len(before) == number
            capsys.readouterr()
            assert batch(folder, "--resume", *options) == 0
            assert capsys.readouterr().out.count("\tmade\t") == 3
            assert before.items() <= made(folder).items()
        assert files(folder) == expected
        assert not (folder / "run.ckpt").exists()


def test_a_joint_choice_is_kept_with_the_lists_that_rest_on_it(tmp_path, monkeypatch, capsys):
    eager(monkeypatch)
    make_folder(tmp_path, 3, 4)
    crash_at(monkeypatch, 1)
    assert batch(tmp_path, "--disjoint", "--quiet") == 1
    monkeypatch.undo()
    eager(monkeypatch)
    monkeypatch.setattr("equipment_optimizer.batch.disjoint.share_out", None)
    assert batch(tmp_path, "--disjoint", "--resume") == 0
    assert "disjoint, jointly optimal: the best scores add up to " in capsys.readouterr().err


def test_a_list_that_changed_since_is_made_again(tmp_path, monkeypatch):
    eager(monkeypatch)
    make_folder(tmp_path, 3, 4)
    crash_at(monkeypatch, 2)
    assert batch(tmp_path, "--disjoint", "--priority", "--quiet") == 1
    monkeypatch.undo()
    (tmp_path / "list0.csv").write_text("mine\n")
    assert batch(tmp_path, "--disjoint", "--priority", "--quiet", "--resume") == 0
    again = files(tmp_path)
    assert main(["batch", str(tmp_path), "--disjoint", "--priority", "--force", "--quiet"]) == 0
    assert files(tmp_path) == again


def test_a_time_limit_is_spent_once(tmp_path, monkeypatch, capsys):
    eager(monkeypatch)
    write_equipment(tmp_path / "equipment.csv", equipment_rows(60))
    (tmp_path / "c.json").write_text(json.dumps(config(1, limit=5)))
    builds = {"defaults": {"equipment": "equipment.csv", "config": "c.json"}, "builds": [{"name": "a"}, {"name": "b"}]}
    builds["builds"][0]["time_limit"] = 1e-9
    (tmp_path / "B.json").write_text(json.dumps(builds))
    line = ["batch", str(tmp_path / "B.json"), "--workers", "1", "--checkpoint", str(tmp_path / "k")]
    with monkeypatch.context() as patch:
        crash_at(patch, 1)
        assert main([*line, "--quiet"]) == 1
    before = version_of(tmp_path / "a.csv")
    capsys.readouterr()
    assert main([*line, "--resume"]) == 5
    out = capsys.readouterr().out
    assert "\na\t" in out and "\tstopped\t" in out and "\tmade\t" in out
    assert version_of(tmp_path / "a.csv") == before
    assert not (tmp_path / "k").exists()


def test_a_batch_that_is_stopped_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    make_folder(tmp_path, 3, 4)
    real = batch_maker._make

    def make(*arguments):
        arguments[-1].set("Ctrl-C")
        return real(*arguments)

    monkeypatch.setattr(batch_maker, "_make", make)
    assert batch(tmp_path) == 5
    assert "run.ckpt keeps how far it came; with --resume the same command goes on\n" in capsys.readouterr().err
    monkeypatch.undo()
    assert batch(tmp_path) == 2
    assert "add --resume to go on from it" in capsys.readouterr().err
    assert batch(tmp_path, "--resume") == 0
    assert not (tmp_path / "run.ckpt").exists()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("equipment.csv", "equipment.csv has changed"),
        ("list1.json", "list1.json has changed"),
        ("list9.json", "it is of 4 input files, and these are 5"),
        ("--force", "--force was false and is true"),
        ("--only", '--only was [] and is ["list0"]'),
    ],
)
def test_a_checkpoint_of_another_batch_is_refused(tmp_path, monkeypatch, capsys, change, difference):
    eager(monkeypatch)
    make_folder(tmp_path, 3, 4)
    crash_at(monkeypatch, 1)
    assert batch(tmp_path, "--quiet") == 1
    monkeypatch.undo()
    options = {"--force": ["--force"], "--only": ["--only", "list0"]}.get(change, [])
    if not options:
        text = (
            (tmp_path / change).read_text() if (tmp_path / change).exists() else (tmp_path / "list0.json").read_text()
        )
        (tmp_path / change).write_text(text + "\n")
    before = files(tmp_path)
    capsys.readouterr()
    assert batch(tmp_path, "--resume", *options) == 2
    assert difference in capsys.readouterr().err
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "state", [{}, {"lists": []}, {"lists": {"list0": 7}}, {"lists": {"list0": {"status": "made"}}}]
)
def test_a_damaged_checkpoint_of_a_batch_is_refused(tmp_path, monkeypatch, capsys, state):
    make_folder(tmp_path, 1, 4)
    monkeypatch.setattr(batch_maker, "_make", lambda *arguments: arguments[-1].set("Ctrl-C") or 1 / 0)
    write = checkpoint_file.CheckpointFile.write
    monkeypatch.setattr(checkpoint_file.CheckpointFile, "write", lambda self, own: write(self, state))
    batch_file = tmp_path / "run.ckpt"
    make_folder(tmp_path, 2, 4)
    assert batch(tmp_path, "--quiet") == 1
    assert batch_file.exists()
    monkeypatch.undo()
    capsys.readouterr()
    assert batch(tmp_path, "--resume") == 2
    assert "is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resume"], "--resume needs --checkpoint FILE"),
        (["--checkpoint", "FOLDER/k", "--dry-run"], "--dry-run makes nothing, so that there is nothing to resume"),
        (["--checkpoint", "FOLDER/list0.csv"], "the batch writes to this file as well"),
        (["--checkpoint", "FOLDER/batch-state.json"], "the batch writes to this file as well"),
        (["--checkpoint", "FOLDER/c.md", "--changes", "FOLDER/c.md"], "the batch writes to this file as well"),
        (["--checkpoint", "FOLDER/list0.html", "--report-dir", "FOLDER"], "the batch writes to this file as well"),
        (["--checkpoint", "FOLDER/list0.json", "--resume"], "the output is also an input"),
        (["--checkpoint", "FOLDER/list0.json"], "it is no checkpoint: name another file"),
    ],
)
def test_bad_usage_is_refused_before_anything_is_written(tmp_path, capsys, options, message):
    make_folder(tmp_path, 2, 4)
    before = sorted(os.listdir(tmp_path))
    assert main(["batch", str(tmp_path), *(option.replace("FOLDER", str(tmp_path)) for option in options)]) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == before
