"""Cells that read like something else than they are: each is understood or a fault, never a name of its own."""

import io
import json

import pytest

import equipment_optimizer as eo
from equipment_optimizer.errors import InputError

CONFIG = {
    "skills": {"Fury": 2, "Calm": 1},
    "body_parts": {"Head": 1, "Body": 1},
    "defence": 0,
    "unlisted_skill_weight": 0,
    "limit": 1,
    "decorations": dict.fromkeys(["deco_1", "deco_2", "deco_3", "deco_4", "num_decos"], 0),
}


def load(folder, equipment, **more):
    side = {name: text for name, text in more.items() if name in ("set_bonuses", "decorations")}
    config = {**CONFIG, **{key: value for key, value in more.items() if key not in side}}
    for name, text in side.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    if side:
        config["files"] = {name: f"{name}.csv" for name in side}
    (folder / "e.csv").write_text(equipment, encoding="utf-8")
    (folder / "c.json").write_text(json.dumps(config))
    return eo.load_job(str(folder / "e.csv"), str(folder / "c.json"))


@pytest.mark.parametrize(
    "cell",
    [
        *("Fury 3 Calm 1", "Fury 3 | Calm 1", "Fury 3 & Calm 1", "Fury 3 and Calm 1", "Fury 3 + Calm 1", "Fury 3 + 1"),
        *("Fury(3) Calm(1)", "Fury: 3 Calm: 1", "Fury x3 Calm x1", "Fury Lv3 Calm Lv1", "Fury 3<br>Calm 1"),
        "1) Fury 3",
        *("- Fury 3", "* Fury 3", "• Fury 3", "Fury 3 (max 5)", "Fury 3・Calm 1", "Ｆury ３ Calm 1"),
    ],
)
def test_skills_of_a_cell_that_are_not_plainly_parted_are_a_fault(tmp_path, cell):
    with pytest.raises(InputError, match=r"not plainly one skill|a skill without a level"):
        load(tmp_path, f'Name,Body Part,Skills\nA,Head,"{cell}"\nB,Body,"Fury 1, Calm 4"\n')


@pytest.mark.parametrize(
    "cell", ["Fury 3, Calm 1", "Fury 3; Calm 1", "Fury 3 / Calm 1", "Fury Lv3, Calm Lv.1", "Fury x3,Calm x1"]
)
def test_skills_of_a_cell_that_are_plainly_parted_are_read(tmp_path, cell):
    table, _, _ = load(tmp_path, f'Name,Body Part,Skills\nA,Head,"{cell}"\nB,Body,"Fury 1, Calm 4"\n')
    assert dict(next(iter(table)).skills) == {"Fury": 3, "Calm": 1}


@pytest.mark.parametrize("cell", ["Pack; Drake", "Pack, Lion", "Pack (2)", "Drake/Pack", "Pack x2", "Pack + Drake"])
def test_several_set_bonuses_in_a_cell_are_a_fault(tmp_path, cell):
    equipment = f'Name,Body Part,Skill 1,Level 1,Set Bonus\nA,Head,Calm,1,"{cell}"\nB,Body,Calm,1,Pack\n'
    with pytest.raises(InputError, match="no set bonus is named"):
        load(tmp_path, equipment, set_bonuses="Bonus Name,Pieces Required,Skill,Level\nPack,2,Fury,5\n")


@pytest.mark.parametrize("name", ["Pack & Drake", "Rath (Soul)", "A, B"])
def test_a_set_bonus_may_be_named_so(tmp_path, name):
    equipment = f'Name,Body Part,Skill 1,Level 1,Set Bonus\nA,Head,Calm,1,"{name}"\nB,Body,Calm,1,"{name}"\n'
    table, _, _ = load(tmp_path, equipment, set_bonuses=f'Bonus Name,Pieces Required,Skill,Level\n"{name}",2,Fury,5\n')
    assert next(iter(table)).set_bonuses == (name,)


@pytest.mark.parametrize("unwanted", ["mal", "Male ", "femal", "Rare", 5])
def test_what_a_filter_shuts_out_and_looks_like_a_cell_is_told(tmp_path, unwanted):
    equipment = "Name,Body Part,Kind\nA,Head,male\nB,Body,female\nC,Body,Rare 5\n"
    _, _, notices = load(tmp_path, equipment, filter={"Kind": {"not": [unwanted]}})
    assert any("no cell of the column Kind is" in notice for notice in notices)


@pytest.mark.parametrize("unwanted", ["LR", "event", 7])
def test_what_a_filter_shuts_out_may_be_nowhere(tmp_path, unwanted):
    equipment = "Name,Body Part,Kind\nA,Head,HR\nB,Body,GR\nC,Body,quest\n"
    _, _, notices = load(tmp_path, equipment, filter={"Kind": {"not": [unwanted]}})
    assert not any("no cell of the column Kind is" in notice for notice in notices)


def test_a_filter_text_decides_how_a_file_is_read(tmp_path):
    equipment = "Name,Body Part,T\nA,Head,př\nB,Body,x\n".encode("cp1250")
    config = {**CONFIG, "filter": {"T": {"not": ["př"]}}}
    (tmp_path / "e.csv").write_bytes(equipment)
    (tmp_path / "c.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="not valid UTF-8"):
        eo.load_job(str(tmp_path / "e.csv"), str(tmp_path / "c.json"))


@pytest.mark.parametrize("cell", ["-1", "−2", "–3"])
def test_a_number_below_zero_lists_no_slots(tmp_path, cell):
    with pytest.raises(InputError, match="not the levels of slots"):
        load(tmp_path, f"Name,Body Part,Slots\nA,Head,{cell}\nB,Body,1\n")


@pytest.mark.parametrize("header", ["Owned", "Quantity", "Count"])
def test_a_count_of_decorations_that_is_not_used_is_told(tmp_path, header):
    equipment = "Name,Body Part,Skill 1,Level 1,Slot 1\nA,Head,Calm,1,1\nB,Body,Fury,1,1\n"
    jewels = f"Name,Slot Level,Skill 1 Name,Skill 1 Level,{header}\nFury Jewel,1,Fury,1,0\n"
    _, _, notices = load(tmp_path, equipment, decorations=jewels)
    assert any(f"not used: {header}; every decoration is there as often as is needed" in notice for notice in notices)


@pytest.mark.parametrize("error", ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
def test_an_error_in_a_workbook_is_a_fault(tmp_path, error):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("Name", "Body Part", "Base Def"), ("A", "Head", None), ("B", "Body", 3)]):
            sheet.write_row(row, 0, cells)
        sheet.write_formula(1, 2, "=A9", None, error)
    (tmp_path / "e.xlsx").write_bytes(data.getvalue())
    with pytest.raises(InputError, match="shows an error in this cell") as caught:
        eo.read_equipment(str(tmp_path / "e.xlsx"))
    assert "e.xlsx:2:3" in str(caught.value)


def test_a_formula_without_a_value_is_a_fault(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Body Part", "Base Def"])
        sheet.write_row(1, 0, ["A", "Head"])
        sheet.write_formula(1, 2, "=50+50", None, "x")
    raw = data.getvalue()
    import zipfile

    stripped = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(stripped, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b' t="str"', b"").replace(b"<v>x</v>", b"<v></v>"))
    (tmp_path / "e.xlsx").write_bytes(stripped.getvalue())
    with pytest.raises(InputError, match="a formula whose value is not in the file"):
        eo.read_equipment(str(tmp_path / "e.xlsx"))


def test_a_pin_is_a_list_or_says_all_of(tmp_path):
    equipment = "Name,Body Part\nA,Head\nB,Body\n"
    with pytest.raises(InputError, match="nothing says what must be there"):
        load(tmp_path, equipment, pin={"Head": {}})


@pytest.mark.parametrize(
    ("equipment", "config"),
    [
        ("Name,Část,Def\nHelm,Head,1\n", {"headers": {"Body Part": "Část"}}),
        ("Name,Body Part,Třída\nHelm,Head,1\n", {"filter": {"Třída": {"min": 0}}}),
        ("Name,Body Part,Def\nHelm,Přilba,1\n", {"body_parts": {"Přilba": 1}}),
    ],
)
def test_a_mapped_header_a_column_and_a_part_decide_how_a_file_is_read(tmp_path, equipment, config):
    (tmp_path / "e.csv").write_bytes(equipment.encode("cp1250"))
    config = {**CONFIG, "body_parts": {"Head": 1}, **config}
    with pytest.raises(InputError, match="it is probably cp1250") as caught:
        eo.load_job(str(tmp_path / "e.csv"), config)
    assert "È" not in str(caught.value)
    assert "ø" not in str(caught.value)
    eo.load_job(str(tmp_path / "e.csv"), config, encoding="cp1250")


def test_a_listed_skill_with_a_letter_that_is_drawn_alike_is_a_fault(tmp_path):
    with pytest.raises(InputError, match=r"'Fur\u0443' is another than 'Fury' .* cyrillic small letter u"):
        load(tmp_path, "Name,Body Part,Skill 1,Level 1\nA,Head,Fury,1\nB,Body,Fur\u0443,4\n")


@pytest.mark.parametrize("header", ["\u0423\u043c\u0435\u043d\u0438\u0435 1", "1st Ability", "Effects", "\u6280\u80fd"])
@pytest.mark.parametrize("cells", ["Fury", "Calm 1, Fury 3", "Fury Lv3", "Rage; Fury"])
def test_a_listed_skill_in_a_column_that_is_not_read_is_a_fault(tmp_path, header, cells):
    with pytest.raises(InputError, match=r"e\.csv:2:3: the listed skill '(Fury|Calm)' stands in the column"):
        load(tmp_path, f'Name,Body Part,{header}\nA,Head,"{cells}"\nB,Body,Rest\n')


def test_an_ordinary_column_may_name_a_skill_that_pieces_have(tmp_path):
    _, _, notices = load(tmp_path, "Name,Body Part,Skill 1,Level 1,Theme\nA,Head,Fury,1,Fury\nB,Body,Calm,1,Rage\n")
    assert any("columns that nothing uses: Theme" in notice for notice in notices)


@pytest.mark.parametrize("header", ["Fury Lv", "Fury Level", "Skill: Fury", "Fury 2", "fury points"])
def test_a_column_of_levels_that_says_so_beside_a_listed_skill_is_a_fault(tmp_path, header):
    with pytest.raises(InputError, match=r"nothing gives the skill 'Fury'; the column .* may hold its levels"):
        load(tmp_path, f"Name,Body Part,{header},Calm\nA,Head,3,1\nB,Body,0,1\n")


@pytest.mark.parametrize("header", ["Series", "Set Bonus Name", "Set", "\u5957\u88c5"])
def test_a_set_bonus_in_a_column_that_is_not_read_is_a_fault(tmp_path, header):
    equipment = f"Name,Body Part,Skill 1,Level 1,{header}\nA,Head,Fury,1,\nB,Body,Calm,1,Pack\n"
    with pytest.raises(InputError, match=r"e\.csv:3:5: the set bonus 'Pack' stands in the column"):
        load(tmp_path, equipment, set_bonuses="Bonus Name,Pieces Required,Skill,Level\nPack,1,Fury,5\n")
