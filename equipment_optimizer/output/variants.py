"""Builds that are variants of one another: the same score, and the same total of all that is listed or scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..records.results import BuildResults
    from .score_terms import Term

__all__ = ["any_of", "variant_groups"]

#: Names that are said of one place; the rest is counted.
_MOST_NAMES = 3


def variant_groups(results: BuildResults, terms: Sequence[Term]) -> list[list[int]]:
    """Places of the builds of each group, in order of the first; `terms` as `score_terms` gives them.

    O(K x terms) time and memory. ``report/data.js`` says the same for a page.
    """
    kept = [
        term.amount
        for term in terms
        if (term.kind == "skill" and term.is_listed) or term.kind == "factor" or term.worth.any()
    ]
    rows = np.stack([_told_apart(column) for column in (results.scaled_scores, *kept)], axis=1)
    groups: dict[bytes, list[int]] = {}
    for k in range(len(results)):
        groups.setdefault(rows[k].tobytes(), []).append(k)
    return list(groups.values())


def _told_apart(column: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Whole numbers that are equal where those of a column are, which may be Python's own."""
    return np.unique(column, return_inverse=True)[1].astype(np.int64) if column.dtype == object else column


def any_of(names: Sequence[str]) -> str:
    """Names of which one is worn; what they begin with is said once.

    >>> any_of(["Helm α", "Helm β"])
    'Helm α or β'
    >>> any_of(["Cap", "Hat", "Hood", "Mask"])
    'Cap or Hat or 2 more'
    """
    distinct = list(dict.fromkeys(names))
    heads = {name.rpartition(" ")[0] for name in distinct}
    is_one_kind = len(heads) == 1 and heads != {""}
    told = [distinct[0], *(name.rpartition(" ")[2] for name in distinct[1:])] if is_one_kind else distinct
    if len(told) > _MOST_NAMES:
        return f"{told[0]} or {told[1]} or {len(told) - 2} more"
    return " or ".join(told)
