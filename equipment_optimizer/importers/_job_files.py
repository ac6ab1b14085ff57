"""What importers write: the tables of a job, a configuration that names them, and what was found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..files.findings import Findings, raise_faults
from ..loading.slot_columns import slot_counts
from ..records.vocabulary import N_SLOT_LEVELS, RESISTANCES
from ._csv_cells import to_csv
from .starter_config import starter_config

__all__ = ["Jewel", "Piece", "SkillLevels", "job_files", "notices_of", "pieces_text"]

SkillLevels = tuple[tuple[str, int], ...]

_SLOT_TITLES = [f"Num Lvl {level} Deco Slots" for level in range(1, N_SLOT_LEVELS + 1)]


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
    """A decoration; `other` as of a piece."""

    name: str
    slot_level: int
    skills: SkillLevels
    other: Sequence[object] = ()


def job_files(
    pieces: Sequence[Piece],
    jewels: Sequence[Jewel],
    skills: Sequence[tuple[object, ...]],
    *,
    bonuses: Sequence[tuple[str, int, str, int]] = (),
    weapons: Sequence[Piece] = (),
    piece_columns: Sequence[str],
    jewel_columns: Sequence[str] = ("Allowed On", "Rarity"),
    skill_columns: Sequence[str] = ("Max Level",),
    weapon_columns: Sequence[str] = (),
) -> dict[str, str]:
    """Text by file name: equipment, side files, weapons if there are any, and a first configuration.

    `skills` are rows of the skills file, `bonuses` rows of bonus, pieces required, skill, level. The columns
    are those beyond what every such file has. The configuration lists the skills that anything gives.
    """
    of_all = [row.skills for row in (*pieces, *weapons)] + [jewel.skills for jewel in jewels]
    given = {name for levels in of_all for name, _ in levels}
    given.update(skill for _, _, skill, _ in bonuses)
    listed = [str(name) for name, *_ in skills if name in given]
    files = {
        "equipment.csv": pieces_text(pieces, piece_columns),
        "decorations.csv": _decorations_text(jewels, jewel_columns),
        "set_bonuses.csv": to_csv([("Bonus Name", "Pieces Required", "Skill", "Level"), *bonuses]),
        "skills.csv": to_csv([("Name", *skill_columns), *skills]),
        "config.json": starter_config(listed, has_weapons=bool(weapons)),
    }
    return {**files, "weapons.csv": _weapons_text(weapons, weapon_columns)} if weapons else files


def notices_of(*findings: Findings) -> tuple[str, ...]:
    """What the user is told of all files; raises an `InputError` with all their faults if there are any."""
    raise_faults(*findings)
    return tuple(notice for file_findings in findings for notice in file_findings.notices())


def pieces_text(pieces: Sequence[Piece], others: Sequence[str]) -> str:
    """The equipment list, with further columns `others`."""
    n_skills = _most_skills(pieces)
    n_bonuses = max((len(piece.bonuses) for piece in pieces), default=0)
    titles = ["Name", "Body Part", "Base Defence", *_SLOT_TITLES, *_skill_titles(n_skills)]
    titles += [f"{name} Res" for name in RESISTANCES]
    rows: list[Sequence[object]] = [[*titles, *(f"Set Bonus {k + 1}" for k in range(n_bonuses)), *others]]
    for piece in pieces:
        bonuses = [*piece.bonuses, *[""] * (n_bonuses - len(piece.bonuses))]
        start = [piece.name, piece.body_part, piece.defence, *slot_counts(list(piece.slots))]
        rows.append([*start, *_skill_cells(piece.skills, n_skills), *piece.resistances, *bonuses, *piece.other])
    return to_csv(rows)


def _weapons_text(weapons: Sequence[Piece], others: Sequence[str]) -> str:
    """The list of weapons, which all are of one part, with further columns `others`."""
    n_skills = _most_skills(weapons)
    rows: list[Sequence[object]] = [["Name", "Base Defence", *_SLOT_TITLES, *_skill_titles(n_skills), *others]]
    for weapon in weapons:
        start = [weapon.name, weapon.defence, *slot_counts(list(weapon.slots))]
        rows.append([*start, *_skill_cells(weapon.skills, n_skills), *weapon.other])
    return to_csv(rows)


def _decorations_text(jewels: Sequence[Jewel], others: Sequence[str]) -> str:
    """The decorations file, with further columns `others`."""
    n_skills = _most_skills(jewels)
    rows: list[Sequence[object]] = [["Name", "Slot Level", *_skill_titles(n_skills), *others]]
    rows += [[jewel.name, jewel.slot_level, *_skill_cells(jewel.skills, n_skills), *jewel.other] for jewel in jewels]
    return to_csv(rows)


def _most_skills(rows: Sequence[Piece] | Sequence[Jewel]) -> int:
    """Pairs of columns that the skills take: at least one."""
    return max((len(row.skills) for row in rows), default=1) or 1


def _skill_cells(skills: SkillLevels, n_most: int) -> list[object]:
    """Names and levels side by side, blank behind the last."""
    cells: list[object] = [cell for pair in skills for cell in pair]
    return cells + [""] * (2 * n_most - len(cells))


def _skill_titles(n_most: int) -> list[str]:
    """Headers of the cells of `_skill_cells`."""
    return [f"Skill {k} {what}" for k in range(1, n_most + 1) for what in ("Name", "Level")]
