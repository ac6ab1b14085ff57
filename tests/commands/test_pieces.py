"""The command pieces: a row for each piece and wish, and exit codes that say whether all is known."""

from decimal import Decimal

import pytest

from equipment_optimizer.answers import piece_values as questions
from equipment_optimizer.answers.piece_values import PieceValue
from equipment_optimizer.cli import main
from equipment_optimizer.errors import EXIT_STOPPED_EARLY

PIECES = (
    "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level\n"
    "Cap,Head,1,Swift,2\nHat,Head,2,,\nMail,Body,3,Swift,1\nRag,Body,1,,\n"
)
CONFIG = (
    '{"decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},'
    ' "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}, "defence": 1, "limit": 2,'
    ' "unlisted_skill_weight": 0, "exclude": ["Rag"]}'
)
MORE = "Name,Body Part,Base Defence\nCrown,Head,9\nPlate,Body,4\n"
TABLE = (
    "Kind,Name,Body Part,Best Score,Loss,Loss When Sold,In Best,Never Useful\n"
    "piece,Cap,Head,10,0,3,1,no\npiece,Hat,Head,7,3,0,1,no\npiece,Mail,Body,10,0,,2,no\nnot allowed,Rag,Body,,,,,\n"
)


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(CONFIG)
    (tmp_path / "more.csv").write_text(MORE)
    return ["pieces", "equipment.csv", "config.json"]


def test_every_row_of_the_file_has_a_row(job, capfd):
    session = {}
    assert main(job, session) == 0
    out, err = capfd.readouterr()
    assert out == TABLE
    assert err.splitlines()[-1].startswith("4 pieces, 0 never useful, ")
    assert len(session["values"]) == 4


def test_wishes_and_pairs_say_what_they_would_bring(job, capfd):
    assert main([*job, "--wishes", "more.csv", "--pairs", "--quiet"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].endswith(",Never Useful,Gain")
    assert lines[5:] == [
        "wish,Crown,Head,14,-4,,,no,4",
        "wish,Plate,Body,9,1,,,no,0",
        "pair,Crown + Plate,Head + Body,14,,,,,4",
    ]


def test_talismans_are_tried_where_there_is_a_part_for_them(job, capfd):
    assert main([*job, "--decorations", "--quiet"]) == 0
    assert "talisman,Swift 1,Charm,9,1,,,no,0" in capfd.readouterr().out.splitlines()


def test_it_replaces_its_own_table_and_nothing_else(job, tmp_path, capfd):
    assert main([*job, "-o", "worth.csv", "--quiet"]) == 0
    assert (tmp_path / "worth.csv").read_text() == TABLE
    assert main([*job, "-o", "worth.csv", "--quiet"]) == 0
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert main([*job, "-o", "other.csv"]) == 2
    assert "is no such table: other.csv" in capfd.readouterr().err
    assert main([*job, "-o", "other.csv", "--overwrite", "--quiet"]) == 0


def test_a_stopped_run_leaves_a_complete_table_alone(job, tmp_path, capfd, monkeypatch):
    assert main([*job, "-o", "worth.csv", "--quiet"]) == 0
    given_up = [PieceValue(kind="piece", name="Cap", body_part="Head", is_proved=False, at_most=Decimal(12))]
    with monkeypatch.context() as patch:
        patch.setattr(questions, "piece_values", lambda *arguments, **options: given_up)
        assert main([*job, "-o", "worth.csv", "--time-limit", "1e6"]) == EXIT_STOPPED_EARLY
    assert (tmp_path / "worth.csv").read_text() == TABLE
    partial = (tmp_path / "worth.partial.csv").read_text()
    assert partial.splitlines()[0].endswith(",At Most,Proved")
    assert "up to At Most" in capfd.readouterr().err
    assert main([*job, "-o", "worth.csv", "--quiet"]) == 0
    assert not (tmp_path / "worth.partial.csv").exists()


def test_pairs_need_wishes(job, capfd):
    assert main([*job, "--pairs"]) == 2
    assert "--pairs needs --wishes" in capfd.readouterr().err


def test_a_wish_list_has_its_own_faults(job, tmp_path, capfd):
    (tmp_path / "more.csv").write_text("Name,Body Part,Base Defence\nCrown,Head,x\n")
    assert main([*job, "--wishes", "more.csv"]) == 2
    assert "more.csv:2:3" in capfd.readouterr().err


def test_weapons_of_a_list_have_rows_and_may_be_wished_for(job, tmp_path, capfd):
    (tmp_path / "weapons.csv").write_text("Name,Base Defence,Skill 1 Name,Skill 1 Level\nAxe,1,Swift,1\nBow,2,,\n")
    (tmp_path / "config.json").write_text(CONFIG.replace("{", '{"files": {"weapons": "weapons.csv"}, ', 1))
    (tmp_path / "more.csv").write_text("Name,Body Part,Base Defence\nCrown,Head,9\nHammer,Weapon,8\n")
    assert main([*job, "--wishes", "more.csv", "--pairs", "--quiet"]) == 0
    # Cap, Mail and Bow score 12; Hat, Mail and Axe 10; the others 9 and 5.
    assert capfd.readouterr().out.splitlines()[1:] == [
        "piece,Cap,Head,12,0,2,1,no,",
        "piece,Hat,Head,10,2,0,1,no,",
        "piece,Mail,Body,12,0,,2,no,",
        "not allowed,Rag,Body,,,,,,",
        "piece,Axe,Weapon,10,2,0,1,no,",
        "piece,Bow,Weapon,12,0,2,1,no,",
        "wish,Crown,Head,17,-5,,,no,5",
        "wish,Hammer,Weapon,18,-6,,,no,6",
        "pair,Crown + Hammer,Head + Weapon,22,,,,,10",
    ]
