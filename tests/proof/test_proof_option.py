"""What ``--proof`` is refused for, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from equipment_optimizer.cli import main

EXAMPLE = Path(__file__).parents[2] / "example_data"
FILES = [str(EXAMPLE / "equipment.csv"), "OUT", str(EXAMPLE / "config.json")]


def job(out: Path, proof: Path, *options: str) -> int:
    """The example's job with a proof."""
    return main(["optimize", FILES[0], str(out), FILES[2], "--proof", str(proof), *options])


def test_the_list_has_to_be_a_plain_csv_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert job(tmp_path / "b.csv", tmp_path / "p", "--excel") == 2
    assert capsys.readouterr().err == (
        "error: a proof is of a plain CSV file\n  mend: leave --excel and .xlsx out, or --proof\n"
    )


def test_another_file_is_not_replaced_by_a_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = tmp_path / "p"
    proof.write_text("mine")
    assert job(tmp_path / "b.csv", proof) == 2
    assert f"the file for the proof is there already and is none: {proof}" in capsys.readouterr().err
    assert job(tmp_path / "b.csv", proof, "--overwrite") == 0
    first = proof.read_bytes()
    assert job(tmp_path / "b.csv", proof, "--overwrite") == 0
    assert proof.read_bytes() == first


def test_a_proof_is_no_other_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert job(tmp_path / "b.csv", tmp_path / "b.csv") == 2
    assert "the proof and the builds would be the same file" in capsys.readouterr().err


def test_what_the_format_has_no_words_for_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.json"
    config.write_text('{"limit": 2, "different": {"pieces": 2}}')
    files = ["optimize", FILES[0], str(tmp_path / "b.csv"), str(config), "--proof", str(tmp_path / "p")]
    assert main(files) == 2
    assert "a proof cannot be had yet for a job with $.different" in capsys.readouterr().err
    assert not (tmp_path / "b.csv").exists()
