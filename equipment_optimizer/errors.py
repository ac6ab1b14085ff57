"""Every error this project raises on purpose.

An error says where the fault is, what is wrong and how to mend it, and carries
the exit code of the command line. All of them pickle, because they cross
process boundaries. This module knows nothing of equipment and imports nothing
of the package.
"""

from __future__ import annotations

import errno
import os
import sys
from _operator import itemgetter  # as of `operator`, which has to be loaded

# `typing` takes longer to load than all else of a short job: annotations alone do not load it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "EXIT_BAD_INPUT",
    "EXIT_DONE",
    "EXIT_FAILED",
    "EXIT_INFEASIBLE",
    "EXIT_MEMORY",
    "EXIT_STOPPED_EARLY",
    "INTERNAL",
    "MAX_FAULTS_SHOWN",
    "MEANING_OF_EXITS",
    "EquipmentOptimizerError",
    "Fault",
    "InfeasibleError",
    "InputError",
    "MemoryBudgetError",
    "OutputError",
    "StoppedError",
    "UsageError",
    "WorkerError",
    "described",
    "is_memory_shortage",
    "member_path",
    "printable",
]

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INFEASIBLE = 3
EXIT_MEMORY = 4
EXIT_STOPPED_EARLY = 5

#: What each exit code tells a user.
MEANING_OF_EXITS = {
    EXIT_DONE: "done",
    EXIT_FAILED: "something else went wrong: a full disk, a second Ctrl-C, a bug; verify found a difference",
    EXIT_BAD_INPUT: "the command or an input file is wrong",
    EXIT_INFEASIBLE: "no build satisfies the config",
    EXIT_MEMORY: "not enough memory, or the ceiling is too low",
    EXIT_STOPPED_EARLY: "stopped early, by the time limit, Ctrl-C or SIGTERM: the best so far is written, and marked",
}

#: Faults printed before the rest is only counted: about one screen.
MAX_FAULTS_SHOWN = 20

#: How the description of an error begins that nobody meant to raise.
INTERNAL = "internal error"

#: Packages that everything, or some command, cannot do without.
REQUIRED = ("highspy", "jinja2", "numpy", "pandas", "rich")

#: What system and libraries say where they have no memory for code, data or a thread.
_SHORTAGE_WORDS = ("cannot allocate memory", "failed to map segment", "can't start new thread", "out of memory")


class Fault(tuple[str, str, str]):
    """One thing that is wrong with the input.

    `where`: ``file:line:column``, or as much of it as applies; `message`: what is wrong; `mend`: what to do about it,
    empty where the message already says it.
    """

    # By hand: `namedtuple` takes half as long as loading all else here, and workers load it too.
    __slots__ = ()
    where: str = property(itemgetter(0))  # type: ignore[assignment]
    message: str = property(itemgetter(1))  # type: ignore[assignment]
    mend: str = property(itemgetter(2))  # type: ignore[assignment]

    def __new__(cls, where: str, message: str, mend: str = "") -> Fault:  # noqa: D102
        return super().__new__(cls, (where, message, mend))

    def __getnewargs__(self) -> tuple[str, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"Fault(where={self.where!r}, message={self.message!r}, mend={self.mend!r})"

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  mend: {self.mend}" if self.mend else head


def member_path(parent: str, name: str) -> str:
    """JSON path of a member whose key is a name, not a keyword: ``$.skills["Attack Boost"]``."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{parent}["{escaped}"]'


def printable(text: str) -> str:
    """Text of somebody else for a message: it cannot steer a terminal."""
    return (
        text
        if text.isprintable()
        else "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    )


class EquipmentOptimizerError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is the command's.

    Examples
    --------
    >>> try:
    ...     read_config("gone.json")
    ... except EquipmentOptimizerError as error:
    ...     print(error.exit_code, error)
    2 gone.json: no such file
      mend: check the name and the folder
    """

    exit_code = EXIT_FAILED


class InputError(EquipmentOptimizerError):
    """The input is wrong; every fault found, at least one, is in ``faults`` in the order of discovery."""

    exit_code = EXIT_BAD_INPUT

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:MAX_FAULTS_SHOWN]]
        hidden = len(self.faults) - MAX_FAULTS_SHOWN
        if hidden > 0:
            lines.append(f"... and {hidden} more fault{'s' if hidden > 1 else ''}")
        return "\n".join(lines)


class _MessageAndMend(EquipmentOptimizerError):
    """An error of one message and one mend."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}\n  mend: {self.mend}" if self.mend else self.message


class UsageError(_MessageAndMend):
    """The command or call itself is wrong (an option, a missing folder)."""

    exit_code = EXIT_BAD_INPUT


class InfeasibleError(_MessageAndMend):
    """No build satisfies the configuration."""

    exit_code = EXIT_INFEASIBLE


class MemoryBudgetError(_MessageAndMend):
    """The memory ceiling is below what the smallest run needs."""

    exit_code = EXIT_MEMORY


class OutputError(_MessageAndMend):
    """An output could not be written (full disk, read-only file); what was there before is untouched."""

    exit_code = EXIT_FAILED


class StoppedError(_MessageAndMend):
    """The time limit came before there was anything to write."""

    exit_code = EXIT_STOPPED_EARLY


class WorkerError(_MessageAndMend):
    """A worker process died or answered nonsense, and the work could not be redone."""

    exit_code = EXIT_FAILED


def is_memory_shortage(error: BaseException) -> bool:
    """Whether an error means that memory ran out, whatever class it has.

    Under a limit of the address space an import or a new thread fails before an
    array does, as `ImportError`, `OSError` or `RuntimeError`.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return True
        if isinstance(cause, ImportError | OSError | RuntimeError):
            try:
                text = str(cause).lower()
            except Exception:
                text = ""
            if any(words in text for words in _SHORTAGE_WORDS):
                return True
        cause = cause.__cause__ or cause.__context__
    return False


def described(error: Exception) -> tuple[str, int]:
    """What there is to say of an error of any class, on a line or a few, and the exit code that goes with it."""
    if isinstance(error, EquipmentOptimizerError):
        return str(error), error.exit_code
    if is_memory_shortage(error):
        return "out of memory\n  mend: ask for fewer results, or give the job more memory", EXIT_MEMORY
    if isinstance(error, ModuleNotFoundError) and error.name in REQUIRED:
        python = os.path.basename(sys.executable) or "python3"
        mend = f"run '{python} -m pip install {error.name}', or '{python} -m pip install .' in the checkout for all"
        return f"the package {error.name} is not installed\n  mend: {mend}", EXIT_BAD_INPUT
    return f"{INTERNAL}: {type(error).__name__}: {' '.join(str(error).split())}", EXIT_FAILED
