"""The example with decorations, set bonuses and a weapon, byte for byte.

To make the expected file anew after a change of the example::

    python main.py example_data/full/equipment.csv example_data/full/builds.csv example_data/full/config.json
"""

from pathlib import Path

from equipment_optimizer.cli import main

FULL = Path(__file__).resolve().parents[2] / "example_data" / "full"
JOB = (str(FULL / "equipment.csv"), str(FULL / "config.json"))


def test_the_full_example_is_as_listed(tmp_path: Path) -> None:
    out = tmp_path / "builds.csv"
    assert main(["optimize", JOB[0], str(out), JOB[1], "--quiet", "--engine", "bounded"]) == 0
    assert out.read_bytes() == (FULL / "builds.csv").read_bytes()


def test_the_full_example_holds_against_the_definitions() -> None:
    assert main(["verify", str(FULL / "builds.csv"), *JOB, "--builds", "2000", "--quiet"]) == 0


def test_the_full_example_is_read_without_a_notice(capsys) -> None:
    assert main(["extras", *JOB, "--workers", "1", "--output", "/dev/null"]) == 0
    assert "notice" not in capsys.readouterr().err
