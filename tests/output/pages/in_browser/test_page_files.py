"""Whether a list is still good: a page compares files with those that it was made of, and sends nothing."""

import json

import pytest
from axe import findings
from page_jobs import EXAMPLE

from equipment_optimizer.cli import main
from equipment_optimizer.output.pages.page_frame import Frame, set_frame


@pytest.fixture
def made(tmp_path):
    job = [str(EXAMPLE / "equipment.csv"), str(tmp_path / "o.csv"), str(EXAMPLE / "config.json")]
    assert main(["optimize", *job, "--limit", "3", "--quiet", "--report", str(tmp_path / "r.html")]) == 0
    return tmp_path / "r.html"


@pytest.fixture
def opened(page, made):
    return page(made.read_text(encoding="utf-8"))


def choose(page, files):
    """The verdict's heading, then what is said of each file."""
    made = ", ".join(f"new File([{json.dumps(text)}], {json.dumps(name)})" for name, text in files.items())
    page.evaluate(
        f"(d => {{ for (const file of [{made}]) d.items.add(file); const field = document.getElementById('files');"
        " document.getElementById('files-told').replaceChildren();"
        " field.files = d.files; field.dispatchEvent(new Event('change')); })(new DataTransfer())"
    )
    page.evaluate(
        "new Promise(done => { const look = () => document.getElementById('files-told').textContent ? done()"
        " : setTimeout(look, 10); look(); })"
    )
    return page.texts("#files-told h3, #files-told li")


def text_of(name):
    return (EXAMPLE / name).read_text(encoding="utf-8")


def is_shown(page, query):
    return page.evaluate(f"!document.querySelector({json.dumps(query)}).closest('[hidden]')")


def test_before_any_choice_nothing_is_said_of_the_list(opened):
    (lead,) = opened.texts("#compare-files > p")
    assert lead.startswith("Choose the files as they are now, and this page says whether the list is still good.")
    assert opened.texts("#files-told h3") == []
    assert not is_shown(opened, "#again-command")
    assert not is_shown(opened, "#files-by-hand")


def test_the_same_files_are_told_whatever_they_are_called(opened):
    files = {"equipment.csv": text_of("equipment.csv"), "mine.json": text_of("config.json")}
    verdict, *told = choose(opened, files)
    assert verdict == "\u2713 Up to date"
    assert told == [
        "The list is still good: all 2 files are as they were.",
        "equipment.csv is as it was.",
        "mine.json is as it was.",
    ]
    assert not is_shown(opened, "#again-command")


def test_a_patch_makes_the_list_out_of_date_and_the_command_is_there(opened):
    verdict, *told = choose(opened, {"equipment.csv": text_of("equipment.csv") + "\n"})
    assert verdict == "\u2715 May be out of date"
    assert told == [
        "equipment.csv has changed: the list may be out of date. Run again.",
        "Not checked yet: config.json.",
    ]
    assert is_shown(opened, "#again-command")
    command = "python -m equipment_optimizer optimize equipment.csv o.csv config.json --limit 3 --report r.html"
    assert opened.texts("#again-command") == [command]
    assert opened.texts("#again-buttons button") == ["Copy the command"]
    opened.evaluate("document.querySelector('#again-buttons button').click()")
    assert findings(opened) == []


def test_some_of_the_files_settle_nothing_and_the_rest_may_follow(opened):
    files = {"equipment.csv": text_of("equipment.csv"), "other.txt": "x"}
    verdict, *told = choose(opened, files)
    assert verdict == "? Not all checked"
    assert told == [
        "Not checked yet: config.json. Choose it, too.",
        "equipment.csv is as it was.",
        "other.txt is none of the files that this list was made of, neither by name nor by what is in it.",
    ]
    assert choose(opened, {"config.json": text_of("config.json")})[0] == "\u2713 Up to date"


def test_the_reader_says_which_file_one_of_another_name_replaces(opened):
    files = {"equipment (1).csv": text_of("equipment.csv") + "\n"}
    verdict, _, told = choose(opened, files)
    assert verdict == "? Not all checked"
    assert told.startswith("equipment (1).csv is new here. Is it now used in place of")
    assert opened.texts("#files-told button") == ["equipment.csv"]
    opened.click("#files-told button")
    verdict, *told = opened.texts("#files-told h3, #files-told li")
    assert verdict == "\u2715 May be out of date"
    assert told[0] == "equipment.csv has changed: the list may be out of date. Run again."
    assert is_shown(opened, "#again-command")
    assert findings(opened) == []


def test_files_of_something_else_alone_settle_nothing(opened):
    verdict, first, _ = choose(opened, {"other.txt": "x"})
    assert (verdict, first) == (
        "? Not all checked",
        "Not checked yet: equipment.csv, config.json. Choose them, too.",
    )


def test_a_page_of_a_batch_tells_the_batchs_command_and_where_changes_are_told(page, made):
    frame = Frame(index="index.html", changes="../c.html", command="python -m equipment_optimizer batch b.json")
    assert set_frame(str(made), frame)
    opened = page(made.read_text(encoding="utf-8"))
    choose(opened, {"equipment.csv": "x"})
    assert opened.texts("#again-command") == ["python -m equipment_optimizer batch b.json"]
    assert opened.texts("#again-buttons a") == ["All lists", "What changed in all lists"]
