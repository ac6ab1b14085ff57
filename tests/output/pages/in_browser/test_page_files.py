"""Whether a list is still good: a page compares files with those that it was made of, and sends nothing."""

import json

import pytest
from page_jobs import EXAMPLE

from equipment_optimizer.cli import main


@pytest.fixture
def opened(page, tmp_path):
    job = [str(EXAMPLE / "equipment.csv"), str(tmp_path / "o.csv"), str(EXAMPLE / "config.json")]
    assert main(["optimize", *job, "--limit", "3", "--quiet", "--report", str(tmp_path / "r.html")]) == 0
    return page((tmp_path / "r.html").read_text(encoding="utf-8"))


def choose(page, files):
    made = ", ".join(f"new File([{json.dumps(text)}], {json.dumps(name)})" for name, text in files.items())
    page.evaluate(
        f"(d => {{ for (const file of [{made}]) d.items.add(file); const field = document.getElementById('files');"
        " field.files = d.files; field.dispatchEvent(new Event('change')); })(new DataTransfer())"
    )
    page.evaluate(
        "new Promise(done => { const look = () => document.getElementById('files-told').textContent ? done()"
        " : setTimeout(look, 10); look(); })"
    )
    return page.texts("#files-told")[0]


def text_of(name):
    return (EXAMPLE / name).read_text(encoding="utf-8")


def test_the_same_files_are_told_whatever_they_are_called(opened):
    files = {"equipment.csv": text_of("equipment.csv"), "mine.json": text_of("config.json")}
    assert choose(opened, files) == "The list is still good. equipment.csv is as it was. mine.json is as it was."


def test_a_patch_makes_the_list_out_of_date(opened):
    told = choose(opened, {"equipment.csv": text_of("equipment.csv") + "\n"})
    assert told == "The list is out of date: run again. equipment.csv has changed."


def test_files_of_something_else_say_nothing_of_the_list(opened):
    files = {"equipment.csv": text_of("equipment.csv"), "other.txt": "x"}
    told = "equipment.csv is as it was. other.txt is none of the files that this list was made of."
    assert choose(opened, files) == told
