"""The closed list of headers, in every spelling; what is nearly in it is told and not read."""

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.files.csv_reader import header_key
from equipment_optimizer.loading._equipment_columns import column_meaning, nearly
from equipment_optimizer.loading.jobs import read_equipment


@pytest.mark.parametrize(
    ("headers", "meaning"),
    [
        (("Name", "Piece", "Equipment Piece Name", "NAME"), "name"),
        (("Body Part", "body_part", "Part"), "body part"),
        (("Base Defence", "Def", "defense"), "defence"),
        (("Num Lvl 2 Deco Slots", "Deco Slots Lvl 2", "Slots Lvl 2", "Slot Lvl 2"), "slots 2"),
        (("Slot 3",), "slot 3"),
        (("Weapon Slot 1",), "weapon slot 1"),
        (("Fire Res", "fire resistance"), "Fire"),
        (("Rarity", "Set Name", "Slot 0", "Num Lvl 5 Deco Slots", "Fire"), None),
    ],
)
def test_spellings_of_one_column_have_one_meaning(headers, meaning):
    assert {column_meaning(header_key(header)) for header in headers} == {meaning}


def test_set_bonuses_may_be_many():
    assert [column_meaning(key) for key in ("setbonus", "setbonus2", "groupbonus1")] == [
        "bonus setbonus",
        "bonus setbonus2",
        "bonus groupbonus1",
    ]


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Skil 3 Name", "Skill 3 Name"),
        ("Bodypart", "Body Part"),
        ("Base Defnce", "Base Defence"),
        ("Rarity", None),
        ("Level", None),
        ("", None),
    ],
)
def test_what_is_one_edit_away_is_named(title, meant):
    assert nearly(title) == meant


def test_a_header_that_is_nearly_one_is_a_fault_that_shows_both(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("Name,Body Part,Base Defnce\nCap,Head,5\n")
    with pytest.raises(InputError, match="the header 'Base Defnce' is nearly 'Base Defence', and not read as it"):
        read_equipment(path)
