"""The files beside a configuration: decorations, set bonuses and skills.

In: the bytes of a file. Out: the records of `config`, checked. A file may hold
other columns, and no rows at all. Faults go to the findings of the file; the
rows concerned are left out of what is returned.
"""

from __future__ import annotations

from typing import Literal

from ..files.csv_reader import CsvReader, read_csv
from ..files.findings import Findings, shown
from ..records.config import Decoration, SetBonusStep, SkillCap
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["read_decorations", "read_set_bonuses", "read_skill_caps"]

_DECORATION_COLUMNS = {"name": "Name", "slotlevel": "Slot Level", "available": "Available", "allowedon": "Allowed On"}
_BONUS_COLUMNS = {"bonusname": "Bonus Name", "piecesrequired": "Pieces Required", "skill": "Skill", "level": "Level"}
_SKILL_COLUMNS = {
    "name": "Name",
    "maxlevel": "Max Level",
    "capwithoutunlock": "Cap Without Unlock",
    "capraisedby": "Cap Raised By",
}
_ALLOWED_ON: dict[str, Literal["any", "armor", "weapon"]] = {
    "": "any",
    "any": "any",
    "armor": "armor",
    "armour": "armor",
    "weapon": "weapon",
}
_NEEDED = "write a whole number"


def read_decorations(raw: bytes, findings: Findings) -> tuple[Decoration, ...]:
    """Decorations in file order."""
    reader = _open(raw, findings, _DECORATION_COLUMNS, ("name", "slotlevel"))
    if reader is None:
        return ()
    decorations = []
    first_line: dict[str, int] = {}
    for line, cells in reader.records():
        decoration = _decoration(reader, line, cells)
        if decoration is None:
            continue
        before = first_line.setdefault(decoration.name, line)
        if before == line:
            decorations.append(decoration)
        else:
            message = f"decoration {shown(decoration.name)} is already on line {before}"
            mend = "keep one of the two; Available says how many there are"
            reader.fault(line, reader.columns["name"], message, mend)
    return tuple(decorations)


def _decoration(reader: CsvReader, line: int, cells: list[str]) -> Decoration | None:
    """One row of a decorations file; None after a fault."""
    n_faults = reader.findings.n_faults
    name = reader.text(line, cells, reader.columns["name"], "name")
    level_index = reader.columns["slotlevel"]
    slot_level = reader.whole(line, cells, level_index, "slot level", _NEEDED)
    if slot_level is not None and not 1 <= slot_level <= N_SLOT_LEVELS:
        reader.fault(line, level_index, f"slot level is not 1 to 4: {shown(cells[level_index])}", "write 1, 2, 3 or 4")
    available = reader.count_or_0(line, cells, reader.columns.get("available", -1), "number available")
    unlimited = not reader.cell(cells, "available")
    allowed = reader.cell(cells, "allowedon")
    allowed_on = _ALLOWED_ON.get(allowed.casefold())
    if allowed_on is None:
        message = f"unknown place for a decoration: {shown(allowed)}"
        reader.fault(line, reader.columns["allowedon"], message, "write any, armor or weapon")
    skills = reader.skill_levels(line, cells)
    if reader.findings.n_faults > n_faults or slot_level is None or allowed_on is None:
        return None
    return Decoration(
        name=name,
        slot_level=slot_level,
        skills=skills,
        available=None if unlimited else available,
        allowed_on=allowed_on,
    )


def read_set_bonuses(raw: bytes, findings: Findings) -> tuple[SetBonusStep, ...]:
    """Steps of set bonuses in file order; a row that repeats another one is left out."""
    reader = _open(raw, findings, _BONUS_COLUMNS, tuple(_BONUS_COLUMNS))
    if reader is None:
        return ()
    steps: dict[tuple[str, int, str], SetBonusStep] = {}
    for line, cells in reader.records():
        step = _set_bonus_step(reader, line, cells)
        if step is None:
            continue
        first = steps.setdefault((step.bonus, step.pieces_required, step.skill), step)
        if first.level != step.level:
            message = f"{shown(step.skill)} has level {first.level} for the same bonus and pieces in an earlier row"
            reader.fault(line, reader.columns["level"], message, "keep one of the two rows")
    return tuple(steps.values())


def _set_bonus_step(reader: CsvReader, line: int, cells: list[str]) -> SetBonusStep | None:
    """One row of a set bonuses file; None after a fault."""
    n_faults = reader.findings.n_faults
    bonus = reader.text(line, cells, reader.columns["bonusname"], "bonus name")
    pieces_index = reader.columns["piecesrequired"]
    pieces_required = reader.whole(line, cells, pieces_index, "number of pieces", _NEEDED)
    if pieces_required is not None and pieces_required < 1:
        message = f"number of pieces is below 1: {shown(cells[pieces_index])}"
        reader.fault(line, pieces_index, message, "write 1 or more")
    skill = reader.text(line, cells, reader.columns["skill"], "skill")
    level = reader.whole(line, cells, reader.columns["level"], "level", _NEEDED)
    if reader.findings.n_faults > n_faults or pieces_required is None or level is None:
        return None
    return SetBonusStep(bonus=bonus, pieces_required=pieces_required, skill=skill, level=level)


def read_skill_caps(raw: bytes, findings: Findings) -> dict[str, SkillCap]:
    """Maximum of every skill in the file, by name."""
    reader = _open(raw, findings, _SKILL_COLUMNS, ("name", "maxlevel"))
    if reader is None:
        return {}
    caps: dict[str, SkillCap] = {}
    for line, cells in reader.records():
        name = reader.text(line, cells, reader.columns["name"], "name")
        cap = _skill_cap(reader, line, cells, name)
        if name and cap is not None and caps.setdefault(name, cap) != cap:
            message = f"skill {shown(name)} has another maximum in an earlier row"
            reader.fault(line, reader.columns["name"], message, "keep one of the two rows")
    return caps


def _skill_cap(reader: CsvReader, line: int, cells: list[str], name: str) -> SkillCap | None:
    """One row of a skills file; None after a fault."""
    n_faults = reader.findings.n_faults
    maximum = reader.whole(line, cells, reader.columns["maxlevel"], "maximum", _NEEDED)
    locked_index = reader.columns.get("capwithoutunlock", -1)
    locked = reader.whole_or_0(line, cells, locked_index, "maximum without unlock")
    has_locked = bool(reader.cell(cells, "capwithoutunlock"))
    raised_by = reader.cell(cells, "capraisedby")
    if maximum is None or reader.findings.n_faults > n_faults:
        return None
    if not raised_by:
        # Nothing unlocks the rest: the lower of the two is all there is.
        return SkillCap(maximum=locked if has_locked else maximum)
    raised_index = reader.columns["capraisedby"]
    if not has_locked:
        message = f"the maximum is raised by {shown(raised_by)}, but nothing says what it is before"
        reader.fault(line, raised_index, message, "write the maximum without it in Cap Without Unlock")
        return None
    if raised_by == name:
        message = f"skill {shown(name)} cannot raise its own maximum"
        reader.fault(line, raised_index, message, "name the skill that raises it, or leave the cell empty")
        return None
    if locked == maximum:
        return SkillCap(maximum=maximum)
    return SkillCap(maximum=maximum, locked_maximum=locked, raised_by=raised_by)


def _open(raw: bytes, findings: Findings, titles: dict[str, str], needed: tuple[str, ...]) -> CsvReader | None:
    """A reader of the file; None where it is no text or lacks a column."""
    reader = read_csv(raw, findings, lambda key: key if key in titles else None)
    if reader is None or not reader.require({key: titles[key] for key in needed}):
        return None
    return reader
