"""What a user values, as frozen and validated records.

`loading` makes a `Config` out of JSON text and side files; everything after it
reads only these records. Weights are exact decimals, never floats. Nothing here
knows about text, columns or arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ..errors import Fault, InputError, UsageError
from ._field_values import exact, levels, mapping_of, names, set_fields, tuple_of, whole
from .rules import DEFAULT_PARTS, CountRule, FilterRule, PartRule, ResistanceRule, SkillRule, TotalRule, part_rules
from .side_files import Decoration, SetBonusStep, SkillCap
from .vocabulary import N_SLOT_LEVELS, WEAPON_PART, part_key

if TYPE_CHECKING:
    from .formula import Formula

__all__ = [
    "Config",
    "CountRule",
    "Decoration",
    "FilterRule",
    "OverMax",
    "PartRule",
    "ResistanceRule",
    "SetBonusStep",
    "SkillCap",
    "SkillRule",
    "TotalRule",
    "Weapon",
    "zero_weights",
]

ONE, ZERO = Decimal(1), Decimal(0)

#: What a skill above its maximum is worth: its whole level times ``penalty``,
#: or no more than the maximum.
OverMax = Literal["penalty", "cap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weapon:
    """What a fixed weapon adds to every build.

    Attributes
    ----------
    slots : tuple of 4 int
        Free slots of level 1, 2, 3, 4.
    skills : tuple of (str, int)
        Skill levels.
    set_bonuses : tuple of str
        Each counts as one piece.

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
    min_defence, max_defence : int or None
    resistances : mapping of str to ResistanceRule
        Keys as in the table's ``resistance_names``.
    totals : mapping of str to TotalRule
        By column, as in the table's ``other_names``.
    counts : mapping of str to CountRule
        By a name of the user's own.
    pin : mapping of str to tuple of str
        For a body part: the only names allowed.
    pin_all : mapping of str to tuple of tuple of str
        For a body part: of each group of names (spellings of one) a piece must be there.
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
    body_parts : mapping of str to PartRule
        Outermost first; a number stands for a rule with that count.
    formula : Formula or None
        The score, in place of all weights: these must be 0, or left as they are, and count as 0.
    variants : "one" or None
        Builds of the same score and the same totals of all that is weighed or limited are listed once.
    different_pieces : int or None
        Each listed build differs in so many pieces from every one before it; None: in any way.
    different_skills : bool
        Each listed build differs in a listed skill's total from every one before it.
    share : Decimal or None
        No piece stands in more of the listed builds than this share of `limit`, or in more than one.
    share_except : tuple of str
        Pieces that may stand in all of them.
    front : tuple of str
        Two to four objectives, as `objectives_of` reads them: listed are all outcomes that no other beats.
    has_weapon_list : bool
        Whether the pieces of the last part, Weapon, are those of a file of their own.
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
    max_defence: int | None = None
    resistances: Mapping[str, ResistanceRule] = field(default_factory=dict)
    totals: Mapping[str, TotalRule] = field(default_factory=dict)
    counts: Mapping[str, CountRule] = field(default_factory=dict)
    pin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pin_all: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    filters: tuple[FilterRule, ...] = ()
    decorations: tuple[Decoration, ...] | None = None
    set_bonuses: tuple[SetBonusStep, ...] | None = None
    skill_caps: Mapping[str, SkillCap] = field(default_factory=dict)
    weapon: Weapon | None = None
    body_parts: Mapping[str, PartRule] = field(default_factory=lambda: dict(DEFAULT_PARTS))
    formula: Formula | None = None
    variants: Literal["one"] | None = None
    different_pieces: int | None = None
    different_skills: bool = False
    share: Decimal | None = None
    share_except: tuple[str, ...] = ()
    front: tuple[str, ...] = ()
    has_weapon_list: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)
    locations: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    inputs: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Take over what is plainly meant; refuse the rest by a `UsageError` that says what to give."""
        slot_weights = tuple(exact(weight, "a slot weight") for weight in self.slot_weights)
        if len(slot_weights) != N_SLOT_LEVELS:
            raise UsageError(f"there are {len(slot_weights)} slot weights", "give those of level 1, 2, 3, 4")
        if self.over_max not in ("penalty", "cap"):
            raise UsageError(f"over_max is {self.over_max!r}", "give 'penalty' or 'cap'")
        if self.variants not in (None, "one"):
            raise UsageError(f"variants is {self.variants!r}", "give 'one', or leave it out")
        if self.weapon is not None:
            tuple_of(Weapon, [self.weapon], "weapon")
        mapping_of(SkillRule, self.skills, "skills")
        mapping_of(ResistanceRule, self.resistances, "resistances")
        mapping_of(SkillCap, self.skill_caps, "skill_caps")
        mapping_of(TotalRule, self.totals, "totals")
        mapping_of(CountRule, self.counts, "counts")
        groups_of: Mapping[str, Any] = mapping_of(object, self.pin_all, "pin_all")
        pin_all = {part: tuple(names(group, "pin_all") for group in groups) for part, groups in groups_of.items()}
        pin = {part: names(pinned, "pin") for part, pinned in mapping_of(object, self.pin, "pin").items()}
        decorations, steps, different = self.decorations, self.set_bonuses, self.different_pieces
        set_fields(
            self,
            slot_weights=slot_weights,
            slot_count_weight=exact(self.slot_count_weight, "slot_count_weight"),
            defence_weight=exact(self.defence_weight, "defence_weight"),
            unlisted_skill_weight=exact(self.unlisted_skill_weight, "unlisted_skill_weight"),
            limit=whole(self.limit, "limit"),
            min_defence=None if self.min_defence is None else whole(self.min_defence, "min_defence"),
            max_defence=None if self.max_defence is None else whole(self.max_defence, "max_defence"),
            pin=pin,
            pin_all=pin_all,
            exclude=names(self.exclude, "exclude"),
            different_pieces=None if different is None else whole(different, "different_pieces"),
            share=None if self.share is None else exact(self.share, "share"),
            share_except=names(self.share_except, "share_except"),
            front=names(self.front, "front"),
            filters=tuple_of(FilterRule, self.filters, "filters"),
            decorations=None if decorations is None else tuple_of(Decoration, decorations, "decorations"),
            set_bonuses=None if steps is None else tuple_of(SetBonusStep, steps, "set_bonuses"),
            body_parts=part_rules(self.body_parts),
        )
        if self.formula is not None:
            self._settle_formula()

    def _settle_formula(self) -> None:
        """Set all weights to 0; 1 is one that nobody gave, any other is refused, as is a count that is not there."""
        from .formula import Formula  # only jobs that have one pay for it

        (formula,) = tuple_of(Formula, [self.formula], "formula")
        for name in formula.names("count"):
            if name not in self.counts or self.counts[name].column is not None:
                mend = "name one of the counts that have neither each nor same"
                raise UsageError(f"{name!r} is no count of pieces", mend)
        for what, weight in _weights_of(self):
            if weight not in (0, 1):
                mend = "a formula is the whole score: write it as a term of a factor"
                raise UsageError(f"{what} is {weight} beside a formula", mend)
        set_fields(self, **zero_weights(self))

    def __repr__(self) -> str:
        where = f" {self.source}" if self.source else ""
        return f"<Config{where}: limit {self.limit:,}, defence {self.defence_weight}, {len(self.skills)} skills>"

    def where(self, path: str) -> str:
        """``file:line:column`` of the value at JSON path `path`, or what is known of it."""
        line_column = self.locations.get(path)
        if line_column is None or not line_column[0]:
            return self.source
        return f"{self.source}:{line_column[0]}:{line_column[1]}"

    def refuse_formula(self, what: str, mend: str) -> None:
        """Raise an `InputError` where the score is a formula."""
        if self.formula is not None:
            raise InputError([Fault(self.where("$.formula"), f"{what} [$.formula]", mend)])

    @property
    def is_selective(self) -> bool:
        """Whether builds are left out that are too much like one before them."""
        is_different = self.different_pieces is not None or self.different_skills
        return is_different or self.share is not None or self.variants is not None

    def most_rows(self, limit: int) -> int | None:
        """In how many of `limit` rows a piece may stand; None where `share` does not say.

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config
        >>> Config(share=0.4).most_rows(8), Config(share=0.4).most_rows(1), Config().most_rows(8)
        (3, 1, None)
        """
        return None if self.share is None else max(1, int(self.share * limit))

    @property
    def listed_skills(self) -> tuple[str, ...]:
        """The skills that are listed, then those that only the formula names.

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config, SkillRule
        >>> Config(skills={"Guard": SkillRule()}).listed_skills
        ('Guard',)
        """
        named = () if self.formula is None else self.formula.names("skill")
        return tuple(dict.fromkeys((*self.skills, *named)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns without a meaning of their own that filters, totals, counts and the formula ask for, each once.

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config, CountRule, TotalRule
        >>> teams = CountRule(each="Team", maximum=4)
        >>> Config(totals={"Weight": TotalRule(maximum=26)}, counts={"teams": teams}).columns
        ('Weight', 'Team')
        """
        rules = [*self.filters, *(rule for count in self.counts.values() for rule in count.where)]
        by_value = [count.column for count in self.counts.values() if count.column is not None]
        named = () if self.formula is None else self.formula.columns
        return tuple(dict.fromkeys([*(rule.column for rule in rules), *self.totals, *by_value, *named]))

    def takes_weapon_decorations(self, part: str) -> bool:
        """Whether all slots of a body part take decorations for weapons instead of armour.

        Examples
        --------
        >>> from equipment_optimizer.records.config import Config, PartRule
        >>> config = Config(body_parts={"weapon": 1, "Bow": PartRule(takes_weapon_decorations=True), "Head": 1})
        >>> [config.takes_weapon_decorations(part) for part in config.body_parts]
        [True, True, False]
        """
        rule = self.body_parts.get(part)
        return part_key(part) == part_key(WEAPON_PART) or (rule is not None and rule.takes_weapon_decorations)

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


def _weights_of(config: Config) -> Iterator[tuple[str, Decimal]]:
    """Every weight of a configuration, with words for it."""
    yield from (("a slot weight", weight) for weight in (*config.slot_weights, config.slot_count_weight))
    yield "the weight of defence", config.defence_weight
    yield "unlisted_skill_weight", config.unlisted_skill_weight
    for name, skill in config.skills.items():
        weights = (skill.weight, skill.penalty, *(skill.values or ()))
        yield from ((f"a weight of the skill {name!r}", weight) for weight in weights)
    by_name: Mapping[str, TotalRule | CountRule | ResistanceRule]
    for by_name in (config.totals, config.counts, config.resistances):
        yield from ((f"the weight of {name!r}", rule.weight) for name, rule in by_name.items())


def zero_weights(config: Config) -> dict[str, Any]:
    """The fields of a configuration that hold weights, each of them 0."""
    fields: dict[str, Any] = dict.fromkeys(("slot_count_weight", "defence_weight", "unlisted_skill_weight"), ZERO)
    fields["slot_weights"] = (ZERO,) * N_SLOT_LEVELS
    fields["skills"] = {
        name: replace(rule, weight=ZERO, penalty=ZERO, values=None if rule.values is None else (ZERO,))
        for name, rule in config.skills.items()
    }
    for what in ("totals", "counts", "resistances"):
        fields[what] = {name: replace(rule, weight=ZERO) for name, rule in getattr(config, what).items()}
    return fields
