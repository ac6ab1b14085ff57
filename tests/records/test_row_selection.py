"""Rows chosen column by column are those of the same pieces, made objects."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.records._row_selection import rows_kept
from equipment_optimizer.records.equipment import EquipmentTable


@pytest.mark.parametrize("seed", range(120))
def test_some_rows_are_what_a_table_of_those_pieces_is(seed: int) -> None:
    rng = random.Random(seed)
    table = random_job(rng, full=bool(seed % 2)).table
    share = rng.choice([0, 0.1, 0.5, 0.9, 1])
    keep = np.array([rng.random() < share for _ in range(table.n_pieces)], dtype=np.bool_)
    chosen = rows_kept(table, keep)
    rows = np.flatnonzero(keep).tolist()
    assert list(chosen) == [table.piece(row) for row in rows]
    assert chosen.origin.tolist() == table.origin[rows].tolist()
    owners = [next(b for b, stop in enumerate(table.part_start[1:].tolist()) if row < stop) for row in rows]
    left = sorted(set(owners))
    assert chosen.parts == tuple(table.parts[b] for b in left)
    assert chosen.counts == tuple(table.counts[b] for b in left)
    assert chosen.optional == tuple(table.optional[b] for b in left)
    assert chosen.part_sizes == tuple(owners.count(b) for b in left)
    assert chosen.skill_names == tuple(sorted({name for row in rows for name, _ in table.piece(row).skills}))
    assert chosen.bonus_names == tuple(sorted({name for row in rows for name in table.piece(row).set_bonuses}))
    for name, column in vars(chosen).items():
        if isinstance(column, np.ndarray):
            before = vars(table)[name]
            assert (column.dtype, column.ndim, column.flags.writeable) == (before.dtype, before.ndim, False)
    # Nothing that was found of the whole table is taken for what these have.
    assert set(vars(chosen)) == set(EquipmentTable.__dataclass_fields__)
