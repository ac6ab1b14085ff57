"""Files that were given in another order: recognised, and the line told that was meant."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import permutations

from ...errors import UsageError
from ...output.overwriting import read_list
from ...system.atomic_file import STDOUT

__all__ = ["check_files"]

#: Also the path of standard input.
_STANDARD = STDOUT

#: What a file is, by the name of its argument.
_WORDS = {"equipment": "an equipment list", "output": "a list of builds", "config": "a configuration"}


def check_files(args: argparse.Namespace, words: Sequence[str], prog: str) -> None:
    """Refuse, as a `UsageError`, files in an order in which they cannot be meant, where another one fits.

    `args` has the names of the files in ``files``; `words` are the arguments as they were typed behind `prog`,
    for the mend.
    """
    names: tuple[str, ...] = getattr(args, "files", ())
    paths = [getattr(args, name) for name in names]
    is_written = hasattr(args, "overwrite")
    read = [path for path, name in zip(paths, names, strict=True) if name != "output" or not is_written]
    if read.count(_STANDARD) > 1:
        raise UsageError("standard input can be read once only, and - stands for two files", "name one of the files")
    if all(_fits(path, name, is_written=is_written) for path, name in zip(paths, names, strict=True)):
        return
    for order in permutations(paths):
        if all(_fits(path, name, is_written=is_written) for path, name in zip(order, names, strict=True)):
            wrong = next(path for path, meant in zip(paths, order, strict=True) if path != meant)
            what = _WORDS[names[order.index(wrong)]] if os.path.exists(wrong) else "not there yet"
            import shlex

            line = shlex.join(_replaced(words, paths, order))
            raise UsageError(f"the files are in another order: {wrong} is {what}", f"run {prog} {line}")


def _fits(path: str, name: str, *, is_written: bool) -> bool:
    """Whether a file may be what its place says; most runs end here."""
    kind = _kind(path)
    if name == "output" and is_written:
        return kind in ("nothing", "anything", "output")
    return kind in (name, "anything")


def _kind(path: str) -> str:
    """``config``, ``output``, ``equipment``; ``nothing`` where no file is, ``anything`` where it is hard to say."""
    if path == _STANDARD or (os.path.exists(path) and not os.path.isfile(path)):
        return "anything"
    if not os.path.isfile(path):
        # A sheet of a workbook.
        return "equipment" if os.path.isfile(path.rpartition("#")[0]) else "nothing"
    with suppress(OSError):
        with open(path, "rb") as file:
            start = file.read(64)
        if not start:
            return "anything"
        if path.lower().endswith(".json") or start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return "config"
        return "equipment" if read_list(path) is None else "output"
    return "anything"


def _replaced(words: Sequence[str], paths: Sequence[str], order: Sequence[str]) -> Iterator[str]:
    """The words with each path, in turn, in the place of another."""
    turn = 0
    for word in words:
        if turn < len(paths) and word == paths[turn]:
            yield order[turn]
            turn += 1
        else:
            yield word
