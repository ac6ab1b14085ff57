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
    """How far a stage has come."""

    stage: str  # `CREATING`, `SCORING`, `EXPORTING`, or a later stage's own name
    done: int  # units finished; may exceed 2^63
    total: int | None = None  # units in all; None while unknown
    unit: str = "combinations"  # what is counted, in the plural
    detail: str = ""  # a few words beside the bar, such as the gap that is left


OnProgress = Callable[[Progress], None]
