"""The checkpoint's container: whole, of one job, and refused where a single byte is not as it was written."""

from __future__ import annotations

import io
import json
import os
import random
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.system import checkpoint_file
from equipment_optimizer.system.checkpoint_file import CheckpointFile, Content, Identity, check_checkpoint_path

IDENTITY = Identity("optimize", (("e.csv", "11"), ("c.json", "22")), {"limit": 100})
STATE = {"problem": "d", "n_done": 2**70}
DATA = {"builds": [np.array([5, 255, 0], np.uint8), np.array([7], np.uint8)], "more": [np.zeros(0, np.uint8)]}


def trouble(text: str) -> None:
    raise AssertionError(text)


def opened(path: Path, identity: Identity = IDENTITY) -> CheckpointFile:
    return CheckpointFile(str(path), identity, trouble)


def found_in(path: Path) -> Content:
    content = opened(path).earlier
    assert content is not None
    return content


def written(path: Path) -> bytes:
    opened(path).write(STATE, DATA)
    return path.read_bytes()


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        opened(path)
    assert caught.value.mend
    return caught.value.message.replace(str(path), "FILE")


DAMAGED = "the checkpoint FILE is damaged"
FOREIGN = "FILE is no checkpoint"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "k.ck"
    assert opened(path).earlier is None
    whole = written(path)
    content = found_in(path)
    assert content.state == STATE
    assert {name: array.tolist() for name, array in content.data.items()} == {"builds": [5, 255, 0, 7], "more": []}
    # The same content gives the same bytes, whenever and wherever.
    assert written(tmp_path / "other.ck") == whole
    opened(path).write({"lists": {"Ü": [1.5, None, True]}})
    assert found_in(path) == Content({"lists": {"Ü": [1.5, None, True]}}, {})
    file = opened(path)
    file.remove()
    assert os.listdir(tmp_path) == ["other.ck"]
    file.remove()


def test_the_file_opens_with_what_everybody_has(tmp_path: Path) -> None:
    path = tmp_path / "k.ck"
    written(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        header = json.loads(archive.read("equipment-optimizer-checkpoint.json"))
    assert header["inputs"] == [["e.csv", "11"], ["c.json", "22"]]
    assert header["state"] == STATE
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["builds"].tolist() == [5, 255, 0, 7]


def test_any_byte_changed_missing_or_added_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.ck"
    whole, dice, messages = written(path), random.Random(1), set()
    for i in range(len(whole)):
        other = bytes([whole[i] ^ dice.randint(1, 255)])
        for damaged in (
            whole[:i] + bytes([whole[i] ^ (1 << dice.randrange(8))]) + whole[i + 1 :],
            whole[:i] + other + whole[i + 1 :],
            whole[:i] + whole[i + 1 :],
            whole[:i] + other + whole[i:],
            whole[:i],
        ):
            messages.add(refusal(path, damaged))
    assert messages == {DAMAGED, FOREIGN}
    for damaged in (whole + b"\n", whole + whole, whole + b"PK"):
        assert refusal(path, damaged) == DAMAGED
    assert refusal(path, b"x" + whole) == FOREIGN
    path.write_bytes(whole)
    assert found_in(path).state == STATE


def test_two_changes_that_agree_with_each_other_are_found_too(tmp_path: Path) -> None:
    # Sums of the library may be made to fit; the bytes are not those that this content is written as.
    path = tmp_path / "k.ck"
    written(path)
    with zipfile.ZipFile(path) as archive:
        members = {member.filename: archive.read(member) for member in archive.infolist()}
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        assert refusal(path, path.read_bytes()) in (DAMAGED, FOREIGN)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"state":{}}',
        b'{"state":{},"state":{}}',
        b"[" * 100_000,
        b"\xff",
        b"1" * 5_000,
    ],
)
def test_a_state_that_makes_no_sense_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    class Dumps(str):
        def encode(self, *arguments: object) -> bytes:
            return text

    path = tmp_path / "k.ck"
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_file.json, "dumps", lambda *arguments, **options: Dumps())
        written(path)
    assert refusal(path, path.read_bytes()) == DAMAGED


@pytest.mark.parametrize("old", [b"equipment-optimizer checkpoint 1\n{}\n", b"equipment-optimizer checkpoint "])
def test_a_checkpoint_of_the_older_form_is_refused_with_a_word(tmp_path: Path, old: bytes) -> None:
    path = tmp_path / "k.ck"
    assert refusal(path, old) == (
        "the checkpoint FILE is of another job: another version wrote it, and this is version 0.1.0"
    )
    assert path.read_bytes() == old
    with pytest.raises(UsageError, match="add --resume to go on from it, or delete it to begin anew"):
        check_checkpoint_path(str(path), resume=False)


def test_a_checkpoint_whose_list_was_written_otherwise_is_refused_with_a_word(tmp_path: Path) -> None:
    path = tmp_path / "k.ck"
    written(path)
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("equipment-optimizer-checkpoint.json"))
    assert header.pop("format") > 1
    numbers = io.BytesIO()
    np.save(numbers, np.array([5, -3]))
    parts: list[bytes] = []
    # As it was written, to what cannot be wound back.
    with zipfile.ZipFile(checkpoint_file._Sink(parts.append), "w") as archive:  # type: ignore[call-overload]
        for name, data in (
            ("equipment-optimizer-checkpoint.json", json.dumps(header).encode()),
            ("scores.npy", numbers.getvalue()),
        ):
            with archive.open(checkpoint_file._member(name, len(data)), "w") as file:
                file.write(data)
    assert refusal(path, b"".join(map(bytes, parts))) == (
        "the checkpoint FILE is of another job: another state of the program wrote it"
    )


def test_a_long_column_is_written_and_read_a_part_at_a_time(tmp_path: Path) -> None:
    path, n_bytes = tmp_path / "k.ck", 8 << 20
    column = np.arange(n_bytes, dtype=np.int64).astype(np.uint8)
    tracemalloc.start()
    try:
        opened(path).write(STATE, {"builds": np.split(column, 64)})
        written_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        found = found_in(path).data["builds"]
        read_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(found, column)
    assert written_peak < 1 << 20
    # What is read is held, once more while it is taken from the archive.
    assert read_peak < 2 * n_bytes + (1 << 20)


def test_what_another_python_wrote_otherwise_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "k.ck"
    whole = written(path)
    monkeypatch.setattr(checkpoint_file, "_python_version", lambda: "9.9")
    now = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert found_in(path).state == STATE
    assert refusal(path, whole + b"x") == (
        f"the checkpoint FILE is of another job: Python {now} wrote it, and this is Python 9.9"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k.ck"
    whole = written(path)
    path.chmod(0)
    with pytest.raises(UsageError, match=r"cannot read .*: Permission denied"):
        opened(path)
    path.chmod(0o600)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("error", "raised"), [(OSError(5, "Input/output error"), UsageError), (MemoryError(), MemoryError)]
)
def test_trouble_of_the_machine_is_not_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, raised: type[Exception]
) -> None:
    def fails(file: object) -> None:
        raise error

    written(tmp_path / "k.ck")
    monkeypatch.setattr(checkpoint_file, "_unpack", fails)
    with pytest.raises(raised) as caught:
        opened(tmp_path / "k.ck")
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize(
    ("identity", "difference"),
    [
        (replace(IDENTITY, inputs=(("x/e.csv", "12"), ("c.json", "22"))), "x/e.csv has changed"),
        (replace(IDENTITY, inputs=(("e.csv", "1"), ("c.json", "2"))), "e.csv has changed; c.json has changed"),
        (replace(IDENTITY, inputs=IDENTITY.inputs[:1]), "it is of 2 input files, and these are 1"),
        (replace(IDENTITY, options={"limit": 7}), "limit was 100 and is 7"),
        (replace(IDENTITY, command="batch"), "it is of the command 'optimize'"),
    ],
)
def test_a_checkpoint_of_another_job_is_refused_with_what_differs(
    tmp_path: Path, identity: Identity, difference: str
) -> None:
    path = tmp_path / "k.ck"
    before = written(path)
    with pytest.raises(UsageError) as caught:
        opened(path, identity)
    assert str(caught.value) == (
        f"the checkpoint {path} is of another job: {difference}\n"
        f"  mend: give this job what it had then, or delete {path} to begin anew"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value", "difference"),
    [
        ("__version__", "9.9.9", "version 0.1.0 wrote it, and this is version 9.9.9"),
        ("RESULT_VERSION", 99, "another state of the program wrote it"),
    ],
)
def test_a_checkpoint_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object, difference: str
) -> None:
    written(tmp_path / "k.ck")
    monkeypatch.setattr(checkpoint_file, name, value)
    with pytest.raises(UsageError, match=difference):
        opened(tmp_path / "k.ck")


class Clock:
    """A clock that stands still."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_a_file_is_written_about_once_a_second_and_seldom_where_that_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(checkpoint_file, "time", clock)
    file = CheckpointFile(str(tmp_path / "k.ck"), IDENTITY, trouble)
    assert not file.is_due()
    clock.now += 1.0
    assert file.is_due()
    real_writer = checkpoint_file.atomic_writer
    for cost, pause in ((0.0, 1.0), (0.2, 20.0), (5.0, 60.0)):

        def slow(path: str, cost: float = cost) -> object:
            clock.now += cost
            return real_writer(path)

        monkeypatch.setattr(checkpoint_file, "atomic_writer", slow)
        file.write({})
        clock.now += pause - 0.01
        assert not file.is_due()
        clock.now += 0.02
        assert file.is_due()


def test_a_file_that_cannot_be_written_is_told_once_and_the_work_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    folder = tmp_path / "gone"
    folder.mkdir()
    file = CheckpointFile(str(folder / "k.ck"), IDENTITY, told.append)
    folder.rmdir()
    file.write({})
    file.write({})
    why = "No such file or directory"
    assert told == [f"cannot write {folder / 'k.ck'}: {why}; the work goes on, and could not be resumed from here"]
    folder.mkdir()
    file.write({"x": Decimal(1).to_eng_string()})
    found = CheckpointFile(str(folder / "k.ck"), IDENTITY, trouble).earlier
    assert found is not None
    assert found.state == {"x": "1"}


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    stale = tmp_path / f".k.ck.{2**22 + 1}.tmp"
    stale.write_bytes(b"half")
    CheckpointFile(str(tmp_path / "k.ck"), IDENTITY, trouble)
    assert os.listdir(tmp_path) == []


def test_a_path_is_checked_before_anything_is_done(tmp_path: Path) -> None:
    path = str(tmp_path / "k.ck")
    check_checkpoint_path(None, resume=False)
    check_checkpoint_path(path, resume=False)
    check_checkpoint_path(path, resume=True)
    for wrong, resume, message in (
        (None, True, "--resume needs --checkpoint FILE"),
        ("-", False, "a checkpoint cannot be read back from standard output"),
        (os.devnull, True, "the checkpoint is not a regular file"),
        (str(tmp_path), False, "the output is a folder"),
        (str(tmp_path / "no" / "k.ck"), False, "the output's folder does not exist"),
    ):
        with pytest.raises(UsageError, match=message):
            check_checkpoint_path(wrong, resume=resume)
    written(Path(path))
    check_checkpoint_path(path, resume=True)
    with pytest.raises(UsageError) as caught:
        check_checkpoint_path(path, resume=False)
    assert str(caught.value) == (
        f"the checkpoint exists already: {path}\n  mend: add --resume to go on from it, or delete it to begin anew"
    )
    Path(path).write_text("a,b\n")
    with pytest.raises(UsageError, match="it is no checkpoint: name another file"):
        check_checkpoint_path(path, resume=False)
    with pytest.raises(UsageError, match="the output is also an input"):
        check_checkpoint_path(path, resume=True, inputs=[path])
