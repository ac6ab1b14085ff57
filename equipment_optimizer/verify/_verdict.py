"""What a verification found: every difference, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Difference", "Verdict"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be.

    Attributes
    ----------
    line : int
        Line of the file on which the row starts; 1 is the header, 0 the file as a whole.
    column : str
        Name of the column, or in parentheses what else is wrong.
    """

    line: int
    column: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    Attributes
    ----------
    differences : tuple of Difference
        Empty where everything checked is right.
    checks : tuple of str
        What was checked, in sentences.
    was_stopped : bool
        Whether the search for missing builds was ended before its time.
    """

    differences: tuple[Difference, ...]
    checks: tuple[str, ...]
    was_stopped: bool = False
