"""Other programs' data into the text of our own files: one module for each format, and the table of them.

To add a format, write a module with a function that takes what the user has and returns texts by file name,
with notices, and give it an entry in `IMPORTERS`; ``docs/reference/importers.md`` shows one from end to end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple, cast

__all__ = ["IMPORTERS", "Importer", "load_importer"]


class Importer(NamedTuple):
    """A format, as the command ``import`` offers it; its module has the format's name."""

    #: In that module: takes the source and what `options` say; returns texts by file name (or the one text), notices.
    function: str
    #: Its line in the list of formats, and what it makes.
    summary: str
    description: str
    #: What the user brings: the word for it, and what it is.
    source: tuple[str, str]
    #: A file or folder by which a source is known from a folder of ours; None where it is one file, as what is made.
    sign: str | None
    #: What comes behind the source, likewise.
    target: tuple[str, str] = ("OUT", "folder to write to; made if need be")
    #: By flag, as `argparse` takes them; the function has a keyword of that name.
    options: Mapping[str, Mapping[str, Any]] = {}


_FIVE_FILES = "Make equipment.csv, decorations.csv, set_bonuses.csv, skills.csv and a starter config.json."
_ALL_RANKS = {"action": "store_true", "help": "every rank of a charm, not only the last of its line"}
_DEFENCE = {"choices": ("base", "max"), "default": "base", "help": "which value of defence to take (default: base)"}

#: Every format, in the order of the command's help.
IMPORTERS = {
    "mhworlddata": Importer(
        "mhworlddata_files",
        "a folder in the layout of MHWorldData",
        _FIVE_FILES,
        ("FOLDER", "holds armors/, charms/, decorations/ and skills/"),
        sign="armors",
        options={
            "--all-ranks": _ALL_RANKS,
            "--defence": {
                "choices": ("base", "max", "augmented"),
                "default": "base",
                "help": "which of the defence values to take (default: base)",
            },
        },
    ),
    "talismans": Importer(
        "talismans_file",
        "a talisman a line: Skill,Level,Skill,Level,Slot,Slot,Slot",
        "Make an equipment list of charms from lines Skill,Level,Skill,Level,Slot,Slot,Slot.",
        ("FILE", "the lines, or a table with a header; slots are levels, 0 for none"),
        sign=None,
        target=("OUT.csv", "the equipment list; - is standard output"),
        options={"--encoding": {"metavar": "NAME", "help": "of a file without a byte order mark that is not UTF-8"}},
    ),
    "wilds": Importer(
        "wilds_files",
        "Monster Hunter Wilds: a folder in the layout of mhdb-wilds-data",
        _FIVE_FILES,
        ("FOLDER", "holds Armor.json, Skill.json, ... and maybe weapons/"),
        sign="Armor.json",
        options={
            "--language": {
                "metavar": "NAME",
                "default": "en",
                "help": "of the names, such as ja or de (default: en)",
            },
            "--all-ranks": _ALL_RANKS,
            "--defence": _DEFENCE,
        },
    ),
    "rise": Importer(
        "rise_files",
        "Monster Hunter Rise and Sunbreak: a folder in the layout of mhrise-simulator",
        _FIVE_FILES,
        ("FOLDER", "holds head.csv, ..., deco.csv and skill.csv"),
        sign="head.csv",
        options={"--defence": _DEFENCE},
    ),
    "eldenring": Importer(
        "eldenring_files",
        "Elden Ring: a file in the layout of EldenRing-ArmorSmith",
        "Make equipment.csv and a starter config.json, with a total for every number.",
        ("FILE", "armorData.json, or the folder that holds it"),
        sign="armorData.json",
    ),
}


def load_importer(name: str) -> Callable[..., tuple[str | dict[str, str], tuple[str, ...]]]:
    """The function of a format, imported when it is asked for."""
    module = import_module(f".{name}", __name__)
    return cast(Callable[..., tuple[str | dict[str, str], tuple[str, ...]]], getattr(module, IMPORTERS[name].function))
