"""What importers write: columns for as many skills and bonuses as any row has, and a configuration of them."""

import json

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.importers._job_files import Jewel, Piece, job_files, notices_of, pieces_text


def test_pieces_have_as_many_columns_as_the_fullest_needs():
    text = pieces_text(
        [
            Piece("A", "Head", 5, [1, 1, 4], (("Fury", 2), ("Calm", 1)), bonuses=("Oath",), other=("x",)),
            Piece("B", "Charm", other=("",)),
        ],
        ["Rarity"],
    )
    header, first, second = text.splitlines()
    assert header.startswith("Name,Body Part,Base Defence,Num Lvl 1 Deco Slots,")
    assert header.endswith("Skill 2 Level,Fire Res,Water Res,Thunder Res,Ice Res,Dragon Res,Set Bonus 1,Rarity")
    assert first == "A,Head,5,2,0,0,1,Fury,2,Calm,1,,,,,,Oath,x"
    assert second == "B,Charm,,0,0,0,0,,,,,,,,,,,"


def test_side_files_have_the_columns_of_the_format():
    files = job_files(
        [Piece("A", "Head", skills=(("Calm", 1),))],
        [Jewel("J", 2, (("Fury", 1),), ("weapon", 3))],
        [("Calm", 4), ("Fury", 5), ("Luck", 1), ("Might", 2)],
        bonuses=[("Oath", 2, "Might", 1)],
        piece_columns=(),
    )
    assert files["decorations.csv"] == (
        "Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On,Rarity\nJ,2,Fury,1,weapon,3\n"
    )
    assert files["set_bonuses.csv"] == "Bonus Name,Pieces Required,Skill,Level\nOath,2,Might,1\n"
    assert files["skills.csv"] == "Name,Max Level\nCalm,4\nFury,5\nLuck,1\nMight,2\n"
    # What nothing gives is not asked about.
    assert list(json.loads(files["config.json"])["skills"]) == ["Calm", "Fury", "Might"]
    assert "weapons.csv" not in files


def test_weapons_are_a_file_that_the_configuration_names():
    weapon = Piece("W", "Weapon", 7, [2], (("Edge", 1),), other=("lance",))
    files = job_files([], [], [("Edge", 3)], weapons=[weapon], piece_columns=(), weapon_columns=("Kind",))
    assert files["weapons.csv"].splitlines()[1] == "W,7,0,1,0,0,Edge,1,lance"
    assert json.loads(files["config.json"])["files"]["weapons"] == "weapons.csv"


def test_faults_of_all_files_are_raised_together_and_notices_are_given_back():
    first, second = Findings("a.csv"), Findings("b.csv")
    first.notice(2, 1, "odd")
    assert notices_of(first, second) == tuple(first.notices())
    for findings in (first, second):
        findings.fault(3, 1, "wrong", "write it right")
    with pytest.raises(InputError) as caught:
        notices_of(first, second)
    assert "a.csv:3:1" in str(caught.value) and "b.csv:3:1" in str(caught.value)
