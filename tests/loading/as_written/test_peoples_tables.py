"""Tables as people have them: each way to write one gives the same pieces, or a fault that says what is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.records.config import Config, FilterRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece

#: The same two pieces however they are written.
WANTED = [
    ("Iron Cap", "Head", 12, (("Rage", 2), ("Focus", 1)), (1, 0, 1, 0)),
    ("Bone Vest", "Body", -3, (("Focus", 3),), (0, 1, 0, 0)),
]


def read(folder: Path, text: str | bytes, config: Config | None = None) -> tuple[list[EquipmentPiece], list[str]]:
    """Pieces of a file, and notices other than those of parts without a piece."""
    path = folder / "e.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    table, notices = read_equipment(path, config)
    told = [notice.removeprefix(str(path)) for notice in notices if "there is no piece of" not in notice]
    return list(table), told


def values(pieces: Sequence[EquipmentPiece]) -> list[tuple[object, ...]]:
    return [(piece.name, piece.body_part, piece.defence, piece.skills, piece.slots) for piece in pieces]


def faults(folder: Path, text: str | bytes, config: Config | None = None) -> list[str]:
    """Place within the file and message of each fault."""
    with pytest.raises(InputError) as caught:
        read(folder, text, config)
    assert all(fault.mend for fault in caught.value.faults)
    return [f"{fault.where.removeprefix(str(folder / 'e.csv'))} {fault.message}" for fault in caught.value.faults]


def table(*headers: str) -> str:
    """The two pieces under other headers for their skills and slots."""
    rows = ("Iron Cap,Head,12,Rage,2,Focus,1,1,0,1,0", "Bone Vest,Body,-3,Focus,3,,,0,1,0,0")
    return "\n".join([",".join(["Name", "Body Part", "Def", *headers]), *rows, ""])


COUNTS = ("Slots Lvl 1", "Slots Lvl 2", "Slots Lvl 3", "Slots Lvl 4")


@pytest.mark.parametrize(
    "headers",
    [
        ("Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level"),
        ("Skill 1", "Skill 1 Lv", "Skill 2", "Skill 2 Lvl"),
        ("Skill1", "Level1", "Skill2", "Level2"),
        ("skill_1", "lv_1", "skill_2", "lv_2"),
        ("Skill.1", "Level.1", "Skill.2", "Level.2"),
        ("Skill", "Level", "Skill.1", "Level.1"),
        ("Skill", "Lv", "Skill 2", "Lv 2"),
        ("Stat 1", "Level", "Stat 2", "Level"),
        ("Stat 1", "Level", "Stat 2", "Level.1"),
        ("Skill 1", "Level", "Skill 2", "Level.1"),
        ("STAT 1", "Stat 1 Level", "stat 2", "stat 2 level"),
        ("Skill 7", "Lv", "Skill 9", "Lv"),
        ("Ｓｋｉｌｌ　１", "Ｌｖ　１", "Ｓｋｉｌｌ　２", "Ｌｖ　２"),
    ],
    ids=str,
)
def test_headers_of_skills(headers: tuple[str, ...], tmp_path: Path) -> None:
    pieces, told = read(tmp_path, table(*headers, *COUNTS))
    assert values(pieces) == WANTED
    assert told == []


@pytest.mark.parametrize(
    "headers",
    [
        COUNTS,
        ("Num Lvl 1 Deco Slots", "Num Lvl 2 Deco Slots", "Num Lvl 3 Deco Slots", "Num Lvl 4 Deco Slots"),
        ("Deco Slots Lvl 1", "deco_slots_lvl_2", "DecoSlotsLvl3", "Deco Slots Lvl. 4"),
        ("Slot Lvl 1", "Slot Lvl 2", "Slot Lvl 3", "Slot Lvl 4"),
    ],
)
def test_headers_of_slot_counts(headers: tuple[str, ...], tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, table("Skill", "Level", "Skill 2", "Lv", *headers))
    assert values(pieces) == WANTED


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("Slot 1,Slot 2,Slot 3", ["3,1,0", "2,0,0"]),
        ("slot_1,slot_2", ["1,3", ",2"]),
        ("Slot1,Slot2,Slot3,Slot4", ["0,3,0,1", "-,2,N/A,"]),
        ("Slots", ["3-1-0", "2"]),
        ("Slots", ["31", "2-0-0"]),
        ("Slots", ['"[3,1,0]"', "[2]"]),
        ("Slots", ["③①", "②"]),
        ("Slots", ['"3,1"', '"2,0,0"']),
        ("Slots", ["3/1", "2 0 0"]),
        ("Slots", ["（３－１）", "２"]),
        ("Slots", ["31.0", "2.0"]),
        ("Slots", ["3 – 1 – 0", "2 - - "]),
    ],
)
def test_slots_as_levels(headers: str, cells: list[str], tmp_path: Path) -> None:
    text = f"Name,Part,Def,Skills,{headers}\nIron Cap,Head,12,Rage 2/Focus 1,{cells[0]}\n"
    pieces, told = read(tmp_path, text + f"Bone Vest,Body,-3,Focus 3,{cells[1]}\n")
    assert values(pieces) == WANTED
    assert told == []


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("Weapon Slots", "2-1-0"),
        ("Weapon Slot 1,Weapon Slot 2", "1,2"),
        ("weapon_slots", "②①"),
        ("WeaponSlot1,WeaponSlot2,WeaponSlot3", "2,1,0"),
    ],
)
def test_slots_for_weapon_decorations_are_among_the_slots(headers: str, cells: str, tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, f"Name,Part,Slot 1,{headers}\nTooth,Charm,1,{cells}\n")
    assert [(piece.slots, piece.weapon_slots) for piece in pieces] == [((2, 1, 0, 0), (1, 1, 0, 0))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name,Part,Slot 1,Slots Lvl 1\na,Head,1,1\n", ":1:3 'Slot 1' holds slots in another way than 'Slots Lvl 1'"),
        ("Name,Part,Slots,Slot 1\na,Head,1,1\n", ":1:3 'Slots' holds slots in another way than 'Slot 1'"),
        (
            "Name,Part,Weapon Slots,Weapon Slot 1\na,Head,1,1\n",
            ":1:3 'Weapon Slots' holds slots in another way than 'Weapon Slot 1'",
        ),
        ("Name,Part,Slot 1\na,Head,5\n", ":2:3 slot level is not 0 to 4: '5' [Slot 1]"),
        ("Name,Part,Slot 1\na,Head,-1\n", ":2:3 slot level is not 0 to 4: '-1' [Slot 1]"),
        ("Name,Part,Slots\na,Head,4-2-7\n", ":2:3 not the levels of slots, 0 to 4: '4-2-7' [Slots]"),
        ("Name,Part,Slots\na,Head,two\n", ":2:3 not the levels of slots, 0 to 4: 'two' [Slots]"),
        (
            "Name,Part,Slots\na,Head,04.02.2001\n",
            ":2:3 not the levels of slots, 0 to 4: '04.02.2001', perhaps a spreadsheet made a date of it [Slots]",
        ),
        (
            "Name,Part,Slots\na,Head,4-Feb\n",
            ":2:3 not the levels of slots, 0 to 4: '4-Feb', perhaps a spreadsheet made a date of it [Slots]",
        ),
        ("Name,Part,Slots Lvl 1\na,Head,-1\n", ":2:3 number of slots is negative: '-1' [Slots Lvl 1]"),
    ],
)
def test_slots_that_cannot_be_read(text: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, text) == [told]


@pytest.mark.parametrize(
    "cell",
    [
        "Rage 2, Focus 1",
        "Rage 2; Focus 1",
        "Rage 2/Focus 1",
        "Rage Lv2、Focus Lv.1",
        "Rage x2, Focus: 1,",
        "Rage +2\nFocus (1)",
    ],
)
def test_all_skills_in_one_cell(cell: str, tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, f'Name,Part,Skills\na,Head,"{cell}"\nb,Body,-\nc,Body,\nd,Body,"Rage 1, Rage 1"\n')
    assert [piece.skills for piece in pieces] == [(("Rage", 2), ("Focus", 1)), (), (), (("Rage", 2),)]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("Rage", "a skill without a level: 'Rage'"),
        ("Rage 2, Focus", "a skill without a level: 'Focus'"),
        ("Guard/Block 2", "a skill without a level: 'Guard'"),
        ("2", "a skill without a level: '2'"),
        ("Rage 2.5", "a skill without a level: 'Rage 2.5'"),
        ("Rage2", "a skill without a level: 'Rage2'"),
    ],
)
def test_a_skill_of_one_cell_that_has_no_level(cell: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, f'Name,Part,Skills\na,Head,"{cell}"\n') == [f":2:3 {told} [Skills]"]


def test_one_cell_for_all_skills_beside_columns_of_skills_is_a_fault(tmp_path: Path) -> None:
    told = faults(tmp_path, "Name,Part,Skills,Skill 1,Lv 1\na,Head,Rage 1,Focus,1\n")
    assert told == [":1:3 'Skills' holds all skills, beside columns for each"]


LISTED = Config(skills={"Rage": SkillRule(), "Slow Burn": SkillRule(), "Focus": SkillRule()})


@pytest.mark.parametrize("headers", ["Rage,Slow Burn", "rage,slow_burn", "RAGE,SlowBurn"])
def test_a_listed_skill_may_be_a_column_of_its_own(headers: str, tmp_path: Path) -> None:
    text = f"Name,Part,{headers},Note\na,Head,2,,x\nb,Body,-,Lv.1,\nc,Legs,0,-1,y\n"
    pieces, told = read(tmp_path, text, LISTED)
    assert [piece.skills for piece in pieces] == [(("Rage", 2),), (("Slow Burn", 1),), (("Slow Burn", -1),)]
    assert [notice for notice in told if "nothing uses" in notice] == [":1: columns that nothing uses: Note"]


def test_a_column_of_a_skill_with_a_cell_that_is_no_level_is_a_fault_there(tmp_path: Path) -> None:
    assert faults(tmp_path, "Name,Part,Rage\na,Head,2\nb,Body,3\nc,Legs,two\n", LISTED) == [
        ":4:3 level is not a whole number: 'two' [Rage]"
    ]


def test_a_column_of_words_is_an_ordinary_one_whatever_its_name(tmp_path: Path) -> None:
    pieces, told = read(tmp_path, "Name,Part,Rage\na,Head,red\nb,Body,blue\n", LISTED)
    assert [piece.skills for piece in pieces] == [(), ()]
    assert ":1: columns that nothing uses: Rage" in told


def test_a_column_of_a_skill_beside_columns_of_skills_is_a_fault(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, "Name,Part,Skill 1,Lv 1,Rage\na,Head,Focus,1,2\n", LISTED)
    assert told == ":1:5 the column 'Rage' is named like a listed skill, beside columns that hold skills"
    config = Config(skills=LISTED.skills, filters=(FilterRule(column="Rage", minimum=Decimal(1)),))
    pieces, _ = read(tmp_path, "Name,Part,Skill 1,Lv 1,Rage\na,Head,Focus,1,2\n", config)
    assert (pieces[0].skills, pieces[0].other) == ((("Focus", 1),), ("2",))


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Skil 1 Name", "Skill 1 Name"),
        ("Skill 2 Levle", "Skill 2 Level"),
        ("Skill Name", "Skill 1 Name"),
        ("Basedefence2", "Base Defence"),
        ("Defens", "Defense"),
        ("Slott 1", "Slot 1"),
        ("Slot", "Slots"),
        ("Num Lvl 5 Deco Slots", "Num Lvl 1 Deco Slots"),
        ("Weapon Slotz", "Weapon Slots"),
        ("Fire Ress", "Fire Res"),
        ("Set Bonis", "Set Bonus"),
    ],
)
def test_a_header_that_is_nearly_a_known_one_is_a_fault_with_both(header: str, meant: str, tmp_path: Path) -> None:
    text = f"Name,Body Part,{header}\na,Head,1\n"
    assert faults(tmp_path, text) == [f":1:3 the header {header!r} is nearly {meant!r}, and not read as it"]
    if "Level" not in meant and "Name" not in meant:
        config = Config(filters=(FilterRule(column=header, minimum=Decimal(0)),))
        assert read(tmp_path, text, config)[0][0].other == ("1",)


@pytest.mark.parametrize("header", ["Nmae", "Nam", "Names"])
def test_a_needed_header_that_is_nearly_there_is_told_once(header: str, tmp_path: Path) -> None:
    assert faults(tmp_path, f"{header},Body Part\na,Head\n") == [
        f":1:1 the header {header!r} is nearly 'Name', and not read as it"
    ]


@pytest.mark.parametrize("header", ["Pierce", "Game", "Rarity", "Set Name", "Fire", "Defence Max", "Level", "Parts"])
def test_ordinary_columns_are_ordinary(header: str, tmp_path: Path) -> None:
    _, told = read(tmp_path, f"Name,Body Part,Defence,{header}\na,Head,1,2\n")
    assert told == [f":1: columns that nothing uses: {header}"]


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ({"Name": "名前", "Body Part": "部位", "Skill 1 Name": "技能", "Skill 1 Level": "等级"}, "名前,部位,技能,等级"),
        (
            {"Name": "Nom", "Part": "Emplacement", "Stat 1": "Talent", "Stat 1 Level": "Niveau"},
            "Nom,Emplacement,Talent,Niveau",
        ),
        ({"Name": "Bezeichnung", "Skill": "Talent", "Skill 1 Level": "Stufe"}, "Bezeichnung,Part,Skill 1,Stufe"),
    ],
)
def test_headers_in_other_languages(headers: dict[str, str], first: str, tmp_path: Path) -> None:
    if "Skill" in headers:
        headers = {ours: theirs for ours, theirs in headers.items() if ours != "Skill"}
    pieces, told = read(tmp_path, f"{first}\na,Head,Rage,2\n", Config(headers=headers))
    assert [(piece.name, piece.skills) for piece in pieces] == [("a", (("Rage", 2),))]
    assert told == []


def test_a_mapped_header_stands_for_ours_which_is_then_an_ordinary_one(tmp_path: Path) -> None:
    config = Config(headers={"Name": "名前"}, filters=(FilterRule(column="Rarity", minimum=Decimal(1)),))
    config = Config(headers={"Name": "名前", "Rarity": "稀有度"}, filters=config.filters)
    pieces, told = read(tmp_path, "Name,名前,Part,稀有度\nIron,鉄,Head,9\n", config)
    assert (pieces[0].name, pieces[0].other) == ("鉄", ("9",))
    assert told == [":1: columns that nothing uses: Name"]


def test_filters_may_name_the_files_header_or_ours(tmp_path: Path) -> None:
    for name in ("Rarity", "稀有度"):
        config = Config(headers={"Rarity": "稀有度"}, filters=(FilterRule(column=name, minimum=Decimal(1)),))
        assert read(tmp_path, "Name,Part,稀有度\nIron,Head,9\n", config)[0][0].other == ("9",)


NEAREST = "comes nearest to a header"
NO_HELP = "the column does not show which"
MERGED = "merged cells hold it in their first row only"
HEADER = "Name,Part,Def\n"
ROWS = "Iron,Head,5\nBone,Body,7\n"


@pytest.mark.parametrize(
    "above",
    [
        "sep=,\n",
        '"sep=,"\n',
        "# made by hand\n",
        "#\n# a, b, c\n\n",
        "My list\n",
        "My list,,\n,,\n",
        '"My, own list"\n\n',
        "Iron and Bone,2024\n\n# x\n",
        "\n" * 18,
        "title\n" * 19,
    ],
)
def test_what_stands_above_the_header(above: str, tmp_path: Path) -> None:
    pieces, told = read(tmp_path, above + HEADER + ROWS)
    assert [(piece.name, piece.defence) for piece in pieces] == [("Iron", 5), ("Bone", 7)]
    assert [piece.line for piece in pieces] == [above.count("\n") + 2, above.count("\n") + 3]
    assert told == []


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^"])
def test_the_delimiter_that_a_first_line_names(delimiter: str, tmp_path: Path) -> None:
    text = f"sep={delimiter}\n" + (HEADER + ROWS).replace(",", delimiter)
    assert len(read(tmp_path, text)[0]) == 2


def test_comments_below_the_header_and_those_that_look_like_records(tmp_path: Path) -> None:
    text = HEADER + "# heads\nIron,Head,5\n#Bone,Body,7\n # Horn,Body,8\nHorn,Legs,1\n"
    pieces, told = read(tmp_path, text)
    assert [piece.name for piece in pieces] == ["Iron", "Horn"]
    assert told == [":4: 2 lines that begin with # and could be records are left out"]


def test_a_column_of_numbers_may_be_headed_by_a_number_sign(tmp_path: Path) -> None:
    pieces, told = read(tmp_path, "#,Name,Part\n1,Iron,Head\n2,Bone,Body\n")
    assert [piece.name for piece in pieces] == ["Iron", "Bone"]
    assert told == [":1: columns that nothing uses: #"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title\n" * 20 + HEADER + ROWS, None),
        (
            "my list\nName,Slot,Def\nIron,Head,5\n",
            [f":2 there is no column Body Part; line 2 {NEAREST}"],
        ),
        ("Iron,Head,5\nBone,Body,7\n", None),
    ],
)
def test_where_there_is_no_header_the_nearest_line_is_told(text: str, told: list[str] | None, tmp_path: Path) -> None:
    found = faults(tmp_path, text)
    assert all("comes nearest to a header" in fault for fault in found if "there is no column" in fault)
    if told:
        assert set(told) <= set(found)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (f"Iron,Head,5\n{HEADER}Bone,Body,7\n", ":3 the header of line 1 is here again"),
        ("Iron,Head,5\nTotal,,5\n", ":3:2 the body part is blank: a row of totals is no piece [Part]"),
        ("Iron,Head,5\nSum:,,5\n", ":3:2 the body part is blank: a row of totals is no piece [Part]"),
        (
            "Iron,Head,5\nBone,,7\n",
            f":3:2 the body part is blank below 'Head': {MERGED} [Part]",
        ),
        ("Bone,,7\n", ":2:2 the body part is blank [Part]"),
        (",Head,7\n", ":2:1 name is blank [Name]"),
        ("Iron,Head\n", ":2:3 the record ends after cell 2 of 3"),
        ("Iron,Head,5,x\n", ":2:4 a cell beyond the last column: 'x'"),
    ],
)
def test_rows_that_are_no_pieces(rows: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, HEADER + rows) == [told]


def test_columns_without_a_header(tmp_path: Path) -> None:
    assert read(tmp_path, "Name,,Part,Def,,\nIron,,Head,5,,\nBone,,Body,7,,\n")[1] == []
    assert read(tmp_path, "Name,,Part,Def,,\nIron,,Head,5,,\nBone,x,Body,7,,\n")[1] == [
        ":1: columns that nothing uses: (cell 2)"
    ]


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        ("Rage,Lv.2", 2),
        ("Rage,２", 2),
        ("Rage,2.0", 2),
        ('"=""Rage""","=""2"""', 2),
        ('="Rage",="2"', 2),
        ("-,-", None),
        ("None,0", None),
        ("N/A,n/a", None),
        ("—,", None),
        (",0", None),
        ("nan,nan", None),
    ],
)
def test_levels_and_blanks(cells: str, levels: int | None, tmp_path: Path) -> None:
    pieces, told = read(tmp_path, f"Name,Part,Skill 1,Lv 1,Set Bonus,Fire Res\na,Head,{cells},-,−3\n")
    assert pieces[0].skills == (() if levels is None else (("Rage", levels),))
    assert (pieces[0].set_bonuses, pieces[0].resistances) == ((), (-3,))
    assert told == []


def test_words_for_nothing_are_names_of_pieces_all_the_same(tmp_path: Path) -> None:
    assert [piece.name for piece in read(tmp_path, HEADER + "None,Head,1\n-,Body,2\n")[0]] == ["None", "-"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,Head,1.000\n", f":2:3 defence may be 1000 or 1.000, {NO_HELP}: '1.000' [Def]"),
        (
            'a,Head,"2,000"\nb,Head,"2,0"\n',
            f":2:3 defence may be 2000 or 2.000, {NO_HELP}: '2,000' [Def]",
        ),
        ("a,Head,1.5\n", ":2:3 defence is not a whole number: '1.5' [Def]"),
    ],
)
def test_numbers_that_the_column_does_not_decide(rows: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, HEADER + rows) == [told]


def test_numbers_that_the_column_decides(tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, HEADER + 'a,Head,1.000\nb,Head,2.0\nc,Head,"1,234"\n')
    assert [piece.defence for piece in pieces] == [1, 2, 1234]
    pieces, _ = read(tmp_path, HEADER + "a,Head,1.000\nb,Head,1.234.567\n")
    assert [piece.defence for piece in pieces] == [1000, 1234567]


def weigh(folder: Path, text: str, **rule: object) -> list[str]:
    """Cells of the column Weight under a filter on it."""
    config = Config(filters=(FilterRule(column="Weight", **rule),))  # type: ignore[arg-type]
    return [piece.other[0] for piece in read(folder, text, config)[0]]


def test_cells_under_a_filter_are_numbers_in_one_spelling(tmp_path: Path) -> None:
    text = "Name;Part;Weight\na;Head;9,5\nb;Head;12\nc;Head;-\nd;Head;−0,50\ne;Head;1.234,5\n"
    assert weigh(tmp_path, text, maximum=Decimal(10)) == ["9.5", "12", "", "-0.5", "1234.5"]
    assert weigh(tmp_path, text.replace("1.234,5", "7"), none_of=("7",)) == ["9.5", "12", "", "-0.5", "7"]
    text = 'Name,Part,Weight\na,Head,"1,234.5"\nb,Head,2.50\nc,Head,\n'
    assert weigh(tmp_path, text, minimum=Decimal(1)) == ["1234.5", "2.5", ""]
    # Words beside numbers stay as they are.
    assert weigh(tmp_path, text + "d,Head,heavy\n", one_of=("heavy",)) == ["1,234.5", "2.50", "", "heavy"]


@pytest.mark.parametrize("cell", ["9+", "Rare 9", "heavy", "9 kg", "?"])
def test_a_cell_under_a_limit_that_is_no_number_is_a_fault(cell: str, tmp_path: Path) -> None:
    text = f"Name,Part,Weight\na,Head,1\nb,Body,{cell}\n"
    for rule in ({"minimum": Decimal(1)}, {"maximum": Decimal(1), "blank": True}):
        config = Config(filters=(FilterRule(column="Weight", **rule),))  # type: ignore[arg-type]
        assert faults(tmp_path, text, config) == [f":3:3 not a number: {cell!r} [Weight]"]
    for_heads = Config(filters=(FilterRule(column="Weight", minimum=Decimal(1), parts=("Head",)),))
    assert [piece.other for piece in read(tmp_path, text, for_heads)[0]] == [("1",), (cell,)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_marked_files(encoding: str, tmp_path: Path) -> None:
    text = (HEADER + "Épée,Head,5\n").replace(",", "\t")
    assert read(tmp_path, text.encode(encoding))[0][0].name == "Épée"


def test_packed_files(tmp_path: Path) -> None:
    assert len(read(tmp_path, gzip.compress((HEADER + ROWS).encode()))[0]) == 2


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "gb18030", "utf-16-le"])
def test_the_encoding_of_the_config_is_that_of_its_files(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes("Name,Part,Skill 1,Lv 1\nШлем,Head,Сила,1\n".encode(encoding))
    (tmp_path / "d.csv").write_bytes("Name,Slot Level,Skill 1,Lv 1\nКамень,1,Сила,1\n".encode(encoding))
    (tmp_path / "c.json").write_text(
        f'{{"skills": {{"Сила": {{"max": 3, "weight": 1, "penalty": 0}}}}, "encoding": "{encoding}",'
        ' "defence": 0, "limit": 1, "files": {"decorations": "d.csv"}, "unlisted_skill_weight": 0,'
        ' "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0}}',
        encoding="utf-8",
    )
    table, config, notices = load_job(tmp_path / "e.csv", tmp_path / "c.json")
    assert (table.names, table.skill_names) == (("Шлем",), ("Сила",))
    assert config.decorations is not None and config.decorations[0].name == "Камень"
    assert not [notice for notice in notices if "no piece of" not in notice]


def job(folder: Path, decorations: str, headers: str = "{}") -> Path:
    """A job with these decorations; its configuration."""
    (folder / "e.csv").write_text("Name,Part,Skill 1,Lv 1\na,Head,Rage,1\n", encoding="utf-8")
    (folder / "d.csv").write_text(decorations, encoding="utf-8")
    (folder / "c.json").write_text(
        f'{{"headers": {headers}, "files": {{"decorations": "d.csv"}}, "skills": {{"Rage": 1}}, "limit": 1}}',
        encoding="utf-8",
    )
    return folder / "c.json"


@pytest.mark.parametrize(
    ("decorations", "headers"),
    [
        ("Name,Slot Level,Skill 1 Name,Skill 1 Level,Available\nGem,2,Rage,1,3\n", "{}"),
        ("name;slot_level;Skill;Level;available\nGem;Lv.2;Rage;1.0;3\n", "{}"),
        ("# gems\n\nName,Slot Level,Skills,Available\nGem,2,Rage 1,3\n", "{}"),
        ("Nom,Taille,Skill 1,Lv 1,Available\nGem,2,Rage,1,3\n", '{"Name": "Nom", "Slot Level": "Taille"}'),
        ("Name,Slot Level,Talent,Stufe,Available\nGem,2,Rage,1,3\n", '{"Skill 1": "Talent", "Level 1": "Stufe"}'),
    ],
)
def test_side_files_are_read_by_the_same_rules(decorations: str, headers: str, tmp_path: Path) -> None:
    _, config, _ = load_job(tmp_path / "e.csv", job(tmp_path, decorations, headers))
    assert config.decorations is not None
    (gem,) = config.decorations
    assert (gem.name, gem.slot_level, gem.skills, gem.available) == ("Gem", 2, (("Rage", 1),), 3)


@pytest.mark.parametrize(
    ("decorations", "headers", "told"),
    [
        (
            "Name,Slot Level,Skill 1,Lv 1,Availble\n",
            "{}",
            "the header 'Availble' is nearly 'Available', and not read as it",
        ),
        ("Name,Slot Levle,Skill 1,Lv 1\n", "{}", "the header 'Slot Levle' is nearly 'Slot Level', and not read as it"),
        ("Name,Slot Level,Skil 1,Lv 1\n", "{}", "the header 'Skil 1' is nearly 'Skill', and not read as it"),
        ("Name,Slot Level,Skill 1,Lv 1\n", '{"Name": "Nom"}', "no file has the header 'Nom' [$.headers[\"Name\"]]"),
    ],
)
def test_headers_of_side_files_that_are_wrong(decorations: str, headers: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_job(tmp_path / "e.csv", job(tmp_path, decorations, headers))
    assert told in [fault.message for fault in caught.value.faults]
