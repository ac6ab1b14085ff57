"""``--checkpoint`` and ``--resume`` as people use them: processes that are killed and started again."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, files, make_folder, strays, write_equipment

from equipment_optimizer.batch import _make_list as batch_maker
from equipment_optimizer.cli import main
from equipment_optimizer.system import checkpoint_file

ROOT = Path(__file__).resolve().parents[2]

#: Builds of an earlier search.
OLD = "Head,Score\nold,1\n"

#: The command with a checkpoint at every opportunity, in place of one a second.
EAGER = """
import sys
from equipment_optimizer.system import checkpoint_file
from equipment_optimizer.search.exhaustive import run as dividing
from equipment_optimizer.cli import main
checkpoint_file._INTERVAL_SECONDS = checkpoint_file._COST_RATIO = 0
dividing.PLAIN_TASK_COMBINATIONS = 20_000
sys.exit(main(sys.argv[1:]))
"""


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


def eager(monkeypatch):
    monkeypatch.setattr(checkpoint_file, "_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint_file, "_COST_RATIO", 0)


def start(*arguments):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", EAGER, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def version_of(path):
    """What tells one writing of a file from the next."""
    try:
        return path.stat().st_ino, path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def children_of(process):
    """Processes that a process has started and that live."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[1]) == process.pid:
                found.append(int(name))
    return found


def lives(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill_after_progress(process, checkpoint, seconds):
    """Kill a process this long after it has written a checkpoint; whether it was still running."""
    before = version_of(checkpoint)
    wait_until(lambda: process.poll() is not None or version_of(checkpoint) != before)
    time.sleep(seconds)
    workers = children_of(process)
    process.kill()
    process.communicate()
    wait_until(lambda: not any(map(lives, workers)))
    return process.returncode < 0


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
        limits = ["--time-limit", "0.1", "--checkpoint", "k", "--resume", "--manifest", "m.json"]
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
    feeder.wait(timeout=60)
    assert "pipe.csv cannot be read twice, so that a checkpoint would not know it again" in capsys.readouterr().err


def test_a_side_file_is_no_place_for_a_checkpoint(job, capsys):
    before = (job / "bonuses.csv").read_bytes()
    assert optimize("--quiet", "--checkpoint", "bonuses.csv", "--resume") == 2
    assert "the output is also an input: bonuses.csv" in capsys.readouterr().err
    assert (job / "bonuses.csv").read_bytes() == before


# --- batches -----------------------------------------------------------------------


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
