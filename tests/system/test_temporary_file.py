"""Temporary files: named for their target and process, locked while written, removed when they are left over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.system import _temporary_file as temporary_file
from equipment_optimizer.system._temporary_file import open_temporary, remove_stale, stem

needs_locks = pytest.mark.skipif(not temporary_file.CAN_LOCK, reason="files cannot be locked here")


def dead_pid() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_temporary_file_is_new_and_stands_beside_its_target(tmp_path: Path) -> None:
    path, descriptor = open_temporary(str(tmp_path), "out.csv", 0o600)
    try:
        assert path == str(tmp_path / f".out.csv.{os.getpid()}.tmp")
        assert os.write(descriptor, b"half") == 4
        assert os.stat(path).st_mode & 0o777 == 0o600
    finally:
        os.close(descriptor)


def test_a_namesake_of_another_process_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / f".out.csv.{os.getpid()}.tmp"
    theirs.write_bytes(b"theirs")
    path, descriptor = open_temporary(str(tmp_path), "out.csv", 0o600)
    os.close(descriptor)
    assert path == str(tmp_path / f".out.csv.{os.getpid()}-1.tmp")
    assert theirs.read_bytes() == b"theirs"


def test_too_many_namesakes_and_a_file_of_ones_own_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, descriptor = open_temporary(str(tmp_path), "out.csv", 0o600)
    os.close(descriptor)
    with monkeypatch.context() as patch:
        patch.setattr(temporary_file, "being_written", {path})
        with pytest.raises(FileExistsError):
            open_temporary(str(tmp_path), "out.csv", 0o600)
    monkeypatch.setattr(temporary_file, "_MOST_NAMESAKES", 1)
    with pytest.raises(FileExistsError):
        open_temporary(str(tmp_path), "out.csv", 0o600)


@pytest.mark.parametrize("name", ["a" * 250, "\u00e4" * 120, "\u30b9" * 80])
def test_long_names_are_shortened_to_names_that_differ(name: str) -> None:
    short = stem(name)
    assert len(os.fsencode(short)) <= 200
    assert short != stem(name[:-1] + "x")
    assert stem("out.csv") == "out.csv"


def test_only_what_is_left_over_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    gone, alive = dead_pid(), os.getppid()
    names = {
        f".out.csv.{gone}.tmp": False,
        f".out.csv.{gone}-3.tmp": False,
        f".out.csv.{'9' * 19}.tmp": False,
        f".out.csv.{os.getpid()}.tmp": False,
        f".out.csv.{alive}.tmp": True,
        f".other.csv.{gone}.tmp": True,
        f".out.csv.{gone}.tmp.bak": True,
        f"out.csv.{gone}.tmp": True,
    }
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    remove_stale(str(target))
    assert {name: (tmp_path / name).exists() for name in names} == names
    remove_stale(str(tmp_path / "no" / "folder" / "out.csv"))


@needs_locks
def test_what_somebody_is_writing_is_not_left_over(tmp_path: Path) -> None:
    # The number may be that of a dead process here, and of a live one in another container.
    path, descriptor = open_temporary(str(tmp_path), "out.csv", 0o600)
    elsewhere = tmp_path / f".out.csv.{dead_pid()}.tmp"
    os.rename(path, elsewhere)
    remove_stale(str(tmp_path / "out.csv"))
    assert elsewhere.exists()
    os.close(descriptor)
    remove_stale(str(tmp_path / "out.csv"))
    assert not elsewhere.exists()


def test_what_this_process_is_writing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f".out.csv.{os.getpid()}.tmp"
    path.write_bytes(b"half")
    monkeypatch.setattr(temporary_file, "being_written", {str(path)})
    remove_stale(str(tmp_path / "out.csv"))
    assert path.exists()


def test_a_process_of_somebody_else_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert temporary_file._is_other_live_process(1)
    assert not temporary_file._is_other_live_process(os.getpid())
    assert not temporary_file._is_other_live_process(0)
