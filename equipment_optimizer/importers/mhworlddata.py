"""A folder of MHWorldData's CSV files into the files of a job.

In: the folder (``armors/``, ``charms/``, ``decorations/``, ``skills/``). Out: the
text of an equipment list, its side files and a starter configuration, by file
name. All faults of all the folder's files are raised together. Nothing is
written here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ..files.csv_reader import CsvReader, header_key
from ..files.findings import shown
from ..loading.skill_columns import SkillColumns
from ..records.vocabulary import RESISTANCES
from ._csv_cells import slot_level
from ._job_files import Jewel, Piece, SkillLevels, job_files, notices_of
from ._source_folder import Names, SourceFolder, folder_with

__all__ = ["mhworlddata_files"]

#: Values of defence that the source knows, with its column.
_DEFENCES = {"base": "defense_base", "max": "defense_max", "augmented": "defense_augment_max"}

_BODY_PARTS = {"head": "Head", "chest": "Body", "arms": "Arms", "waist": "Waist", "legs": "Legs"}
_SLOTS = ("slot_1", "slot_2", "slot_3")


class _ArmourSet(NamedTuple):
    """The set that a piece of armour belongs to."""

    name: str = ""
    rank: str = ""
    bonus: str = ""


class _Skill(NamedTuple):
    """A skill's own row: its levels above the lock, and the skill it unlocks."""

    line: int
    n_secret: int
    unlocks: str


def mhworlddata_files(
    folder: str | os.PathLike[str], *, all_ranks: bool = False, defence: str = "base"
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of a job's files by name, and notices, from a folder in MHWorldData's layout, in linear time.

    Of each charm the last rank is kept, or all; `defence` says which of the source's values is taken: base, max or
    augmented. The equipment is armour, then charms, in the order of the source. An `InputError` holds all faults, names
    that no other file has among them; no such folder is a `UsageError`.
    """
    return _Importer(folder_with(folder, "armors/", "skills/"), all_ranks, _DEFENCES[defence]).run()


class _Importer:
    """Reads the files one by one; later ones are checked against earlier ones."""

    def __init__(self, folder: str, all_ranks: bool, defence_column: str) -> None:
        self.folder = SourceFolder(folder)
        self.all_ranks = all_ranks
        self.defence_column = defence_column
        self.skill_names = Names("skill")
        self.bonus_names = Names("set bonus")
        self.armour_names = Names("piece of armour")
        #: Rank by rarity, as the armour has it: charms have a rarity only.
        self.rank_of_rarity: dict[int, str] = {}

    def run(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """All steps."""
        skills = self._skills()
        bonuses = self._set_bonuses()
        armour = self._armour()
        charms = self._charms()
        decorations = self._decorations()
        notices = notices_of(*self.folder.findings)
        files = job_files(
            [*armour, *charms],
            decorations,
            skills,
            bonuses=[(*step, 1) for step in bonuses],
            piece_columns=("Set Name", "Rarity", "Rank", "Gender", "Final Rank"),
            jewel_columns=("Rarity",),
            skill_columns=("Max Level", "Cap Without Unlock", "Cap Raised By"),
        )
        return files, notices

    # --- one file each ------------------------------------------------------

    def _skills(self) -> list[tuple[str, int, int, str]]:
        """Name, maximum, maximum while locked, and unlocking skill of every skill."""
        base = self.folder.open("skills/skill_base.csv", ("name_en", "secret", "unlocks"))
        by_name: dict[str, _Skill] = {}
        if base is not None:
            for line, cells in base.records():
                name = base.text(line, cells, base.columns["nameen"], "name")
                n_secret = base.count_or_0(line, cells, base.columns["secret"], "number of secret levels")
                if name and self.skill_names.declare(base, line, base.columns["nameen"], name):
                    by_name[name] = _Skill(line, n_secret, base.cell(cells, "unlocks"))
            self.skill_names.is_complete = True
            for skill in by_name.values():
                if skill.unlocks:
                    self.skill_names.check(base, skill.line, base.columns["unlocks"], skill.unlocks)
        highest = self._highest_levels()
        if base is None or highest is None:
            return []
        unlocked_by = {skill.unlocks: name for name, skill in by_name.items() if skill.unlocks}
        skills = []
        for name, skill in by_name.items():
            if name in highest:
                most = highest[name]
                skills.append((name, most, most - skill.n_secret, unlocked_by.get(name, "")))
            else:
                message = f"skill {shown(name)} has no row in skill_levels.csv"
                base.fault(skill.line, base.columns["nameen"], message, "add a row for each of its levels")
        return skills

    def _highest_levels(self) -> dict[str, int] | None:
        """The highest level of every skill; None where the file cannot be read."""
        reader = self.folder.open("skills/skill_levels.csv", ("base_name_en", "level"))
        if reader is None:
            return None
        highest: dict[str, int] = {}
        for line, cells in reader.records():
            name = reader.text(line, cells, reader.columns["basenameen"], "name")
            level = reader.whole(line, cells, reader.columns["level"], "level", mend="write a whole number")
            if name and level is not None:
                self.skill_names.check(reader, line, reader.columns["basenameen"], name)
                highest[name] = max(level, highest.get(name, level))
        return highest

    def _set_bonuses(self) -> list[tuple[str, int, str]]:
        """Bonus, pieces required and skill, a row for each skill."""
        titles = ("name_en", "skill1_name", "skill1_required", "skill2_name", "skill2_required")
        reader = self.folder.open("armors/armorset_bonus_base.csv", titles)
        if reader is None:
            return []
        steps = []
        for line, cells in reader.records():
            bonus = reader.text(line, cells, reader.columns["nameen"], "name")
            if bonus:
                self.bonus_names.declare(reader, line, reader.columns["nameen"], bonus)
            for k in (1, 2):
                name_index, pieces_index = reader.columns[f"skill {k} name"], reader.columns[f"skill{k}required"]
                skill = cells[name_index]
                if not skill and not cells[pieces_index]:
                    continue
                reader.text(line, cells, name_index, "skill")
                mend = "write how many pieces it takes"
                pieces = reader.whole(line, cells, pieces_index, "number of pieces", mend=mend)
                if pieces is not None and pieces < 1:
                    reader.fault(line, pieces_index, f"number of pieces is below 1: {pieces}", "write 1 or more")
                elif pieces is not None and skill:
                    self.skill_names.check(reader, line, name_index, skill)
                    steps.append((bonus, pieces, skill))
        self.bonus_names.is_complete = True
        return steps

    def _armour(self) -> list[Piece]:
        """The pieces of armour, in the order of the source."""
        titles = ["name_en", "rarity", "type", "gender", *_SLOTS, self.defence_column]
        titles += [f"defense_{name.lower()}" for name in RESISTANCES]
        base = self.folder.open("armors/armor_base.csv", titles)
        drafts = list(self._armour_drafts(base)) if base is not None else []
        self.armour_names.is_complete = base is not None
        skills = self._armour_skills()
        sets = self._armour_sets()
        rows = []
        for draft, rarity, gender in drafts:
            armour_set = sets.get(draft.name, _ArmourSet())
            if armour_set.rank:
                self.rank_of_rarity.setdefault(rarity, armour_set.rank)
            rows.append(
                draft._replace(
                    skills=skills.get(draft.name, ()),
                    bonuses=(armour_set.bonus,),
                    other=(armour_set.name, rarity, armour_set.rank, gender, ""),
                )
            )
        return rows

    def _armour_drafts(self, reader: CsvReader) -> Iterator[tuple[Piece, int, str]]:
        """Pieces of armour without what other files say of them, with their rarity and gender."""
        columns = reader.columns
        for line, cells in reader.records():
            name = reader.text(line, cells, columns["nameen"], "name")
            part = _BODY_PARTS.get(cells[columns["type"]], "")
            if not part:
                message = f"unknown type of armour: {shown(cells[columns['type']])}"
                reader.fault(line, columns["type"], message, f"write one of {', '.join(_BODY_PARTS)}")
            gender = cells[columns["gender"]]
            draft = Piece(
                name=name,
                body_part=part,
                defence=reader.whole_or_0(line, cells, columns[header_key(self.defence_column)], "defence"),
                slots=[slot_level(reader, line, cells, columns[header_key(slot)]) for slot in _SLOTS],
                resistances=tuple(
                    reader.whole_or_0(line, cells, columns[f"defense{name.lower()}"], "resistance")
                    for name in RESISTANCES
                ),
            )
            rarity = reader.whole_or_0(line, cells, columns["rarity"], "rarity")
            if name and self.armour_names.declare(reader, line, columns["nameen"], name):
                yield draft, rarity, "" if gender == "both" else gender

    def _armour_skills(self) -> dict[str, SkillLevels]:
        """Skills by name of the piece."""
        reader = self.folder.open("armors/armor_skills_ext.csv", ("base_name_en", "skill1_name", "skill1_level"))
        if reader is None:
            return {}
        rows = Names("row of armour skills")
        columns = SkillColumns(reader)
        skills = {}
        for line, cells in reader.records():
            index = reader.columns["basenameen"]
            name = reader.text(line, cells, index, "name")
            if name and rows.declare(reader, line, index, name):
                self.armour_names.check(reader, line, index, name)
            skills[name] = self._skill_levels(columns, line, cells)
        return skills

    def _armour_sets(self) -> dict[str, _ArmourSet]:
        """Set by name of the piece."""
        reader = self.folder.open("armors/armorset_base.csv", ("name_en", "rank", *_BODY_PARTS, "bonus"))
        if reader is None:
            return {}
        pieces = Names("piece of a set")
        sets = {}
        for line, cells in reader.records():
            armour_set = _ArmourSet(
                reader.text(line, cells, reader.columns["nameen"], "name"),
                reader.cell(cells, "rank"),
                reader.cell(cells, "bonus"),
            )
            if armour_set.bonus:
                self.bonus_names.check(reader, line, reader.columns["bonus"], armour_set.bonus)
            for part in _BODY_PARTS:
                piece = reader.cell(cells, part)
                if piece and pieces.declare(reader, line, reader.columns[part], piece):
                    self.armour_names.check(reader, line, reader.columns[part], piece)
                    sets[piece] = armour_set
        return sets

    def _charms(self) -> list[Piece]:
        """The charms, in the order of the source; the last of each line unless all ranks are wanted."""
        titles = ("name_en", "previous_en", "rarity", "skill1_name", "skill1_level")
        reader = self.folder.open("charms/charm_base.csv", titles)
        if reader is None:
            return []
        names = Names("charm")
        columns = SkillColumns(reader)
        charms: list[Piece] = []
        previous: dict[str, int] = {}
        for line, cells in reader.records():
            name = reader.text(line, cells, reader.columns["nameen"], "name")
            if name:
                names.declare(reader, line, reader.columns["nameen"], name)
            rarity = reader.whole_or_0(line, cells, reader.columns["rarity"], "rarity")
            skills = self._skill_levels(columns, line, cells)
            if before := reader.cell(cells, "previousen"):
                previous.setdefault(before, line)
            charms.append(
                Piece(name, "Charm", skills=skills, other=("", rarity, self.rank_of_rarity.get(rarity, ""), ""))
            )
        names.is_complete = True
        for before, line in previous.items():
            names.check(reader, line, reader.columns["previousen"], before)
        return [
            charm._replace(other=(*charm.other, "0" if charm.name in previous else "1"))
            for charm in charms
            if self.all_ranks or charm.name not in previous
        ]

    def _decorations(self) -> list[Jewel]:
        """The decorations, in the order of the source."""
        titles = ("name_en", "slot", "rarity", "skill1_name", "skill1_level")
        reader = self.folder.open("decorations/decoration_base.csv", titles)
        if reader is None:
            return []
        names = Names("decoration")
        columns = SkillColumns(reader)
        decorations = []
        for line, cells in reader.records():
            name = reader.text(line, cells, reader.columns["nameen"], "name")
            if name:
                names.declare(reader, line, reader.columns["nameen"], name)
            level = slot_level(reader, line, cells, reader.columns["slot"], least=1)
            rarity = reader.whole_or_0(line, cells, reader.columns["rarity"], "rarity")
            decorations.append(Jewel(name, level, self._skill_levels(columns, line, cells), (rarity,)))
        return decorations

    def _skill_levels(self, columns: SkillColumns, line: int, cells: list[str]) -> SkillLevels:
        """Skills of a row, each of them known."""
        for index in columns.names:
            if cells[index]:
                self.skill_names.check(columns.reader, line, index, cells[index])
        return columns.levels(line, cells)
