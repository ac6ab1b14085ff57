"""What the files beside a configuration say, as frozen records: decorations, set bonuses, maxima of skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._field_values import levels, set_fields

__all__ = ["Decoration", "SetBonusStep", "SkillCap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoration:
    """A decoration: it fits a free slot of its level or a higher one.

    Attributes
    ----------
    name : str
    slot_level : int
        1 to 4.
    skills : tuple of (str, int)
        Skill levels it gives, each name once.
    available : int or None
        How many there are; None is unlimited.
    allowed_on : {"any", "armor", "weapon"}
        The slots it may go into.

    Examples
    --------
    >>> Decoration(name="Attack Jewel 1", slot_level=1, skills={"Attack Boost": 1}).skills
    (('Attack Boost', 1),)
    """

    name: str
    slot_level: int
    skills: tuple[tuple[str, int], ...]
    available: int | None = None
    allowed_on: Literal["any", "armor", "weapon"] = "any"

    def __post_init__(self) -> None:
        set_fields(self, skills=levels(self.skills, "skills"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBonusStep:
    """One line of a set bonus: with `pieces_required` pieces, `skill` gains `level`.

    For one bonus and skill only the highest threshold reached counts.

    Attributes
    ----------
    bonus : str
    pieces_required : int
    skill : str
    level : int

    Examples
    --------
    >>> SetBonusStep(bonus="Ember Oath", pieces_required=2, skill="Might", level=3).level
    3
    """

    bonus: str
    pieces_required: int
    skill: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillCap:
    """A skill's maximum: ``locked_maximum``, or ``maximum`` while ``raised_by`` is active.

    Attributes
    ----------
    maximum : int
    locked_maximum : int or None
    raised_by : str or None
        A skill.

    Examples
    --------
    >>> SkillCap(maximum=7, locked_maximum=5, raised_by="Agitator Secret").locked_maximum
    5
    """

    maximum: int
    locked_maximum: int | None = None
    raised_by: str | None = None
