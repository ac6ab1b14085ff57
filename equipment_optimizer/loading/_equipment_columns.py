"""The headers of an equipment file: the closed list, and what is nearly in it.

In: headers as they are compared. Out: what each column means, and faults for the
headers that were probably meant to be others. Cells are not looked at here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import cache

from ..errors import member_path
from ..files.csv_reader import CsvReader, header_key
from ..files.findings import shown
from ..files.json_parser import JsonNode
from ..files.json_values import JsonValues
from ..files.name_differences import is_misspelling
from ..files.names import edit_distance_at_most_one, folded
from ..files.numbers import Misread, is_blank, whole
from ..records.config import Config
from ..records.vocabulary import RESISTANCES
from .skill_columns import skill_meanings
from .slot_columns import slot_meaning

__all__ = [
    "REQUIRED",
    "check_mapped_names",
    "check_near_headers",
    "column_meaning",
    "declared_columns",
    "levels_by_column",
    "nearly",
    "nearly_listed",
    "nearly_ours",
]

#: Columns that every equipment file has, by meaning.
REQUIRED = {"name": "Name", "body part": "Body Part"}

_NAMES = {
    "name": "name",
    "piece": "name",
    "equipmentpiecename": "name",
    "bodypart": "body part",
    "part": "body part",
    "basedefence": "defence",
    "basedefense": "defence",
    "basedef": "defence",
    "def": "defence",
    "defence": "defence",
    "defense": "defence",
    "skills": "skills",
}
_RESISTANCE = re.compile(rf"({'|'.join(RESISTANCES)})res(?:istance)?", re.IGNORECASE)
_BONUS = re.compile(r"(?:set|group)bonus(?:[1-9][0-9]{0,8})?")
_DIGITS = re.compile(r"[0-9]+")
#: Skill A, Skill B: letters in place of numbers.
_LETTERED = re.compile(r"((?:skill|stat|level|lv|slot|weapon slot|set bonus|group bonus)s?)[ _]([a-h])", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+|[0-9]+")
#: Headers that say all slots in words that are not read; beside other slots they are ordinary, as are those below.
_LIKE_SLOTS = ("decoslots", "decorationslots", "decoslot", "decorationslot", "slotlevels")
#: Words of headers that say the level of one slot, or the slots of one level.
_SLOT_WORDS = frozenset(("slot", "slots", "deco", "decos", "decoration", "decorations"))
_LEVEL_WORDS = frozenset(("lv", "lvl", "level", "l", "size", "tier", "rank"))
_COUNT_WORDS = frozenset(("num", "number", "count", "no", "of", "total"))
_GEM_WORDS = frozenset(("jewel", "gem", "socket", "armor", "armour"))
#: Words beside a skill's name in the header of its levels.
_LEVELS_WORDS = _LEVEL_WORDS | {"levels", "points", "pts", "skill"}

#: One header of each family, as people write it; a number stands for any.
_KNOWN = (
    *("Name", "Piece", "Equipment Piece Name", "Body Part", "Part", "Skills", "Slots", "Weapon Slots", "Skill"),
    *("Base Defence", "Base Defense", "Base Def", "Def", "Defence", "Defense", "Set Bonus", "Group Bonus"),
    *("Skill 1 Name", "Skill 1 Level", "Skill 1 Lv", "Skill 1 Lvl", "Skill 1", "Level 1", "Lv 1", "Stat 1"),
    *("Stat 1 Level", "Num Lvl 1 Deco Slots", "Deco Slots Lvl 1", "Slots Lvl 1", "Slot Lvl 1", "Slot 1"),
    *("Weapon Slot 1", "Set Bonus 1", "Group Bonus 1", "Level", "Lv"),
    *(f"{name} {word}" for name in RESISTANCES for word in ("Res", "Resistance")),
)
#: Headers of the files beside a configuration, where they are others.
_BESIDE = (
    *("Slot Level", "Available", "Allowed On", "Bonus Name", "Pieces Required"),
    *("Max Level", "Cap Without Unlock", "Cap Raised By"),
)


def column_meaning(key: str) -> str | None:
    """What the column with that header key holds: a name that all its spellings share; skills aside."""
    if key in _NAMES:
        return _NAMES[key]
    if meaning := slot_meaning(key):
        return meaning
    if match := _RESISTANCE.fullmatch(key):
        return match[1].capitalize()
    return f"bonus {key}" if _BONUS.fullmatch(key) else None


def check_near_headers(
    reader: CsvReader,
    declared: Collection[str],
    known: Iterable[str] = _KNOWN,
    meaning_of: Callable[[str], str | None] = column_meaning,
) -> dict[int, str | None]:
    """Report the unknown headers that are nearly `known` ones; what they were meant to hold, by cell index.

    `declared` are keys of headers that the configuration names: those are right. A number in a known header
    stands for any; `meaning_of` says what a column with such a key holds, skills aside.
    """
    near: dict[int, str | None] = {}
    for index in reader.unknown:
        title = reader.titles[index]
        meant = nearly(title, known)
        if meant is None and known is _KNOWN and not any(meaning.startswith("slot") for meaning in reader.columns):
            meant = _like_slots(title)
        if not meant or header_key(title) in declared:
            continue
        key = header_key(meant)
        meaning = meaning_of(key) or skill_meanings([key])[0]
        if key in reader.by_key or meaning in reader.columns:
            # What is there under its right name was not meant here: Pierce, a kind of damage, beside Name.
            continue
        near[index] = meaning
        mend = f"write {meant}, or another name that is not so near, or name the column in the config"
        message = f"the header {shown(title)} is nearly {shown(meant)}, and not read as it"
        reader.findings.fault(reader.header_line, index + 1, message, mend)
    return near


def _like_slots(title: str) -> str | None:
    """The header that one which says slots in other words was meant to be.

    >>> _like_slots("Deco Slot 2"), _like_slots("Level 2 Slots"), _like_slots("Slot Colour")
    ('Slot 2', 'Slots Lvl 2', None)
    """
    if header_key(title) in _LIKE_SLOTS:
        return "Slots"
    words = _WORDS.findall(folded(title).casefold())
    numbers = [place for place, word in enumerate(words) if word.isdecimal()]
    said = {word for word in words if not word.isdecimal()}
    if len(numbers) != 1 or not said & _SLOT_WORDS or said - _SLOT_WORDS - _LEVEL_WORDS - _COUNT_WORDS - _GEM_WORDS:
        return None
    place = numbers[0]
    of_level = place == 0 or (words[place - 1] in _LEVEL_WORDS and words[0] != "slot")
    return f"Slots Lvl {words[place]}" if of_level or said & _COUNT_WORDS else f"Slot {words[place]}"


def check_mapped_names(values: JsonValues, node: JsonNode | None, config: Config) -> None:
    """Report keys of ``headers`` that are nearly a header of ours, or a listed skill."""
    for name, title_node, path in values.named(node, "$.headers") if config.headers and node else ():
        meant, where = nearly_ours(name, config), ""
        if meant is not None and meant in config.skills:
            line, column = config.locations.get(member_path("$.skills", meant), (0, 0))
            where = f", the listed skill of {values.findings.where(line, column)}"
        if meant is not None:
            message = f"{shown(name)} is nearly {shown(meant)}{where}, and not read as it"
            mend = f"write {shown(meant)}, or another name that is not so near"
            values.key_fault(title_node, path, message, mend)


def nearly_ours(name: str, config: Config) -> str | None:
    """What a key of ``headers`` is nearly; None where it is known, asked for, or another name."""
    key = header_key(name)
    asked = {header_key(other) for other in (*config.skills, *config.columns)}
    if key in asked or key in map(_key_of_known, (*_KNOWN, *_BESIDE)):
        return None
    if column_meaning(key) or skill_meanings([key]) != [None]:
        return None
    return nearly(name, (*_KNOWN, *_BESIDE)) or next(
        (skill for skill in config.skills if is_misspelling(name, skill)), None
    )


def nearly(title: str, known: Iterable[str] = _KNOWN) -> str | None:
    """The known header that a title is within one edit of, or has the words of, with the title's own number in it.

    >>> nearly("Skil 3 Name"), nearly("Skill Name 3"), nearly("Set Name"), nearly("Defence Max")
    ('Skill 3 Name', 'Skill 3 Name', None, None)
    """
    key = header_key(title)
    if not key or key in ("level", "lv"):  # these mean something behind a skill, and are ordinary elsewhere
        return None
    lettered = _LETTERED.fullmatch(title)
    if lettered is not None:
        numbered = f"{lettered[1]} {ord(lettered[2].casefold()) - ord('a') + 1}"
        if _DIGITS.sub("1", header_key(numbered)) in map(_key_of_known, known := tuple(known)):
            return numbered
    numbers = _DIGITS.findall(key)
    if numbers:
        # One that has a number too comes first: of Slots 1 and Slots 2 both would be meant for Slots.
        known = _numbered_first(tuple(known))
    family, words = _DIGITS.sub("1", key), _words_of(title)
    for header in known:
        its_key = _key_of_known(header)
        # The lengths first: a table may have a hundred thousand headers.
        is_near = abs(len(its_key) - len(family)) <= 1 and edit_distance_at_most_one(family, its_key)
        if is_near or words == _words_of_known(header):
            meant = _DIGITS.sub(numbers[0], header) if len(numbers) == 1 else header
            return header if header_key(meant) == key else meant
    return None


def _asked_keys(config: Config) -> frozenset[str]:
    """Keys of the columns that the configuration asks for."""
    return frozenset(map(header_key, config.columns))


def declared_columns(config: Config) -> frozenset[str]:
    """Keys of the columns that the configuration names."""
    return _asked_keys(config).union(map(header_key, (*config.headers, *config.headers.values())))


def levels_by_column(reader: CsvReader, config: Config) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Listed skills that are columns of their own, with the cell index of each; and headers that nearly are such.

    Such a column holds whole numbers, or mostly: what is no number in it is a fault
    then. With skill columns beside it, it is one itself, or an ordinary column that
    the configuration asks for.
    """
    listed = {header_key(name): name for name in config.listed_skills}
    asked = _asked_keys(config)
    key_of = {index: key for key, index in reader.by_key.items()}
    levels: dict[str, int] = {}
    near: dict[str, tuple[int, int]] = {}
    has_skills = any(meaning == "skills" or meaning.startswith("skill ") for meaning in reader.columns)
    for index in list(reader.unknown):
        title = reader.titles[index]
        name = listed.get(key_of.get(index, ""))
        if name is None:
            if nearly_listed([title], config.listed_skills) and _share_of_levels(reader, index) == 1:
                near[title] = reader.header_line, index + 1
            continue
        if 2 * _share_of_levels(reader, index) <= 1 or (has_skills and key_of[index] in asked):
            continue
        if has_skills and name not in config.skills:
            # The formula tells it from the column; that anything gives it, the pieces have to show.
            near[title] = reader.header_line, index + 1
            continue
        reader.unknown.remove(index)
        if has_skills:
            message = f"the column {shown(title)} is named like a listed skill, beside columns that hold skills"
            mend = "rename the column, or keep one of the two"
            reader.findings.fault(reader.header_line, index + 1, message, mend)
        else:
            levels[name] = index
    return levels, near


def nearly_listed(titles: Iterable[str], skills: Collection[str]) -> frozenset[str]:
    """Those of the skills that a column is nearly named like."""
    return frozenset(
        skill
        for title in titles
        for skill in skills
        if (abs(len(title) - len(skill)) <= 1 and is_misspelling(title, skill)) or _names_levels(title, skill)
    )


def _names_levels(title: str, skill: str) -> bool:
    """Whether a header is a skill's name and words for its level."""
    words, named = (Counter(_WORDS.findall(folded(text).casefold())) for text in (title, skill))
    more = words - named
    return (
        bool(named and more) and not named - words and all(word in _LEVELS_WORDS or word.isdecimal() for word in more)
    )


def _share_of_levels(reader: CsvReader, index: int) -> float:
    """How many of a column's cells that are not blank are whole numbers, 0 to 1."""
    cells = [cell for cell in reader.column(index) if not is_blank(cell)]
    n_whole = sum(whole(cell) not in (Misread.NO_NUMBER, Misread.NOT_WHOLE) for cell in cells)
    return n_whole / len(cells) if cells else 1


def _words_of(title: str) -> list[str]:
    """The words of a header in order of the alphabet, 1 for any number."""
    return sorted(_WORDS.findall(_DIGITS.sub("1", folded(title)).casefold()))


@cache
def _numbered_first(known: tuple[str, ...]) -> tuple[str, ...]:
    """Headers with those that have a number in front."""
    return tuple(sorted(known, key=lambda header: "1" not in header))


@cache
def _words_of_known(header: str) -> list[str]:
    """`_words_of` the headers that are compared again and again."""
    return _words_of(header)


@cache
def _key_of_known(header: str) -> str:
    """`header_key` of the headers that are compared again and again."""
    return header_key(header)
