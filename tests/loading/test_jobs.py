"""What loading does beyond single files: several faulty files at once, paths, places, notices."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.loading.jobs import load_job, read_config, read_equipment
from equipment_optimizer.records.config import Config, FilterRule

DECORATIONS = '"decorations": {"deco_1": 1, "deco_2": 1, "deco_3": 1, "deco_4": 1, "num_decos": 1}'
COMPLETE = '{%s, "skills": {}, "defence": 1, "limit": 5}' % DECORATIONS  # noqa: UP031
TABLE = "Name,Skill 1 Name,Skill 1 Level,Body Part\nA,Guard,1,Head\nB,Attack Boost,1,Head\nC,,,Body\n"


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def config_with(rest: str, skills: str = "{}") -> str:
    return write("config.json", f'{{{DECORATIONS}, "skills": {skills}, "defence": 1, "limit": 1, {rest}}}')


def refused(equipment: str, config: str) -> str:
    with pytest.raises(InputError) as caught:
        load_job(equipment, config)
    return str(caught.value)


def test_faults_of_both_files_come_together_and_in_this_form() -> None:
    rows = "".join(f"P{line},Guard,1,Head\n" for line in range(2, 17))
    write("equipment.csv", f"Name,Skill 1 Name,Skill 1 Level,Body Part\n{rows}Q,Guard,two,Head\n")
    write(
        "config.json",
        '{\n  "decorations": {}, "defence": 1, "limit": 1, "skills": {\n'
        '    "Attack Boost": {"max": "seven", "weight": 1.0, "penalty": 0.0}\n  }\n}\n',
    )
    assert refused("equipment.csv", "config.json") == (
        "equipment.csv:17:3: level is not a whole number: 'two' [Skill 1 Level]\n"
        "  mend: write a whole number, or leave both Skill 1 cells empty\n"
        'config.json:3:29: expected a number, got "seven" [$.skills["Attack Boost"].max]\n'
        "  mend: write 7 without quotes"
    )


def test_faults_of_three_files_come_together_in_the_order_of_the_files() -> None:
    write("e.csv", "Name,Body Part\nA,Hed\n")
    write("conf/side/d.csv", "Name,Slot Level\nX,7\n")
    write("conf/c.json", '{"limit": 0, "files": {"decorations": "side/d.csv", "skills": "none.csv"}}')
    places = [line.split(": ")[0] for line in refused("e.csv", "conf/c.json").splitlines()[::2]]
    assert places == ["e.csv:2:2", "conf/c.json:1:11", "conf/c.json:1:63", "conf/side/d.csv:2:2"]


def test_files_that_cannot_be_read_are_faults() -> None:
    os.mkdir("folder")
    assert refused("none.csv", "none/at/all.json") == (
        "none.csv: no such file\n  mend: check the name and the folder\n"
        "none/at/all.json: no such file\n  mend: check the name and the folder"
    )
    assert refused("folder", "folder").splitlines()[0] == "folder: is a folder, not a file"
    write("file", "")
    assert refused("file/x.csv", "a\0b").splitlines()[::2] == [
        "file/x.csv: cannot be read: Not a directory",
        "a\0b: cannot be read: the name is not a file name",
    ]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_are_faults() -> None:
    os.chmod(write("secret.csv", TABLE), 0)
    write("c.json", COMPLETE)
    assert refused("secret.csv", "c.json").startswith("secret.csv: cannot be read: Permission denied")


def test_paths_are_printed_as_given_and_may_be_path_objects(tmp_path: Path) -> None:
    write("e.csv", "")
    write("c.json", COMPLETE)
    assert refused(tmp_path / "e.csv", Path("c.json")).startswith(f"{tmp_path}/e.csv:1: the file is empty")
    assert refused("./e.csv", "c.json").startswith("./e.csv:1: the file is empty")


def test_side_files_are_found_beside_the_configuration() -> None:
    write("conf/d.csv", "Name,Slot Level,Skill 1 Name,Skill 1 Level\nX,2,,\n")
    write("conf/c.json", COMPLETE[:-1] + ', "files": {"decorations": "d.csv"}}')
    config, notices = read_config("conf/c.json")
    assert [decoration.name for decoration in config.decorations or ()] == ["X"]
    assert config.inputs == ("conf/c.json", "conf/d.csv")
    assert notices == ()
    absolute = os.path.abspath("conf/d.csv")
    write("c.json", COMPLETE[:-1] + f', "files": {{"decorations": "{absolute}"}}}}')
    assert read_config("c.json")[0].inputs == ("c.json", absolute)


def test_a_limit_given_by_the_caller_replaces_the_files() -> None:
    write("e.csv", TABLE)
    write("c.json", COMPLETE)
    write("without.json", COMPLETE.replace(', "limit": 5', ""))
    assert read_config("c.json")[0].limit == 5
    assert read_config("c.json", limit=7)[0].limit == 7
    assert load_job("e.csv", "c.json", limit=7)[1].limit == 7
    config, notices = read_config("without.json", limit=7)
    assert (config.limit, notices) == (7, ())
    assert read_config("without.json")[1] == ("without.json:1:1: limit is missing, 1 is used [$.limit]",)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(UsageError, match=f"limit is below 1: {limit}"):
        read_config("c.json", limit=limit)


def test_every_value_knows_its_place() -> None:
    write(
        "c.json",
        '{"decorations": {"deco_1": 1, "deco_2": 2, "deco_3": 3, "deco_4": 4,\n "num_decos": 5},\n'
        ' "skills": {"A \\"q\\"": {"max": 1, "weight": 2,\n  "penalty": 3}, "B": {"values": [1,\n 2]}},\n'
        ' "defence": 6, "limit": 7,\n "resistances": {"Fire": {"weight": 1, "min": 2}}, "min_defence": 3}',
    )
    config, _ = read_config("c.json")
    assert config.where("$.decorations.deco_4") == "c.json:1:67"
    assert config.where("$.decorations.num_decos") == "c.json:2:15"
    assert config.where('$.skills["A \\"q\\""].weight') == "c.json:3:45"
    assert config.where('$.skills["A \\"q\\""].penalty') == "c.json:4:14"
    assert config.where('$.skills["B"].values[1]') == "c.json:5:2"
    assert config.where('$.skills["B"]') == "c.json:4:23"
    assert config.where("$.defence") == "c.json:6:13"
    assert config.where("$.resistances.fire.weight") == "c.json:7:37"
    assert config.where("$.resistances.fire.min") == "c.json:7:47"
    assert config.where("$.min_defence") == "c.json:7:67"
    assert config.where("$.unlisted_skill_weight") == "c.json"


def test_weights_keep_every_digit() -> None:
    digits = "0.1000000000000000000000000000000000000000000000000000000001"
    write("c.json", COMPLETE.replace('"defence": 1', f'"defence": {digits}'))
    assert read_config("c.json")[0].defence_weight == Decimal(digits)
    assert str(read_config("c.json")[0].defence_weight) == digits


def test_a_name_in_a_faulty_row_is_not_missing_too() -> None:
    write("e.csv", "Name,Part,Defence\nA,Head,x\nB,Hed,1\nC,Body,1\n")
    text = refused("e.csv", config_with('"pin": {"Head": ["A", "B"]}, "exclude": ["A", "B", "C"]'))
    assert [line for line in text.splitlines() if "named" in line] == []


def test_faulty_body_parts_do_not_make_the_rows_faulty() -> None:
    write("e.csv", "Name,Part\nA,Ring\n")
    for body_parts in ('{"Ring": 0}', "3", '{"Ring": 1, "ring": 1}'):
        assert "e.csv" not in refused("e.csv", config_with(f'"body_parts": {body_parts}, "pin": {{"Ring": ["A"]}}'))
    for broken in ("", "[]", "{"):
        write("c.json", broken)
        assert "e.csv" not in refused("e.csv", "c.json")


def test_a_faulty_equipment_file_does_not_make_the_names_faulty() -> None:
    config = config_with('"pin": {"Head": ["A"]}, "exclude": ["B"], "filter": {"Rank": {}}')
    for equipment in ("", "Name\nA\n", "Name,Part\n\0"):
        write("e.csv", equipment)
        assert "config.json" not in refused("e.csv", config)


def test_only_columns_that_a_filter_names_are_kept() -> None:
    write("e.csv", "Piece,Base Def,Rarity,Rank,Set Name,Part,Stat 1,Level\nA,3,9,MR,x,Head,Guard,2\nB,4,,HR,y,Body,,\n")
    table, config, notices = load_job(
        "e.csv", config_with('"filter": {"rarity": {}, "Base Defence": {}, "name": {}, "Skill 1 Level": {}}')
    )
    assert table.other_names == ("rarity", "Base Defence", "name", "Skill 1 Level")
    assert table.other == (("9", ""), ("3", "4"), ("A", "B"), ("2", ""))
    assert [rule.column for rule in config.filters] == list(table.other_names)
    assert notices[0] == "e.csv:1: columns that nothing uses: Rank, Set Name"


def test_a_configuration_made_in_code_has_no_places() -> None:
    write("e.csv", TABLE)
    config = Config(pin={"Head": ("A", "Z")}, exclude=("Y",), filters=(FilterRule(column="Rank"),))
    with pytest.raises(InputError) as caught:
        read_equipment("e.csv", config)
    assert [str(fault).splitlines()[0] for fault in caught.value.faults] == [
        "no piece of Head is named 'Z' [$.pin[\"Head\"]]",
        "no piece is named 'Y' [$.exclude]",
        "the equipment file has no column 'Rank' [$.filter[\"Rank\"]]",
    ]


def test_without_a_configuration_the_six_body_parts_are_read() -> None:
    table, notices = read_equipment(write("e.csv", TABLE))
    assert table.parts == ("Head", "Body")
    assert notices == ("e.csv: there is no piece of Arms, Waist, Legs, Charm; builds are made without them",)


def test_a_part_with_fewer_rows_than_pieces_is_not_a_fault_of_the_files() -> None:
    write("e.csv", "Name,Part\nA,Ring\n")
    table, _, notices = load_job("e.csv", config_with('"body_parts": {"Ring": 3}'))
    assert (table.parts, table.counts, table.n_pieces) == (("Ring",), (3,), 1)
    assert notices == ()


def test_listed_skills_that_nothing_gives_are_named_with_the_likely_name() -> None:
    write("e.csv", TABLE)
    write("d.csv", "Name,Slot Level,Skill 1 Name,Skill 1 Level\nX,1,Critical Eye,1\n")
    write("s.csv", "Bonus Name,Pieces Required,Skill,Level\nY,2,Agitator,1\n")
    rule = '{"max": 1, "weight": 1, "penalty": 1}'
    names = ["Guard", "Critical Eye", "Agitator", "Slugger", "Atack Boots"]
    names += [f"Nought {number}" for number in range(22)]
    skills = "{" + ", ".join(f'"{name}": {rule}' for name in names) + "}"
    rest = '"weapon": {"skills": {"Slugger": 1}}, "files": {"decorations": "d.csv", "set_bonuses": "s.csv"}'
    _, _, notices = load_job("e.csv", config_with(rest, skills))
    given = [notice.split(": ", 1)[1] for notice in notices if "nothing gives" in notice]
    assert given[0] == "nothing gives the skill 'Atack Boots'; is it 'Attack Boost'? [$.skills[\"Atack Boots\"]]"
    assert given[1].startswith("nothing gives 22 of the listed skills: Nought 0, Nought 1, ")
    assert given[1].endswith("Nought 19 and 2 more [$.skills]")
    assert len(given) == 2


def test_a_maximum_in_the_configuration_is_never_raised() -> None:
    write("k.csv", "Name,Max Level,Cap Without Unlock,Cap Raised By\nA,7,5,U\nB,7,5,U\nC,7,7,\n")
    skills = '{"A": {"weight": 1, "penalty": 0}, "B": {"max": 6, "weight": 1, "penalty": 0}, "C": {"values": [1]}}'
    config, notices = read_config(config_with('"files": {"skills": "k.csv"}', skills))
    a, b, c = config.skills.values()
    assert (a.maximum, a.locked_maximum, a.raised_maximum, a.raised_by) == (None, 5, 7, "U")
    assert (b.maximum, b.locked_maximum, b.raised_maximum, b.raised_by) == (6, None, None, None)
    assert (c.maximum, c.locked_maximum, c.raised_maximum, c.raised_by) == (None, None, None, None)
    assert sorted(config.skill_caps) == ["A", "B", "C"]
    assert notices == ()


def test_suggestions_stop_where_nobody_reads_them_any_more() -> None:
    config = write("c.json", "{" + ", ".join(f'"limi{letter}": 1' for letter in "abcdefghijklmnopqrsuvwxyz") + "}")
    with pytest.raises(InputError) as caught:
        read_config(config)
    mends = [fault.mend for fault in caught.value.faults]
    assert 'write "limit", the nearest known key' in mends[19]
    assert mends[20].startswith("known keys: decorations, skills, ")


def test_equal_names_and_levels_are_one_object_in_memory() -> None:
    rows = "".join(f"P{number},Guard,1,Head\n" for number in range(3))
    table, _ = read_equipment(write("e.csv", f"Name,Stat 1,Level,Part\n{rows}"))
    assert table.skill_names == ("Guard",)
    assert table.skill_column("Guard").tolist() == [1, 1, 1]


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys, equipment_optimizer.loading.jobs; "
        "print([name for name in ('pandas', 'dask', 'highspy', 'guppy', 'rich') if name in sys.modules])"
    )
    folder = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
