"""``--checkpoint`` and ``--resume`` as people use them: processes that are killed and started again."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from batch_folder import config, strays
from killed_runs import ROOT, kill_after_progress, start

from equipment_optimizer.cli import main

#: Builds of an earlier search.
OLD = "Head,Score\nold,1\n"


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A folder with a job of 2.1 million combinations that takes a second or so, and is the current one."""
    monkeypatch.chdir(tmp_path)
    # A set bonus: combinations are looked at one at a time.
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Set Bonus 1"
    dice = random.Random(7)
    rows = [
        f"{part} {k},{part},{dice.randint(1, 30)},{dice.choice(['Attack', 'Guard'])},{dice.randint(1, 3)},"
        f"{dice.choice(['Wolf', ''])}"
        for part, n_pieces in zip(
            ("Head", "Body", "Arms", "Waist", "Legs", "Charm"), (12, 12, 12, 12, 12, 9), strict=True
        )
        for k in range(n_pieces)
    ]
    (tmp_path / "equipment.csv").write_text("\n".join([header, *rows]) + "\n")
    (tmp_path / "bonuses.csv").write_text("Bonus Name,Pieces Required,Skill,Level\nWolf,3,Attack,2\n")
    (tmp_path / "config.json").write_text(json.dumps(config(3, limit=50, files={"set_bonuses": "bonuses.csv"})))
    return tmp_path


def optimize(*options, output="out.csv"):
    return main(["optimize", "equipment.csv", output, "config.json", "--engine", "exhaustive", *options])


@pytest.mark.parametrize("workers", [["1"], ["2", "--backend", "processes"]], ids=["serial", "workers"])
def test_a_search_that_is_killed_again_and_again_ends_with_the_same_bytes(job, workers):
    assert optimize("--quiet", "--workers", "1") == 0
    expected = (job / "out.csv").read_bytes()
    os.remove("out.csv")
    inputs = sorted(os.listdir(job))
    dice, checkpoint = random.Random(), job / "run.ckpt"
    line = ["optimize", "equipment.csv", "out.csv", "config.json", "--engine", "exhaustive", "--workers", *workers]
    line += ["--checkpoint", "run.ckpt", "--resume"]
    n_killed = 0
    for most_seconds in (0, 0.05, 0.1, 0.2):
        n_killed += kill_after_progress(start(*line), checkpoint, dice.uniform(0, most_seconds))
        if not checkpoint.exists():
            break
    assert n_killed
    last = start(*line)
    _, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    assert (job / "out.csv").read_bytes() == expected
    assert sorted(os.listdir(job)) == sorted([*inputs, "out.csv"])


def test_time_limits_add_up_to_the_whole_search(job, monkeypatch, capsys):
    assert optimize("--quiet") == 0
    expected = (job / "out.csv").read_bytes()
    os.remove("out.csv")
    capsys.readouterr()
    codes = []
    for workers in ("1", "1", "2", "1", "2"):
        backend = ["--backend", "processes"] if workers == "2" else []
        limits = ["--time-limit", "1e-9", "--checkpoint", "k", "--resume", "--manifest", "m.json"]
        codes.append(optimize(*limits, "--workers", workers, *backend))
        if codes[-1] != 5:
            break
        manifest = json.loads((job / "m.json").read_text())
        assert manifest["proved"] is False
        assert sum(manifest["counts"].values()) == manifest["n_combinations"]
        assert (job / "out.csv").read_text().splitlines()[0].endswith(",Proved,Score")
        assert "notice: k keeps how far it came; with --resume the same command goes on\n" in capsys.readouterr().err
    assert codes[0] == 5
    capsys.readouterr()
    assert optimize("--checkpoint", "k", "--resume", "--memory", "4GiB") == 0
    err = capsys.readouterr().err
    assert ("notice: going on from k: " in err) == (codes[-1] == 5)
    assert (job / "out.csv").read_bytes() == expected
    assert not (job / "k").exists()
    assert strays(job) == []


def stopped(job):
    """The bytes of a checkpoint of a search that was stopped at once."""
    assert optimize("--quiet", "--time-limit", "1e-9", "--checkpoint", "k") == 5
    return (job / "k").read_bytes()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("equipment.csv", "equipment.csv has changed"),
        ("config.json", "config.json has changed"),
        ("bonuses.csv", "bonuses.csv has changed"),
        ("--limit", "limit was 50 and is 7"),
    ],
)
def test_a_checkpoint_of_another_search_is_refused_and_stays(job, capsys, change, difference):
    before = stopped(job)
    (job / "out.csv").write_text(OLD)
    options = ["--limit", "7"] if change == "--limit" else []
    if not options:
        # As innocent as a change can be.
        with open(job / change, "a") as file:
            file.write("\n")
    capsys.readouterr()
    assert optimize("--quiet", "--checkpoint", "k", "--resume", *options) == 2
    assert capsys.readouterr().err == (
        f"error: the checkpoint k is of another job: {difference}\n"
        "  mend: give this job what it had then, or delete k to begin anew\n"
    )
    assert (job / "k").read_bytes() == before
    assert (job / "out.csv").read_text() == OLD


def test_hours_of_work_are_not_overwritten(job, capsys):
    before = stopped(job)
    assert optimize("--checkpoint", "k") == 2
    assert "add --resume to go on from it, or delete it to begin anew" in capsys.readouterr().err
    assert (job / "k").read_bytes() == before
    (job / "k").write_bytes(before[:-100])
    assert optimize("--checkpoint", "k", "--resume") == 2
    assert capsys.readouterr().err.endswith("error: the checkpoint k is damaged\n  mend: delete k to begin anew\n")


def test_one_line_serves_for_the_beginning_and_for_every_other_time(job, capsys):
    line = ["--checkpoint", "k", "--resume"]
    assert optimize(*line, "--time-limit", "1e-9") == 5
    assert "notice: k is not there yet: beginning at the beginning\n" in capsys.readouterr().err
    assert optimize(*line) == 0
    assert "notice: going on from k: " in capsys.readouterr().err
    assert not (job / "k").exists()


def decorated_job(folder):
    """The worked example with decorations, of three pieces a part: 729 builds whose slots are filled."""
    for path in (ROOT / "example_data" / "full").glob("*.*"):
        shutil.copy(path, folder)
    header, *rows = (folder / "equipment.csv").read_text().splitlines()
    part, kept, seen = header.split(",").index("Body Part"), [header], {}
    for row in rows:
        own = row.split(",")[part]
        seen[own] = seen.get(own, 0) + 1
        kept += [row] * (seen[own] <= 3)
    (folder / "equipment.csv").write_text("\n".join(kept) + "\n")
    whole = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({key: whole[key] for key in ("decorations", "files")}))


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_a_decorated_search_and_the_bounded_engine_take_the_same_line(tmp_path, engine, monkeypatch):
    decorated_job(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("equipment_optimizer.search.exhaustive._scan.PLAIN_BLOCK_LENGTH", 100)
    line = ["optimize", "equipment.csv", "out.csv", "config.json", "--engine", engine, "--quiet", "--limit", "5"]
    resumable = [*line, "--checkpoint", "k", "--resume"]
    if engine == "exhaustive":
        assert main([*resumable, "--time-limit", "1e-9"]) == 5
        assert os.path.exists("k")
    assert main(resumable) == 0
    assert not os.path.exists("k")
    resumed = Path("out.csv").read_bytes()
    assert main(line) == 0
    assert Path("out.csv").read_bytes() == resumed


def test_a_search_without_an_answer_leaves_no_checkpoint(job):
    text = json.loads((job / "config.json").read_text())
    (job / "config.json").write_text(json.dumps({**text, "min_defence": 10_000}))
    assert optimize("--quiet", "--time-limit", "1e-9", "--checkpoint", "k") == 5
    assert (job / "k").exists()
    assert optimize("--quiet", "--checkpoint", "k", "--resume") == 3
    assert not (job / "k").exists()


def test_an_input_that_cannot_be_read_twice_is_refused(job, capsys):
    os.mkfifo("pipe.csv")
    feeder = subprocess.Popen(f"cat {job / 'equipment.csv'} > pipe.csv", shell=True)
    assert main(["optimize", "pipe.csv", "out.csv", "config.json", "--quiet", "--checkpoint", "k"]) == 2
    feeder.wait(timeout=300)
    assert "pipe.csv cannot be read twice, so that a checkpoint would not know it again" in capsys.readouterr().err


def test_a_side_file_is_no_place_for_a_checkpoint(job, capsys):
    before = (job / "bonuses.csv").read_bytes()
    assert optimize("--quiet", "--checkpoint", "bonuses.csv", "--resume") == 2
    assert "the output is also an input: bonuses.csv" in capsys.readouterr().err
    assert (job / "bonuses.csv").read_bytes() == before
