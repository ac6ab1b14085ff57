"""What a stage says about how far it has come.

The stages call a plain function with a `Progress`; who draws it, and whether
anybody does, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["CREATING", "EXPORTING", "SCORING", "OnProgress", "Progress"]

CREATING = "creating"
SCORING = "scoring and filtering"
EXPORTING = "exporting"


class Progress(NamedTuple):
    """How far a stage has come.

    Attributes
    ----------
    stage : str
        `CREATING`, `SCORING`, `EXPORTING`, or a later stage's own name.
    done : int
        Units finished; may exceed 2^63.
    total : int or None
        Units in all; None while unknown.
    unit : str
        What is counted, in the plural.
    detail : str
        A few words beside the bar, such as the gap that is left.
    """

    stage: str
    done: int
    total: int | None = None
    unit: str = "combinations"
    detail: str = ""


OnProgress = Callable[[Progress], None]
