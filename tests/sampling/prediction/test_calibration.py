"""Costs of the machine: measured once, kept by start method."""

from __future__ import annotations

import importlib.machinery
import os
import subprocess
import sys
import threading
import types

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling import advice as advice_module
from equipment_optimizer.sampling import optimize, tuning
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system.machine import default_start_method

pytestmark = pytest.mark.usefixtures("fresh_calibration")


def test_constants_of_the_machine_are_measured_once(monkeypatch, two_free_cores):
    optimize(tasks.spin_1ms, range(5_000))
    assert calibration.known_costs(default_start_method(), bandwidth=False) is not None
    # Nobody measures again, which would fail.
    monkeypatch.setattr(advice_module, "calibrate", None)
    optimize(tasks.spin_1ms, range(5_000))


def test_constants_are_kept_by_start_method(two_free_cores):
    costs, pool = calibration.calibrate(1, bandwidth=True)
    pool.close()
    assert costs.in_seconds_per_byte > 0
    assert costs.out_seconds_per_byte > 0
    method = default_start_method()
    assert calibration.known_costs(method, bandwidth=True) is not None
    assert calibration.known_costs("another", bandwidth=False) is None
    # Measuring again without the bandwidth keeps the one known.
    again, pool = calibration.calibrate(1, bandwidth=False)
    pool.close()
    assert again.in_seconds_per_byte == costs.in_seconds_per_byte


# --- kept for later processes


MEASURED = calibration._Measured(2e-3, 1e-3, 50e-6, 1e-9, -1.0, 20e6)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(calibration.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def known_later(method="fork", **options):
    """What a process that comes later knows."""
    calibration.forget_calibration()
    return calibration.known_costs(method, bandwidth=False, **options)


def test_what_one_process_measured_the_next_one_knows(folder):
    assert known_later() is None
    calibration._keep("fork", MEASURED)
    costs = known_later()
    assert costs.start_seconds_each == 1e-3
    assert costs.message_seconds == 50e-6
    assert known_later("spawn") is None
    # One of the two rates was not measured: unknown for whoever needs it, as usual for the others.
    assert costs.out_seconds_per_byte == tuning.USUAL_SECONDS_PER_BYTE


@pytest.fixture
def run_as(monkeypatch):
    """Be the program with some main file, or that of a module's name."""

    def be(path=None, *, name=None):
        main = types.ModuleType("__main__")
        main.__spec__ = None if name is None else importlib.machinery.ModuleSpec(name, None)
        if path is not None:
            main.__file__ = path
        monkeypatch.setitem(sys.modules, "__main__", main)

    return be


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_where_workers_run_the_main_file_each_program_has_costs_of_its_own(folder, run_as, method):
    programs = [{"path": "heavy.py"}, {"path": "light.py"}, {"name": "package.__main__"}, {}]
    for number, program in enumerate(programs, 1):
        run_as(**program)
        assert known_later(method) is None
        calibration._keep(method, MEASURED._replace(start_seconds=number))
    for number, program in enumerate(programs, 1):
        run_as(**program)
        assert known_later(method).start_seconds == pytest.approx(number, abs=0.1)
    calibration._keep("fork", MEASURED)
    run_as("another.py")
    assert (known_later(method), known_later("fork").start_seconds_each) == (None, 1e-3)


def test_programs_share_files_and_take_none_for_theirs(folder, run_as, monkeypatch):
    monkeypatch.setattr(calibration, "_N_FILES", 1)
    for path in ("heavy.py", "light.py"):
        run_as(path)
        assert known_later("spawn") is None
        calibration._keep("spawn", MEASURED)
        assert known_later("spawn") is not None
    assert len(list(folder.iterdir())) == 1


def test_a_file_that_does_not_fit_is_measured_anew(folder):
    calibration._keep("fork", MEASURED)
    (path,) = folder.iterdir()
    good = path.read_text()
    changes = [("0.002", "nan"), ("0.002", "-1"), ("1 fork", "0 fork"), ("\n", " ")]
    # What no machine takes, in every place.
    changes += [(word, "1e308") for word in ("0.002", "0.001", "5e-05", "1e-09", "-1.0", "20000000.0")]
    for text in ("", "nonsense", good[:30], *(good.replace(*change) for change in changes)):
        path.write_text(text)
        assert known_later() is None, text
    path.write_bytes(b"\xff\xfe")
    assert known_later() is None
    calibration._keep("fork", MEASURED)
    assert known_later() is not None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_nobody_waits_for_what_is_in_the_place_of_the_file(folder):
    calibration._keep("fork", MEASURED)
    (path,) = folder.iterdir()
    path.unlink()
    os.mkfifo(path)
    assert known_later() is None
    path.unlink()
    path.mkdir()
    assert known_later() is None


def test_a_folder_that_cannot_be_written_is_no_matter(folder):
    folder.write_text("a file in its place")
    calibration._keep("fork", MEASURED)
    assert known_later() is None
    assert folder.read_text() == "a file in its place"


def test_two_writers_at_once_leave_one_of_them(folder):
    rows = [MEASURED._replace(start_seconds=float(number)) for number in range(1, 9)]
    threads = [threading.Thread(target=calibration._write_numbers, args=("fork", row)) for row in rows * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert known_later().start_seconds >= 1.0
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("word", ["off", "OFF", "", "0", "no"])
def test_one_variable_turns_it_off(monkeypatch, tmp_path, word):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(calibration.VARIABLE, word)
    calibration._keep("fork", MEASURED)
    assert known_later() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("platform", "variable", "place"),
    [
        ("linux", "XDG_CACHE_HOME", "{}/equipment-optimizer"),
        ("darwin", "HOME", "{}/Library/Caches/equipment-optimizer"),
        ("win32", "LOCALAPPDATA", "{}/equipment-optimizer"),
    ],
)
def test_the_users_folder_for_such_files_is_used(monkeypatch, tmp_path, platform, variable, place):
    monkeypatch.delenv(calibration.VARIABLE)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert calibration._path("fork").startswith(place.format(tmp_path))


def test_workers_that_were_started_for_work_teach_what_starting_costs(folder):
    usual = calibration.assumed_costs("fork", usual=True).start_of(2)
    calibration.note_start("fork", 2, usual / 2)
    assert known_later().start_of(2) == pytest.approx(0.75 * usual)
    calibration.known_costs("fork", bandwidth=False)
    calibration.note_start("fork", 2, 2.75 * usual)
    # A slow start tells of a busy machine more often than of a slow one.
    assert known_later().start_of(2) == pytest.approx(1.25 * usual)


def test_the_first_start_on_a_machine_counts_for_half_however_slow(folder):
    usual = calibration.assumed_costs("fork", usual=True).start_of(2)
    calibration.note_start("fork", 2, 3 * usual)
    assert known_later().start_of(2) == pytest.approx(2 * usual)


def test_workers_cost_more_where_everything_is_slow(monkeypatch):
    monkeypatch.delitem(sys.modules, "equipment_optimizer.workers.pool", raising=False)
    usual = calibration.assumed_costs("fork", usual=True).start_of(2)
    assert calibration.assumed_costs("fork", usual=True, slowness=3).start_of(2) == pytest.approx(3 * usual)


def test_what_killed_writers_have_left_is_removed_by_the_next_one(folder, monkeypatch):
    calibration._keep("fork", MEASURED)
    (kept,) = folder.iterdir()
    others = [f"{kept.name}.17.{number}" for number in range(3)] + ["sampler-cpython39-spawn-a7.txt.4.5"]
    mine = ["notes.txt.1.2", "sampler-mine.txt", "sampler-mine.txt.bak", f"{kept.name}.d", "sampler-.txt."]
    for name in (*others, *mine):
        (folder / name).write_text("half")
        os.utime(folder / name, (0, 0))
    (folder / f"{kept.name}.18.1").write_text("being written")
    (folder / "sampler-folder.txt.1.2").mkdir()
    os.utime(folder / "sampler-folder.txt.1.2", (0, 0))
    assert known_later() is not None
    assert {each.name for each in folder.iterdir()} >= {*others, *mine}  # who reads removes nothing
    calibration._keep("fork", MEASURED)
    rest = {kept.name, f"{kept.name}.18.1", "sampler-folder.txt.1.2", *mine}
    assert {each.name for each in folder.iterdir()} == rest


def test_a_writer_that_is_killed_leaves_what_the_next_one_removes(folder):
    code = """
import os, signal
from equipment_optimizer.sampling.prediction import calibration
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
calibration._keep("fork", calibration._Measured(2e-3, 1e-3, 50e-6, 1e-9, -1.0, 20e6))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    (left,) = folder.iterdir()
    os.utime(left, (0, 0))
    calibration._keep("fork", MEASURED)
    assert [each.suffix for each in folder.iterdir()] == [".txt"]
