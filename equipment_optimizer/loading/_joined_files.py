"""Pieces of an equipment file and weapons of a file of their own, or further pieces, as those of one job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..files.csv_reader import header_key
from ..files.findings import Findings, listing, shown, shown_source
from ..files.name_differences import difference, is_misspelling
from ..files.names import folded
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ..records.vocabulary import RESISTANCES
from ._config_file import ConfigDraft
from ._name_uses import BONUS_NAMERS, NAMERS, name_uses
from .equipment_file import PieceSurvey

__all__ = ["add_further_pieces", "joined_surveys"]


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
    skills = (name for piece in equipment.pieces for name, _ in piece.skills)
    bonuses = (name for piece in equipment.pieces for name in piece.set_bonuses)
    speller = _Speller(skills, bonuses, findings, " of the equipment file")
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


def add_further_pieces(table: EquipmentTable, more: PieceSurvey, draft: ConfigDraft, findings: Findings) -> PieceSurvey:
    """A survey of a job's pieces and of further ones, which are spelled as the job spells names.

    `more` takes these spellings, and `findings` what is told of the further pieces.
    """
    before = [table.piece(row) for row in _first_rows(table)]
    theirs = PieceSurvey(pieces=before, n_before_weapons=len(before), is_complete=True)
    uses = name_uses(draft, theirs, Findings(""))
    skills, bonuses = ([name for role in roles for name in uses[role]] for roles in (NAMERS, BONUS_NAMERS))
    speller = _Speller(skills, bonuses, findings, "")
    more.pieces = [speller.respelled(piece) for piece in more.pieces]
    _tell_near_skills(more.pieces, skills, findings)
    for column in more.missing_columns if more.is_complete else ():
        if not column.is_optional:
            guess = findings.suggest(column.name, more.headers)
            mend = f"write {shown(column.name)} for {shown(guess)}" if guess else "add it; its cells may be blank"
            findings.fault(0, 0, f"there is no column {shown(column.name)} [{shown_source(column.path)}]", mend)
    return replace(
        theirs,
        pieces=[*before, *more.pieces],
        skill_places={name: place for name, place in more.skill_places.items() if name not in uses["worn"]},
        bonus_places={name: place for name, place in more.bonus_places.items() if name not in uses["worn bonus"]},
        is_complete=more.is_complete,
    )


def _tell_near_skills(pieces: Iterable[EquipmentPiece], known: Iterable[str], findings: Findings) -> None:
    """Give notice of skills that only further pieces have, and that nearly are known ones."""
    lines = {name: piece.line for piece in pieces for name, _ in piece.skills}
    known = dict.fromkeys(known)
    for name in [name for name in lines if name not in known]:
        for other in known:
            if is_misspelling(name, other):
                message = f"the skill {shown(name)} is another than {shown(other)}; they differ"
                findings.notice(lines[name], 0, f"{message} {difference(name, other)}")


def _first_rows(table: EquipmentTable) -> Iterable[int]:
    """One row of each piece of a table."""
    rows: dict[int, int] = {}
    for row, number in enumerate(table.origin.tolist()):
        if number != NO_PIECE:
            rows.setdefault(number, row)
    return rows.values()


class _Speller:
    """Writes the names of a piece as they stand first."""

    def __init__(self, skills: Iterable[str], bonuses: Iterable[str], findings: Findings, whose: str) -> None:
        self.findings, self.whose = findings, whose
        self.skills, self.bonuses = dict[str, str](), dict[str, str]()
        for names, known in ((skills, self.skills), (bonuses, self.bonuses)):
            for name in names:
                known.setdefault(folded(name), name)
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
            message = f"the {kind} {shown(name)} counts as {shown(other)}{self.whose}"
            self.findings.notice(line, 0, f"{message}; it differs {difference(name, other)}")
        return other
