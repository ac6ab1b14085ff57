"""Some rows of a table, column by column: no piece is made an object on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["read_only", "rows_kept"]

IntArray = npt.NDArray[np.int64]


def read_only(values: object) -> IntArray:
    """A read-only array of `values`."""
    array = np.array(values, dtype=np.int64)
    array.flags.writeable = False
    return array


def rows_kept(table: Any, keep: npt.NDArray[np.bool_]) -> Any:
    """The equipment table of the rows where `keep`, (P,), is true; parts, skills and bonuses without rows vanish."""
    kept = np.flatnonzero(keep)
    rows, ends = kept.tolist(), np.searchsorted(kept, table.part_start)
    left = np.flatnonzero(np.diff(ends)).tolist()
    skill_start, skills = _entries(table.skill_start, kept)
    bonus_start, bonuses = _entries(table.bonus_start, kept)
    skill_ids, skill_index = np.unique(table.skill_index[skills], return_inverse=True)
    bonus_ids, bonus_index = np.unique(table.bonus_index[bonuses], return_inverse=True)
    return replace(
        table,
        parts=tuple(table.parts[b] for b in left),
        counts=tuple(table.counts[b] for b in left),
        part_start=read_only([0, *ends[1:][left]]),
        names=tuple(table.names[row] for row in rows),
        line=read_only(table.line[kept]),
        defence=read_only(table.defence[kept]),
        slots=read_only(table.slots[kept]),
        weapon_slots=read_only(table.weapon_slots[kept]),
        resistances=read_only(table.resistances[kept]),
        skill_names=tuple(table.skill_names[s] for s in skill_ids.tolist()),
        skill_start=read_only(skill_start),
        skill_index=read_only(skill_index.reshape(-1)),
        skill_level=read_only(table.skill_level[skills]),
        bonus_names=tuple(table.bonus_names[s] for s in bonus_ids.tolist()),
        bonus_start=read_only(bonus_start),
        bonus_index=read_only(bonus_index.reshape(-1)),
        other=tuple(tuple(column[row] for row in rows) for column in table.other),
        optional=tuple(table.optional[b] for b in left),
        origin=read_only(table.origin[kept]),
    )


def _entries(start: IntArray, rows: npt.NDArray[np.intp]) -> tuple[IntArray, IntArray]:
    """Of some rows of a compressed form: where each begins among theirs, and which entries those are."""
    n_each = np.diff(start)[rows]
    begins = np.concatenate([[0], np.cumsum(n_each)])
    return begins, np.repeat(start[rows] - begins[:-1], n_each) + np.arange(begins[-1])
