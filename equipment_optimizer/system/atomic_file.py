"""Files that are whole or not there: written beside the target, then renamed.

In: a path and bytes. Out: the target with the new bytes, or untouched. Standard
output (``-``), devices and pipes are written directly, because nothing can be
renamed over them. Knows nothing of what is written.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from ..errors import OutputError, UsageError
from ..sheet_paths import file_of
from ._temporary_file import CAN_LOCK, being_written, open_temporary, remove_stale, remove_stale_in

__all__ = ["STDOUT", "ByteWriter", "atomic_writer", "check_target", "file_mark", "make_folder", "remove_stale"]

#: The path that means standard output.
STDOUT = "-"


class ByteWriter:
    """Unbuffered bytes to an open file descriptor, the caller's to close; every write is complete or raises.

    Unbuffered, so that after a failure nothing is left to be flushed, and fail again, when the interpreter ends.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`."""
        unwritten = memoryview(data)
        while unwritten:
            try:
                unwritten = unwritten[os.write(self._descriptor, unwritten) :]
            except BlockingIOError:
                # A parent may have made the pipe non-blocking; wait until it takes more.
                select.select([], [self._descriptor], [])


def check_target(path: str, inputs: Iterable[str] = ()) -> None:
    """Refuse a target (a file, a device, or ``-``) that cannot be written, before any work is done for it.

    Raises a `UsageError` if it is a folder, is in a missing folder, may not be written, or is one of `inputs`.
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
            source_stat = None
            with suppress(OSError):  # told where it is read
                source_stat = _stat(file_of(source))
            if target is not None and source_stat is not None and os.path.samestat(target, source_stat):
                raise UsageError(f"the output is also an input: {path}", f"write to another file than {source}")


def make_folder(path: str) -> None:
    """Make a folder for outputs, and those above it, if they are not there; `UsageError` if the system refuses."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {path}: {error.strerror or error}", "name another folder") from error


@contextmanager
def atomic_writer(path: str) -> Iterator[ByteWriter]:
    """Write `path` as a whole: it is replaced when the block ends well, and otherwise untouched.

    ``-`` is standard output. A symbolic link is followed and stays a link; a hard link is broken. An existing file's
    permission bits (and owner, where allowed) are kept. What the system refuses (full disk, read-only file, vanished
    folder) is an `OutputError`; `BrokenPipeError` says that whoever reads the pipe or standard output went away.

    A killed process leaves one file named ``.TARGET.PID.tmp``; the next one that writes the same target removes it.
    It is locked while it is written, so that a process elsewhere (another container, another machine) with the same
    number is not taken for dead.
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
    remove_stale_in(folder, name)
    temporary = None
    # Everything inside, so that a second Ctrl-C, which may come between any two steps, leaves nothing.
    try:
        # What replaces a private file must not be readable by others for a moment.
        temporary, descriptor = open_temporary(folder, name, 0o666 if target is None else 0o600)
        try:
            being_written.add(temporary)
            if target is not None:
                _copy_owner_and_mode(descriptor, target)
            yield descriptor
            os.fsync(descriptor)
            if CAN_LOCK:
                # Before it is closed, which ends the lock.
                os.replace(temporary, real)
        finally:
            os.close(descriptor)
        if not CAN_LOCK:
            os.replace(temporary, real)
    except BaseException:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise
    finally:
        being_written.discard(temporary or "")
    _sync_folder(folder)


def _copy_owner_and_mode(descriptor: int, target: os.stat_result) -> None:
    """Give the open file the owner (where allowed) and permission bits of `target`."""
    if hasattr(os, "fchown"):
        owned = os.fstat(descriptor)
        if (owned.st_uid, owned.st_gid) != (target.st_uid, target.st_gid):
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


def file_mark(path: str) -> tuple[int, ...] | None:
    """What changes whenever a regular file is written or replaced; None for anything else."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


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
