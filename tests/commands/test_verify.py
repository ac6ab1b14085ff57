"""The command verify: 0 where nothing differs, 1 and a line for each difference where something does."""

from contextlib import contextmanager

import pytest
from command_job import optimize

from equipment_optimizer.cli import main
from equipment_optimizer.commands import verify as verify_command

WORDS = ["verify", "out.csv", "equipment.csv", "config.json", "--builds", "5"]


@pytest.fixture
def made(files):
    assert optimize("--quiet") == 0
    return files / "out.csv"


def test_a_right_list_has_no_difference(made, capsys):
    session = {}
    assert main(WORDS, session) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "no difference found"
    assert all(line.startswith("checked: ") for line in out[:-1])
    assert not session["verdict"].differences
    assert main([*WORDS, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("quiet", "wanted"), [([], True), (["--quiet"], False)])
def test_what_takes_longer_says_for_how_long_it_has_been_at_it(made, monkeypatch, quiet, wanted):
    shown, asked = [], []

    @contextmanager
    def display(*, wanted):
        asked.append(wanted)
        yield shown.append if wanted else None
        shown.append("closed")

    monkeypatch.setattr(verify_command, "progress_display", display)
    assert main([*WORDS, *quiet]) == 0
    assert asked == []
    monkeypatch.setattr(verify_command, "_QUIET_SECONDS", 0)
    assert main([*WORDS, *quiet]) == 0
    assert asked == [wanted]
    assert shown[-1] == "closed"
    assert all(told[:1] + told[2:4] == ("judging", None, "seconds") for told in shown[:-1])
    assert (len(shown) > 1) == wanted


def test_each_difference_is_told_with_its_place(made, capsys):
    header, first, second = made.read_text().splitlines()
    made.write_text("\n".join([header, first.replace("Hat", "Cap"), second]) + "\n")
    assert main([*WORDS, "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("out.csv") and ": expected " in line and ", found " in line for line in lines)
    assert main(WORDS) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"{len(lines)} differences"


def test_many_differences_are_counted(made, capsys):
    header, first, _ = made.read_text().splitlines()
    made.write_text("\n".join([header, *[first] * 200]) + "\n")
    assert main([*WORDS, "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 101
    assert lines[-1].startswith("... and ")


def test_a_missing_list_is_bad_input(files, capsys):
    assert main(WORDS) == 2
    assert "out.csv" in capsys.readouterr().err


# --- lists as spreadsheets save them again ------------------------------------------

EQUIPMENT = """Name,Body Part,Def,Skill 1,Level,Slots
Hornet Helm α,Head,10,Fury,2,1-1
Hornet Helm β,Head,12,Fury,1,2-1
Coat,Body,20,Calm,3,
Vest,Body,25,,,4
"""
CONFIG = '{"skills": {"Fury": 1.3, "Rage": 2}, "defence": 0.25, "limit": 3, "unlisted_skill_weight": 0.5}'


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(EQUIPMENT, encoding="utf-8")
    (tmp_path / "config.json").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def write(*options, output="out.csv"):
    assert main(["optimize", "equipment.csv", output, "config.json", "--quiet", *options]) == 0


def verify(output="out.csv", *options):
    return main(["verify", output, "equipment.csv", "config.json", "--quiet", *options])


@pytest.mark.parametrize("form", [[], ["--excel"], ["--excel=semicolon"], ["--spreadsheet-safe"]])
def test_a_file_that_was_saved_again_is_right(job, capsys, form):
    write(*form)
    raw = (job / "out.csv").read_bytes().removeprefix(b"\xef\xbb\xbf")
    text, separator = raw.decode("utf-8"), ";" if "semicolon" in str(form) else ","
    wide = text.replace("\n", f"{separator}{separator}\r\n")
    for again in (raw, b"\xef\xbb\xbf" + raw, text.encode("utf-16"), wide.encode("utf-8-sig")):
        (job / "out.csv").write_bytes(again)
        assert verify() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", [[], ["--excel"]])
def test_a_workbook_is_right(job, form):
    pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    write(*form, output="out.xlsx")
    assert verify("out.xlsx") == 0


def test_numbers_with_a_comma_are_the_same_numbers(job):
    write()
    text = (job / "out.csv").read_text(encoding="utf-8")
    (job / "out.csv").write_text(text.replace(",", ";").replace(".", ","), encoding="utf-8")
    assert verify() == 0
    (job / "out.csv").write_text(text.replace(",", ";").replace(".", ",").replace(",5", ",6"), encoding="utf-8")
    assert verify() == 1


@pytest.mark.parametrize(("made", "asked"), [("1", "3"), ("2", "4"), ("3", "1"), ("1", "2")])
def test_a_list_of_another_length_is_one_line(job, capsys, made, asked):
    write("--limit", made)
    assert verify("out.csv", "--limit", asked) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("out.csv: (rows): expected ")
    assert f"found {made}: --limit {made} judges it as a list of that length" in line
    assert verify("out.csv", "--limit", made) == 0


def test_what_a_windows_spreadsheet_saves_is_read(job):
    (job / "equipment.csv").write_text(EQUIPMENT.replace("α", "Ä").replace("β", "ö"), encoding="utf-8")
    write("--overwrite")
    text = (job / "out.csv").read_text(encoding="utf-8")
    (job / "out.csv").write_bytes(text.replace(",", ";").encode("cp1252"))
    assert verify() == 0
