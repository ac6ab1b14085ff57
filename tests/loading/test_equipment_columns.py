"""The closed list of headers, in every spelling; what is nearly in it is told and not read."""

import json

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.files.csv_reader import header_key
from equipment_optimizer.loading._equipment_columns import _like_slots, column_meaning, nearly
from equipment_optimizer.loading.jobs import SharedEquipment, load_job, read_equipment


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
        ("Slots 2", "Slot 2"),
        ("Skill B", "Skill 2"),
        ("level a", "level 1"),
        ("Plan B", None),
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


def job(tmp_path, header, config):
    """The table and notices of two helmets with a number in a third column."""
    (tmp_path / "e.csv").write_text(f"{header}\nCap,Head,2\nHat,Head,1\n", encoding="utf-8")
    parts = {"body_parts": {"Head": 1}, "unlisted_skill_weight": 0, "limit": 1}
    (tmp_path / "c.json").write_text(json.dumps(parts | config, ensure_ascii=False), encoding="utf-8")
    return load_job(tmp_path / "e.csv", tmp_path / "c.json")


def faults_of(tmp_path, header, config):
    """Messages of the faults, without the folder."""
    with pytest.raises(InputError) as caught:
        job(tmp_path, header, config)
    return [fault.message.replace(f"{tmp_path}/", "") for fault in caught.value.faults]


@pytest.mark.parametrize("filters", [{}, {"Rage": {"min": 1}}, {"Wut": {"max": 2}}])
def test_a_mapped_column_of_levels_is_read(tmp_path, filters):
    table, _, _ = job(
        tmp_path, "Name,Body Part,Wut", {"skills": {"Rage": 1}, "headers": {"Rage": "Wut"}, "filter": filters}
    )
    assert [piece.skills for piece in table] == [(("Rage", 2),), (("Rage", 1),)]


@pytest.mark.parametrize(
    ("key", "column", "skills", "told"),
    [
        ("Nme", "Nom", {}, "'Nme' is nearly 'Name', and not read as it"),
        ("Base Defenc", "Verteidigung", {}, "'Base Defenc' is nearly 'Base Defence', and not read as it"),
        ("Fire Ress", "Feuer", {}, "'Fire Ress' is nearly 'Fire Res', and not read as it"),
        ("Max Levle", "Höchst", {}, "'Max Levle' is nearly 'Max Level', and not read as it"),
        ("Rages", "Wut", {"Rage": 1}, "'Rages' is nearly 'Rage', the listed skill of c.json:1:88, and not read as it"),
        ("Slot Levels", "Stufe", {}, "'Slot Levels' is nearly 'Slot Level', and not read as it"),
    ],
)
def test_a_mapped_name_that_is_nearly_ours_is_a_fault(tmp_path, key, column, skills, told):
    header = f"{column},Body Part,x" if key == "Nme" else f"Name,Body Part,{column}"
    assert faults_of(tmp_path, header, {"skills": skills, "headers": {key: column}}) == [f'{told} [$.headers["{key}"]]']


@pytest.mark.parametrize("key", ["Weight", "Rank", "Fire Res", "Slot 1", "Available", "Cap Raised By", "Names Of"])
def test_a_mapped_name_that_is_known_or_far_from_it_is_no_fault(tmp_path, key):
    table, _, _ = job(tmp_path, "Name,Body Part,Gewicht", {"skills": {}, "headers": {key: "Gewicht"}})
    assert table.n_pieces == 2


@pytest.mark.parametrize("column", ["Ragge", "Rge", "Raeg", "rages"])
def test_a_column_of_levels_that_is_nearly_a_listed_skill_is_a_fault(tmp_path, column):
    (told,) = faults_of(tmp_path, f"Name,Body Part,{column}", {"skills": {"Rage": 1}})
    assert told.startswith(f"nothing gives the skill 'Rage'; the column '{column}' (e.csv:1:3) differs by ")


def test_a_column_of_words_is_no_misspelt_skill(tmp_path):
    (tmp_path / "e.csv").write_text("Name,Body Part,Rages\nCap,Head,often\n")
    table, _, _ = load_job(tmp_path / "e.csv", {"skills": {"Rage": 1}, "limit": 1})
    assert (table.n_pieces, table.skill_names) == (1, ())


def test_jobs_that_share_a_file_read_the_columns_of_their_own_skills(tmp_path):
    shared = SharedEquipment()
    (tmp_path / "e.csv").write_text("Name,Body Part,Wut,Calmm\nCap,Head,2,3\n")
    common = {"headers": {"Rage": "Wut"}, "body_parts": {"Head": 1}, "limit": 1, "unlisted_skill_weight": 0}
    skills = []
    for listed in ("Rage", "Luck", "Calmm"):
        table, _, _ = load_job(tmp_path / "e.csv", {**common, "skills": {listed: 1}}, shared=shared)
        skills.append(table.skill_names)
    assert skills == [("Rage",), (), ("Calmm",)]
    with pytest.raises(InputError, match="the column 'Calmm'"):
        load_job(tmp_path / "e.csv", {**common, "skills": {"Calm": 1}}, shared=shared)


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Skill Name 1", "Skill 1 Name"),
        ("Level_Skill_2", "Skill 2 Level"),
        ("defense_base", "Base Defense"),
        ("Res Fire", "Fire Res"),
        ("Bonus Set", "Set Bonus"),
        ("Weapon 1 Slot", "Weapon Slot 1"),
        ("Deco Slots", "Slots"),
        ("Decoration Slot 1", "Slot 1"),
        ("Slot 1 Level", "Slot 1"),
        ("Slot 2 Lv", "Slot 2"),
    ],
)
def test_a_header_of_known_words_in_another_order_is_a_fault(tmp_path, header, meant):
    assert faults_of(tmp_path, f"Name,Body Part,{header}", {"skills": {}}) == [
        f"the header {header!r} is nearly {meant!r}, and not read as it"
    ]


@pytest.mark.parametrize("header", ["Deco Slots", "Slot Levels", "Slot 1 Size", "Slots Level"])
def test_beside_slots_that_are_read_other_words_of_slots_are_ordinary(tmp_path, header):
    (tmp_path / "e.csv").write_text(f"Name,Body Part,Slots Lvl 1,{header}\nCap,Head,2,3\n")
    table, notices = read_equipment(tmp_path / "e.csv")
    assert table.piece(0).slots == (2, 0, 0, 0)
    assert any(f"columns that nothing uses: {header}" in notice for notice in notices)


@pytest.mark.parametrize(
    ("headers", "meant"),
    [
        (("Deco 2", "Slot 2 Level", "Decoration Slot 2", "Jewel Slot 2", "slots[2].rank"), "Slot 2"),
        (("Level 2 Slots", "Lv2 Slots", "Lvl 2 Decoration Slot", "Deco Lvl 2", "Deco 2 Count"), "Slots Lvl 2"),
        (("2-slots", "Size 2 Slots", "Num Level 2 Deco Slots", "Number of Lv 2 Slots"), "Slots Lvl 2"),
        (("Decoration Slots",), "Slots"),
        (("Gem 2", "Socket 2", "Slot Colour 2", "Level 2", "Slot 1 of 2", "Decoration"), None),
    ],
)
def test_other_words_for_slots_name_the_header_with_its_own_number(headers, meant):
    assert {_like_slots(header) for header in headers} == {meant}
