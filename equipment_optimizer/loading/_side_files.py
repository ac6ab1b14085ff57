"""The files beside a configuration: decorations, set bonuses and skills.

In: the bytes of a file. Out: the records of `config`, checked; names that fold
together are written as the first of them stands. A file may hold other columns, and
no rows at all. Faults go to the findings of the file; the rows concerned are left
out of what is returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..files.csv_reader import CsvReader, HeaderNames, header_key, read_csv
from ..files.csv_text import NO_RULES, TextRules
from ..files.findings import Findings, listing, shown
from ..files.names import folded
from ..files.numbers import is_blank
from ..records.config import Decoration, SetBonusStep, SkillCap
from ..records.vocabulary import N_SLOT_LEVELS
from ._equipment_columns import check_near_headers
from .skill_columns import SkillColumns, Spellings, header_reader

__all__ = ["SideFileRules", "read_decorations", "read_set_bonuses", "read_skill_caps"]

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
#: Headers of skill columns, for what is nearly one.
_SKILL_TITLES = ("Skill", "Skill 1 Name", "Skill 1 Level", "Skill 1 Lv", "Skill 1", "Level 1", "Lv 1", "Skills")
_NEEDED = "write a whole number"
#: Headers by which other tables say how many of a decoration there are.
_LIKE_AVAILABLE = frozenset({"owned", "own", "quantity", "qty", "count", "amount", "stock", "have", "number", "copies"})


@dataclass(frozen=True, slots=True)
class SideFileRules:
    """What the configuration says of its side files, and what is remembered of them.

    `places` are line and cell in which each name stands first, by what is named (jewel, jewel skill, bonus,
    bonus skill, maximum, raiser) and the name.
    """

    names: HeaderNames = field(default_factory=lambda: HeaderNames({}))
    text: TextRules = NO_RULES
    places: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def remember(self, role: str, names: Spellings) -> None:
        """Take over where names of one role stand."""
        self.places.update({(role, name): place for name, place in names.places.items()})


def read_decorations(raw: bytes, findings: Findings, rules: SideFileRules | None = None) -> tuple[Decoration, ...]:
    """Decorations in file order."""
    rules = rules or SideFileRules()
    reader = _open(raw, findings, rules, titles=_DECORATION_COLUMNS, needed=("name", "slotlevel"), with_skills=True)
    if reader is None:
        return ()
    decorations = []
    names = Spellings("the decoration", findings)
    skills = SkillColumns(reader)
    for line, cells in reader.records():
        decoration = _decoration(reader, skills, line, cells)
        if decoration is None:
            continue
        name = names.read(decoration.name, line, reader.columns["name"] + 1)
        before, _ = names.places[name]
        if before == line:
            decorations.append(decoration)
        else:
            message = f"decoration {shown(decoration.name)} is already on line {before}"
            mend = "keep one of the two; Available says how many there are"
            reader.fault(line, reader.columns["name"], message, mend)
    if decorations and not any(meaning.startswith("skill") for meaning in reader.columns):
        findings.notice(reader.header_line, 0, "there is no column Skill 1 Name: the decorations give no skill")
    rules.remember("jewel", names)
    rules.remember("jewel skill", skills.spellings)
    return tuple(decorations)


def _decoration(reader: CsvReader, skill_columns: SkillColumns, line: int, cells: list[str]) -> Decoration | None:
    """One row of a decorations file; None after a fault."""
    n_faults = reader.findings.n_faults
    name = reader.text(line, cells, reader.columns["name"], "name")
    level_index = reader.columns["slotlevel"]
    slot_level = reader.whole(line, cells, level_index, "slot level", mend=_NEEDED)
    if slot_level is not None and not 1 <= slot_level <= N_SLOT_LEVELS:
        reader.fault(line, level_index, f"slot level is not 1 to 4: {shown(cells[level_index])}", "write 1, 2, 3 or 4")
    available = None
    available_index = reader.columns.get("available", -1)
    if available_index >= 0 and not is_blank(cells[available_index]):
        available = reader.count_or_0(line, cells, available_index, "number available")
    allowed = reader.cell(cells, "allowedon")
    allowed_on = _ALLOWED_ON.get(allowed) or _ALLOWED_ON.get(allowed.casefold())
    if allowed_on is None:
        message = f"unknown place for a decoration: {shown(allowed)}"
        reader.fault(line, reader.columns["allowedon"], message, "write any, armor or weapon")
    skills = skill_columns.levels(line, cells)
    if reader.findings.n_faults > n_faults or slot_level is None or allowed_on is None:
        return None
    return Decoration(
        name=name,
        slot_level=slot_level,
        skills=skills,
        available=available,
        allowed_on=allowed_on,
    )


def read_set_bonuses(raw: bytes, findings: Findings, rules: SideFileRules | None = None) -> tuple[SetBonusStep, ...]:
    """Steps of set bonuses in file order; a row that repeats another one is left out."""
    rules = rules or SideFileRules()
    reader = _open(raw, findings, rules, titles=_BONUS_COLUMNS, needed=tuple(_BONUS_COLUMNS))
    if reader is None:
        return ()
    bonuses, skills = Spellings("the set bonus", findings), Spellings("the skill", findings)
    steps: dict[tuple[str, int, str], SetBonusStep] = {}
    for line, cells in reader.records():
        step = _set_bonus_step(reader, bonuses, skills, line=line, cells=cells)
        if step is None:
            continue
        first = steps.setdefault((step.bonus, step.pieces_required, step.skill), step)
        if first.level != step.level:
            message = f"{shown(step.skill)} has level {first.level} for the same bonus and pieces in an earlier row"
            reader.fault(line, reader.columns["level"], message, "keep one of the two rows")
    rules.remember("bonus", bonuses)
    rules.remember("bonus skill", skills)
    return tuple(steps.values())


def _set_bonus_step(
    reader: CsvReader, bonuses: Spellings, skills: Spellings, *, line: int, cells: list[str]
) -> SetBonusStep | None:
    """One row of a set bonuses file; None after a fault."""
    n_faults = reader.findings.n_faults
    bonus = _named(reader, bonuses, line, cells, "bonusname")
    pieces_index = reader.columns["piecesrequired"]
    pieces_required = reader.whole(line, cells, pieces_index, "number of pieces", mend=_NEEDED)
    if pieces_required is not None and pieces_required < 1:
        message = f"number of pieces is below 1: {shown(cells[pieces_index])}"
        reader.fault(line, pieces_index, message, "write 1 or more")
    skill = _named(reader, skills, line, cells, "skill")
    level = reader.whole(line, cells, reader.columns["level"], "level", mend=_NEEDED)
    if reader.findings.n_faults > n_faults or pieces_required is None or level is None:
        return None
    return SetBonusStep(bonus=bonus, pieces_required=pieces_required, skill=skill, level=level)


def _named(reader: CsvReader, names: Spellings, line: int, cells: list[str], meaning: str) -> str:
    """A name that must be there, where words for nothing are none; empty after a fault."""
    index = reader.columns[meaning]
    name = names.of.get(cells[index])
    if name is None:
        name = names.read(cells[index], line, index + 1)
    if not name:
        what = "bonus name" if meaning == "bonusname" else meaning
        text = f"{what} is blank: {shown(cells[index])}" if cells[index] else f"{what} is blank"
        reader.fault(line, index, text, "write it, or remove the row")
    return name


def read_skill_caps(raw: bytes, findings: Findings, rules: SideFileRules | None = None) -> dict[str, SkillCap]:
    """Maximum of every skill in the file, by name."""
    rules = rules or SideFileRules()
    reader = _open(raw, findings, rules, titles=_SKILL_COLUMNS, needed=("name", "maxlevel"))
    if reader is None:
        return {}
    names = Spellings("the skill", findings)
    caps: dict[str, SkillCap] = {}
    for line, cells in reader.records():
        name = reader.text(line, cells, reader.columns["name"], "name")
        if name:
            name = names.read(name, line, reader.columns["name"] + 1) or name
        cap = _skill_cap(reader, line, cells, name)
        if cap is not None and cap.raised_by:
            place = line, reader.columns["capraisedby"] + 1
            rules.places.setdefault(("raiser", cap.raised_by), place)
        if name and cap is not None and caps.setdefault(name, cap) != cap:
            message = f"skill {shown(name)} has another maximum in an earlier row"
            reader.fault(line, reader.columns["name"], message, "keep one of the two rows")
    rules.remember("maximum", names)
    return caps


def _skill_cap(reader: CsvReader, line: int, cells: list[str], name: str) -> SkillCap | None:
    """One row of a skills file; None after a fault."""
    n_faults = reader.findings.n_faults
    maximum = reader.whole(line, cells, reader.columns["maxlevel"], "maximum", mend=_NEEDED)
    locked_index = reader.columns.get("capwithoutunlock", -1)
    locked = reader.whole_or_0(line, cells, locked_index, "maximum without unlock")
    has_locked = not is_blank(reader.cell(cells, "capwithoutunlock"))
    raised_by = reader.cell(cells, "capraisedby")
    if is_blank(raised_by):
        raised_by = ""
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
    if folded(raised_by) == folded(name):
        message = f"skill {shown(name)} cannot raise its own maximum"
        reader.fault(line, raised_index, message, "name the skill that raises it, or leave the cell empty")
        return None
    if locked == maximum:
        return SkillCap(maximum=maximum)
    return SkillCap(maximum=maximum, locked_maximum=locked, raised_by=raised_by)


def _open(
    raw: bytes,
    findings: Findings,
    rules: SideFileRules,
    *,
    titles: dict[str, str],
    needed: tuple[str, ...],
    with_skills: bool = False,
) -> CsvReader | None:
    """A reader of the file; None where it is no text or lacks a column."""
    keys = {*titles, *(["skills"] if with_skills else [])}
    understand = header_reader(lambda key: key if key in keys else None, rules.names, with_skills=with_skills)
    reader = read_csv(raw, findings, understand, required=needed, rules=rules.text)
    if reader is None:
        return None
    counts = [index for index in reader.unknown if header_key(reader.titles[index]) in _LIKE_AVAILABLE]
    if "available" in keys and "available" not in reader.columns and counts:
        titles_shown = listing([reader.titles[index] for index in counts])
        message = f"not used: {titles_shown}; every decoration is there as often as is needed"
        findings.notice(reader.header_line, counts[0] + 1, f'{message} (a column "Available" would limit it)')
    known = [*titles.values(), *(_SKILL_TITLES if with_skills else ())]
    near = check_near_headers(reader, rules.names.keys, known, lambda key: key if key in keys else None)
    if not reader.require({key: titles[key] for key in needed if key not in near.values()}):
        return None
    return reader if set(needed) <= reader.columns.keys() else None
