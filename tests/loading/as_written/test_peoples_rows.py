"""Rows, cells and files as people have them: lines above the header, blanks, numbers, encodings, side files."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from peoples_tables import faults, read

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.records.config import Config, FilterRule

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
        ("Name,Slot Level,Skil 1,Lv 1\n", "{}", "the header 'Skil 1' is nearly 'Skill 1', and not read as it"),
        ("Name,Slot Level,Skill 1,Lv 1\n", '{"Name": "Nom"}', "no file has the header 'Nom' [$.headers[\"Name\"]]"),
    ],
)
def test_headers_of_side_files_that_are_wrong(decorations: str, headers: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_job(tmp_path / "e.csv", job(tmp_path, decorations, headers))
    assert told in [fault.message for fault in caught.value.faults]
