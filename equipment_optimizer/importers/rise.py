"""Monster Hunter Rise and Sunbreak: the CSV files of mhrise-simulator into the files of a job.

In: the folder with ``head.csv``, ``body.csv``, ``arm.csv``, ``wst.csv``, ``leg.csv``, ``deco.csv`` and
``skill.csv``, whose headers are Japanese and begin with a number sign. All faults of all files are raised
together. Nothing is written here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..files.csv_reader import CsvReader
from ..files.findings import shown
from ..loading.skill_columns import SkillColumns
from ..records.vocabulary import RESISTANCES
from ._csv_cells import slot_level
from ._job_files import Jewel, Piece, job_files, notices_of
from ._source_folder import SourceFolder, folder_with

__all__ = ["rise_files"]

_PARTS = {"head": "Head", "body": "Body", "arm": "Arms", "wst": "Waist", "leg": "Legs"}

#: Their headers (spreadsheet columns that we do not need are left alone), with what we call them.
_PIECE = {
    "名前": "name",
    "レア度": "rarity",
    "初期防御力": "base",
    "最終防御力": "max",
    **{f"スロット{k}": f"slot {k}" for k in (1, 2, 3)},
    **dict(zip(("火耐性", "水耐性", "雷耐性", "氷耐性", "龍耐性"), RESISTANCES, strict=True)),
}
_SKILLS = {f"スキル系統{k}": f"skill {k} name" for k in range(1, 6)}
_SKILLS |= {f"スキル値{k}": f"skill {k} level" for k in range(1, 6)}
_GENDER = "性別(0=両,1=男,2=女)"
_GENDERS = {0: "", 1: "male", 2: "female"}
_JEWEL = {"名前": "name", "レア度": "rarity", "スロットサイズ": "slot size"}
_SKILL = {"スキル系統": "skill", "必要ポイント": "level"}


def rise_files(folder: str | os.PathLike[str], *, defence: str = "base") -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of a job's files by name, and notices, from a folder in mhrise-simulator's layout.

    The folder holds the seven files, or ``lib/spreadsheets`` with them; `defence` is base or max. ``set_bonuses.csv``
    has no row: the game has none. Talismans are everybody's own: ``import talismans``. An `InputError` holds all
    faults; no such folder is a `UsageError`.
    """
    source = SourceFolder(folder_with(folder, "head.csv", "skill.csv", inside="lib/spreadsheets"))
    skills = _skills(source)
    pieces = [piece for name, part in _PARTS.items() for piece in _pieces(source, name, part, defence)]
    jewels = list(_jewels(source))
    notices = notices_of(*source.findings)
    return job_files(pieces, jewels, list(skills.items()), piece_columns=("Rarity", "Gender")), notices


def _skills(source: SourceFolder) -> dict[str, int]:
    """Highest level of every skill, in the order of the source."""
    reader = source.open("skill.csv", tuple(_SKILL), _SKILL)
    skills: dict[str, int] = {}
    for line, cells in reader.records() if reader is not None else ():
        assert reader is not None
        name = reader.text(line, cells, reader.columns["skill"], "skill")
        level = reader.whole_or_0(line, cells, reader.columns["level"], "level")
        if name:
            skills[name] = max(level, skills.get(name, level))
    return skills


def _pieces(source: SourceFolder, name: str, part: str, defence: str) -> Iterator[Piece]:
    """The pieces of one body part."""
    reader = source.open(f"{name}.csv", tuple(_PIECE), {**_PIECE, **_SKILLS, _GENDER: "gender"})
    if reader is None:
        return
    skills = SkillColumns(reader)
    columns = reader.columns
    gender_index = columns.get("gender", -1)
    for line, cells in reader.records():
        yield Piece(
            name=reader.text(line, cells, columns["name"], "name"),
            body_part=part,
            defence=reader.whole_or_0(line, cells, columns[defence], "defence"),
            slots=[slot_level(reader, line, cells, columns[f"slot {k}"]) for k in (1, 2, 3)],
            skills=skills.levels(line, cells),
            resistances=[reader.whole_or_0(line, cells, columns[r], "resistance") for r in RESISTANCES],
            other=(
                reader.whole_or_0(line, cells, columns["rarity"], "rarity") or "",
                _gender(reader, line, cells, gender_index),
            ),
        )


def _gender(reader: CsvReader, line: int, cells: list[str], index: int) -> str:
    """Who may wear it; blank for anybody."""
    number = reader.whole_or_0(line, cells, index, "gender") if index >= 0 else 0
    if number not in _GENDERS:
        reader.fault(line, index, f"unknown gender: {shown(cells[index])}", "write 0 for both, 1 or 2")
    return _GENDERS.get(number, "")


def _jewels(source: SourceFolder) -> Iterator[Jewel]:
    """The decorations."""
    reader = source.open("deco.csv", tuple(_JEWEL), {**_JEWEL, **_SKILLS})
    if reader is None:
        return
    skills = SkillColumns(reader)
    for line, cells in reader.records():
        yield Jewel(
            name=reader.text(line, cells, reader.columns["name"], "name"),
            slot_level=slot_level(reader, line, cells, reader.columns["slot size"], least=1),
            skills=skills.levels(line, cells),
            other=("any", reader.whole_or_0(line, cells, reader.columns["rarity"], "rarity") or ""),
        )
