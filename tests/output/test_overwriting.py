"""Which files a list of builds may replace."""

from __future__ import annotations

import io
import os

import pytest
from small_results import build

from equipment_optimizer.errors import UsageError
from equipment_optimizer.output.builds_file import write_builds, write_builds_to
from equipment_optimizer.output.overwriting import (
    ListInFile,
    check_builds_target,
    check_own_target,
    choose_target,
    is_workbook,
    partial_path,
    read_list,
    remove_partial,
)
from equipment_optimizer.records.results import SearchReport

COMPLETE = "Head,Defence,Score\nCap,1,5\n"
STOPPED = "Head,Defence,Proved,Score\nCap,1,no,5\n"

#: What has other contents: a configuration, an equipment list, notes, a table whose score is not last.
OTHERS = {
    "config.json": '{"skills": {}, "Score": 1}\n',
    "equipment.csv": "Name,Body Part,Base Defence\nCap,Head,1\n",
    "notes.txt": "Score\tof the game\n3:2\n",
    "table.csv": "Score,Name\n3,Cap\n",
    "binary.csv": "PK\x03\x04\x00",
    "open.csv": '"Head,Score\n',
    "blank.csv": "\n\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", [COMPLETE, COMPLETE.replace(",", ";"), COMPLETE.replace(",", "\t")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_is_known_however_a_spreadsheet_saved_it(folder, text, encoding):
    (folder / "out.csv").write_bytes(text.encode(encoding))
    assert read_list("out.csv") == ListInFile(is_complete=True, has_rows=True)


@pytest.mark.parametrize(
    ("text", "is_complete", "has_rows"),
    [
        (COMPLETE, True, True),
        (STOPPED, False, True),
        ("Head,Defence,Score\n", True, False),
        ("Head,Defence,Proved,Score\r\n", False, False),
        ("Head,Score,,\nCap,5,,\n", True, True),
        ("Head,Score\n,\n", True, False),
        ("Score,Head,Other skills,Defence\n5,Cap,,1\n", True, True),
        ("Score,Head,Other skills,Defence,Proved\n5,Cap,,1,no\n", False, True),
        ('"two\nlines",Score\nx,5\n', True, True),
    ],
)
def test_what_is_in_a_list(folder, text, is_complete, has_rows):
    (folder / "out.csv").write_text(text)
    assert read_list("out.csv") == ListInFile(is_complete, has_rows)


@pytest.mark.parametrize("excel", [None, "comma", "semicolon"])
@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "OUT.XLSX"])
def test_what_this_program_writes_is_a_list(folder, name, excel):
    write_builds(build(), name, excel=excel)
    assert read_list(name) == ListInFile(is_complete=True, has_rows=True)
    stopped = SearchReport(engine="exhaustive", n_combinations=6, proved=False)
    write_builds(build(indices=(), scaled=(), report=stopped), name, excel=excel)
    assert read_list(name) == ListInFile(is_complete=False, has_rows=False)


def test_the_kind_of_file_follows_from_its_name(folder):
    write_builds(build(), "a.xlsx")
    buffer = io.BytesIO()
    write_builds_to(buffer, build(), "elsewhere.xlsx")
    assert (folder / "a.xlsx").read_bytes() == buffer.getvalue()
    assert buffer.getvalue().startswith(b"PK")
    assert [is_workbook(name) for name in ("a.xlsx", "a.XLSX", "xlsx", "a.xlsx.csv", "-")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("name", [*OTHERS, "broken.xlsx"])
def test_what_holds_something_else_stays(folder, name):
    (folder / name).write_text(OTHERS.get(name, "no workbook"))
    assert read_list(name) is None
    with pytest.raises(UsageError) as caught:
        check_builds_target(name)
    assert str(caught.value) == (
        f"the output is there already and is no list of builds: {name}\n"
        "  mend: name another file, or add --overwrite to replace it"
    )
    check_builds_target(name, overwrite=True)


def test_nothing_empty_missing_or_special_is_in_the_way(folder):
    (folder / "empty.csv").write_text("")
    (folder / "out.csv").write_text(COMPLETE)
    for target in ("empty.csv", "missing.csv", "out.csv", "-", os.devnull, "no folder/out.csv"):
        check_builds_target(target)
        assert choose_target(target, is_proved=True, has_rows=True) == target


def test_what_stands_where_a_stopped_search_would_write_stays(folder):
    (folder / "out.csv").write_text(COMPLETE)
    (folder / "out.partial.csv").write_text("my notes\n")
    with pytest.raises(UsageError, match=r"no list of builds: out\.partial\.csv"):
        check_builds_target("out.csv")
    (folder / "out.csv").write_text("")
    check_builds_target("out.csv")


@pytest.mark.parametrize(
    ("there", "beside", "is_proved", "has_rows", "target"),
    [
        (None, None, False, True, "out.csv"),
        (None, None, False, False, "out.csv"),
        (COMPLETE, None, True, True, "out.csv"),
        (COMPLETE, None, False, True, "out.partial.csv"),
        (COMPLETE, None, False, False, "out.partial.csv"),
        (COMPLETE, STOPPED, False, True, "out.partial.csv"),
        (COMPLETE, STOPPED, False, False, None),
        (STOPPED, None, False, True, "out.csv"),
        (STOPPED, None, False, False, None),
        (STOPPED, None, True, True, "out.csv"),
        (STOPPED, None, True, False, None),
        ("Head,Proved,Score\n", None, False, False, "out.csv"),
        ("Head,Score\n", None, False, True, "out.partial.csv"),
    ],
)
def test_nothing_good_is_replaced_by_nothing(folder, there, beside, is_proved, has_rows, target):
    for name, text in (("out.csv", there), ("out.partial.csv", beside)):
        if text is not None:
            (folder / name).write_text(text)
    assert choose_target("out.csv", is_proved=is_proved, has_rows=has_rows) == target
    assert choose_target("out.csv", is_proved=is_proved, has_rows=has_rows, overwrite=True) == "out.csv"


@pytest.mark.parametrize(
    ("path", "partial"),
    [
        ("out.csv", "out.partial.csv"),
        ("a/b.c/out.xlsx", "a/b.c/out.partial.xlsx"),
        ("a.b/out", "a.b/out.partial.csv"),
        ("top.10.csv", "top.10.partial.csv"),
    ],
)
def test_names_beside(path, partial):
    assert partial_path(path) == partial


def test_what_a_stopped_search_left_is_removed_and_nothing_else(folder):
    assert not remove_partial("out.csv")
    for text in (COMPLETE, "my notes\n"):
        (folder / "out.partial.csv").write_text(text)
        assert not remove_partial("out.csv")
        assert (folder / "out.partial.csv").read_text() == text
    (folder / "out.partial.csv").write_text(STOPPED)
    assert remove_partial("out.csv")
    assert not (folder / "out.partial.csv").exists()
    assert not remove_partial("-")


OWN = {
    "manifest": '{\n  "inputs": [{"path": "e.csv", "sha256": "00"}],\n  "version": "1",\n  "config": {}\n}\n',
    "report": "<!doctype html>\n<meta http-equiv='Content-Security-Policy'>" + "x" * 9000 + "equipment-optimizer 1\n",
    "page of changes": "# What changed\n\nNothing.\n",
}


@pytest.mark.parametrize("what", OWN)
@pytest.mark.parametrize("name", [*OTHERS, "builds.csv", "page.html", *OWN])
def test_what_is_written_beside_the_builds_replaces_its_like_only(folder, what, name):
    texts = {**OTHERS, "builds.csv": COMPLETE, "page.html": "<!doctype html><p>Mine, of equipment-optimizer", **OWN}
    (folder / name).write_text(texts[name])
    if name == what:
        check_own_target(name, what)
        return
    with pytest.raises(UsageError) as caught:
        check_own_target(name, what)
    assert str(caught.value) == (
        f"the file for the {what} is there already and is none: {name}\n"
        "  mend: name another file, or add --overwrite to replace it"
    )
    check_own_target(name, what, overwrite=True)


@pytest.mark.parametrize("what", OWN)
def test_nothing_and_devices_are_free_for_what_is_written_beside_the_builds(folder, what):
    (folder / "empty").write_bytes(b"")
    for path in ("empty", "missing", os.devnull, "-"):
        check_own_target(path, what)
    # Looking leaves nothing behind.
    assert [path.name for path in folder.iterdir()] == ["empty"]


@pytest.mark.parametrize("suffix", ["gz", "csv.gz", "xls", "ODS", "json", "xlsm", "html", "zip"])
def test_a_name_that_promises_another_kind_of_file_is_refused(folder, suffix):
    with pytest.raises(UsageError) as caught:
        check_builds_target(f"out.{suffix}")
    end = suffix.rpartition(".")[2]
    assert str(caught.value) == (
        f"the output would be CSV text or a workbook (.xlsx), and its name ends in .{end}: out.{suffix}\n"
        "  mend: name out.csv, or out.xlsx"
    )


@pytest.mark.parametrize("name", ["out", "out.csv", "out.txt", "out.tsv", "out.xlsx", "-", os.devnull, "a.json/out"])
def test_other_names_are_free(folder, name):
    check_builds_target(name)
    assert list(folder.iterdir()) == []
