"""Slots are counted whether a file holds counts, levels, or all levels in one cell; two ways at once are a fault."""

from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.loading.slot_columns import slot_counts, slot_levels


def slots_of(folder: Path, header: str, row: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    path = folder / "e.csv"
    path.write_text(f"Name,Body Part,{header}\nCap,Head,{row}\n", encoding="utf-8")
    table, _ = read_equipment(path)
    piece = table.piece(0)
    return piece.slots, piece.weapon_slots


@pytest.mark.parametrize(
    ("cell", "levels"),
    [
        ("4-2-1", [4, 2, 1]),
        ("(4|2)", [4, 2]),
        ("4 2 1.0", [4, 2, 1]),
        ("\uff14\uff12", [4, 2]),
        ("", []),
        ("N/A", []),
        ("00", [0, 0]),
        ("5", None),
        ("4-2-x", None),
        ("2024-04-02", None),
    ],
)
def test_the_levels_in_one_cell(cell, levels):
    assert slot_levels(cell) == levels


def test_levels_are_counted():
    assert slot_counts([]) == (0, 0, 0, 0)
    assert slot_counts([1, 4, 4, 0, 3]) == (1, 0, 1, 2)


@pytest.mark.parametrize(
    ("header", "row", "slots", "on_weapon"),
    [
        ("Num Lvl 1 Deco Slots,Num Lvl 4 Deco Slots", "2,1", (2, 0, 0, 1), (0, 0, 0, 0)),
        ("Slot 1,Slot 2,Slot 3", "4,1,0", (1, 0, 0, 1), (0, 0, 0, 0)),
        ("Slots", "4-1", (1, 0, 0, 1), (0, 0, 0, 0)),
        ("Slots,Weapon Slots", "4-1,3", (1, 0, 1, 1), (0, 0, 1, 0)),
        ("Slot 1,Weapon Slot 1", "2,2", (0, 2, 0, 0), (0, 1, 0, 0)),
    ],
)
def test_every_way_to_write_slots(tmp_path, header, row, slots, on_weapon):
    assert slots_of(tmp_path, header, row) == (slots, on_weapon)


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("Slots,Slot 1", "4-1,4", "'Slots' holds slots in another way than 'Slot 1'"),
        ("Slot 1", "5", "slot level is not 0 to 4: '5' [Slot 1]"),
        ("Slots", "4-Feb", "not the levels of slots, 0 to 4: '4-Feb', perhaps a spreadsheet made a date of it"),
        ("Num Lvl 1 Deco Slots", "-1", "number of slots is negative: '-1'"),
    ],
)
def test_what_cannot_be_is_a_fault_with_its_place(tmp_path, header, row, message):
    with pytest.raises(InputError) as caught:
        slots_of(tmp_path, header, row)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'e.csv'}:")
