"""Results of a small table with awkward names, for the tests of outputs."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults, SearchReport

PIECES = [
    EquipmentPiece("Bone, Cap", "Head", 10, (1, 0, 0, 0), (("Attack", 2),), (3,), ("Bone",)),
    EquipmentPiece('The "Hat"', "Head", 5, (0, 1, 0, 1), (("Défense", 1), ("Attack", -1)), (-2,)),
    EquipmentPiece("two\nlines", "Body", 7, (0, 0, 2, 0), (), (0,), ("Bone",)),
    EquipmentPiece("back\rhome", "Body", 0, (0, 0, 0, 0), (("Defence", 4),), (0,)),
    EquipmentPiece("α+", "Body", 1, (0, 0, 0, 0), (("Unseen", 1),), (0,)),
]


def build(indices=((0, 0), (1, 1)), scaled=(1250, -300), **changes):
    """Results over the table above; `indices` are (Head, Body) pairs."""
    table = EquipmentTable.from_pieces(PIECES, resistance_names=("Fire",))
    columns = np.array(indices, dtype=np.uint8).reshape(-1, 2).T
    values = {
        "table": table,
        "config": Config(),
        "combinations": EquipmentCombinationList(table, list(columns)),
        "scaled_scores": np.array(scaled, dtype=np.int64),
        "score_digits": 3,
        "report": SearchReport(engine="exhaustive", n_combinations=6, counts={"enumerated": 6}, n_tied=0),
    }
    return BuildResults(**{**values, **changes})
