"""Files, pipes, terminals, clocks and neighbours that misbehave, through the real command.

Whatever happens: inputs stay as they are, every output is the old one or the new one
as a whole, no temporary file is left, and the exit code and one or two lines say
what happened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from batch_folder import make_folder
from fault_job import FULL, OLD, OUTPUTS, ROOT, command, environment, expected, old_or, patched, run

from equipment_optimizer.cli import main
from equipment_optimizer.system import _temporary_file as temporary_file
from equipment_optimizer.system import atomic_file, file_hashes

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and change users")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


# --- inputs that do not keep still ------------------------------------------------


@pytest.mark.parametrize("what", ["equipment.csv", "config.json"])
def test_an_input_that_vanishes_before_it_is_read_is_told(job, what):
    (job / "in" / what).rename(job / what)
    done = run(command())
    (job / what).rename(job / "in" / what)
    assert done.returncode == 2
    assert done.stderr == f"in/{what}: no such file\n  mend: check the name and the folder\n"
    assert old_or(b"") == []


AFTER_LOADING = """
import os
from equipment_optimizer import pipeline
real = pipeline.optimize
def optimize(*arguments, **options):
    {action}
    return real(*arguments, **options)
pipeline.optimize = optimize
"""


@pytest.mark.parametrize(
    "action", ["os.rename('in/equipment.csv', 'gone')", "open('in/equipment.csv', 'a').write('nonsense')"]
)
def test_what_happens_to_an_input_once_it_is_read_does_not_matter(job, action):
    text = (job / "in" / "equipment.csv").read_bytes()
    done = run(patched(AFTER_LOADING.format(action=action), *command()[2:]))
    (job / "in" / "equipment.csv").write_bytes(text)
    assert done.returncode == 0, done.stderr
    assert old_or(expected()) == list(OUTPUTS)
    recorded = {entry["path"]: entry["sha256"] for entry in json.loads(Path("out/m.json").read_text())["inputs"]}
    assert recorded["in/equipment.csv"] == hashlib.sha256(text).hexdigest()


KEEP_WRITING = """
import sys, time
path = sys.argv[1]
text = open(path, "rb").read()
while True:
    with open(path, "r+b") as file:
        file.truncate(len(text) // 2)
        file.flush()
        time.sleep(0.01)
        file.seek(0)
        file.write(text)
    time.sleep(0.01)
"""


def test_an_input_that_is_changed_while_it_is_read_is_never_half_believed(job):
    # Written in place, again and again, by somebody else: every state of it is either faulty or a whole list.
    path = job / "in" / "equipment.csv"
    text = path.read_bytes()
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            KEEP_WRITING,
            str(path),
        ]
    )
    try:
        outcomes = [run(command(everything=False)) for _ in range(2)]
    finally:
        writer.kill()
        writer.wait()
        path.write_bytes(text)
    for done in outcomes:
        assert done.returncode in (0, 2, 3), done.stderr
        assert "Traceback" not in done.stderr


def test_a_hash_that_cannot_be_of_what_was_read_is_not_recorded(job, monkeypatch, capsys):
    # Changed between being read and being hashed.
    real = file_hashes.hash_files
    text = (job / "in" / "config.json").read_bytes()

    def late(paths):
        (job / "in" / "config.json").write_bytes(text + b" ")
        return real(paths)

    monkeypatch.setattr(file_hashes, "hash_files", late)
    code = main(["optimize", "in/equipment.csv", "out/out.csv", "in/config.json", "--manifest", "out/m.json"])
    (job / "in" / "config.json").write_bytes(text)
    assert code == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "error: in/config.json was changed while it was read",
        "  mend: run again when nobody writes to it",
    ]
    assert old_or(b"") == []


# --- pipes and terminals -------------------------------------------------------------


@pytest.mark.parametrize("unbuffered", [None, "1"])
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["optimize", "in/equipment.csv", "-", "in/config.json"],
        ["batch", "lists"],
    ],
)
def test_a_reader_that_goes_away_is_no_error_to_talk_about(job, words, unbuffered):
    make_folder(job / "lists", 1, 2)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "equipment_optimizer", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONUNBUFFERED=unbuffered),
    )
    os.close(writer)
    assert done.returncode == 1
    assert "rror" not in done.stderr.replace("notice", "")


def test_head_takes_what_it_wants(job):
    line = " ".join(command(output="-", everything=False)) + " --limit 2000 | head -n 3; echo ${PIPESTATUS[0]}"
    done = run(["bash", "-c", line])
    *rows, code = done.stdout.splitlines()
    assert [len(rows), done.stderr.count("rror")] == [3, 0]
    assert int(code) in (0, 1)


@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&- <&-"])
def test_a_missing_terminal_and_missing_streams_change_nothing(job, streams):
    line = "exec setsid " + " ".join(command()) + " " + streams
    done = subprocess.run(["bash", "-c", line], env=environment(TERM=None), timeout=120)
    assert done.returncode == 0
    assert old_or(expected()) == list(OUTPUTS)


def test_a_terminal_that_goes_away_during_the_run_does_not_matter(job):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("--engine", "exhaustive", "--workers", "1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment(TERM="xterm"),
        start_new_session=True,
    )
    os.close(theirs)
    os.close(ours)
    assert process.wait(timeout=120) == 0
    assert old_or(expected()) == list(OUTPUTS)


@pytest.mark.parametrize("locale", ["C", "xx_XX.nonsense"])
def test_names_and_bytes_do_not_depend_on_the_locale(job, locale):
    where = job / "Bögen"
    where.mkdir()
    own = environment(LC_ALL=locale, LANG=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING=None)
    done = run(command(output="Bögen/α.csv"), env=own)
    assert done.returncode == 0, done.stderr
    assert (where / "α.csv").read_bytes() == expected()
    done = run(command(output="Bögen/fehlt/α.csv"), env=own)
    assert done.returncode == 2
    assert "folder does not exist" in done.stderr
    assert "Traceback" not in done.stderr


# --- caches, clocks, neighbours --------------------------------------------------------


@contextlib.contextmanager
def copied_package():
    """A copy of the program that nobody can write to, root neither, without compiled code."""
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    is_root, mounted = os.geteuid() == 0, False
    try:
        if is_root:
            mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
            if subprocess.run(mount, capture_output=True).returncode:
                pytest.skip("root can write everywhere, and no file system can be mounted here")
            mounted = True
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "equipment_optimizer", folder / "equipment_optimizer", ignore=ignore)
        shutil.copytree(FULL, folder / "full")
        shutil.copy(ROOT / "main.py", folder)
        if is_root:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        else:
            for path in [folder, *folder.rglob("*")]:
                path.chmod(0o555 if path.is_dir() else 0o444)
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        for path in [folder, *(one for one in folder.rglob("*") if one.is_dir())]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_home_and_a_program_that_cannot_be_written_change_nothing(tmp_path):
    # Nobody may insist on writing into the home, beside the program, or for temporary files.
    with copied_package() as folder:
        nowhere = "/proc/nowhere"
        own = environment(HOME=nowhere, XDG_CACHE_HOME=nowhere, XDG_CONFIG_HOME=nowhere, TMPDIR=nowhere)
        own["PYTHONPATH"] = str(folder)
        job = [sys.executable, "main.py", "full/equipment.csv", str(tmp_path / "o.csv"), "full/config.json"]
        done = run([*job, "--limit", "1", "--engine", "bounded"], cwd=folder, env=own)
        assert done.returncode == 0, done.stderr
    got = (tmp_path / "o.csv").read_bytes().splitlines()
    assert got[1:] == (FULL / "builds.csv").read_bytes().splitlines()[1:2]


BACKWARDS = """
import time
steps = iter(range(10**9))
def backwards(*_):
    return 2e9 - next(steps) * 3600
time.time = backwards
time.time_ns = lambda: int(backwards() * 1e9)
"""


def test_a_clock_that_goes_backwards_changes_nothing(job):
    done = run(patched(BACKWARDS, *command("--time-limit", "100", "--workers", "2", "--engine", "exhaustive")[2:]))
    assert done.returncode == 0, done.stderr
    assert old_or(expected()) == list(OUTPUTS)
    assert json.loads(Path("out/m.json").read_text())["elapsed_seconds"] >= 0


def test_files_from_the_future_and_the_past_change_nothing(tmp_path):
    folder = tmp_path / "lists"
    make_folder(folder, 2, 4)
    for name, when in (("equipment.csv", 4e9), ("list0.json", 0), ("list1.json", 4e9)):
        os.utime(folder / name, (when, when))
    assert main(["batch", str(folder), "--quiet"]) == 0
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.csv")}
    assert main(["batch", str(folder), "--quiet"]) == 0
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.csv")} == before


def test_several_runs_that_write_the_same_outputs_at_once_leave_whole_ones(job):
    data = expected()
    runs = [subprocess.Popen(command(), stderr=subprocess.PIPE, text=True, env=environment()) for _ in range(3)]
    while any(process.poll() is None for process in runs):
        assert Path("out/out.csv").read_bytes() in (OLD, data)
        time.sleep(0.005)
    messages = [process.communicate()[1] for process in runs]
    assert [process.returncode for process in runs] == [0] * 3, messages
    assert old_or(data) == list(OUTPUTS)


def test_a_namesake_elsewhere_is_not_taken_for_dead(job, monkeypatch):
    # Another container has processes of the same number; both write the same target.
    target = str(job / "out" / "out.csv")
    writing = """
import os, sys
from equipment_optimizer.system import _temporary_file as temporary_file
temporary_file.os.getpid = lambda: int(sys.argv[2])
from equipment_optimizer.system.atomic_file import atomic_writer
with atomic_writer(sys.argv[1]) as writer:
    writer.write(b"theirs")
    print("half", flush=True)
    sys.stdin.read()
"""
    theirs = subprocess.Popen(
        [sys.executable, "-c", writing, target, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert theirs.stdout.readline() == "half\n"
    with atomic_file.atomic_writer(target) as writer:
        writer.write(b"ours, in two ")
        writer.write(b"pieces")
    assert Path(target).read_bytes() == b"ours, in two pieces"
    theirs.communicate("go on")
    assert theirs.returncode == 0
    assert Path(target).read_bytes() == b"theirs"


def test_a_file_system_without_locks_goes_by_process_numbers(job, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(temporary_file.fcntl, "flock", refuse)
    stale = job / "out" / ".out.csv.99999999.tmp"
    stale.write_bytes(b"half")
    with atomic_file.atomic_writer(str(job / "out" / "out.csv")) as writer:
        writer.write(b"new")
    assert not stale.exists()
    assert (job / "out" / "out.csv").read_bytes() == b"new"
