"""Builds that are variants of one another: the same score, and the same totals of what is named, weighed or limited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .outcomes import weighed_totals

if TYPE_CHECKING:
    from ..records.results import BuildResults

__all__ = ["any_of", "steps_back", "variant_groups"]

#: Names that are said of one place; the rest is counted.
_MOST_NAMES = 3


def variant_groups(results: BuildResults) -> list[list[int]]:
    """Places of the builds of each group, in order of the first: those that ``"variants": "one"`` lists as one.

    O(K x skills) time and memory.
    """
    config = results.config
    levels = results.skill_levels(0, len(results))
    none = np.zeros(len(results), dtype=np.int64)
    listed = set(config.listed_skills)
    unlisted = sum((column for skill, column in levels.items() if skill not in config.skills), none)
    kept = [levels.get(skill, none) for skill in sorted(listed)] + weighed_totals(results, unlisted)
    rows = np.stack([_told_apart(column) for column in (results.scaled_scores, *kept)], axis=1)
    groups: dict[bytes, list[int]] = {}
    for k in range(len(results)):
        groups.setdefault(rows[k].tobytes(), []).append(k)
    return list(groups.values())


def steps_back(groups: Sequence[Sequence[int]]) -> list[int]:
    """For each build how many groups before the next new one its own is, 0 for the first of a group; groups in order.

    >>> steps_back([[0, 2], [1], [3]])
    [0, 0, 2, 0]
    """
    number_of = {k: number for number, group in enumerate(groups) for k in group}
    steps, n_seen = [], 0
    for k in range(len(number_of)):
        steps.append(n_seen - number_of[k])
        n_seen = max(n_seen, number_of[k] + 1)
    return steps


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
