"""Elden Ring: a small file in the layout of EldenRing-ArmorSmith becomes the files of a job."""

import csv
import json

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError
from equipment_optimizer.importers.eldenring import eldenring_files


def piece(name, weight, poise, phy=1.5, available="Base Game"):
    numbers = {"weight": weight, "available": available, "poise": poise, "phy": phy, "vsStrike": 2.0, "fire": 3}
    return {"name": name, **numbers}


DATA = {
    "helms": [piece("Pot Lid", 5.5, 8, 4.8), piece("Cloth Cap", 1.0, 1, 1.1, "Later")],
    "chests": [piece("Barrel", 10.5, 28, 12.8)],
    "gauntlets": [piece("Mittens", 3.5, 7)],
    "legs": [piece("Stilts", 6.5, 15), piece("Socks", 0.5, 0)],
}


@pytest.fixture
def source(tmp_path):
    (tmp_path / "armorData.json").write_text(json.dumps(DATA))
    return tmp_path


def test_every_number_is_a_column_and_a_total(source):
    files, notices = eldenring_files(source)
    pieces = list(csv.DictReader(files["equipment.csv"].splitlines()))
    assert [row["Body Part"] for row in pieces] == ["Head", "Head", "Body", "Arms", "Legs", "Legs"]
    assert pieces[0] == {
        "Name": "Pot Lid", "Body Part": "Head", "Weight": "5.5", "Available": "Base Game", "Poise": "8",
        "Phy": "4.8", "Vs Strike": "2.0", "Fire": "3",
    }  # fmt: skip
    config = json.loads(files["config.json"])
    assert {key: rule["weight"] for key, rule in config["totals"].items()} == {
        "Weight": 0, "Poise": 1, "Phy": 1, "Vs Strike": 0, "Fire": 0,
    }  # fmt: skip
    assert config["body_parts"]["Head"] == {"count": 1, "optional": True}
    assert notices == ()
    assert eldenring_files(source / "armorData.json") == (files, notices)


def test_the_job_keeps_a_limit_of_weight(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["import", "eldenring", "armorData.json", "data"]) == 0
    config = json.loads((tmp_path / "data" / "config.json").read_text())
    config["totals"]["Weight"]["max"] = 20.4
    (tmp_path / "mine.json").write_text(json.dumps(config))
    assert main(["optimize", "data/equipment.csv", "builds.csv", "mine.json"]) == 0
    best = (tmp_path / "builds.csv").read_text().splitlines()[1]
    assert best.startswith("Pot Lid,Barrel,Mittens,Socks,")
    config["totals"]["Weight"]["max"] = 18
    (tmp_path / "mine.json").write_text(json.dumps(config))
    assert main(["optimize", "data/equipment.csv", "builds.csv", "mine.json"]) == 0
    # A part stays empty.
    assert (tmp_path / "builds.csv").read_text().splitlines()[1].startswith("Cloth Cap,Barrel,,Stilts,")


def test_faults_have_their_places(source):
    wrong = {**DATA, "legs": [{"weight": 1.0, "poise": [3]}]}
    del wrong["chests"]
    (source / "armorData.json").write_text(json.dumps(wrong))
    with pytest.raises(InputError) as caught:
        eldenring_files(source)
    said = str(caught.value)
    assert 'the key "chests" is missing [$]' in said
    assert 'the key "name" is missing [$.legs[0]]' in said
    assert "expected a number or a text [$.legs[0].poise]" in said


@pytest.mark.parametrize("text", ["[]", "{", '{"helms": [], "chests": [], "gauntlets": [], "legs": []}'])
def test_what_is_no_such_file_is_refused(source, text):
    (source / "armorData.json").write_text(text)
    with pytest.raises(InputError):
        eldenring_files(source)
