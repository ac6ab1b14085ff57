"""Answers beside a list: in manifest and page where asked for, refused where they would stand nowhere."""

from __future__ import annotations

import json

import pytest

from equipment_optimizer.cli import main

PIECES = (
    "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level\nCap,Head,1,Swift,2\nHat,Head,4,,\nMail,Body,3,Swift,1\n"
)
CONFIG = {"skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}, "defence": 1, "limit": 2}
JOB = ["optimize", "equipment.csv", "out.csv", "config.json"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_manifest_and_page_have_what_was_asked_for(here, capfd):
    assert main([*JOB, "--stability", "--pieces", "--manifest", "m.json", "--report", "r.html"], {}) == 0
    manifest = json.loads((here / "m.json").read_text())
    swift = next(row for row in manifest["stability"] if row["weight"] == "skills.Swift.weight")
    assert (swift["from"], swift["to"], swift["next_below"]) == ("1.5", None, "Head: Hat instead of Cap")
    assert [(row["name"], row["loss"], row["loss_when_sold"]) for row in manifest["pieces"]] == [
        ("Cap", 0, 1),
        ("Hat", 1, 0),
        ("Mail", 0, None),
    ]
    page = (here / "r.html").read_text()
    assert "What every piece is worth" in page
    assert "--stability --pieces --report r.html" in page


def test_what_to_get_next_stands_beside_what_pieces_are_worth(here, capfd):
    (here / "shop.csv").write_text(PIECES.partition("\n")[0] + "\nCrown,Head,9,,\nPot,Head,0,,\n")
    wanted = ["--pieces", "--wishes", "shop.csv", "--pairs", "--decorations"]
    assert main([*JOB, *wanted, "--manifest", "m.json", "--report", "r.html"], {}) == 0
    gains = json.loads((here / "m.json").read_text())["gains"]
    assert [(row["kind"], row["name"], row["gain"]) for row in gains[:2]] == [("wish", "Crown", 4), ("wish", "Pot", 0)]
    assert {row["kind"] for row in gains} == {"wish", "pair", "talisman"}
    page = (here / "r.html").read_text()
    assert "What to get next" in page
    assert "Crown</th><td>Head</td><td>+4</td><td>14</td>" in page
    assert "--pieces --wishes shop.csv --pairs --decorations --report r.html" in page


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (["--wishes", "shop.csv", "--report", "r.html"], "--wishes needs --pieces"),
        (["--decorations", "--report", "r.html"], "--decorations needs --pieces"),
        (["--pieces", "--pairs", "--report", "r.html"], "--pairs needs --wishes"),
        (["--pieces", "--wishes", "shop.csv", "--report", "r.html"], "shop.csv: no such file"),
    ],
)
def test_what_to_get_next_needs_more_of_the_line(here, capfd, wanted, error):
    assert main([*JOB, *wanted], {}) == 2
    assert error in capfd.readouterr().err
    assert not (here / "out.csv").exists()


def test_a_wish_list_is_not_written_over(here, capfd):
    (here / "shop.csv").write_text(PIECES)
    line = ["optimize", "equipment.csv", "shop.csv", "config.json", "--overwrite"]
    assert main([*line, "--pieces", "--wishes", "shop.csv", "--report", "r.html"], {}) == 2
    assert (here / "shop.csv").read_text() == PIECES


def test_without_the_options_nothing_is_told(here, capfd):
    assert main([*JOB, "--manifest", "m.json", "--report", "r.html"], {}) == 0
    assert not {"stability", "pieces"} & set(json.loads((here / "m.json").read_text()))
    assert "What every piece is worth" not in (here / "r.html").read_text()
    assert "What to get next" not in (here / "r.html").read_text()


def test_answers_need_a_place(here, capfd):
    assert main([*JOB, "--pieces"], {}) == 2
    assert "--pieces needs --report or --manifest" in capfd.readouterr().err
    assert not (here / "out.csv").exists()


def test_a_formula_is_refused_before_anything_is_written(here, capfd):
    formula = {"factors": [{"name": "raw", "base": 1, "of": {"Base Defence": 1}}]}
    (here / "config.json").write_text(json.dumps({"formula": formula}))
    assert main([*JOB, "--stability", "--report", "r.html"], {}) == 2
    assert "a formula has no weights that could be moved" in capfd.readouterr().err
    assert not (here / "out.csv").exists()
    assert main([*JOB, "--pieces", "--report", "r.html"], {}) == 0
    assert "What every piece is worth" in (here / "r.html").read_text()


def test_a_stop_leaves_answers_marked(here, capfd, monkeypatch):
    from equipment_optimizer.commands.common import answers_beside_list

    ticks = iter(range(10**6))
    monkeypatch.setattr(answers_beside_list.time, "perf_counter", lambda: float(next(ticks)))
    assert main([*JOB, "--stability", "--time-limit", "1", "--manifest", "m.json"], {}) == 5
    assert not all(row["proved"] for row in json.loads((here / "m.json").read_text())["stability"])
    notice = "stopped early by the time limit; what is not proved of the answers beside the list is marked: "
    assert notice in capfd.readouterr().err


def test_an_answer_that_takes_too_much_work_is_told(here, capfd, monkeypatch):
    from equipment_optimizer.answers import stability

    monkeypatch.setattr(stability, "_MOST_POLLS", 0)
    assert main([*JOB, "--stability", "--manifest", "m.json", "--report", "r.html"], {}) == 5
    rows = json.loads((here / "m.json").read_text())["stability"]
    n_open = sum(not row["proved"] for row in rows)
    told = f"what is not proved of the answers beside the list is marked: {n_open} of {len(rows)} rows of stability"
    assert n_open and f"notice: {told}" in capfd.readouterr().err
    assert "the search was given up there" in (here / "r.html").read_text()


@pytest.mark.parametrize(("output", "heading"), [("builds.csv", "equipment"), ("swift.csv", "swift")])
def test_a_page_is_headed_by_what_tells_lists_apart(here, output, heading):
    assert main(["optimize", "equipment.csv", output, "config.json", "--report", "r.html", "--quiet"], {}) == 0
    assert f"<h1>{heading}</h1>" in (here / "r.html").read_text()
