"""A checkpoint as a file: whole or not there, and of one job only.

In: a state (JSON) and columns of bytes. Out: a zip file that is replaced as a
whole, knows what job it belongs to, and notices damage: what is read must give the
very bytes of the file when it is written again. Its members are not compressed,
`numpy.load` reads the bytes, and nothing in it is ever executed.
"""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from .._version import RESULT_VERSION, __version__
from ..errors import OutputError, UsageError, is_memory_shortage
from .atomic_file import STDOUT, atomic_writer, check_target, remove_stale

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    ByteArray = npt.NDArray[np.uint8]

__all__ = ["CheckpointFile", "Content", "Identity", "check_checkpoint_path"]

#: The first member: JSON of the job and the state.
_STATE_NAME = "equipment-optimizer-checkpoint.json"

#: Raised by one whenever what files hold is written otherwise.
_FORMAT = 2

#: Bytes that are compared at a time.
_COMPARED_BYTES = 1 << 16

#: How files of version 0.1.0 began, which had a form of their own.
_OLD_NAME = b"equipment-optimizer checkpoint "

#: Bytes before those of an array of one dimension in NumPy's format.
_ARRAY_HEAD_BYTES = 128

#: Least time between two writings, seconds: what a kill may cost.
_INTERVAL_SECONDS = 1.0

#: Times as long as a writing took, nothing is written again: a percent of the run.
#: Never longer than a minute, seconds.
_COST_RATIO = 100
_LONGEST_INTERVAL_SECONDS = 60.0


@dataclass(frozen=True)
class Identity:
    """What makes one job another.

    `inputs` are path and SHA-256 of every input file, of which only the hashes count: a copy is as
    good as the original. `options` are what else decides the answer, in plain JSON values.
    """

    command: str
    inputs: tuple[tuple[str, str], ...]
    options: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The identity, with the versions, as it is written."""
        return {
            "version": __version__,
            "result_version": RESULT_VERSION,
            "format": _FORMAT,
            "python": _python_version(),
            "command": self.command,
            "inputs": [list(pair) for pair in self.inputs],
            "options": self.options,
        }

    def differences(self, other: dict[str, Any]) -> list[str]:
        """What is different in the `as_json` of another job, in words."""
        if other["command"] != self.command:
            return [f"it is of the command '{other['command']}'"]
        differences = []
        if other["version"] != __version__:
            differences.append(f"version {other['version']} wrote it, and this is version {__version__}")
        elif other["result_version"] != RESULT_VERSION or other.get("format") != _FORMAT:
            differences.append("another state of the program wrote it")
        then, now = other["inputs"], self.inputs
        if len(then) != len(now):
            differences.append(f"it is of {len(then)} input files, and these are {len(now)}")
        for (_, sha256_then), (path, sha256_now) in zip(then, now, strict=False):
            if sha256_then != sha256_now:
                differences.append(f"{path} has changed")
        for name in dict.fromkeys([*other["options"], *self.options]):
            before, after = other["options"].get(name), self.options.get(name)
            if before != after:
                differences.append(f"{name} was {_shown(before)} and is {_shown(after)}")
        return differences


def _python_version() -> str:
    """Its library writes the file."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _shown(value: object) -> str:
    """A value of an option, short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Content(NamedTuple):
    """What a checkpoint holds: a state in plain JSON values, and bytes, arrays of shape (n,), read-only."""

    state: dict[str, Any]
    data: dict[str, ByteArray]


def check_checkpoint_path(path: str | None, *, resume: bool, inputs: Iterable[str] = ()) -> None:
    """Refuse a checkpoint that cannot be one, before any work is done; None where none is wanted.

    Raises a `UsageError` also where there is a file and nobody wants to `resume`: it may hold hours
    of work; and where it is one of `inputs`.
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
                head = file.read(len(_HEAD))
                if head != _HEAD and not head.startswith(_OLD_NAME):
                    mend = "it is no checkpoint: name another file"
            raise UsageError(f"the checkpoint exists already: {path}", mend)


class CheckpointFile:
    """The checkpoint of one job, read once and replaced now and then.

    `on_trouble` is told, once, that it could not be written; the job goes on. `earlier` is what the file
    held at the beginning, None where there was none.

    Raises a `UsageError` if the file is damaged, or is of another job; says what differs.
    """

    def __init__(self, path: str, identity: Identity, on_trouble: Callable[[str], object]) -> None:
        self.path = path
        self._identity = identity
        self._on_trouble = on_trouble
        self._is_troubled = False
        # A killed run may have left something half-written.
        remove_stale(path)
        self.earlier = self._read()
        self._next = time.monotonic() + _INTERVAL_SECONDS

    def is_due(self) -> bool:
        """Whether the last writing is long enough ago."""
        return time.monotonic() >= self._next

    def write(self, state: dict[str, Any], data: Mapping[str, Sequence[ByteArray]] | None = None) -> None:
        """Replace the file by a state and bytes, given in parts, of which none is copied.

        Where that fails, what was there stays and the job goes on.
        """
        began = time.monotonic()
        try:
            with atomic_writer(self.path) as writer:
                _pack(writer.write, {**self._identity.as_json(), "state": state}, data or {})
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
            head = file.read(len(_HEAD))
            if head.startswith(_OLD_NAME):
                raise self._of_another_job([f"another version wrote it, and this is version {__version__}"])
            if head != _HEAD:
                if _HEAD.startswith(head):
                    raise self.damaged()
                raise UsageError(f"{self.path} is no checkpoint", "name another file with --checkpoint")
            try:
                header, data = _unpack(file)
                if header.get("format") != _FORMAT or _is_exactly(file, header, data):
                    differences = self._identity.differences(header)
                elif header["python"] != _python_version():
                    # Another library may write the same in other bytes: whether they are whole is not known.
                    differences = [f"Python {header['python']} wrote it, and this is Python {_python_version()}"]
                else:
                    raise self.damaged()
                content = Content(header["state"], data)
            except UsageError:
                raise
            except Exception as error:
                # Whatever the library makes of damaged bytes, a place before the beginning (EINVAL) included.
                is_ours = isinstance(error, OSError) and error.errno != errno.EINVAL
                if is_ours or is_memory_shortage(error):
                    raise
                raise self.damaged() from error
        if differences:
            raise self._of_another_job(differences)
        return content

    def damaged(self) -> UsageError:
        """The error that says so."""
        return UsageError(f"the checkpoint {self.path} is damaged", f"delete {self.path} to begin anew")

    def _of_another_job(self, differences: list[str]) -> UsageError:
        """The error that says so."""
        return UsageError(
            f"the checkpoint {self.path} is of another job: {'; '.join(differences)}",
            f"give this job what it had then, or delete {self.path} to begin anew",
        )


# --- the container ----------------------------------------------------------------


_Write = Callable[[bytes | memoryview], object]


class _Sink:
    """What `zipfile` writes to: it cannot be wound back, so that the bytes depend on the content alone."""

    def __init__(self, write: _Write) -> None:
        self._write = write

    def write(self, data: bytes | memoryview) -> int:
        """Pass on all of `data`."""
        self._write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def _member(name: str, n_bytes: int) -> zipfile.ZipInfo:
    """A member of that many bytes, without a time and the same on every system."""
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.create_system, member.file_size = 3, n_bytes
    return member


def _head() -> bytes:
    """How a checkpoint begins: its first member's name; sizes follow the members."""
    member = _member(_STATE_NAME, 0)
    member.flag_bits = 0x08
    return member.FileHeader(zip64=False)


_HEAD = _head()


def _pack(write: _Write, header: dict[str, Any], data: Mapping[str, Sequence[ByteArray]]) -> None:
    """Write all bytes of a checkpoint, one after the other."""
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode()
    members: dict[str, list[bytes | memoryview]] = {_STATE_NAME: [text]}
    for name, parts in data.items():
        members[f"{name}.npy"] = [_array_head(sum(map(len, parts))), *(part.data for part in parts)]
    with zipfile.ZipFile(_Sink(write), "w") as archive:  # type: ignore[call-overload]
        for name, texts in members.items():
            with archive.open(_member(name, sum(map(len, texts))), "w") as file:
                for part in texts:
                    file.write(part)


def _array_head(length: int) -> bytes:
    """What stands before `length` bytes in NumPy's format."""
    from numpy.lib.format import write_array_header_1_0

    head = io.BytesIO()
    write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (length,)})
    assert head.tell() == _ARRAY_HEAD_BYTES
    return head.getvalue()


def _unpack(file: BinaryIO) -> tuple[dict[str, Any], dict[str, ByteArray]]:
    """Header and bytes of a file, not yet held against its bytes; raises anything where it is damaged."""
    data = {}
    with zipfile.ZipFile(file) as archive:
        first, *members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in (first, *members)):
            raise ValueError("nothing is compressed")
        header = json.loads(archive.read(first))
        for member in members:
            import numpy as np

            read = np.frombuffer(archive.read(member), np.uint8)
            data[member.filename.removesuffix(".npy")] = read[_ARRAY_HEAD_BYTES:]
    return header, data


class _OtherBytesError(Exception):
    """A file does not hold these bytes."""


def _is_exactly(file: BinaryIO, header: dict[str, Any], data: Mapping[str, ByteArray]) -> bool:
    """Whether the file's bytes are those that this content is written as, looked at a part at a time."""

    def compare(part: bytes | memoryview) -> None:
        for start in range(0, len(part), _COMPARED_BYTES):
            expected = part[start : start + _COMPARED_BYTES]
            if file.read(len(expected)) != expected:
                raise _OtherBytesError

    file.seek(0)
    try:
        _pack(compare, header, {name: [read] for name, read in data.items()})
    except _OtherBytesError:
        return False
    return not file.read(1)
