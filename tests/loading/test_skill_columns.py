"""Skills are read from pairs of columns, from one cell, or from columns of their own; halves of them are faults."""

import io

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.loading.skill_columns import Spellings


def skills_of(folder, header, row):
    path = folder / "e.csv"
    path.write_text(f"Name,Body Part,{header}\nCap,Head,{row}\n", encoding="utf-8")
    table, notices = read_equipment(path)
    return dict(table.piece(0).skills), notices


@pytest.mark.parametrize(
    ("header", "row", "skills"),
    [
        ("Skill 1 Name,Skill 1 Level", "Fury,2", {"Fury": 2}),
        ("Skill 1,Level 1,Skill 2,Level 2", "Fury,2,Calm,-1", {"Fury": 2, "Calm": -1}),
        ("Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level", "Fury,2,Fury ,1", {"Fury": 3}),
        ("Skill 1 Name,Skill 1 Level", ",", {}),
        ("Skill 1 Name,Skill 1 Level", "N/A,0", {}),
        ("Skills", '"Fury Lv2, Calm: 1"', {"Fury": 2, "Calm": 1}),
    ],
)
def test_every_way_to_write_skills(tmp_path, header, row, skills):
    assert skills_of(tmp_path, header, row)[0] == skills


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("Skill 1 Name,Skill 1 Level", "Fury,", "skill 'Fury' has no level"),
        ("Skill 1 Name,Skill 1 Level", ",3", "level '3' has no skill"),
        ("Skill 1 Name,Skill 1 Level", "Fury,two", "level is not a whole number: 'two'"),
        ("Skills", '"Fury 2, Calm"', "a skill without a level: 'Calm'"),
    ],
)
def test_half_a_skill_is_a_fault(tmp_path, header, row, message):
    with pytest.raises(InputError) as caught:
        skills_of(tmp_path, header, row)
    assert message in str(caught.value)


def test_one_name_is_written_as_it_stands_first():
    findings = Findings("e.csv")
    names = Spellings("the skill", findings)
    assert names.read("Hunter's Eye", 2, 1) == "Hunter's Eye"
    assert names.read("Hunter\u2019s  Eye", 5, 1) == "Hunter's Eye"
    assert names.of["Hunter\u2019s  Eye"] == "Hunter's Eye"
    assert names.places == {"Hunter's Eye": (2, 1)}
    assert names.read("n/a", 6, 1) == ""
    assert len(findings.notices()) == 1


@pytest.mark.parametrize("headers", ["Fertigkeit 2,Stufe 2", "\u6280\u80fd2,\u7b49\u7ea72", "Second,Points"])
def test_skills_beside_levels_under_headers_that_are_not_read_are_a_fault(headers):
    rows = "A,Head,Fury,1,Calm,2\nB,Body,Calm,1,,\nC,Legs,Fury,1,Rage,1\nD,Legs,Calm,2,Fury,1\n"
    with pytest.raises(InputError, match=r"1:5: the columns .* hold skills and their levels, and are not read as such"):
        read_equipment(io.StringIO(f"Name,Body Part,Skill 1,Level 1,{headers}\n{rows}"))


@pytest.mark.parametrize("pair", ["Calm,x", "Calm,", "Rock,2", ",2"])
def test_other_columns_side_by_side_are_ordinary(pair):
    rows = f"A,Head,Fury,1,{pair}\nB,Body,Calm,1,,\nC,Legs,Fury,1,Fen,1\n"
    pieces, _ = read_equipment(io.StringIO(f"Name,Body Part,Skill 1,Level 1,Theme,Rank\n{rows}"))
    assert [dict(piece.skills) for piece in pieces] == [{"Fury": 1}, {"Calm": 1}, {"Fury": 1}]
