"""What every fuzz target demands: a file is read, or refused as the contract says, within bounds.

The oracle of all harnesses. A case is right if the loader returns, or raises the
project's own error whose findings name a file that was given, a line and a column
that exist in it, and say something printable. Any other exception, a notice or
message with control characters, or memory beyond the stated multiple of the
input is a finding of the fuzzer.
"""

from __future__ import annotations

import codecs
import re
import signal
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from equipment_optimizer.errors import InfeasibleError, InputError, MemoryBudgetError, UsageError
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable

__all__ = ["FIXED_BYTES", "HANG_SECONDS", "MULTIPLE", "alarm", "judged", "scratch", "within_memory"]

#: Bytes of Python objects that reading one byte of input may cost, and what any
#: reading costs: the README states the multiple, test_monsters.py holds it for
#: large files by what the system counts.
MULTIPLE = 200
FIXED_BYTES = 4 << 20

#: No case takes a second; this is only the net below the rope.
HANG_SECONDS = 600

_PLACE = re.compile(r"(?::([1-9][0-9]*)(?::([1-9][0-9]*))?)?")
_LINE_END = re.compile(r"\r\n|\r|\n")

#: The longer marks first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

LOADED, REFUSED = "loaded", "refused"


@cache
def scratch() -> Path:
    """A folder of this process for the files of its cases, removed at its end."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    scratch.keep = folder  # type: ignore[attr-defined]
    return Path(folder.name)


def judged(load: Callable[[], Iterable[str]], files: dict[Path, bytes]) -> str:
    """Write `files`, run `load`, and assert that it ends as the contract says.

    Parameters
    ----------
    load : callable
        Reads the files and returns the notices.
    files : dict of Path to bytes
        The files that faults may name.

    Returns
    -------
    str
        What became of them: "loaded" or "refused".
    """
    for path, data in files.items():
        path.write_bytes(data)
    try:
        notices = load()
    except InputError as error:
        check_faults(error, files)
        return REFUSED
    except (UsageError, InfeasibleError, MemoryBudgetError) as error:
        check_printable(str(error).replace("\n  mend: ", ""))
        return REFUSED
    for notice in notices:
        check_printable(notice)
    return LOADED


def check_faults(error: InputError, files: dict[Path, bytes]) -> None:
    """Every fault has a place, and says something."""
    assert error.faults, "an error without a fault"
    for fault in error.faults[:200]:
        check_place(fault.where, files)
        assert fault.message, "a fault that says nothing"
        check_printable(fault.message + fault.mend)
    assert str(error)


def check_printable(text: str) -> None:
    """Nothing that a terminal would obey, nothing that breaks the line."""
    assert text.isprintable(), f"not printable: {text!r}"


def check_place(where: str, files: dict[Path, bytes]) -> None:
    """The place is in one of the files, and exists there."""
    for path, data in files.items():
        if where.startswith(str(path)):
            place = _PLACE.fullmatch(where, len(str(path)))
            assert place, f"no place: {where!r}"
            lines = _LINE_END.split(text_of(data))
            line, column = int(place[1] or 1), int(place[2] or 1)
            assert line <= len(lines), f"line beyond the end: {where!r}"
            if path.suffix == ".json":
                # An undecodable byte is one character of Windows-1252 but may be less of UTF-8.
                assert column <= max(len(lines[line - 1]) * 4, 1) + 1, f"column beyond the end: {where!r}"
            return
    raise AssertionError(f"a fault of no file: {where!r}")


def text_of(data: bytes) -> str:
    """A file's text as its byte order mark says, else as UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def compiled(table: EquipmentTable, config: Config, notices: Iterable[str]) -> Iterable[str]:
    """Takes a loaded job one stage further: what was accepted must compile, or be refused in the same way."""
    table._check()
    chosen = select_pieces(table, config)
    if config.formula is None:
        compile_problem(chosen, config)
    else:
        compile_formula(chosen, config)
    return notices


@contextmanager
def within_memory(n_bytes: int) -> Iterator[None]:
    """Assert that the block's Python objects stay below the stated multiple of its input."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= FIXED_BYTES + MULTIPLE * n_bytes, f"{peak:,} bytes for an input of {n_bytes:,}"


class HangError(BaseException):
    """A case that does not end; no `except Exception` catches it."""


@contextmanager
def alarm(seconds: int = HANG_SECONDS) -> Iterator[None]:
    """End the block after a long time, where the platform can."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def on_alarm(*_: object) -> None:
        raise HangError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def corpus_of(target: str) -> list[Path]:
    """The seeds of a target, in order of name: its corpus, and the golden files that are of its kind."""
    here = Path(__file__).parent
    seeds = [*(here / "corpus" / target).iterdir()]
    for pattern in _GOLDEN.get(target, ()):
        seeds += (here.parent / "loading" / "as_written" / "golden").glob(pattern)
    return sorted(path for path in seeds if path.is_file() and not path.name.startswith("."))


_GOLDEN = {"equipment": ("*alid/*.csv",), "config": ("*alid/*.json",), "side_files": ("*alid/side/*.csv",)}
