"""The file of a proof, and when there is none."""

from __future__ import annotations

from pathlib import Path

from equipment_optimizer import Config, EquipmentPiece, EquipmentTable, optimize
from equipment_optimizer.proof.proof_file import check_proof_wanted, write_proof

TABLE = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Helm", "Head", 9)])
CONFIG = Config(defence_weight=1)


def test_a_proof_is_a_file_of_lines(tmp_path: Path) -> None:
    check_proof_wanted(TABLE, CONFIG)
    results, path = optimize(TABLE, CONFIG), tmp_path / "proof"
    assert write_proof(str(path), TABLE, CONFIG, results, limit=1, inputs=["aa", "bb"], builds="cc")
    assert path.read_text(encoding="utf-8").startswith("equipment-optimizer proof 1\nequipment aa\n")


def test_after_a_stop_there_is_no_file(tmp_path: Path) -> None:
    results, path = optimize(TABLE, CONFIG), tmp_path / "proof"
    hashes = {"inputs": ["aa", "bb"], "builds": "cc"}
    assert not write_proof(str(path), TABLE, CONFIG, results, limit=1, should_stop=lambda: True, **hashes)
    assert not path.exists()
