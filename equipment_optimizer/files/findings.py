"""Faults and notices of one input file, collected while it is read.

Readers report here instead of raising, so that one run shows everything that is
wrong. Also the two ways in which a message shows text that somebody else wrote:
shortened, and next to the name it was probably meant to be. Knows nothing of
equipment, CSV or JSON.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Set
from itertools import islice

from ..errors import MAX_FAULTS_SHOWN, Fault, InputError
from .names import near

__all__ = ["Findings", "listing", "look", "raise_faults", "shown", "shown_source", "told_apart"]

#: Characters of foreign text in a message: it stays on one line of a terminal.
MAX_SHOWN = 60

#: Faults, and notices, of one file that are described one by one. Later ones
#: are only counted, so that a hostile file costs eight bytes a fault, not hundreds.
MAX_DESCRIBED = 1000

#: Names written out in a list within one message.
MAX_LISTED = 20


class Findings:
    """What was found in one file, as the user named it: faults that stop the job and notices that do not."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._notices: list[Fault] = []
        self._n_later_notices = 0
        #: Of each kind: the place of its first notice, what the others say in brief, and how many they are.
        self._alike: dict[str, tuple[int, list[str]]] = {}
        self._n_alike: dict[str, int] = {}
        self._faults: list[tuple[int, int, Fault]] = []
        # One object for all of them, which sorts behind every place in the file.
        self._later = (1 << 62, 0, Fault(path, "a further fault, counted but not described"))

    def fault(self, line: int, column: int, message: str, mend: str = "") -> None:
        """Add a fault; a `line` or `column` of 0 is left out of its place."""
        if len(self._faults) < MAX_DESCRIBED:
            self._faults.append((line, column, Fault(self.where(line, column), message, mend)))
        else:
            self._faults.append(self._later)

    def notice(self, line: int, column: int, message: str, *, kind: str = "", brief: str = "") -> None:
        """Add a notice: something assumed or left out that the user should know of.

        Notices of one `kind` are one line: the first, then of the others what is `brief`.
        """
        if kind in self._alike:
            briefs = self._alike[kind][1]
            briefs += [brief] * (len(briefs) < MAX_LISTED)
            self._n_alike[kind] += 1
            return
        if kind:
            self._alike[kind], self._n_alike[kind] = (len(self._notices), []), 0
        if len(self._notices) < MAX_DESCRIBED:
            self._notices.append(Fault(self.where(line, column), message))
        else:
            self._n_later_notices += 1

    @property
    def n_faults(self) -> int:
        """Number of faults so far."""
        return len(self._faults)

    def faults(self) -> list[Fault]:
        """All faults, by line and column."""
        return [fault for _, _, fault in sorted(self._faults, key=lambda entry: entry[:2])]

    def notices(self) -> list[str]:
        """All notices, in the order of discovery."""
        return [str(notice) for notice in self.notices_as_faults("")]

    def notices_as_faults(self, mend: str) -> list[Fault]:
        """The notices where each is to be a fault."""
        notices = list(self._notices)
        for kind, (first, briefs) in self._alike.items():
            if briefs and first < len(notices):
                hidden = self._n_alike[kind] - len(briefs)
                others = ", ".join(briefs) + (f" and {hidden} more" if hidden else "")
                notices[first] = Fault(notices[first].where, f"{notices[first].message}; likewise {others}")
        hidden = self._n_later_notices
        more = [Fault(self.path, f"{hidden} more notices")] if hidden else []
        return [Fault(notice.where, notice.message, mend) for notice in (*notices, *more)]

    def suggest(self, name: str, known: Iterable[str]) -> str | None:
        """The known name that was probably meant, as long as faults are few enough to be printed.

        Nothing is done with `known` otherwise. A set is sorted, so that the answer
        is the same every time.
        """
        if self.n_faults >= MAX_FAULTS_SHOWN:
            return None
        return near(name, sorted(known) if isinstance(known, Set) else known)

    def where(self, line: int, column: int) -> str:
        """``path:line:column`` without the parts that are 0."""
        return ":".join([self.path, *(str(number) for number in (line, column) if number)])


def raise_faults(*findings: Findings) -> None:
    """Raise one `InputError` with the faults of all files, if there are any."""
    faults = [fault for file_findings in findings for fault in file_findings.faults()]
    if faults:
        raise InputError(faults)


def shown(text: str) -> str:
    """A cell or name for a message: in quotes, without control characters, shortened."""
    return repr(text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "...")


def shown_source(text: str) -> str:
    """A piece of source text for a message: as it stands, printable, shortened."""
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + "..."
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def look(name: str) -> str:
    """What a reader sees of a name: one form for each character, those that are invisible left out."""
    if name.isascii():
        return name
    plain = unicodedata.normalize("NFKC", name)
    return "".join(char for char in plain if unicodedata.category(char) != "Cf")


def told_apart(name: str, other: str) -> str:
    """`other` for a message about `name`: with escapes where the two look the same."""
    if name == other or look(name) != look(other):
        return shown(other)
    return f"{shown(other)}, which looks the same but is {_escaped(other)}, not {_escaped(name)}"


def _escaped(name: str) -> str:
    """A name as escapes where it is not ASCII, shortened."""
    return ascii(name if len(name) <= MAX_SHOWN else name[:MAX_SHOWN] + "...")


def listing(names: Collection[str], n_names: int = 0) -> str:
    """Names with commas between them, the first twenty and a count of the rest (of `n_names`, where given)."""
    text = ", ".join(shown_source(name) for name in islice(names, MAX_LISTED))
    hidden = max(len(names), n_names) - MAX_LISTED
    return f"{text} and {hidden} more" if hidden > 0 else text
