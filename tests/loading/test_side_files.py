"""Decorations, set bonuses and maxima from their files, or a fault with its place for every row that makes no sense."""

import pytest

from equipment_optimizer.files.findings import Findings
from equipment_optimizer.loading._side_files import SideFileRules, read_decorations, read_set_bonuses, read_skill_caps
from equipment_optimizer.records.config import Decoration, SetBonusStep, SkillCap


def outcome(read, text):
    findings = Findings("s.csv")
    return read(text.encode(), findings), [f"{fault.where}: {fault.message}" for fault in findings.faults()]


JEWELS = "Name,Slot Level,Skill 1 Name,Skill 1 Level,Available,Allowed On\n"


def test_decorations_come_in_file_order_with_their_stock():
    found, faults = outcome(read_decorations, f"{JEWELS}Fury Jewel,1,Fury,1,3,\nOld,4,Calm,2,,weapon\n")
    assert faults == []
    assert found == (
        Decoration(name="Fury Jewel", slot_level=1, skills=(("Fury", 1),), available=3, allowed_on="any"),
        Decoration(name="Old", slot_level=4, skills=(("Calm", 2),), available=None, allowed_on="weapon"),
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("A,5,Fury,1,,", "s.csv:2:2: slot level is not 1 to 4: '5' [Slot Level]"),
        ("A,1,Fury,1,-1,", "s.csv:2:5: number available is negative: '-1' [Available]"),
        ("A,1,Fury,1,,tail", "s.csv:2:6: unknown place for a decoration: 'tail' [Allowed On]"),
        (",1,Fury,1,,", "s.csv:2:1: name is blank [Name]"),
    ],
)
def test_a_decoration_that_cannot_be_is_left_out(row, fault):
    assert outcome(read_decorations, f"{JEWELS}{row}\n") == ((), [fault])


def test_a_decoration_is_there_once():
    found, faults = outcome(read_decorations, f"{JEWELS}A,1,Fury,1,,\nA,1,Fury,1,,\n")
    assert [decoration.name for decoration in found] == ["A"]
    assert faults == ["s.csv:3:1: decoration 'A' is already on line 2 [Name]"]


BONUSES = "Bonus Name,Pieces Required,Skill,Level\n"


def test_steps_of_bonuses_are_kept_once_and_contradictions_told():
    found, faults = outcome(read_set_bonuses, f"{BONUSES}Bone,2,Fury,1\nBone,2,Fury,1\nBone,4,Fury,2\n")
    assert faults == []
    assert found == tuple(SetBonusStep(bonus="Bone", pieces_required=n, skill="Fury", level=n // 2) for n in (2, 4))
    _, faults = outcome(read_set_bonuses, f"{BONUSES}Bone,2,Fury,1\nBone,2,Fury,3\nBone,0,Fury,1\n")
    assert [fault.partition(": ")[0] for fault in faults] == ["s.csv:3:4", "s.csv:4:2"]


CAPS = "Name,Max Level,Cap Without Unlock,Cap Raised By\n"


@pytest.mark.parametrize(
    ("row", "cap"),
    [
        ("Fury,5,,", SkillCap(maximum=5)),
        ("Fury,7,5,Secret", SkillCap(maximum=7, locked_maximum=5, raised_by="Secret")),
        ("Fury,7,5,", SkillCap(maximum=5)),
        ("Fury,7,7,Secret", SkillCap(maximum=7)),
    ],
)
def test_maxima(row, cap):
    assert outcome(read_skill_caps, f"{CAPS}{row}\n") == ({"Fury": cap}, [])


@pytest.mark.parametrize("row", ["Fury,7,,Secret", "Fury,7,5,Fury", "Fury,many,,"])
def test_maxima_that_make_no_sense(row):
    found, faults = outcome(read_skill_caps, f"{CAPS}{row}\n")
    assert found == {}
    assert len(faults) == 1


def test_where_names_stand_is_remembered():
    rules = SideFileRules()
    read_decorations(f"{JEWELS}A,1,Fury,1,,\n".encode(), Findings("s.csv"), rules)
    assert rules.places == {("jewel", "A"): (2, 1), ("jewel skill", "Fury"): (2, 3)}
