"""Cases of the differential tests as files: what the program reads, and `case.json` to read a case back."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from differential_cases import Case, Number
from differential_limits import LIMIT_COLUMNS
from differential_records import resistance_columns

_TITLES = {
    "usual": {"name": "Name", "part": "Body Part", "defence": "Base Defence"},
    "short": {"name": "Piece", "part": "Part", "defence": "Defense"},
    "ancestor": {"name": "Equipment Piece Name", "part": "Body Part", "defence": "Base Def"},
    "shouted": {"name": "NAME", "part": "BODY_PART", "defence": "base defence"},
}


def json_text(value: Any) -> str:
    """JSON in which every `Number` stands as it is written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {json_text(own)}" for key, own in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(json_text, value)) + "]"
    return json.dumps(value)


def save_case(case: Case, path: Path) -> None:
    """Write a case so that `load_case` gives it back."""
    path.write_text(json_text(dataclasses.asdict(case)) + "\n", encoding="utf-8")


def load_case(path: Path) -> Case:
    """A case that `save_case` wrote."""
    return Case(**json.loads(path.read_text(encoding="utf-8"), parse_float=Number))


def write_files(case: Case, folder: Path) -> tuple[Path, Path]:
    """Write what the program reads; the paths of equipment and configuration."""
    style = case.style
    equipment, config = folder / "equipment.csv", folder / "config.json"
    equipment.write_bytes(_encoded(_equipment(case), style))
    files = {}
    for key, rows in (
        ("decorations", _decorations(case)),
        ("set_bonuses", _set_bonuses(case)),
        ("skills", _skills(case)),
        ("weapons", None if case.weapons is None else _equipment(case, case.weapons)),
    ):
        if rows is not None:
            files[key] = f"{key}.csv"
            (folder / f"{key}.csv").write_bytes(_encoded(rows, style))
    members = {**case.config, "files": files} if files else case.config
    text = json_text(members).replace(', "', ',\n "') if style else json_text(members)
    config.write_text(text + "\n", encoding="utf-8")
    return equipment, config


def _encoded(rows: Sequence[Sequence[str]], style: dict[str, Any]) -> bytes:
    """Rows of cells as the bytes of a CSV file."""
    delimiter, end = style.get("delimiter", ","), style.get("line_end", "\n")

    def cell_text(cell: str) -> str:
        if style.get("quote_all") or any(sign in cell for sign in f'{delimiter}"\n,;\t'):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    lines = [delimiter.join(map(cell_text, row)) for row in rows]
    if style.get("blank_lines"):
        lines[1:1] = ["", delimiter * (len(rows[0]) - 1)]
        lines.append("")
    text = end.join(lines) + end
    encoding = style.get("encoding", "utf-8")
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        encoding, raw = "utf-8", text.encode()
    return b"\xef\xbb\xbf" + raw if style.get("byte_order_mark") and encoding == "utf-8" else raw


def _whole(value: int, style: dict[str, Any]) -> str:
    return "" if value == 0 and style.get("blank_zeros") else str(value)


def _table(columns: list[tuple[str, list[str]]], shuffle: int) -> list[list[str]]:
    """Columns as rows, the header first; the columns in another order where that is wanted."""
    if shuffle:
        random.Random(shuffle).shuffle(columns)
    return [[title for title, _ in columns], *map(list, zip(*(cells for _, cells in columns), strict=True))]


def _skill_columns(rows: Sequence[dict[str, Any]], word: str = "Skill") -> list[tuple[str, list[str]]]:
    """Columns of names and levels; a blank pair where a row has fewer skills."""
    columns = []
    for k in range(max((len(row["skills"]) for row in rows), default=1) or 1):
        own = [row["skills"][k] if k < len(row["skills"]) else ("", "") for row in rows]
        columns.append((f"{word} {k + 1} Name", [name for name, _ in own]))
        columns.append((f"{word} {k + 1} Level", [str(level) for _, level in own]))
    return columns


def _equipment(case: Case, weapons: list[dict[str, Any]] | None = None) -> list[list[str]]:
    """The pieces of the equipment file, or the `weapons` of a weapon list, which has no column of parts."""
    pieces, style = weapons or case.pieces, case.style
    titles = _TITLES[style.get("titles", "usual")]
    shouted = style.get("titles") == "shouted"
    # A filter names the column that it wants.
    name_title = "Name" if "Name" in case.config.get("filter", {}) else titles["name"]
    columns = [
        (name_title, [piece["name"] for piece in pieces]),
        *(() if weapons else [(titles["part"], [p["part"].upper() if shouted else p["part"] for p in pieces])]),
        (titles["defence"], [_whole(piece["defence"], style) for piece in pieces]),
        *_skill_columns(pieces, "skill" if shouted else "Skill"),
    ]
    for level in (1, 2, 3, 4):
        counts = [piece["slots"][level - 1] for piece in pieces]
        if any(counts) or not style.get("blank_zeros"):
            title = f"Slots Lvl {level}" if style.get("titles") == "short" else f"Num Lvl {level} Deco Slots"
            columns.append((title, [_whole(count, style) for count in counts]))
    for name in resistance_columns(case):
        title = f"{name} Resistance" if style.get("titles") == "short" else f"{name} Res"
        columns.append((title, [_whole(piece["resistances"].get(name, 0), style) for piece in pieces]))
    n_bonuses = max(len(piece["bonuses"]) for piece in pieces)
    for k in range(n_bonuses):
        title = "Group Bonus" if k == 2 else f"Set Bonus {k + 1}"
        columns.append((title, [piece["bonuses"][k] if k < len(piece["bonuses"]) else "" for piece in pieces]))
    for column in ("Rarity", "Gender", *LIMIT_COLUMNS):
        if any(column in piece["other"] for piece in pieces) or column in case.config.get("filter", {}):
            columns.append((column, [piece["other"].get(column, "") for piece in pieces]))
    if style.get("unused_column"):
        columns.append(("Remark", ["x"] * len(pieces)))
    return _table(columns, style.get("shuffle", 0))


def _decorations(case: Case) -> list[list[str]] | None:
    rows = case.decorations
    if rows is None:
        return None
    columns = [
        ("Name", [row["name"] for row in rows]),
        ("Slot Level", [str(row["slot_level"]) for row in rows]),
        *_skill_columns(rows),
        ("Available", ["" if row["available"] is None else str(row["available"]) for row in rows]),
        ("Allowed On", [row["allowed_on"] for row in rows]),
    ]
    return _table(columns, case.style.get("shuffle", 0))


def _set_bonuses(case: Case) -> list[list[str]] | None:
    rows = case.set_bonuses
    if rows is None:
        return None
    columns = [
        (title, [str(row[key]) for row in rows])
        for title, key in (
            ("Bonus Name", "bonus"), ("Pieces Required", "pieces"), ("Skill", "skill"), ("Level", "level")
        )
    ]  # fmt: skip
    return _table(columns, case.style.get("shuffle", 0))


def _skills(case: Case) -> list[list[str]] | None:
    rows = case.skills_file
    if rows is None:
        return None
    columns = [
        (title, ["" if row[key] is None else str(row[key]) for row in rows])
        for title, key in (
            ("Name", "name"), ("Max Level", "max"), ("Cap Without Unlock", "locked"), ("Cap Raised By", "raised_by")
        )
    ]  # fmt: skip
    return _table(columns, case.style.get("shuffle", 0))
