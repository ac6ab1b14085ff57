"""Tables of what open totals must fall short by."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listings import Fixed, setting

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.bounded._shortfalls import ShortfallTable, sliding_max
from equipment_optimizer.search.relaxation.bounds import Multipliers, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


@given(values=st.lists(st.integers(-9, 9), min_size=1, max_size=30), data=st.data())
def test_sliding_maxima_are_those_of_each_window(values: list[int], data: st.DataObject) -> None:
    windows = data.draw(st.lists(st.integers(1, len(values)), min_size=1, max_size=5))
    rows = sliding_max(np.array(values), windows, 77).tolist()
    for window, row in zip(windows, rows, strict=True):
        want = [max(values[i : i + window]) for i in range(len(values) - window + 1)]
        assert row == want + [77] * (len(values) - min(windows) + 1 - len(want))


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("is_from_above", [False, True])
def test_totals_that_are_not_added_yet_are_looked_up_as_those_that_are(shift: int, is_from_above: bool) -> None:
    table = ShortfallTable(0, 9 if is_from_above else 2, np.arange(9) ** 2, shift, is_from_above)
    totals, added = np.array([2, 5, 3]), np.array([0, 1, 4])
    parent, pick = np.array([0, 1, 1, 2]), np.array([2, 0, 2, 1])
    assert table.of_next(totals, parent, added, pick).tolist() == table.of(totals[parent] + added[pick]).tolist()


@pytest.mark.parametrize("entries", [4, 2])
def test_tables_are_as_long_as_they_may_be_and_no_longer(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
    tables = [table for seed in range(0, 60, 2) for step in setting(seed)[2]._tables for table in step]
    lengths = {len(table.shortfall) for table in tables if table.shift}
    assert max(lengths) <= entries
    assert min(lengths) > entries // 2


@pytest.mark.parametrize(("level", "values"), [(-1, (0, -1, -5, -6)), (1, (0, 1, 5, 6))])
def test_what_decorations_may_change_is_no_shortfall(level: int, values: tuple[int, ...]) -> None:
    pieces = [EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0), skills=(("Odd", 3 if level < 0 else 0),))]
    config = Config(
        skills={"Odd": SkillRule(values=tuple(map(Decimal, values)))}, slot_weights=(Decimal(0),) * 4,
        slot_count_weight=Decimal(0), decorations=(Decoration(name="Gem", slot_level=1, skills=(("Odd", level),)),),
    )  # fmt: skip
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    classes, box = merge_pieces(problem), root_box(problem)
    relaxed = relax(problem, classes, box, Multipliers((0,)), 1)
    (chunk,) = Enumeration(problem, classes, box, relaxed).leaves(Fixed(2**60))
    assert relaxed.bound_scaled == max(values)
    assert (chunk.loss + chunk.shortfall).tolist() == [0]


def test_a_shortfall_is_never_more_than_losses_may_be() -> None:
    pieces = [EquipmentPiece(name, "Head", skills=(("Guard", n),)) for n, name in enumerate("ABCD", 1)]
    config = Config(skills={"Guard": SkillRule(weight=Decimal(1), maximum=9, minimum=4)})
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    classes, box = merge_pieces(problem), root_box(problem)
    relaxed = relax(problem, classes, box, Multipliers((0,)), 1)
    tables = [table for step in Enumeration(problem, classes, box, relaxed)._tables for table in step]
    assert max(int(table.shortfall.max()) for table in tables) == shortfalls.loss_cap(problem)
