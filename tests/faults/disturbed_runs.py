"""What runs that are disturbed have in common: a folder, inputs that stay as they are, ends that are not ours."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Exit codes of a process that the system ended before Python could answer, or after it had.
OUTSIDE = (-signal.SIGINT, -signal.SIGTERM)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="disturbed-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def digest(paths: Iterable[Path]) -> str:
    """Of names and contents."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def environment(**changes: str | None) -> dict[str, str]:
    """This process's, with the package within reach; measuring coverage would write files of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    changed = {**inherited, "PYTHONPATH": path, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def heed_interrupts() -> None:
    """A job in the background of a shell ignores SIGINT, and hands that on to what it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
