"""Elden Ring: the ``armorData.json`` of EldenRing-ArmorSmith into the files of a job.

In: an object with the lists ``helms``, ``chests``, ``gauntlets`` and ``legs``, whose pieces have a name, a
weight and any further numbers and texts. Out: an equipment list with a column for each, and a
configuration that sums them. All faults are raised together. Nothing is written here.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal

from ..files.findings import raise_faults
from ..files.json_values import is_number
from ._csv_cells import to_csv
from ._json_source import Item, JsonSource

__all__ = ["eldenring_files"]

#: Their lists, with our body parts.
_PARTS = {"helms": "Head", "chests": "Body", "gauntlets": "Arms", "legs": "Legs"}

#: What the first configuration weighs, where the file has it: points of poise, and what is kept out of damage.
_WEIGHTS = {"poise": 1, "phy": 1}

_COMMENT = (
    "Every number of a piece is a column that totals can weigh or limit. Write what you may carry as the max of weight "
    "(your equip load times 0.7, less weapons and talismans, for a medium roll). A part may stay empty."
)


def eldenring_files(path: str | os.PathLike[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of ``equipment.csv`` and ``config.json``, and notices, from a file in EldenRing-ArmorSmith's layout.

    `path` is the file, or the folder that holds ``armorData.json``. An `InputError` holds all faults.
    """
    name = os.fspath(path)
    source = JsonSource(os.path.join(name, "armorData.json") if os.path.isdir(name) else name)
    columns: dict[str, bool] = {}  # whether all cells of a further column are numbers
    pieces: list[tuple[str, str, dict[str, object]]] = []
    for key, part in _PARTS.items():
        items = None if source.root is None else source.root.member(key)
        for item in items.elements() if items is not None else ():
            label = item.member("name")
            cells = _cells(item, columns)
            pieces.append(((label and label.text()) or "", part, cells))
    if source.root is not None and not pieces and not source.findings.n_faults:
        source.root.fault("there is no piece in the file", "take the file as its program writes it")
    raise_faults(source.findings)
    rows: list[list[object]] = [["Name", "Body Part", *map(_title, columns)]]
    rows += [[label, part, *(cells.get(column, "") for column in columns)] for label, part, cells in pieces]
    numeric = [column for column, is_numeric in columns.items() if is_numeric]
    return {"equipment.csv": to_csv(rows), "config.json": _config(numeric)}, tuple(source.findings.notices())


def _cells(item: Item, columns: dict[str, bool]) -> dict[str, object]:
    """Cells of a piece beside its name; `columns` learns which there are."""
    cells: dict[str, object] = {}
    for key, member in item.members():
        value = member.node.value
        if key == "name" or value is None:
            continue
        is_numeric = is_number(value)
        if not is_numeric and not isinstance(value, str):
            member.fault("expected a number or a text", "take the file as its program writes it")
            continue
        cells[key] = f"{value:f}" if isinstance(value, Decimal) else value
        columns[key] = columns.get(key, True) and is_numeric
    return cells


def _title(key: str) -> str:
    """A key as a header: ``vsStrike`` as ``Vs Strike``, so that none is taken for a column with a meaning."""
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in key)
    return spaced[:1].upper() + spaced[1:]


def _config(numeric: list[str]) -> str:
    """A configuration that sums every column of numbers."""
    totals = {_title(key): {"weight": _WEIGHTS.get(key, 0)} for key in numeric}
    part_rule = json.dumps({"count": 1, "optional": True})
    parts = ",\n".join(f"    {json.dumps(part)}: {part_rule}" for part in _PARTS.values())
    lines = ",\n".join(f"    {json.dumps(key, ensure_ascii=False)}: {json.dumps(rule)}" for key, rule in totals.items())
    head = {
        "_comment": _COMMENT,
        "limit": 100,
        "skills": {},
        "unlisted_skill_weight": 0,
        "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
        "defence": 0,
    }
    keys = "\n".join(f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items())
    return f'{{\n{keys}\n  "body_parts": {{\n{parts}\n  }},\n  "totals": {{\n{lines}\n  }}\n}}\n'
