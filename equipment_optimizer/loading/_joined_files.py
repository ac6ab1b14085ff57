"""Pieces of an equipment file and weapons of a file of their own as those of one job."""

from __future__ import annotations

from dataclasses import replace

from ..files.csv_reader import header_key
from ..files.findings import Findings, listing, shown
from ..files.name_differences import difference, is_misspelling
from ..files.names import folded
from ..records.equipment import EquipmentPiece
from ..records.vocabulary import RESISTANCES
from .equipment_file import PieceSurvey

__all__ = ["joined_surveys"]


def joined_surveys(equipment: PieceSurvey, weapons: PieceSurvey, findings: Findings) -> PieceSurvey:
    """A survey of both files, the weapons last; names of skills and set bonuses as the equipment file writes them.

    `findings` of the weapon list gets notices of names that are written otherwise, and of columns that it lacks.
    """
    in_either = {*equipment.resistance_names, *weapons.resistance_names}
    names = tuple(name for name in RESISTANCES if name in in_either)
    for what, here, there in (("weapon list", weapons, equipment), ("equipment file", equipment, weapons)):
        lacking = [column.name for column in here.missing_columns if column not in there.missing_columns]
        if lacking and equipment.is_complete and weapons.is_complete:
            verb = "counts as blank" if len(lacking) == 1 else "count as blank"
            findings.notice(0, 0, f"the {what} lacks {listing(lacking)}, which {verb} there")
    _check_near_columns(equipment, weapons, findings)
    speller = _Speller(equipment, findings)
    pieces = [_with_resistances(piece, equipment.resistance_names, names) for piece in equipment.pieces]
    pieces += [speller.respelled(_with_resistances(piece, weapons.resistance_names, names)) for piece in weapons.pieces]
    return replace(
        equipment,
        pieces=pieces,
        n_before_weapons=len(equipment.pieces),
        resistance_names=names,
        other_names=equipment.other_names or weapons.other_names,
        missing_columns=tuple(column for column in equipment.missing_columns if column in weapons.missing_columns),
        headers=tuple(dict.fromkeys((*equipment.headers, *weapons.headers))),
        header_keys=equipment.header_keys | weapons.header_keys,
        weapon_name_column=weapons.name_column,
        faulty=equipment.faulty | weapons.faulty,
        skill_places={**weapons.skill_places, **equipment.skill_places},
        bonus_places={**weapons.bonus_places, **equipment.bonus_places},
        is_complete=equipment.is_complete and weapons.is_complete,
    )


def _check_near_columns(equipment: PieceSurvey, weapons: PieceSurvey, findings: Findings) -> None:
    """Report headers of the weapon list alone that are nearly columns which are asked for and it lacks."""
    titles = [title for title in weapons.ordinary_titles if header_key(title) not in equipment.header_keys]
    for column in weapons.missing_columns:
        for title in titles if column not in equipment.missing_columns else ():
            # HP and MP are names of their own.
            if len(column.name) > 3 and is_misspelling(title, column.name):
                message = f"the header {shown(title)} is nearly {shown(column.name)}, which the weapon list lacks"
                findings.fault(0, 0, message, f"write {shown(column.name)}, or another name that is not so near")


def _with_resistances(piece: EquipmentPiece, given: tuple[str, ...], wanted: tuple[str, ...]) -> EquipmentPiece:
    """The piece with its resistances in another order, 0 where it has none."""
    if given == wanted:
        return piece
    points = dict(zip(given, piece.resistances, strict=True))
    return piece._replace(resistances=tuple(points.get(name, 0) for name in wanted))


class _Speller:
    """Writes the names of a weapon as the equipment file does."""

    def __init__(self, equipment: PieceSurvey, findings: Findings) -> None:
        self.findings = findings
        self.skills = {folded(name): name for piece in equipment.pieces for name, _ in piece.skills}
        self.bonuses = {folded(name): name for piece in equipment.pieces for name in piece.set_bonuses}
        self.told: set[str] = set()

    def respelled(self, piece: EquipmentPiece) -> EquipmentPiece:
        """The piece with its names as they stand first."""
        skills = tuple((self._first("skill", self.skills, name, piece.line), level) for name, level in piece.skills)
        bonuses = tuple(self._first("set bonus", self.bonuses, name, piece.line) for name in piece.set_bonuses)
        if (skills, bonuses) == (piece.skills, piece.set_bonuses):
            return piece
        return piece._replace(skills=skills, set_bonuses=bonuses)

    def _first(self, kind: str, names: dict[str, str], name: str, line: int) -> str:
        other = names.get(folded(name), name)
        if other != name and name not in self.told:
            self.told.add(name)
            message = f"the {kind} {shown(name)} counts as {shown(other)} of the equipment file"
            self.findings.notice(line, 0, f"{message}; it differs {difference(name, other)}")
        return other
