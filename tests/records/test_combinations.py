"""Columns equal objects, and nothing is stored twice."""

from __future__ import annotations

import pickle
import random
import tracemalloc

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.records.combinations import (
    EquipmentCombination,
    EquipmentCombinationList,
    iter_combinations,
)
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable, smallest_unsigned
from equipment_optimizer.records.rules import PartRule


@pytest.fixture
def table() -> EquipmentTable:
    return random_job(random.Random(12), full=True).table


@pytest.mark.parametrize("seed", range(30))
def test_totals_of_columns_equal_those_of_objects(seed: int) -> None:
    table = random_job(random.Random(seed), full=True, n_most=3).table
    every = EquipmentCombinationList.whole_space(table)
    every._check()
    levels = {skill: column.tolist() for skill, column in every.total_skill_levels.items()}
    assert list(every.total_skill_levels) == list(table.skill_names)
    assert len(every.total_skill_levels) == len(table.skill_names)
    for k, combination in enumerate(every):
        pieces = combination.equipment
        assert [piece.body_part for piece in pieces] == [table.parts[part] for part in table.positions]
        assert combination.total_defence == every.total_defence[k] == sum(piece.defence for piece in pieces)
        slots = tuple(sum(column) for column in zip(*(piece.slots for piece in pieces), strict=True))
        assert combination.total_decoration_slots_by_level == slots
        assert tuple(every.total_decoration_slots_by_level[k].tolist()) == slots
        want: dict[str, int] = {}
        for piece in pieces:
            for skill, level in piece.skills:
                want[skill] = want.get(skill, 0) + level
        assert combination.total_skill_levels == want
        assert list(combination.total_skill_levels) == sorted(want)
        assert {skill: column[k] for skill, column in levels.items()} == {skill: want.get(skill, 0) for skill in levels}
        assert combination.total_resistances == {"Fire": sum(piece.resistances[0] for piece in pieces)}
        assert every.total_resistances[k].tolist() == [sum(piece.resistances[0] for piece in pieces)]


def test_an_unknown_skill_has_no_column(table: EquipmentTable) -> None:
    with pytest.raises(KeyError, match="Cooking"):
        _ = EquipmentCombinationList.whole_space(table).total_skill_levels["Cooking"]


def test_generated_combinations_are_those_of_the_whole_space(table: EquipmentTable) -> None:
    every = EquipmentCombinationList.whole_space(table)
    assert list(iter_combinations(table)) == list(every)
    assert list(iter_combinations(table, 2, 5)) == list(every[2:5])


def test_a_slice_shares_its_columns_and_an_index_is_one_combination(table: EquipmentTable) -> None:
    every = EquipmentCombinationList.whole_space(table)
    part = every[3:30:2]
    assert isinstance(part, EquipmentCombinationList)
    assert all(np.shares_memory(mine, theirs) for mine, theirs in zip(part.columns, every.columns, strict=True))
    assert part[-1] == list(every)[3:30:2][-1]
    assert isinstance(part[0], EquipmentCombination)
    assert part[0] == every[3]
    with pytest.raises(IndexError):
        _ = every[len(every)]


def test_columns_that_fit_are_kept_and_others_converted(table: EquipmentTable) -> None:
    every = EquipmentCombinationList.whole_space(table)
    again = EquipmentCombinationList(table, every.columns)
    assert all(mine is theirs for mine, theirs in zip(again.columns, every.columns, strict=True))
    wide = EquipmentCombinationList(table, [column.astype(np.int64) for column in every.columns])
    assert [column.dtype for column in wide.columns] == [column.dtype for column in every.columns]


def test_a_combination_of_six_parts_takes_six_bytes() -> None:
    pieces = [
        EquipmentPiece(f"{i}", part) for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm") for i in range(10)
    ]
    table = EquipmentTable.from_pieces(pieces)
    assert EquipmentCombinationList.bytes_per_combination(table) == 6
    tracemalloc.start()
    every = EquipmentCombinationList.whole_space(table)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(every) == 10**6
    assert every.nbytes == 6 * 10**6
    assert held < 6.1e6
    assert peak < 8e6
    assert repr(every) == "EquipmentCombinationList(1,000,000 combinations of 6 pieces, 6,000,000 bytes)"


@pytest.mark.parametrize(
    ("n_values", "dtype"), [(0, "u1"), (1, "u1"), (256, "u1"), (257, "u2"), (65_536, "u2"), (65_537, "u4")]
)
def test_the_smallest_dtype_that_fits_is_taken(n_values: int, dtype: str) -> None:
    assert smallest_unsigned(n_values) == np.dtype(dtype)


def test_combinations_and_lists_pickle(table: EquipmentTable) -> None:
    every = EquipmentCombinationList.whole_space(table)
    loaded = pickle.loads(pickle.dumps(every[2]))
    assert isinstance(loaded, EquipmentCombination)
    assert loaded.indices == every[2].indices
    assert [piece.name for piece in loaded.equipment] == [piece.name for piece in every[2].equipment]
    again = pickle.loads(pickle.dumps(every[1:4]))
    assert [combination.indices for combination in again] == [combination.indices for combination in every[1:4]]


def test_a_combination_shows_its_pieces_and_has_no_dictionary(table: EquipmentTable) -> None:
    combination = EquipmentCombinationList.whole_space(table)[0]
    names = ", ".join(piece.name for piece in combination.equipment)
    assert repr(combination) == f"EquipmentCombination({names})"
    assert not hasattr(combination, "__dict__")
    assert combination.table is table


def test_a_frame_has_names_and_totals_and_clashes_are_told_apart() -> None:
    pieces = [
        EquipmentPiece("cap", "Head", 2, (1, 0, 0, 0), (("Head", 3), ("Luck", 1)), (5,)),
        EquipmentPiece("hood", "Head", 1, resistances=(-1,)),
    ]
    table = EquipmentTable.from_pieces(pieces, resistance_names=("Fire",))
    frame = EquipmentCombinationList.whole_space(table).to_dataframe()
    assert frame.to_dict("list") == {
        "Head": ["cap", "hood"],
        "Head (skill)": [3, 0],
        "Luck": [1, 0],
        "Lvl 1 Decoration Slot": [1, 0],
        "Lvl 2 Decoration Slot": [0, 0],
        "Lvl 3 Decoration Slot": [0, 0],
        "Lvl 4 Decoration Slot": [0, 0],
        "Defence": [2, 1],
        "Fire Res": [5, -1],
    }


def test_lists_of_a_whole_space_leave_out_what_is_no_combination_of_its_own() -> None:
    pieces = [EquipmentPiece("A", "Ring"), EquipmentPiece("B", "Ring"), EquipmentPiece("C", "Ring")]
    parts = {"Ring": PartRule(count=2, optional=True), "Flex": PartRule(drawn_from=("Ring",), optional=True)}
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    every = EquipmentCombinationList.whole_space(table)
    every._check()
    names = [tuple(piece.name for piece in build.equipment) for build in every]
    # Each set of up to three of the pieces once, in the places that come first.
    assert names == [
        ("A", "B", "C"),
        ("A", "B", ""),
        ("A", "C", ""),
        ("A", "", ""),
        ("B", "C", ""),
        ("B", "", ""),
        ("C", "", ""),
        ("", "", ""),
    ]
    assert [build.indices for build in iter_combinations(table)] == [build.indices for build in every]
