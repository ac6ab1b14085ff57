"""The tables that importers write: pieces, decorations, set bonuses, skills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..loading.slot_columns import slot_counts
from ..records.vocabulary import N_SLOT_LEVELS, RESISTANCES
from ._rows import SkillLevels, skill_cells, skill_titles, to_csv

__all__ = ["Jewel", "Piece", "bonuses_text", "decorations_text", "pieces_text", "skills_text", "weapons_text"]


class Piece(NamedTuple):
    """A row of the equipment list; `slots` are levels, `other` one cell for each further column."""

    name: str
    body_part: str
    defence: int | str = ""
    slots: Sequence[int] = ()
    skills: SkillLevels = ()
    resistances: Sequence[int | str] = ("",) * len(RESISTANCES)
    bonuses: Sequence[str] = ()
    other: Sequence[object] = ()


class Jewel(NamedTuple):
    """A decoration."""

    name: str
    slot_level: int
    skills: SkillLevels
    rarity: int | str = ""
    allowed_on: str = "any"


def pieces_text(pieces: Sequence[Piece], others: Sequence[str]) -> str:
    """The equipment list, with further columns `others`."""
    n_skills = max((len(piece.skills) for piece in pieces), default=1) or 1
    n_bonuses = max((len(piece.bonuses) for piece in pieces), default=0)
    titles = ["Name", "Body Part", "Base Defence"]
    titles += [f"Num Lvl {level} Deco Slots" for level in range(1, N_SLOT_LEVELS + 1)]
    titles += [*skill_titles(n_skills), *(f"{name} Res" for name in RESISTANCES)]
    rows: list[Sequence[object]] = [[*titles, *(f"Set Bonus {k + 1}" for k in range(n_bonuses)), *others]]
    for piece in pieces:
        bonuses = [*piece.bonuses, *[""] * (n_bonuses - len(piece.bonuses))]
        start = [piece.name, piece.body_part, piece.defence, *slot_counts(list(piece.slots))]
        rows.append([*start, *skill_cells(piece.skills, n_skills), *piece.resistances, *bonuses, *piece.other])
    return to_csv(rows)


def weapons_text(weapons: Sequence[Piece], others: Sequence[str]) -> str:
    """The list of weapons, which all are of one part, with further columns `others`."""
    n_skills = max((len(weapon.skills) for weapon in weapons), default=1) or 1
    slots = [f"Num Lvl {level} Deco Slots" for level in range(1, N_SLOT_LEVELS + 1)]
    rows: list[Sequence[object]] = [["Name", "Base Defence", *slots, *skill_titles(n_skills), *others]]
    for weapon in weapons:
        start = [weapon.name, weapon.defence, *slot_counts(list(weapon.slots))]
        rows.append([*start, *skill_cells(weapon.skills, n_skills), *weapon.other])
    return to_csv(rows)


def decorations_text(jewels: Sequence[Jewel]) -> str:
    """The decorations file."""
    n_skills = max((len(jewel.skills) for jewel in jewels), default=1) or 1
    rows: list[Sequence[object]] = [["Name", "Slot Level", *skill_titles(n_skills), "Allowed On", "Rarity"]]
    for jewel in jewels:
        skills = skill_cells(jewel.skills, n_skills)
        rows.append([jewel.name, jewel.slot_level, *skills, jewel.allowed_on, jewel.rarity])
    return to_csv(rows)


def bonuses_text(steps: Iterable[tuple[str, int, str, int]]) -> str:
    """The set bonuses file: bonus, pieces required, skill, level."""
    return to_csv([("Bonus Name", "Pieces Required", "Skill", "Level"), *steps])


def skills_text(skills: Iterable[tuple[str, int]]) -> str:
    """The skills file: name and highest level."""
    return to_csv([("Name", "Max Level"), *skills])
