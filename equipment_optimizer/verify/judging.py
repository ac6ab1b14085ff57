"""What judges of other tables than lists of builds need: builds, what they are worth, and ways to try some."""

from ._builds import Builds
from ._conditions import allowed_rows
from ._definition import Definition, Rows, Totals
from ._limits import decimal_text
from ._matching import alike_decorations, may_hold, place_decorations
from ._missing_builds import Challenge, StoppedEarly, builds_to_try, fillings_to_try, greedy_filling
from ._named_builds import builds_after, same_named
from ._verdict import Difference, Verdict

__all__ = [
    "Builds",
    "Challenge",
    "Definition",
    "Difference",
    "Rows",
    "StoppedEarly",
    "Totals",
    "Verdict",
    "alike_decorations",
    "allowed_rows",
    "builds_after",
    "builds_to_try",
    "decimal_text",
    "fillings_to_try",
    "greedy_filling",
    "may_hold",
    "place_decorations",
    "same_named",
]
