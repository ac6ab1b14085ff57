"""Two pieces in tables as people have them: read, or the faults that are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece

#: The same two pieces however they are written.
WANTED = [
    ("Iron Cap", "Head", 12, (("Rage", 2), ("Focus", 1)), (1, 0, 1, 0)),
    ("Bone Vest", "Body", -3, (("Focus", 3),), (0, 1, 0, 0)),
]


def read(folder: Path, text: str | bytes, config: Config | None = None) -> tuple[list[EquipmentPiece], list[str]]:
    """Pieces of a file, and notices other than those of parts without a piece."""
    path = folder / "e.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    table, notices = read_equipment(path, config)
    told = [notice.removeprefix(str(path)) for notice in notices if "there is no piece of" not in notice]
    return list(table), told


def values(pieces: Sequence[EquipmentPiece]) -> list[tuple[object, ...]]:
    return [(piece.name, piece.body_part, piece.defence, piece.skills, piece.slots) for piece in pieces]


def faults(folder: Path, text: str | bytes, config: Config | None = None) -> list[str]:
    """Place within the file and message of each fault."""
    with pytest.raises(InputError) as caught:
        read(folder, text, config)
    assert all(fault.mend for fault in caught.value.faults)
    return [f"{fault.where.removeprefix(str(folder / 'e.csv'))} {fault.message}" for fault in caught.value.faults]


def table(*headers: str) -> str:
    """The two pieces under other headers for their skills and slots."""
    rows = ("Iron Cap,Head,12,Rage,2,Focus,1,1,0,1,0", "Bone Vest,Body,-3,Focus,3,,,0,1,0,0")
    return "\n".join([",".join(["Name", "Body Part", "Def", *headers]), *rows, ""])
