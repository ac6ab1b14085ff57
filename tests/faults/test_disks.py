"""Disks that are full or read-only, and targets that cannot be written: old files stay, and it is told why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from batch_folder import make_folder, old_output
from fault_job import OLD, OUTPUTS, command, environment, expected, old_or, patched, run

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and change users")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


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
