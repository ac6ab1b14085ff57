"""Words and limits that files, configuration and records share; loads nothing heavy."""

from __future__ import annotations

import enum

__all__ = [
    "DEFAULT_BODY_PARTS",
    "MAX_LIMIT",
    "NO_BUILD",
    "N_SLOT_LEVELS",
    "RESISTANCES",
    "TEXT_KEYS",
    "WEAPON_PART",
    "BodyPart",
    "part_key",
]

#: Decoration slots have levels 1 to 4.
N_SLOT_LEVELS = 4

#: The resistances, in the order in which they are written.
RESISTANCES = ("Fire", "Water", "Thunder", "Ice", "Dragon")

#: Keys of a configuration that hold text for the page.
TEXT_KEYS = ("title", "note", "author", "game", "version")

#: Largest number of builds that can be asked for: more than any memory holds,
#: and it fits 64 bits.
MAX_LIMIT = 10**18

#: Score of a combination that is no build (a minimum is missed): below every
#: real score, and far enough from the edge to be subtracted from.
NO_BUILD = -(2**62)


class BodyPart(enum.StrEnum):
    """The six body parts of a build, outermost first.

    A configuration may declare others; those are plain strings, and a member
    compares equal to its own text.
    """

    HEAD = "Head"
    BODY = "Body"
    ARMS = "Arms"
    WAIST = "Waist"
    LEGS = "Legs"
    CHARM = "Charm"


#: Body parts with the number of pieces a build takes of each, outermost first.
DEFAULT_BODY_PARTS: tuple[tuple[str, int], ...] = tuple((part.value, 1) for part in BodyPart)


#: A body part of this name, in any case, holds weapons: its slots take decorations for weapons.
WEAPON_PART = "Weapon"


def part_key(part: str) -> str:
    """A body part as it is compared: without case."""
    return part.casefold()
