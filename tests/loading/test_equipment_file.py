"""Pieces in the order of the file, with what filters need, and every fault of the file at once."""

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.records.config import Config, FilterRule


def read(folder, text, config=None):
    path = folder / "e.csv"
    path.write_text(text, encoding="utf-8")
    return read_equipment(path, config)


def test_pieces_come_with_their_lines_and_all_their_columns(tmp_path):
    table, notices = read(
        tmp_path,
        "Name,Body Part,Defence,Fire Res,Set Bonus 1,Skill 1,Level 1\n"
        "Vest,body,7,-2,Bone,Fury,1\n"
        '"Cap, old",HEAD,5,0,,,\n',
    )
    cap, vest = table
    assert (cap.name, cap.body_part, cap.defence, cap.resistances, cap.line) == ("Cap, old", "Head", 5, (0,), 3)
    assert (vest.set_bonuses, vest.skills, vest.resistances, vest.line) == (("Bone",), (("Fury", 1),), (-2,), 2)
    assert table.resistance_names == ("Fire",)
    assert notices == (
        f"{tmp_path / 'e.csv'}: there is no piece of Arms, Waist, Legs, Charm; builds are made without them",
    )


def test_only_columns_that_filters_ask_for_are_kept_and_others_named(tmp_path):
    text = "Name,Body Part,Rarity,Colour\nCap,Head,9,red\n"
    table, notices = read(tmp_path, text, Config(filters=(FilterRule(column="Rarity", minimum=8),)))
    assert table.other_names == ("Rarity",)
    assert table.piece(0).other == ("9",)
    assert any("Colour" in notice for notice in notices)
    assert not any("Rarity" in notice for notice in notices)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "Name,Body Part,Defence\n,Head,5\nCap,Hat,5\nHood,Head,many\n")
    places = [fault.where.rpartition("e.csv:")[2] for fault in caught.value.faults]
    assert places == ["2:1", "3:2", "4:3"]
    assert all(fault.mend for fault in caught.value.faults)


@pytest.mark.parametrize("text", ["", "Name,Body Part\n", "Name,Defence\nCap,5\n"])
def test_a_file_without_pieces_or_a_needed_column_is_a_fault(tmp_path, text):
    with pytest.raises(InputError):
        read(tmp_path, text)
