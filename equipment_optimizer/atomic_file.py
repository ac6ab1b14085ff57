"""Files that are whole or not there: written beside the target, then renamed.

In: a path and bytes. Out: the target with the new bytes, or untouched. Standard
output (``-``), devices and pipes are written directly, because nothing can be
renamed over them. Knows nothing of what is written.
"""

from __future__ import annotations

import errno
import os
import re
import select
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from .errors import OutputError, UsageError

__all__ = ["STDOUT", "ByteWriter", "atomic_writer", "check_target", "remove_stale"]

#: The path that means standard output.
STDOUT = "-"

#: File systems allow names of 255 bytes; the rest is room for the process id and suffix.
_LONGEST_STEM_BYTES = 200

#: Temporary files that this very process is writing. Process ids are used again
#: (in a container often at once), so our own id does not prove that a file is ours.
_writing: set[str] = set()


class ByteWriter:
    """Unbuffered bytes to a file descriptor; every write is complete or raises.

    Parameters
    ----------
    descriptor : int
        Open for writing; stays the caller's to close.

    Notes
    -----
    Unbuffered, so that after a failure nothing is left to be flushed, and fail
    again, when the interpreter ends.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # A parent may have made the pipe non-blocking; wait until it takes more.
                select.select([], [self._descriptor], [])


def check_target(path: str, inputs: Iterable[str] = ()) -> None:
    """Refuse a target that cannot be written, before any work is done for it.

    Parameters
    ----------
    path : str
        A file, a device, or ``-``.
    inputs : iterable of str
        Files that the target must not be.

    Raises
    ------
    UsageError
        If the target is a folder, is in a missing folder, may not be written,
        or is one of `inputs`.
    """
    if path == STDOUT:
        return
    if not path:
        raise UsageError("the output file has no name", "write a file name, or - for standard output")
    with _file_errors(path, UsageError):
        target = _stat(path)
        if path.endswith(os.sep) or (target is not None and stat.S_ISDIR(target.st_mode)):
            inside = os.path.join(path, "out.csv")
            raise UsageError(f"the output is a folder: {path}", f"name a file in it, such as {inside}")
        if target is not None and not stat.S_ISREG(target.st_mode):
            return
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            missing = os.path.dirname(path) or folder
            raise UsageError(f"the output's folder does not exist: {missing}", "make it first, or write elsewhere")
        if target is not None and not os.access(path, os.W_OK):
            raise UsageError(f"the output is write-protected: {path}", "allow writing to it, or write elsewhere")
        if not os.access(folder, os.W_OK | os.X_OK):
            mend = "allow writing there, or write elsewhere"
            raise UsageError(f"the output's folder is write-protected: {folder}", mend)
        for source in inputs:
            own = _stat(source)
            if target is not None and own is not None and os.path.samestat(target, own):
                raise UsageError(f"the output is also an input: {path}", f"write to another file than {source}")


@contextmanager
def atomic_writer(path: str) -> Iterator[ByteWriter]:
    """Write `path` as a whole: it is replaced when the block ends well, and otherwise untouched.

    Parameters
    ----------
    path : str
        The target; ``-`` is standard output. A symbolic link is followed and
        stays a link; a hard link is broken. An existing file's permission bits
        (and owner, where allowed) are kept.

    Yields
    ------
    ByteWriter

    Raises
    ------
    OutputError
        If the system refuses (full disk, read-only file, vanished folder).
    BrokenPipeError
        If whoever reads the pipe or standard output went away.

    Notes
    -----
    A killed process leaves one file named ``.TARGET.PID.tmp``; the next one
    that writes the same target removes it.
    """
    with _file_errors(path, OutputError):
        if path == STDOUT:
            with _standard_output() as descriptor:
                yield ByteWriter(descriptor)
            return
        target = _stat(path)
        if target is not None and not stat.S_ISREG(target.st_mode):
            descriptor = os.open(path, os.O_WRONLY)
            try:
                yield ByteWriter(descriptor)
            finally:
                os.close(descriptor)
            return
        with _replacing(os.path.realpath(path), target) as descriptor:
            yield ByteWriter(descriptor)


@contextmanager
def _replacing(real: str, target: os.stat_result | None) -> Iterator[int]:
    """A descriptor of a temporary file that takes the place of the file `real`."""
    folder, name = os.path.split(real)
    _remove_stale(folder, name)
    temporary = os.path.join(folder, f".{_stem(name)}.{os.getpid()}.tmp")
    # What replaces a private file must not be readable by others for a moment.
    mode = 0o666 if target is None else 0o600
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
    _writing.add(temporary)
    try:
        try:
            if target is not None:
                _copy_owner_and_mode(descriptor, target)
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        _writing.discard(temporary)
    _sync_folder(folder)


def _copy_owner_and_mode(descriptor: int, target: os.stat_result) -> None:
    """Give the open file the owner (where allowed) and permission bits of `target`."""
    if hasattr(os, "fchown"):
        own = os.fstat(descriptor)
        if (own.st_uid, own.st_gid) != (target.st_uid, target.st_gid):
            with suppress(OSError):
                os.fchown(descriptor, target.st_uid, target.st_gid)
    # After the owner: a change of owner clears set-id bits.
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(target.st_mode))


def _sync_folder(folder: str) -> None:
    """Make a rename in `folder` last through a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _stem(name: str) -> str:
    """`name`, or a shorter name that stands for it where a suffix would make it too long."""
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_STEM_BYTES:
        return name
    start = encoded[: _LONGEST_STEM_BYTES - 10].decode("utf-8", "ignore")
    return f"{start}~{zlib.crc32(encoded):08x}"


def remove_stale(path: str) -> None:
    """Remove what killed processes left beside the target `path`; `atomic_writer` does so by itself."""
    # A folder that cannot be read holds nothing that could be removed.
    with suppress(OSError):
        _remove_stale(*os.path.split(os.path.realpath(path)))


def _remove_stale(folder: str, name: str) -> None:
    """Remove what killed processes left of this target."""
    pattern = re.compile(rf"\.{re.escape(_stem(name))}\.([0-9]{{1,19}})\.tmp")
    for entry in os.listdir(folder):
        match = pattern.fullmatch(entry)
        path = os.path.join(folder, entry)
        if match is not None and path not in _writing and not _is_other_live_process(int(match[1])):
            with suppress(OSError):
                os.unlink(path)


def _is_other_live_process(pid: int) -> bool:
    """Whether a process other than this one has this id now."""
    if pid == os.getpid() or pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It exists and belongs to somebody else.
        return True
    return True


def _stat(path: str) -> os.stat_result | None:
    """What `path` leads to; None if nothing is there."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        # A NUL character in the name.
        raise OSError(errno.EINVAL, str(error)) from error


@contextmanager
def _standard_output() -> Iterator[int]:
    """The descriptor of standard output, with everything printed before already out."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    sys.stdout.flush()
    yield sys.stdout.fileno()


@contextmanager
def _file_errors(path: str, kind: type[OutputError] | type[UsageError]) -> Iterator[None]:
    """Turn the system's errors into ours, except that of a reader that went away."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "standard output" if path == STDOUT else path
        mend = "free some space, or write elsewhere" if error.errno == errno.ENOSPC else "write elsewhere"
        raise kind(f"cannot write {name}: {error.strerror or error}", mend) from error
