"""Which lists a batch file or folder names, and what is wrong with it."""

import json

import pytest

from equipment_optimizer.batch.batch_file import BuildList, read_batch
from equipment_optimizer.errors import InputError, UsageError


def write(folder, value):
    path = folder / "BUILDS.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1))
    return str(path)


def faults(folder, value):
    with pytest.raises(InputError) as caught:
        read_batch(write(folder, value))
    return str(caught.value).replace(str(folder) + "/", "")


def test_defaults_are_merged_and_paths_are_relative_to_the_file(tmp_path):
    path = write(
        tmp_path,
        {
            "_note": "comments are allowed",
            "defaults": {"equipment": "gear.csv", "limit": 5, "spreadsheet_safe": True},
            "builds": [
                {"name": "Bow", "config": "bow.json"},
                {"name": "Lance", "config": "c/lance.json", "output": "out/l.csv", "limit": 7.0, "time_limit": 1.5},
            ],
        },
    )
    batch = read_batch(path)
    own = {"equipment": f"{tmp_path}/gear.csv", "spreadsheet_safe": True}
    assert batch.lists == (
        BuildList(name="Bow", config=f"{tmp_path}/bow.json", output=f"{tmp_path}/Bow.csv", limit=5, **own),
        BuildList(
            name="Lance",
            config=f"{tmp_path}/c/lance.json",
            output=f"{tmp_path}/out/l.csv",
            limit=7,
            time_limit=1.5,
            **own,
        ),
    )
    assert (batch.order, batch.broken) == (("Bow", "Lance"), {})


def test_a_fault_of_one_list_leaves_the_others(tmp_path):
    batch = read_batch(
        write(
            tmp_path,
            '{"defaults": {"equipment": "e.csv"},\n "builds": [\n  {"name": "A", "config": "a.json", "confg": 1},\n'
            '  {"name": "B", "config": "b.json"},\n  {"name": "C"},\n  {"config": "d.json"},\n  17]}',
        )
    )
    assert [one.name for one in batch.lists] == ["B"]
    assert batch.order == ("A", "B", "C", "(list number 4)", "(list number 5)")
    told = {name: str(error).replace(str(tmp_path) + "/", "") for name, error in batch.broken.items()}
    assert told == {
        "A": 'BUILDS.json:3:37: unknown key "confg" [$.builds[0]]\n'
        '  mend: write "config", the nearest known key; a comment\'s key begins with _',
        "C": 'BUILDS.json:5:3: the key "config" is missing [$.builds[2]]\n'
        '  mend: add "config": "FILE" here or to the defaults',
        "(list number 4)": 'BUILDS.json:6:3: the key "name" is missing [$.builds[3]]\n  mend: add "name": "..."',
        "(list number 5)": 'BUILDS.json:7:3: expected an object, got 17 [$.builds[4]]\n  mend: write {"name": ...}',
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", 'BUILDS.json:1:2: expected a key in "double quotes", got the end of the file'),
        ("[]", "BUILDS.json:1:1: expected an object, got a list [$]"),
        ("{}", 'BUILDS.json:1:1: the key "builds" is missing [$]'),
        ('{"builds": []}', "BUILDS.json:1:12: there is no build list [$.builds]"),
        ('{"build": []}', 'BUILDS.json:1:2: unknown key "build" [$]'),
        ('{"builds": [], "defaults": {"name": "x"}}', 'BUILDS.json:1:29: unknown key "name" [$.defaults]'),
        ('{"builds": [], "defaults": {"limit": 0}}', "BUILDS.json:1:38: expected a whole number, 1 or more, got 0"),
        ('{"builds": [], "defaults": {"time_limit": 0}}', "BUILDS.json:1:43: not a number of seconds above 0"),
    ],
)
def test_a_fault_of_the_whole_file_stops_the_batch(tmp_path, value, message):
    assert faults(tmp_path, value).startswith(message)


def test_two_lists_may_not_share_a_name_or_an_output(tmp_path):
    own = {"equipment": "e.csv", "config": "c.json"}
    told = faults(
        tmp_path,
        '{"builds": [\n'
        + ",\n".join(
            json.dumps({**own, **more}) for more in ({"name": "a"}, {"name": "A"}, {"name": "b", "output": "a.csv"})
        )
        + "]}",
    )
    assert 'BUILDS.json:3:52: two lists have one name: "a" and "A" [$.builds[1].name]' in told
    assert 'BUILDS.json:4:67: two lists write one file: "a" and "b" [$.builds[2].output]' in told


@pytest.mark.parametrize("name", ["a/b", "a\\b", "..", "x" * 201, "tab\tname"])
def test_a_name_must_be_that_of_a_file(tmp_path, name):
    batch = read_batch(write(tmp_path, {"builds": [{"name": name, "equipment": "e", "config": "c"}]}))
    assert "the name cannot be that of a file" in str(batch.broken["(list number 1)"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: no such file"):
        read_batch(str(tmp_path / "none.json"))


def test_a_folder_makes_a_list_of_every_config(tmp_path):
    for name in ("b.json", "a.json", "batch-state.json", ".hidden.json", "notes.txt", "equipment.csv"):
        (tmp_path / name).write_text("{}")
    batch = read_batch(str(tmp_path))
    assert [(one.name, one.output) for one in batch.lists] == [
        ("a", f"{tmp_path}/a.csv"),
        ("b", f"{tmp_path}/b.csv"),
    ]
    assert {one.equipment for one in batch.lists} == {f"{tmp_path}/equipment.csv"}


def test_a_folder_without_what_it_needs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no config in the folder"):
        read_batch(str(tmp_path))
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(UsageError, match="no equipment in the folder"):
        read_batch(str(tmp_path))
    (tmp_path / "equipment.csv").write_text("")
    (tmp_path / "Equipment.json").write_text("{}")
    with pytest.raises(UsageError, match="would overwrite the equipment"):
        read_batch(str(tmp_path))
