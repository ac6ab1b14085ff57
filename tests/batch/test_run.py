"""Batches as people run them: what is remade, what is reported, what is left behind."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, files, make_folder, strays, write_equipment

from equipment_optimizer.batch import _list_maker as batch_maker
from equipment_optimizer.batch._state_file import STATE_NAME
from equipment_optimizer.batch.run import BatchRun, worst
from equipment_optimizer.cli import main
from equipment_optimizer.errors import MemoryBudgetError, WorkerError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    make_folder(tmp_path / "lists")
    return tmp_path / "lists"


def batch(folder, *options):
    return main(["batch", str(folder), *options])


def table(out):
    """What happened to each list, by name."""
    rows = [line.split("\t") for line in out.splitlines()]
    assert rows[0] == ["list", "rows", "best score", "what happened", "seconds", "notices"]
    return {row[0]: row[3] for row in rows[1:]}


def singles(folder, tmp_path):
    """What the single command makes of every config."""
    made = tmp_path / "singles"
    made.mkdir()
    for path in folder.glob("*.json"):
        if path.name != STATE_NAME:
            out = made / f"{path.stem}.csv"
            assert main(["optimize", str(folder / "equipment.csv"), str(out), str(path), "--quiet"]) == 0
    return files(made)


@pytest.mark.parametrize("workers", [("auto",), ("1",), ("2",), ("3",), ("2", "--backend", "dask")])
def test_the_bytes_are_those_of_the_single_command(folder, tmp_path, workers):
    assert batch(folder, "--quiet", "--workers", *workers) == 0
    made = files(folder)
    del made["equipment.csv"]
    assert made == singles(folder, tmp_path)


def test_a_second_run_makes_nothing(folder, capsys):
    assert batch(folder) == 0
    assert set(table(capsys.readouterr().out).values()) == {"made"}
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert batch(folder) == 0
    out, err = capsys.readouterr()
    assert set(table(out).values()) == {"up to date"}
    assert re.fullmatch(r"3 up to date, [0-9.]+ s\n", err)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_run_with_nothing_to_do_imports_nothing_heavy(folder):
    assert batch(folder, "--quiet") == 0
    code = (
        f"from equipment_optimizer.cli import main\nassert main(['batch', {str(folder)!r}]) == 0\n"
        "import sys\nassert not {'numpy', 'rich', 'jinja2', 'multiprocessing'} & set(sys.modules), sys.modules"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_changed_decides_what_is_remade(folder, capsys):
    assert batch(folder, "--quiet") == 0
    capsys.readouterr()
    (folder / "list1.json").write_text(json.dumps(config(7)))
    assert batch(folder) == 0
    assert table(capsys.readouterr().out) == {"list0": "up to date", "list1": "made", "list2": "up to date"}
    write_equipment(folder / "equipment.csv", equipment_rows(5))
    assert batch(folder) == 0
    assert set(table(capsys.readouterr().out).values()) == {"made"}


def test_dry_run_says_why_and_writes_nothing(folder, capsys, monkeypatch):
    assert batch(folder, "--dry-run") == 0
    assert capsys.readouterr().out == "".join(f"list{i}: to make (not made yet)\n" for i in range(3))
    assert not (folder / STATE_NAME).exists()
    assert batch(folder, "--quiet") == 0
    capsys.readouterr()
    (folder / "list0.csv").unlink()
    (folder / "list1.csv").write_text("mine")
    (folder / "list2.json").write_text(json.dumps(config(9)))
    monkeypatch.setattr("equipment_optimizer.batch.outputs.RESULT_VERSION", 4)
    assert batch(folder, "--dry-run") == 0
    version = "another version of the program made it"
    assert capsys.readouterr().out.splitlines() == [
        f"list0: to make ({version}, its output is missing)",
        f"list1: to make ({version}, its output was changed)",
        f"list2: to make ({version}, list2.json changed)",
    ]


def test_a_side_file_counts_as_an_input(folder, capsys):
    (folder / "set_bonuses.csv").write_text("Bonus Name,Pieces Required,Skill,Level\n")
    own = config(0, files={"set_bonuses": "set_bonuses.csv"})
    (folder / "list0.json").write_text(json.dumps(own))
    assert batch(folder, "--quiet") == 0
    capsys.readouterr()
    (folder / "set_bonuses.csv").write_text("Bonus Name,Pieces Required,Skill,Level\nX,1,Attack,1\n")
    assert batch(folder, "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[0] == "list0: to make (set_bonuses.csv changed)"


def test_a_folder_that_is_moved_stays_up_to_date(folder, capsys):
    assert batch(folder, "--quiet") == 0
    capsys.readouterr()
    moved = folder.rename(folder.parent / "moved")
    assert batch(moved) == 0
    assert set(table(capsys.readouterr().out).values()) == {"up to date"}


@pytest.mark.parametrize("damage", ["", "nonsense", "[]", '{"format": 99}', '{"format":1,"lists":{"list0.csv":7},'])
def test_a_lost_or_damaged_state_costs_a_rerun_only(folder, capsys, damage):
    assert batch(folder, "--quiet") == 0
    capsys.readouterr()
    before = files(folder)
    if damage:
        (folder / STATE_NAME).write_text(damage)
    else:
        (folder / STATE_NAME).unlink()
    assert batch(folder) == 0
    out, err = capsys.readouterr()
    assert set(table(out).values()) == {"made"}
    assert ("cannot be understood" in err) == bool(damage)
    assert files(folder) == before
    assert batch(folder) == 0
    assert set(table(capsys.readouterr().out).values()) == {"up to date"}


def test_a_broken_list_is_named_and_the_others_are_made(folder, capsys):
    (folder / "list1.json").write_text('{"limit": "seven"}')
    assert batch(folder) == 2
    out, err = capsys.readouterr()
    assert table(out) == {"list0": "made", "list1": "failed", "list2": "made"}
    assert "error in list1:\n" in err
    assert 'list1.json:1:11: expected a number, got "seven" [$.limit]\n  mend: write 7 without quotes' in err
    assert sorted(files(folder)) == ["equipment.csv", "list0.csv", "list2.csv"]
    (folder / "list1.json").write_text(json.dumps(config(1)))
    assert batch(folder) == 0
    assert table(capsys.readouterr().out) == {"list0": "up to date", "list1": "made", "list2": "up to date"}


def test_a_list_that_breaks_keeps_its_old_output(folder):
    assert batch(folder, "--quiet") == 0
    before = files(folder)
    good = (folder / "list1.json").read_text()
    (folder / "list1.json").write_text("{")
    assert batch(folder, "--quiet") == 2
    assert files(folder) == before
    (folder / "list1.json").write_text(good)
    assert batch(folder, "--quiet", "--dry-run") == 0


def test_an_infeasible_list_is_remembered(folder, capsys):
    (folder / "list1.json").write_text(json.dumps(config(1, min_defence=10_000)))
    assert batch(folder) == 3
    assert table(capsys.readouterr().out)["list1"] == "infeasible"
    assert batch(folder) == 3
    out, err = capsys.readouterr()
    assert table(out) == {"list0": "up to date", "list1": "infeasible", "list2": "up to date"}
    assert "error in list1:\nno build satisfies the config" in err


def test_a_list_that_its_time_limit_stops_is_made_again(tmp_path, capsys):
    rows = equipment_rows(60)
    write_equipment(tmp_path / "equipment.csv", rows)
    (tmp_path / "c.json").write_text(json.dumps(config(1, limit=5)))
    builds = {"defaults": {"equipment": "equipment.csv", "config": "c.json"}, "builds": [{"name": "a"}, {"name": "b"}]}
    builds["builds"][0]["time_limit"] = 1e-9
    (tmp_path / "B.json").write_text(json.dumps(builds))
    assert main(["batch", str(tmp_path / "B.json")]) == 5
    assert table(capsys.readouterr().out) == {"a": "stopped", "b": "made"}
    assert "Proved" in (tmp_path / "a.csv").read_text().splitlines()[0]
    assert main(["batch", str(tmp_path / "B.json"), "--dry-run"]) == 0
    assert capsys.readouterr().out == "a: to make (not made by a batch yet)\nb: up to date\n"


def test_the_exit_code_is_the_worst():
    assert worst([]) == 0
    ranking = [0, 3, 5, 4, 2, 1]
    for i, code in enumerate(ranking):
        assert worst(ranking[: i + 1]) == code


def test_a_memory_error_of_one_list_does_not_stop_the_others(folder, capsys, monkeypatch):
    make = batch_maker._make

    def failing(maker, job, loaded, flag):
        if job.build_list.name == "list0":
            raise MemoryError
        if job.build_list.name == "list1":
            raise MemoryBudgetError("too little", "give more")
        if job.build_list.name == "list2":
            raise ZeroDivisionError("a bug")
        return make(maker, job, loaded, flag)

    make_folder(folder, 4)
    monkeypatch.setattr(batch_maker, "_make", failing)
    assert batch(folder, "--workers", "1") == 1
    out, err = capsys.readouterr()
    assert table(out) == {"list0": "failed", "list1": "failed", "list2": "failed", "list3": "made"}
    assert "error in list0:\nout of memory\n" in err
    assert "error in list1:\ntoo little\n  mend: give more\n" in err
    assert "error in list2:\ninternal error: ZeroDivisionError: a bug\n" in err


def test_a_list_that_takes_its_workers_down_does_not_stop_the_others(folder, capsys, monkeypatch):
    results = BatchRun._results

    def failing(self, flag, jobs):
        for made, job in zip(results(self, flag, jobs), jobs, strict=True):
            if job.build_list.name == "list1":
                raise WorkerError("a worker process died three times over")
            yield made

    monkeypatch.setattr(BatchRun, "_results", failing)
    assert batch(folder) == 1
    out, err = capsys.readouterr()
    assert table(out) == {"list0": "made", "list1": "failed", "list2": "made"}
    assert "error in list1:\na worker process died three times over\n" in err


def test_a_config_of_another_place_is_another_config(tmp_path, capsys):
    make_folder(tmp_path, 1)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "list0.json").write_text((tmp_path / "list0.json").read_text())
    for config_path, expected in (("list0.json", "made"), ("list0.json", "up to date"), ("sub/list0.json", "made")):
        builds = [{"name": "a", "equipment": "equipment.csv", "config": config_path}]
        (tmp_path / "B.json").write_text(json.dumps({"builds": builds}))
        assert main(["batch", str(tmp_path / "B.json")]) == 0
        assert table(capsys.readouterr().out) == {"a": expected}


def test_only_and_force_choose(folder, capsys):
    assert batch(folder, "--only", "list2", "--only", "list0") == 0
    assert table(capsys.readouterr().out) == {"list0": "made", "list2": "made"}
    assert batch(folder, "--only", "list2", "--force") == 0
    assert table(capsys.readouterr().out) == {"list2": "made"}
    assert batch(folder, "--only", "lsit2") == 2
    assert "no build list is named 'lsit2'\n  mend: did you mean 'list2'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--priority"], "--priority needs --disjoint"),
        (["--disjoint", "--only", "list0"], "--disjoint needs all lists, and --only leaves some out"),
        (["--report-dir", "FOLDER/list0.json"], "the folder for reports is a file: "),
        (["--changes", "nowhere/c.md"], "the output's folder does not exist: nowhere"),
        (["--changes", "FOLDER/list0.csv"], "the page of changes and the builds of list0 would be the same file"),
        (["--changes", "FOLDER/list0.json"], "the output is also an input"),
        (["--workers", "0"], "neither auto nor a whole number of at least 1: '0'"),
    ],
)
def test_bad_usage_is_refused_before_anything_is_written(folder, capsys, options, message):
    before = sorted(os.listdir(folder))
    assert batch(folder, *(option.replace("FOLDER", str(folder)) for option in options)) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir(folder)) == before


def test_an_output_that_is_an_input_fails_its_list_only(tmp_path, capsys):
    make_folder(tmp_path, 2)
    builds = [{"name": "a", "config": "list0.json", "output": "list0.json"}, {"name": "b", "config": "list1.json"}]
    path = tmp_path / "builds.txt"
    path.write_text(json.dumps({"defaults": {"equipment": "equipment.csv"}, "builds": builds}))
    assert main(["batch", str(path)]) == 2
    out, err = capsys.readouterr()
    assert table(out) == {"a": "failed", "b": "made"}
    assert "the output is also an input" in err


def test_a_notice_that_several_lists_share_is_given_once(folder, capsys):
    text = (folder / "equipment.csv").read_text().splitlines()
    (folder / "equipment.csv").write_text("\n".join([text[0] + ",Colour", *(line + ",red" for line in text[1:])]))
    assert batch(folder) == 0
    assert capsys.readouterr().err.count("columns that nothing uses: Colour") == 1


def test_equipment_that_lists_share_is_read_once(folder, monkeypatch):
    from equipment_optimizer.loading import jobs as loading

    reads = []
    survey = loading.survey_pieces

    def counting(*arguments, **options):
        reads.append(1)
        return survey(*arguments, **options)

    monkeypatch.setattr(loading, "survey_pieces", counting)
    assert batch(folder, "--quiet", "--workers", "1") == 0
    assert len(reads) == 1


def start(folder):
    command = [sys.executable, "-m", "equipment_optimizer", "batch", str(folder), "--quiet", "--workers", "2"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def test_a_killed_batch_leaves_whole_files_and_a_rerun_completes_it(tmp_path):
    folder = tmp_path / "lists"
    names = make_folder(folder, 8, 7)
    assert batch(folder, "--quiet") == 0
    expected = files(folder)
    (folder / STATE_NAME).unlink()
    for name in names:
        (folder / f"{name}.csv").write_text("Old,Score\n")
    dice = random.Random()
    for _ in range(5):
        with start(folder) as process:
            time.sleep(dice.uniform(0, 0.8))
            process.kill()
            process.wait()
        now = files(folder)
        assert all(now[name] in (expected[name], b"Old,Score\n") for name in expected)
    n_done = sum(own == expected[name] for name, own in files(folder).items()) - 1
    assert batch(folder, "--quiet") == 0
    assert files(folder) == expected
    assert strays(folder) == []
    assert 0 <= n_done <= len(names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_batch_keeps_what_is_done_and_says_so(tmp_path, number):
    folder = tmp_path / "lists"
    names = make_folder(folder, 60, 7)
    process = start(folder)
    while not list(folder.glob("list*.csv")):
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    if process.returncode != 0:  # it may have been faster than the signal
        assert process.returncode == 5, err
    assert strays(folder) == []
    made = set(files(folder)) - {"equipment.csv"}
    assert batch(folder, "--quiet") == 0
    assert made <= {f"{name}.csv" for name in names} == set(files(folder)) - {"equipment.csv"}
