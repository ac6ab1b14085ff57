"""Disks, files, pipes, terminals, clocks and neighbours that misbehave, through the real command.

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
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, make_folder, old_output, write_equipment
from process_checks import in_session, wait_until

from equipment_optimizer.cli import main
from equipment_optimizer.system import _temporary_file as temporary_file
from equipment_optimizer.system import atomic_file, file_hashes

ROOT = Path(__file__).resolve().parents[2]
FULL = ROOT / "example_data" / "full"
OLD = old_output("out.csv")
OUTPUTS = ("out.csv", "m.json", "r.html")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and change users")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A folder with a job whose outputs are there from an earlier time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    write_equipment(tmp_path / "in" / "equipment.csv", equipment_rows(5))
    (tmp_path / "in" / "config.json").write_text(json.dumps(config(3, limit=300)))
    (tmp_path / "out").mkdir()
    for name in OUTPUTS:
        (tmp_path / "out" / name).write_bytes(old_output(name))
    before = _digest(tmp_path / "in")
    yield tmp_path
    assert _digest(tmp_path / "in") == before, "an input was changed"
    assert list(tmp_path.rglob(".*.tmp")) == []


def _digest(folder):
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(folder.iterdir())]


def command(*options, output="out/out.csv", everything=True):
    """The main job, with manifest and report."""
    own = ["--manifest", "out/m.json", "--report", "out/r.html"] if everything else []
    return [sys.executable, str(ROOT / "main.py"), "in/equipment.csv", output, "in/config.json", *own, *options]


def run(arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, **{"env": environment(), **more})


def environment(**changes):
    """This process's, with the package in reach; measuring coverage would write files of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    own = {**inherited, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), **changes}
    return {name: value for name, value in own.items() if value is not None}


def expected():
    """The builds of the job, by this process."""
    assert main(["optimize", "in/equipment.csv", "expected.csv", "in/config.json", "--quiet"]) == 0
    return Path("expected.csv").read_bytes()


def old_or(data):
    """Whether the outputs are old, or whole and new."""
    now = {name: Path("out", name).read_bytes() for name in OUTPUTS}
    assert now["out.csv"] in (OLD, data)
    assert now["m.json"] == old_output("m.json") or json.loads(now["m.json"])["n_results"] == 300
    assert now["r.html"] == old_output("r.html") or now["r.html"].rstrip().endswith(b"</html>")
    return [name for name in OUTPUTS if now[name] != old_output(name)]


# --- full disks ----------------------------------------------------------------


@pytest.fixture
def small_disk(job):
    """Mounts a file system of so many KiB on the folder of outputs."""
    mounted = []

    def mount(kib, options=""):
        for name in OUTPUTS:
            (job / "out" / name).unlink()
        what = ["mount", "-t", "tmpfs", "-o", f"size={kib}k{options}", "tmpfs", str(job / "out")]
        done = subprocess.run(what, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(job / "out")
        for name in OUTPUTS:
            (job / "out" / name).write_bytes(old_output(name))

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@ROOT_ONLY
@pytest.mark.parametrize(("kib", "new"), [(16, []), (56, ["out.csv", "m.json"])])
def test_a_disk_that_is_full_at_any_output_keeps_the_old_ones(small_disk, kib, new):
    small_disk(kib)
    done = run(command())
    assert done.returncode == 1
    first, mend = done.stderr.splitlines()[-2:]
    assert first.startswith("error: cannot write out/")
    assert first.endswith(": No space left on device")
    assert mend == "  mend: free some space, or write elsewhere"
    assert old_or(expected()) == new
    # Before the fixture takes the file system away.
    assert list(Path("out").rglob(".*.tmp")) == []


@ROOT_ONLY
def test_a_read_only_disk_is_told_before_the_work(small_disk):
    small_disk(64)
    subprocess.run(["mount", "-o", "remount,ro", str(Path("out").resolve())], check=True)
    done = run(command())
    assert done.returncode == 2
    assert "write-protected" in done.stderr or "Read-only file system" in done.stderr
    assert old_or(b"") == []


def limited(command, n_kib):
    """The command, none of whose files may become longer."""
    # Blocks of 512 bytes; the signal for it is ignored, so that the write fails instead.
    return ["sh", "-c", f"trap '' XFSZ; ulimit -f {int(2 * n_kib)}; " + 'exec "$0" "$@"', *command]


@pytest.mark.parametrize(("n_kib", "new"), [(0, []), (45, ["out.csv", "m.json"])])
def test_a_file_that_may_not_grow_is_told_and_the_old_one_stays(job, n_kib, new):
    done = run(limited(command(), n_kib))
    assert done.returncode == 1
    assert "error: cannot write out/" in done.stderr
    assert ": File too large\n  mend: write elsewhere\n" in done.stderr
    assert old_or(expected()) == new


@pytest.mark.parametrize("output", ["--manifest", "--report"])
def test_a_full_device_is_told_for_every_output(job, output):
    done = run([*command(everything=False), output, "/dev/full"])
    assert done.returncode == 1
    assert "error: cannot write /dev/full: No space left on device\n  mend: free some space" in done.stderr
    assert Path("out/out.csv").read_bytes() == expected()


def test_a_batch_that_cannot_write_says_so_for_every_list(tmp_path):
    folder = tmp_path / "lists"
    make_folder(folder, 3, 4)
    for i in range(3):
        (folder / f"list{i}.csv").write_bytes(OLD)
    batch = [sys.executable, "-m", "equipment_optimizer", "batch", str(folder), "--workers", "2"]
    done = run(limited(batch, 0.5))
    assert done.returncode == 1
    assert done.stderr.count("error in list") == 3
    assert done.stderr.count("File too large") == 3
    assert "Traceback" not in done.stderr
    assert [(folder / f"list{i}.csv").read_bytes() for i in range(3)] == [OLD] * 3
    assert list(folder.rglob(".*.tmp")) == []
    assert run(batch).returncode == 0
    assert not any((folder / f"list{i}.csv").read_bytes() == OLD for i in range(3))


def test_a_checkpoint_that_cannot_be_written_does_not_stop_the_work(job):
    done = run(command("--engine", "exhaustive", "--workers", "1", "--checkpoint", "out/c.dat", everything=False))
    assert done.returncode == 0, done.stderr
    done = run(
        command("--engine", "exhaustive", "--workers", "1", "--checkpoint", "/dev/full", everything=False),
    )
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("words", [["--help"], ["batch", "lists", "--dry-run"], ["--version"]])
@pytest.mark.parametrize("unbuffered", [None, "1"])
def test_a_full_standard_output_is_told_once_also_where_it_is_only_printed(tmp_path, monkeypatch, words, unbuffered):
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path / "lists", 1, 2)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "equipment_optimizer", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(PYTHONUNBUFFERED=unbuffered),
        )
    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot write standard output: No space left on device\n  mend: free some space, or write elsewhere\n"
    )


@pytest.mark.parametrize("unbuffered", [None, "1"])
def test_messages_that_nobody_takes_change_nothing(job, unbuffered):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(), stderr=full, env=environment(PYTHONUNBUFFERED=unbuffered))
    assert done.returncode == 0
    assert old_or(expected()) == list(OUTPUTS)


# --- targets -------------------------------------------------------------------


@pytest.mark.parametrize("option", ["output", "--report"])
@pytest.mark.parametrize("target", ["out", "in/equipment.csv", "in/config.json", "link.csv", "missing/x"])
def test_a_target_that_must_not_be_written_is_refused_before_the_work(job, option, target):
    (job / "link.csv").symlink_to("in/equipment.csv")
    if option == "output":
        done = run(command(output=target, everything=False))
    else:
        done = run([*command(everything=False), option, target])
    assert done.returncode == 2
    first, mend = done.stderr.splitlines()
    assert first.startswith("error: the output")
    assert mend.startswith("  mend: ")
    assert old_or(b"") == []


def test_a_link_to_another_disk_stays_a_link_and_its_file_is_replaced(job):
    (job / "elsewhere").mkdir()
    (job / "elsewhere" / "real.csv").write_bytes(OLD)
    (job / "link.csv").symlink_to("elsewhere/real.csv")
    assert run(command(output="link.csv")).returncode == 0
    assert (job / "link.csv").is_symlink()
    assert (job / "elsewhere" / "real.csv").read_bytes() == expected()


@NOT_ROOT
def test_a_write_protected_folder_is_refused_before_the_work(job):
    (job / "out").chmod(0o555)
    try:
        done = run(command())
    finally:
        (job / "out").chmod(0o755)
    assert done.returncode == 2
    assert "write-protected" in done.stderr
    assert old_or(b"") == []


def test_a_folder_that_vanishes_during_the_run_is_told(job):
    code = "import shutil\nfrom equipment_optimizer import pipeline\nreal = pipeline.optimize\n"
    code += "def optimize(*a, **k):\n    shutil.rmtree('out')\n    return real(*a, **k)\npipeline.optimize = optimize\n"
    done = run(patched(code, *command()[2:]))
    assert done.returncode == 1
    assert done.stderr.endswith("error: cannot write out/out.csv: No such file or directory\n  mend: write elsewhere\n")
    (job / "out").mkdir()


def patched(code, *arguments):
    """The main job after some code has run in the same process."""
    code += "\nimport sys\nfrom equipment_optimizer.cli import main\nsys.exit(main(['optimize', *sys.argv[1:]]))"
    return [sys.executable, "-c", code, *arguments]


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


# --- signals ----------------------------------------------------------------------------


def test_signals_at_random_moments_leave_whole_files_and_no_processes():
    import long_faults

    modes = {mode.name: mode for mode in long_faults.MODES}
    wanted = [modes[name] for name in ("single", "parallel", "batch")]
    seed = int(time.time())
    text, n_wrong = long_faults.run(wanted, seconds=3600, seed=seed, shots=6)
    assert n_wrong == 0, text


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("reason", [signal.SIGINT, signal.SIGTERM, "--time-limit"])
def test_a_command_whose_workers_are_all_stopped_can_still_be_ended(job, reason):
    write_equipment(job / "many.csv", equipment_rows(30))
    options = ["--engine", "exhaustive", "--workers", "2", "--manifest", "out/m.json"]
    options += ["--time-limit", "3"] if reason == "--time-limit" else []
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "many.csv", "out/out.csv", "in/config.json", *options],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert wait_until(lambda: len(in_session(process.pid)) >= 3, 60)
    for worker in in_session(process.pid) - {process.pid}:
        os.kill(worker, signal.SIGSTOP)
    if reason != "--time-limit":
        process.send_signal(reason)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 5, err
    assert "notice: stopped early by " in err
    assert json.loads(Path("out/m.json").read_text())["proved"] is False
    assert Path("out/out.csv").read_text().splitlines()[0].endswith(",Proved,Score")
    assert wait_until(lambda: not in_session(process.pid), 30)


def test_no_worker_outlives_a_killed_command(job):
    write_equipment(job / "many.csv", equipment_rows(30))
    arguments = [sys.executable, str(ROOT / "main.py"), "many.csv", "out/out.csv", "in/config.json"]
    process = subprocess.Popen(
        [*arguments, "--engine", "exhaustive", "--workers", "2"],
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert wait_until(lambda: len(in_session(process.pid)) >= 3, 60)
    finally:
        process.kill()
        process.wait()
    assert wait_until(lambda: not in_session(process.pid), 30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_outside_the_search_aborts_without_a_traceback(number):
    code = (
        "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "from equipment_optimizer import cli\nfrom equipment_optimizer.commands import verify\n"
        f"verify.run = lambda *_: os.kill(os.getpid(), {int(number)})\n"
        "code = cli.main(['verify', 'a', 'b', 'c'])\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "sys.exit(code)"
    )
    done = run([sys.executable, "-c", code])
    assert done.returncode == 1
    assert done.stderr == "error: aborted; outputs that were not finished are as they were before\n"
