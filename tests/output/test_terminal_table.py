"""Tables for a terminal: nothing is printed anywhere else, and nothing typed becomes markup."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import equipment_optimizer as eo
from equipment_optimizer.commands import batch as batch_command
from equipment_optimizer.output import terminal_table as show
from equipment_optimizer.output.terminal_table import print_table, show_builds

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "example_data"


class Terminal:
    """What is printed while standard output passes for a terminal."""

    def __init__(self, capsys):
        self._capsys = capsys

    def getvalue(self):
        return self._capsys.readouterr().out


@pytest.fixture
def terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "140")
    for module in (show, batch_command):
        monkeypatch.setattr(module, "is_terminal", lambda stream: True)
    return Terminal(capsys)


@pytest.fixture(scope="module")
def results():
    table, config, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json")
    return eo.optimize(table, config)


def test_the_first_builds_are_shown_on_a_terminal(terminal, results):
    show_builds(results, 2)
    shown = terminal.getvalue()
    for build in results.combinations[:2]:
        assert all(piece.name in shown for piece in build.equipment)
    assert "49.43" in shown
    assert re.search(r"Attack Boost [0-9]+/5 ", shown)
    assert "Defence 734" in shown
    assert "free slots " in shown
    assert "49.36" not in shown


def test_asking_for_more_than_there_are_shows_all(terminal, results):
    show_builds(results.head(3), 50)
    assert terminal.getvalue().count("Head: ") == 3


def test_nothing_is_printed_where_there_is_no_terminal(capsys, results):
    show_builds(results, 2)
    assert capsys.readouterr() == ("", "")


def test_the_command_prints_nothing_into_a_pipe(tmp_path):
    files = ["example_data/equipment.csv", str(tmp_path / "o.csv"), "example_data/config.json"]
    command = [sys.executable, "main.py", *files, "--show", "3", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_what_is_typed_stays_text(terminal):
    print_table(("a", "what"), [("[red]x[/red] :smile:", "failed")], coloured="what")
    assert "[red]x[/red] :smile:" in terminal.getvalue()


def test_decorations_and_bonuses_are_shown(terminal, tmp_path):
    (tmp_path / "e.csv").write_text("Name,Body Part,Num Lvl 1 Deco Slots,Set Bonus\nCap,Head,2,Sun\n")
    (tmp_path / "d.csv").write_text("Name,Slot Level,Skill 1 Name,Skill 1 Level\nGem,1,Speed,1\n")
    (tmp_path / "b.csv").write_text("Bonus Name,Pieces Required,Skill,Level\nSun,1,Glow,2\n")
    (tmp_path / "c.json").write_text(
        '{"files": {"decorations": "d.csv", "set_bonuses": "b.csv"}, "skills": {"Speed": {"max": 1, "weight": 9}}}'
    )
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    show_builds(eo.optimize(table, config), 1)
    shown = terminal.getvalue()
    for text in ("1x Gem", "Sun (1)", "Glow 2", "Speed 1/1"):
        assert text in shown


def test_the_batch_table_has_lines_on_a_terminal(terminal, tmp_path):
    from batch_folder import make_folder

    from equipment_optimizer.cli import main

    make_folder(tmp_path, 2)
    assert main(["batch", os.fspath(tmp_path)]) == 0
    shown = terminal.getvalue()
    assert "what happened" in shown
    assert "list1" in shown
    assert "\t" not in shown


def test_equal_builds_are_shown_as_one(terminal, tmp_path):
    rows = ["Name,Body Part,Base Defence", "Helm a,Head,5", "Helm b,Head,5", "Helm c,Head,4"]
    (tmp_path / "e.csv").write_text("\n".join([*rows, ""]))
    (tmp_path / "c.json").write_text('{"limit": 3}')
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    show_builds(eo.optimize(table, config), 2)
    shown = terminal.getvalue()
    assert "Head: Helm a or b" in shown
    assert "2 variants" in shown
    assert "Head: Helm c" in shown


def test_how_many_variants_a_listed_outcome_stands_for_is_shown(terminal, tmp_path):
    rows = ["Name,Body Part,Base Defence", *(f"Helm {k},Head,5" for k in range(1200)), "Helm c,Head,4"]
    (tmp_path / "e.csv").write_text("\n".join([*rows, ""]))
    (tmp_path / "c.json").write_text('{"limit": 3, "variants": "one"}')
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    show_builds(eo.optimize(table, config), 2)
    shown = terminal.getvalue()
    assert shown.count("variants") == 1
    assert "1,200 variants" in shown


def test_rows_of_a_stopped_list_say_where_they_are_not_proved(terminal, results):
    head = results.head(2)
    stopped = replace(head, report=replace(head.report, proved=False), proved_rows=np.array([True, False]))
    show_builds(head, 2)
    assert "not proved" not in terminal.getvalue()
    show_builds(stopped, 2)
    first, _, second = terminal.getvalue().partition(" 2 \u2502")
    assert "not proved to belong here" not in first
    assert "not proved to belong here" in second
    show_builds(replace(stopped, proved_rows=None), 2)
    assert terminal.getvalue().count("not proved") == 2


def test_what_no_piece_has_is_not_shown(terminal, tmp_path):
    (tmp_path / "e.csv").write_text("Name,Body Part,Weight\nCap,Head,2.5\nHat,Head,3\n")
    (tmp_path / "c.json").write_text('{"totals": {"Weight": {"weight": 1}}}')
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "c.json")
    show_builds(eo.optimize(table, config), 1)
    shown = terminal.getvalue()
    assert "Weight 3" in shown
    assert not re.search("skills|free slots|Defence", shown)


def test_a_place_that_stays_empty_is_shown_as_such(terminal):
    parts = {"Head": eo.PartRule(), "Off-hand": eo.PartRule(optional=True)}
    pieces = [eo.EquipmentPiece("Cap", "Head", 5), eo.EquipmentPiece("Shield", "Off-hand", -1)]
    table = eo.EquipmentTable.from_pieces(pieces, body_parts=parts)
    show_builds(eo.optimize(table, eo.Config(body_parts=parts)), 1)
    assert "Off-hand: (empty)" in terminal.getvalue()
