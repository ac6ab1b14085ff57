"""What a user values, as frozen and validated records.

`loading` makes a `Config` out of JSON text and side files; everything after it
reads only these records. Weights are exact decimals, never floats. Nothing here
knows about text, columns or arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ..errors import UsageError
from ._given import exact, levels, mapping_of, names, set_fields, texts, tuple_of, whole
from .side_files import Decoration, SetBonusStep, SkillCap
from .vocabulary import DEFAULT_BODY_PARTS, N_SLOT_LEVELS, WEAPON_PART, part_key

__all__ = [
    "Config",
    "Decoration",
    "FilterRule",
    "OverMax",
    "ResistanceRule",
    "SetBonusStep",
    "SkillCap",
    "SkillRule",
    "Weapon",
]

ONE = Decimal(1)

#: What a skill above its maximum is worth: its whole level times ``penalty``,
#: or no more than the maximum.
OverMax = Literal["penalty", "cap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillRule:
    """How a listed skill scores.

    Attributes
    ----------
    weight : Decimal
        Score of one level up to the maximum.
    penalty : Decimal
        Score of one level, for *all* levels, when the total is above the maximum.
    maximum : int or None
        None where there is none, where ``values`` are given, or where it depends on ``raised_by``.
    minimum : int or None
        Builds with a lower total are not results.
    values : tuple of Decimal or None
        Score of level 0, 1, 2, ...: the first holds below 0, the last above the
        end. Replaces maximum, weight and penalty.
    locked_maximum, raised_maximum : int or None
        Maximum while the skill ``raised_by`` is below level 1 in the build, and
        from level 1 on; both None where the maximum is fixed.
    raised_by : str or None

    Examples
    --------
    >>> SkillRule(weight=2, penalty=0, maximum=7).weight
    Decimal('2')
    >>> SkillRule(values=[0, 0.5, 3], maximum=None).values
    (Decimal('0'), Decimal('0.5'), Decimal('3'))
    """

    weight: Decimal = ONE
    penalty: Decimal = ONE
    maximum: int | None = 1
    minimum: int | None = None
    values: tuple[Decimal, ...] | None = None
    locked_maximum: int | None = None
    raised_maximum: int | None = None
    raised_by: str | None = None

    def __post_init__(self) -> None:
        set_fields(self, weight=exact(self.weight, "weight"), penalty=exact(self.penalty, "penalty"))
        for name in ("maximum", "minimum", "locked_maximum", "raised_maximum"):
            value = getattr(self, name)
            set_fields(self, **{name: None if value is None else whole(value, name)})
        if self.values is not None:
            set_fields(self, values=tuple(exact(value, "a value") for value in self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResistanceRule:
    """Score of a point of a resistance, and the total a build must reach.

    Examples
    --------
    >>> ResistanceRule(weight=0.1, minimum=20)
    ResistanceRule(weight=Decimal('0.1'), minimum=20)
    """

    weight: Decimal = Decimal(0)
    minimum: int | None = None

    def __post_init__(self) -> None:
        minimum = None if self.minimum is None else whole(self.minimum, "minimum")
        set_fields(self, weight=exact(self.weight, "weight"), minimum=minimum)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRule:
    """Condition on one CSV column; every part that is given must hold.

    ``minimum`` and ``maximum`` compare numbers; ``one_of`` and ``none_of``
    compare numbers where both sides parse as numbers, else exact text. A blank
    cell passes ``none_of`` and fails the rest unless ``blank``. Pieces of other
    parts than ``parts`` pass, unless that is None.

    Examples
    --------
    >>> FilterRule(column="Rarity", minimum=11, parts="Head").parts
    ('Head',)
    >>> FilterRule(column="Owned", one_of=True).one_of
    ('TRUE',)
    """

    column: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None
    blank: bool = False
    parts: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        names(self.column, "column")
        for name in ("minimum", "maximum"):
            value = getattr(self, name)
            set_fields(self, **{name: None if value is None else exact(value, name)})
        for name in ("one_of", "none_of"):
            value = getattr(self, name)
            set_fields(self, **{name: None if value is None else texts(value, name)})
        set_fields(self, parts=None if self.parts is None else names(self.parts, "parts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weapon:
    """What a fixed weapon adds to every build.

    ``slots`` counts free slots by level 1 to 4; each of ``set_bonuses`` counts
    as one piece.

    Examples
    --------
    >>> Weapon(slots=(1, 0, 1, 0), skills={"Attack Boost": 1}).skills
    (('Attack Boost', 1),)
    """

    slots: tuple[int, int, int, int] = (0, 0, 0, 0)
    skills: tuple[tuple[str, int], ...] = ()
    set_bonuses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        slots = tuple(whole(count, "a number of slots") for count in self.slots)
        if len(slots) != N_SLOT_LEVELS or min(slots) < 0:
            mend = "give the number of slots of level 1, 2, 3, 4, such as (1, 0, 1, 0)"
            raise UsageError(f"the slots of a weapon are {self.slots!r}", mend)
        bonuses = names(self.set_bonuses, "set_bonuses")
        set_fields(self, slots=slots, skills=levels(self.skills, "skills"), set_bonuses=bonuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a job values and demands.

    Attributes
    ----------
    skills : mapping of str to SkillRule
        The listed skills.
    slot_weights : tuple of 4 Decimal
        Score of a free slot of level 1, 2, 3, 4.
    slot_count_weight : Decimal
        Score of every free slot, whatever its level.
    defence_weight : Decimal
        Score of a point of defence.
    unlisted_skill_weight : Decimal
        Score of a level of any skill that is not listed.
    limit : int
        Builds wanted, at least 1.
    over_max : {"penalty", "cap"}
    min_defence : int or None
    resistances : mapping of str to ResistanceRule
        Keys as in the table's ``resistance_names``.
    pin : mapping of str to tuple of str
        For a body part: the only names allowed.
    exclude : tuple of str
        Names never used.
    filters : tuple of FilterRule
    decorations : tuple of Decoration or None
        None: slots stay free and are weighed as they are.
    set_bonuses : tuple of SetBonusStep or None
        None: memberships mean nothing.
    skill_caps : mapping of str to SkillCap
        Maxima known from a skills file, for every skill there, listed or not.
    weapon : Weapon or None
    body_parts : tuple of (str, int)
        Outermost first, with the number of pieces of each.
    weapon_parts : tuple of str
        Body parts whose slots take decorations for weapons, beside one named Weapon.
    headers : mapping of str to str
        Columns that the files call otherwise: our name to the file's.
    encoding : str or None
        Of every text file that has no byte order mark; None: UTF-8, or plainly Windows-1252.
    texts : mapping of str to str
        What is written on the page: title, note, author, game, version.
    files : mapping of str to str
        Path of each side file that was read, by its key.
    source : str
        Name of the file for messages; empty when made in code.
    locations : mapping of str to (int, int)
        Line and column of each value, by JSON path such as
        ``$.skills["Attack Boost"].weight``; for error messages.
    inputs : tuple of str
        Paths of the files that were read for this, the config itself first.

    Examples
    --------
    >>> from decimal import Decimal
    >>> config = Config(defence_weight=Decimal("0.5"), limit=3)
    >>> config.limit, config.skills
    (3, {})
    """

    skills: Mapping[str, SkillRule] = field(default_factory=dict)
    slot_weights: tuple[Decimal, Decimal, Decimal, Decimal] = (ONE, ONE, ONE, ONE)
    slot_count_weight: Decimal = ONE
    defence_weight: Decimal = ONE
    unlisted_skill_weight: Decimal = ONE
    limit: int = 1
    over_max: OverMax = "penalty"
    min_defence: int | None = None
    resistances: Mapping[str, ResistanceRule] = field(default_factory=dict)
    pin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    filters: tuple[FilterRule, ...] = ()
    decorations: tuple[Decoration, ...] | None = None
    set_bonuses: tuple[SetBonusStep, ...] | None = None
    skill_caps: Mapping[str, SkillCap] = field(default_factory=dict)
    weapon: Weapon | None = None
    body_parts: tuple[tuple[str, int], ...] = DEFAULT_BODY_PARTS
    weapon_parts: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)
    locations: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    inputs: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Take over what is plainly meant; refuse the rest.

        Raises
        ------
        UsageError
            If a field holds what it cannot mean; it says what to give.
        """
        slot_weights = tuple(exact(weight, "a slot weight") for weight in self.slot_weights)
        if len(slot_weights) != N_SLOT_LEVELS:
            raise UsageError(f"there are {len(slot_weights)} slot weights", "give those of level 1, 2, 3, 4")
        if self.over_max not in ("penalty", "cap"):
            raise UsageError(f"over_max is {self.over_max!r}", "give 'penalty' or 'cap'")
        if self.weapon is not None:
            tuple_of(Weapon, [self.weapon], "weapon")
        mapping_of(SkillRule, self.skills, "skills")
        mapping_of(ResistanceRule, self.resistances, "resistances")
        mapping_of(SkillCap, self.skill_caps, "skill_caps")
        pin = {part: names(pinned, "pin") for part, pinned in mapping_of(object, self.pin, "pin").items()}
        decorations, steps = self.decorations, self.set_bonuses
        set_fields(
            self,
            slot_weights=slot_weights,
            slot_count_weight=exact(self.slot_count_weight, "slot_count_weight"),
            defence_weight=exact(self.defence_weight, "defence_weight"),
            unlisted_skill_weight=exact(self.unlisted_skill_weight, "unlisted_skill_weight"),
            limit=whole(self.limit, "limit"),
            min_defence=None if self.min_defence is None else whole(self.min_defence, "min_defence"),
            pin=pin,
            exclude=names(self.exclude, "exclude"),
            filters=tuple_of(FilterRule, self.filters, "filters"),
            decorations=None if decorations is None else tuple_of(Decoration, decorations, "decorations"),
            set_bonuses=None if steps is None else tuple_of(SetBonusStep, steps, "set_bonuses"),
            body_parts=levels(self.body_parts, "body_parts"),
            weapon_parts=names(self.weapon_parts, "weapon_parts"),
        )

    def where(self, path: str) -> str:
        """``file:line:column`` of the value at JSON path `path`, or what is known of it."""
        line_column = self.locations.get(path)
        if line_column is None or not line_column[0]:
            return self.source
        return f"{self.source}:{line_column[0]}:{line_column[1]}"

    def takes_weapon_decorations(self, part: str) -> bool:
        """Whether all slots of a body part take decorations for weapons instead of armour.

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config
        >>> config = Config(body_parts=(("weapon", 1), ("Bow", 1), ("Head", 1)), weapon_parts=("Bow",))
        >>> [config.takes_weapon_decorations(part) for part, _ in config.body_parts]
        [True, True, False]
        """
        return part in self.weapon_parts or part_key(part) == part_key(WEAPON_PART)

    def maximum_of(self, skill: str) -> tuple[int | None, int | None, str | None]:
        """The maximum in force of a skill: (maximum, raised maximum, the skill that raises it).

        Returns
        -------
        maximum : int or None
            None where none is known, or where ``values`` are given and no skills file knows one.
        raised : int or None
            Instead, while `raised_by` is at least 1 in the build; None where nothing raises it.
        raised_by : str or None

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config, SkillCap, SkillRule
        >>> caps = {"Agitator": SkillCap(maximum=7, locked_maximum=5, raised_by="Agitator Secret")}
        >>> config = Config(skills={"Guard": SkillRule(maximum=3)}, skill_caps=caps)
        >>> config.maximum_of("Guard")
        (3, None, None)
        >>> config.maximum_of("Agitator")
        (5, 7, 'Agitator Secret')
        """
        rule, cap = self.skills.get(skill), self.skill_caps.get(skill)
        if rule is not None and rule.values is None:
            if rule.raised_by is not None:
                return rule.locked_maximum, rule.raised_maximum, rule.raised_by
            return rule.maximum, None, None
        if cap is None:
            return None, None, None
        if cap.raised_by is not None:
            return cap.locked_maximum, cap.maximum, cap.raised_by
        return cap.maximum, None, None
