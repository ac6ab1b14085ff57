"""Files of a folder are opened with the headers they must have, and names that no row declares are faults."""

import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.importers._source_folder import Names, SourceFolder, folder_with


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / "list.csv").write_text("Name,Points\nFury,3\nCalm,2\nFury,1\n", encoding="utf-8")
    return SourceFolder(str(tmp_path))


def told(source):
    return [f"{fault.where}: {fault.message}" for findings in source.findings for fault in findings.faults()]


def test_a_file_is_read_by_the_headers_it_must_have(folder):
    reader = folder.open("skills/list.csv", ["Name", "Points"])
    assert [cells for _, cells in reader.records()] == [["Fury", "3"], ["Calm", "2"], ["Fury", "1"]]
    assert told(folder) == []


@pytest.mark.parametrize(
    ("name", "titles", "fault"),
    [("skills/list.csv", ["Name", "Colour"], "there is no column Colour"), ("gone.csv", ["Name"], "no such file")],
)
def test_what_cannot_be_read_is_a_fault_of_that_file(folder, name, titles, fault):
    assert folder.open(name, titles) is None
    (message,) = told(folder)
    assert fault in message
    assert name.rpartition("/")[2] in message


def test_names_are_declared_once_and_checked_when_all_are(folder):
    reader = folder.open("skills/list.csv", ["Name", "Points"])
    names = Names("skill")
    declared = [names.declare(reader, line, 0, cells[0]) for line, cells in reader.records()]
    assert declared == [True, True, False]
    assert names.lines == {"Fury": 2, "Calm": 3}
    names.check(reader, 9, 0, "Furi")  # not all of them are known yet
    names.is_complete = True
    names.check(reader, 9, 0, "Calm")
    names.check(reader, 9, 0, "Furi")
    assert [message.partition("list.csv:")[2] for message in told(folder)] == [
        "4:1: skill 'Fury' is already on line 2 [Name]",
        "9:1: unknown skill: 'Furi' [Name]",
    ]


def test_a_folder_is_the_one_given_or_the_one_inside_where_a_project_keeps_its_files(tmp_path):
    with pytest.raises(
        UsageError, match=r"there is no folder .*gone\n  mend: name the folder that holds a.csv and b.csv"
    ):
        folder_with(tmp_path / "gone", "a.csv", "b.csv")
    assert folder_with(tmp_path, "a.csv", inside="lib/sheets") == str(tmp_path)
    (tmp_path / "lib" / "sheets").mkdir(parents=True)
    assert folder_with(tmp_path, "a.csv") == str(tmp_path)
    assert folder_with(tmp_path, "a.csv", inside="lib/sheets") == str(tmp_path / "lib" / "sheets")
    (tmp_path / "a.csv").touch()
    assert folder_with(tmp_path, "a.csv", inside="lib/sheets") == str(tmp_path)
