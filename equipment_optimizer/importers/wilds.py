"""Monster Hunter Wilds: the merged JSON of mhdb-wilds-data into the files of a job.

In: the folder with ``Armor.json``, ``Skill.json``, ``Accessory.json`` (decorations),
``Amulet.json`` (charms) and a file for each kind of weapon in ``weapons``, which that project calls
``output/merged``. Names are taken in one of its languages. All faults of all files are raised together. Nothing is
written here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..files.findings import shown
from ..records.vocabulary import N_SLOT_LEVELS, RESISTANCES
from ._job_files import Jewel, Piece, SkillLevels, job_files, notices_of
from ._json_source import Item, JsonSource
from ._source_folder import folder_with

__all__ = ["wilds_files"]

_PARTS = {"head": "Head", "chest": "Body", "arms": "Arms", "waist": "Waist", "legs": "Legs"}
_ALLOWED_ON = ("any", "armor", "weapon")
_SOURCES = ("Skill", "Armor", "Amulet", "Accessory")
_WEAPONS = (
    *("GreatSword", "LongSword", "SwordShield", "DualBlades", "Hammer", "HuntingHorn", "Lance", "Gunlance"),
    *("SwitchAxe", "ChargeBlade", "InsectGlaive", "Bow", "LightBowgun", "HeavyBowgun"),
)


def wilds_files(
    folder: str | os.PathLike[str], *, language: str = "en", all_ranks: bool = False, defence: str = "base"
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of a job's files by name, and notices, from a folder in mhdb-wilds-data's layout.

    The folder holds the four files, or ``output/merged`` with them; ``weapons`` in it may hold those of weapons, of
    which ``weapons.csv`` is made. The language of the names is called as in the source ("en", "ja", "de", "pt-BR").
    Of each charm the last rank is kept, or all; `defence` is base or max. An `InputError` holds all faults, names
    that no other file has among them; no such folder is a `UsageError`.
    """
    path = folder_with(folder, "Armor.json", "Skill.json", inside="output/merged")
    return _Importer(path, language, all_ranks, defence).run()


class _Importer:
    """Reads the files one by one; ids of skills are resolved with the first."""

    def __init__(self, folder: str, language: str, all_ranks: bool, defence: str) -> None:
        self.sources = {name: JsonSource(os.path.join(folder, f"{name}.json")) for name in _SOURCES}
        weapons = {name: os.path.join(folder, "weapons", f"{name}.json") for name in _WEAPONS}
        self.kinds = [name for name, path in weapons.items() if os.path.exists(path)]
        self.sources.update({name: JsonSource(weapons[name]) for name in self.kinds})
        self.language, self.all_ranks, self.defence = language, all_ranks, defence
        self.skills: dict[str, tuple[str, int]] = {}  # name and highest level, by id
        self.steps: dict[tuple[str, int], int] = {}  # level by bonus and pieces

    def run(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """All steps."""
        self._read_skills()
        pieces = [*self._armour(), *self._charms()]
        jewels, weapons = list(self._jewels()), list(self._weapons())
        notices = notices_of(*(source.findings for source in self.sources.values()))
        files = job_files(
            pieces,
            jewels,
            list(dict(self.skills.values()).items()),
            bonuses=[(bonus, n_pieces, bonus, level) for (bonus, n_pieces), level in self.steps.items()],
            weapons=weapons,
            piece_columns=("Set Name", "Rarity", "Rank"),
            weapon_columns=("Kind", "Attack", "Affinity", "Rarity"),
        )
        return files, notices

    def _entries(self, source: str) -> Iterator[Item]:
        """The records of a file."""
        root = self.sources[source].root
        if root is not None:
            yield from root.elements()

    def _name(self, item: Item) -> str:
        names = item.member("names")
        return (names and names.of_language(self.language)) or ""

    def _read_skills(self) -> None:
        """Name and highest level of every skill."""
        for item in self._entries("Skill"):
            number, ranks, name = item.member("game_id"), item.member("ranks"), self._name(item)
            levels = [rank.member("level") for rank in ranks.elements()] if ranks is not None else []
            highest = max((level.whole(1) or 0 for level in levels if level is not None), default=0)
            if number is not None and name and (key := number.id()) is not None:
                self.skills[key] = (name, highest)

    def _skill(self, item: Item, key: str | None) -> str | None:
        """The name of a skill that is used; a fault where there is none."""
        if key in self.skills:
            return self.skills[key][0]
        if key is not None and self.sources["Skill"].root is not None:
            item.fault(f"no skill has the id {key}", "take all files of one version")
        return None

    def _levels(self, item: Item) -> SkillLevels:
        """Skills with their levels, an object by id."""
        skills = item.member("skills")
        levels = []
        for key, level in skills.members() if skills is not None else ():
            name, value = self._skill(level, key), level.whole()
            if name is not None and value is not None:
                levels.append((name, value))
        return tuple(levels)

    def _bonus(self, entry: Item, key: str) -> str | None:
        """The set bonus or group bonus of a set; its steps are kept."""
        bonus = entry.member(key, optional=True)
        if bonus is None:
            return None
        number, ranks = bonus.member("skill_id"), bonus.member("ranks")
        name = None if number is None else self._skill(number, number.id())
        for rank in ranks.elements() if ranks is not None else ():
            pieces, level = rank.member("pieces"), rank.member("skill_level")
            if name is not None and pieces is not None and level is not None:
                self.steps[name, pieces.whole(1) or 1] = level.whole() or 0
        return name

    def _armour(self) -> Iterator[Piece]:
        """Pieces in the order of the source."""
        for entry in self._entries("Armor"):
            set_name, rarity = self._name(entry), _whole(entry, "rarity")
            bonuses = [name for key in ("set_bonus", "group_bonus") if (name := self._bonus(entry, key)) is not None]
            pieces = entry.member("pieces")
            for item in pieces.elements() if pieces is not None else ():
                defence, resistances = item.member("defense"), item.member("resistances")
                yield Piece(
                    name=self._name(item),
                    body_part=_choice(item, "kind", _PARTS),
                    defence=0 if defence is None else _whole(defence, self.defence),
                    slots=_slots(item),
                    skills=self._levels(item),
                    resistances=[0 if resistances is None else _whole(resistances, r.lower()) for r in RESISTANCES],
                    bonuses=bonuses,
                    other=(set_name, rarity, "low" if rarity < _FIRST_HIGH_RARITY else "high"),
                )

    def _charms(self) -> Iterator[Piece]:
        """The last rank of each charm, or all of them."""
        for entry in self._entries("Amulet"):
            ranks = entry.member("ranks")
            items = list(ranks.elements()) if ranks is not None else []
            for item in items if self.all_ranks else items[-1:]:
                rarity = _whole(item, "rarity")
                rank = "low" if rarity < _FIRST_HIGH_RARITY else "high"
                yield Piece(self._name(item), "Charm", skills=self._levels(item), other=("", rarity, rank))

    def _weapons(self) -> Iterator[Piece]:
        """Weapons of every kind; attack as the source counts it."""
        for item in (entry for kind in self.kinds for entry in self._entries(kind)):
            kind = item.member("kind")
            numbers = [_whole(item, key) for key in ("attack_raw", "affinity", "rarity")]
            yield Piece(
                name=self._name(item),
                body_part="Weapon",
                defence=_whole(item, "defense"),
                slots=_slots(item),
                skills=self._levels(item),
                other=((kind and kind.text()) or "", *numbers),
            )

    def _jewels(self) -> Iterator[Jewel]:
        """Decorations, with what they fit on."""
        for item in self._entries("Accessory"):
            level, allowed = item.member("level"), item.member("allowed_on", optional=True)
            value = None if level is None else level.whole(1)
            if level is not None and value is not None and value > N_SLOT_LEVELS:
                level.fault(f"a slot level is 1 to {N_SLOT_LEVELS}", "take the file as its program writes it")
            on = _choice(item, "allowed_on", {word: word for word in _ALLOWED_ON}) if allowed is not None else "any"
            yield Jewel(self._name(item), value or 1, self._levels(item), (on, _whole(item, "rarity")))


#: Rarity from which on armour is of high rank.
_FIRST_HIGH_RARITY = 5


def _whole(item: Item, key: str) -> int:
    """A whole number of an object; 0 after a fault."""
    member = item.member(key)
    return 0 if member is None else member.whole() or 0


def _slots(item: Item) -> list[int]:
    """Levels of slots."""
    slots = item.member("slots")
    levels = []
    for level in slots.elements() if slots is not None else ():
        value = level.whole(0)
        if value is not None and value > N_SLOT_LEVELS:
            level.fault(f"a slot level is 0 to {N_SLOT_LEVELS}", "take the file as its program writes it")
        else:
            levels.append(value or 0)
    return levels


def _choice(item: Item, key: str, words: dict[str, str]) -> str:
    """Our word for one of the source's; empty after a fault."""
    member = item.member(key)
    word = None if member is None else member.text()
    if member is not None and word is not None and word not in words:
        member.fault(f"unknown {key}: {shown(word)}", f"known: {', '.join(words)}")
    return words.get(word or "", "")
