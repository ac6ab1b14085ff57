"""A checkpoint as a file: whole or not there, and of one job only.

In: a state (JSON) and blocks of bytes. Out: a file that is replaced as a whole,
knows what job it belongs to, and notices damage. Nothing in it is ever executed:

    equipment-optimizer checkpoint 1
    {one line of JSON: the version, the job, the state, the lengths of the blocks}
    the blocks, one after the other
    SHA-256 of everything before it, in hexadecimal, and a line feed
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from .._version import RESULT_VERSION, __version__
from ..errors import OutputError, UsageError
from .atomic_file import STDOUT, atomic_writer, check_target, remove_stale

__all__ = ["CheckpointFile", "Content", "Identity", "check_checkpoint_path"]

_NAME = b"equipment-optimizer checkpoint "

#: Form of the file; another number is another version.
_FORMAT = b"1\n"

#: SHA-256 in hexadecimal, and a line feed.
_TRAILER_BYTES = 65

#: Bytes hashed at a time, and of the longest number of a form.
_CHUNK_BYTES = 1 << 20
_LONGEST_FORM = 20

#: Least time between two writings, seconds: what a kill may cost.
_INTERVAL_SECONDS = 1.0

#: Times as long as a writing took, nothing is written again: a percent of the run.
#: Never longer than a minute, seconds.
_COST_RATIO = 100
_LONGEST_INTERVAL_SECONDS = 60.0


@dataclass(frozen=True)
class Identity:
    """What makes one job another.

    Attributes
    ----------
    command : str
    inputs : tuple of (str, str)
        Path and SHA-256 of every input file. Only the hashes count: a copy is as
        good as the original.
    options : dict
        What else decides the answer, in plain JSON values.
    """

    command: str
    inputs: tuple[tuple[str, str], ...]
    options: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The identity, with the versions, as it is written."""
        return {
            "version": __version__,
            "result_version": RESULT_VERSION,
            "command": self.command,
            "inputs": [list(pair) for pair in self.inputs],
            "options": self.options,
        }

    def differences(self, other: dict[str, Any]) -> list[str]:
        """What is different in the `as_json` of another job, in words."""
        own = self.as_json()
        if other["command"] != self.command:
            return [f"it is of the command '{other['command']}'"]
        found = []
        if other["version"] != __version__:
            found.append(f"version {other['version']} wrote it, and this is version {__version__}")
        elif other["result_version"] != RESULT_VERSION:
            found.append("another state of the program wrote it")
        then, now = other["inputs"], own["inputs"]
        if len(then) != len(now):
            found.append(f"it is of {len(then)} input files, and these are {len(now)}")
        for (_, sha256), (path, own_sha256) in zip(then, now, strict=False):
            if sha256 != own_sha256:
                found.append(f"{path} has changed")
        for name in dict.fromkeys([*other["options"], *self.options]):
            before, after = other["options"].get(name), self.options.get(name)
            if before != after:
                found.append(f"{name} was {_shown(before)} and is {_shown(after)}")
        return found


def _shown(value: object) -> str:
    """A value of an option, short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Content(NamedTuple):
    """What a checkpoint holds.

    Attributes
    ----------
    state : dict
    blocks : list of (int, int)
        Where each block begins in the file, and its length, bytes.
    """

    state: dict[str, Any]
    blocks: list[tuple[int, int]]


def check_checkpoint_path(path: str | None, *, resume: bool, inputs: Iterable[str] = ()) -> None:
    """Refuse a checkpoint that cannot be one, before any work is done.

    Parameters
    ----------
    path : str or None
        None where no checkpoint is wanted.
    resume : bool
        Whether to go on from it.
    inputs : iterable of str
        Files that it must not be.

    Raises
    ------
    UsageError
        Also where there is a file and `resume` is false: it may hold hours of work.
    """
    if path is None:
        if resume:
            raise UsageError("--resume needs --checkpoint FILE", "name the file with --checkpoint")
        return
    if path == STDOUT:
        raise UsageError("a checkpoint cannot be read back from standard output", "name a file")
    check_target(path, inputs)
    with suppress(OSError):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"the checkpoint is not a regular file: {path}", "name a file")
        if not resume:
            mend = "add --resume to go on from it, or delete it to begin anew"
            with open(path, "rb") as file:
                if not file.read(len(_NAME)).startswith(_NAME):
                    mend = "it is no checkpoint: name another file"
            raise UsageError(f"the checkpoint exists already: {path}", mend)


class CheckpointFile:
    """The checkpoint of one job, read once and replaced now and then.

    Parameters
    ----------
    path : str
        Checked by `check_checkpoint_path`.
    identity : Identity
    on_trouble : callable
        Told, once, that it could not be written; the job goes on.

    Attributes
    ----------
    path : str
    found : Content or None
        What it held at the beginning; None where there was no file.

    Raises
    ------
    UsageError
        If the file is damaged, or is of another job; says what differs.
    """

    def __init__(self, path: str, identity: Identity, on_trouble: Callable[[str], object]) -> None:
        self.path = path
        self._identity = identity
        self._on_trouble = on_trouble
        self._is_troubled = False
        # A killed run may have left something half-written.
        remove_stale(path)
        self.found = self._read()
        self._next = time.monotonic() + _INTERVAL_SECONDS

    def is_due(self) -> bool:
        """Whether the last writing is long enough ago."""
        return time.monotonic() >= self._next

    def write(self, state: dict[str, Any], blocks: Sequence[memoryview] = ()) -> None:
        """Replace the file; where that fails, what was there stays and the job goes on.

        Parameters
        ----------
        state : dict
            Plain JSON values.
        blocks : sequence of memoryview
            Bytes; nothing is copied.
        """
        header = {**self._identity.as_json(), "state": state, "blocks": [len(block) for block in blocks]}
        line = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        began = time.monotonic()
        digest = hashlib.sha256()
        try:
            with atomic_writer(self.path) as writer:
                parts: list[bytes | memoryview] = [_NAME + _FORMAT, line, *blocks]
                for part in parts:
                    digest.update(part)
                    writer.write(part)
                writer.write(digest.hexdigest().encode() + b"\n")
        except OutputError as error:
            if not self._is_troubled:
                self._is_troubled = True
                self._on_trouble(f"{error.message}; the work goes on, and could not be resumed from here")
        now = time.monotonic()
        pause = max(_INTERVAL_SECONDS, _COST_RATIO * (now - began))
        self._next = now + min(pause, _LONGEST_INTERVAL_SECONDS)

    def remove(self) -> None:
        """The job is done: leave nothing behind."""
        with suppress(OSError):
            os.unlink(os.path.realpath(self.path))
        remove_stale(self.path)

    def read_blocks(self, content: Content) -> list[bytes]:
        """The blocks; not before they are needed, because they may be large.

        Raises
        ------
        UsageError
            If the file has gone since.
        """
        blocks = []
        with self._reading() as file:
            for start, length in content.blocks:
                file.seek(start)
                blocks.append(file.read(length))
        return blocks

    @contextmanager
    def _reading(self) -> Iterator[BinaryIO]:
        """The file, open; the system's errors become ours."""
        try:
            with open(self.path, "rb") as file:
                yield file
        except OSError as error:
            raise UsageError(f"cannot read {self.path}: {error.strerror}", "allow reading it") from error

    def _read(self) -> Content | None:
        """What the file holds, if there is one and it is of this job."""
        if not os.path.lexists(self.path):
            return None
        with self._reading() as file:
            name = file.read(len(_NAME))
            if name != _NAME:
                if _NAME.startswith(name):
                    raise self.damaged()
                raise UsageError(f"{self.path} is no checkpoint", "name another file with --checkpoint")
            try:
                header, blocks = _parsed(file)
                if header is None:
                    differences = [f"another version wrote it, and this is version {__version__}"]
                else:
                    differences = self._identity.differences(header)
                content = Content({} if header is None else header["state"], blocks)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise self.damaged() from error
        if differences:
            raise UsageError(
                f"the checkpoint {self.path} is of another job: {'; '.join(differences)}",
                f"give this job what it had then, or delete {self.path} to begin anew",
            )
        return content

    def damaged(self) -> UsageError:
        """The error that says so."""
        return UsageError(f"the checkpoint {self.path} is damaged", f"delete {self.path} to begin anew")


def _parsed(file: BinaryIO) -> tuple[dict[str, Any] | None, list[tuple[int, int]]]:
    """Header, and places of the blocks, of a file after its name; no header where the form is another.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is damaged.
    """
    form = file.readline(_LONGEST_FORM)
    if form != _FORMAT:
        if not form.rstrip(b"\n").isdigit():
            raise ValueError("no number of a form")
        return None, []
    header_start = file.tell()
    digest = hashlib.sha256(_NAME + _FORMAT)
    left = os.fstat(file.fileno()).st_size - header_start - _TRAILER_BYTES
    while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
        digest.update(chunk)
        left -= len(chunk)
    if left or file.read() != digest.hexdigest().encode() + b"\n":
        raise ValueError("the bytes are not those that were written")
    file.seek(header_start)
    header = json.loads(file.readline())
    blocks, start = [], file.tell()
    for length in header["blocks"]:
        blocks.append((start, length))
        start += length
    return header, blocks
