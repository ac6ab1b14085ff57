"""How a configuration's quantities score and what limits them, as frozen and validated records.

`Config` holds them by skill, column or part. Weights and the limits of totals are
exact decimals, never floats. Nothing here knows about text, columns or arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ..errors import UsageError
from ._field_values import exact, levels, names, set_fields, texts, tuple_of, whole
from .vocabulary import DEFAULT_BODY_PARTS

__all__ = [
    "DEFAULT_PARTS",
    "MOST_OBJECTIVES",
    "OBJECTIVE_SUFFIXES",
    "CountRule",
    "FilterRule",
    "Objective",
    "ObjectiveKind",
    "PartRule",
    "ResistanceRule",
    "SkillRule",
    "TotalRule",
    "objective_parts",
    "part_rules",
    "respelt_objectives",
]

ONE = Decimal(1)
ZERO = Decimal(0)

ObjectiveKind = Literal["score", "defence", "resistance", "total", "count", "skill"]

#: A front has no more objectives, and no fewer than two.
MOST_OBJECTIVES = 4

#: Behind a name that is one of several kinds: which.
OBJECTIVE_SUFFIXES: Mapping[str, tuple[ObjectiveKind, ...]] = {
    " (skill)": ("skill",),
    " (total)": ("total", "defence", "resistance"),
    " (count)": ("count",),
}


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
    minimum, at_most : int or None
        Builds with a lower, or a higher, total are not results.
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
    at_most: int | None = None
    values: tuple[Decimal, ...] | None = None
    locked_maximum: int | None = None
    raised_maximum: int | None = None
    raised_by: str | None = None

    def __post_init__(self) -> None:
        set_fields(self, weight=exact(self.weight, "weight"), penalty=exact(self.penalty, "penalty"))
        numbers = ("maximum", "minimum", "at_most", "locked_maximum", "raised_maximum")
        set_fields(self, **_optional(self, whole, *numbers))
        if self.values is not None:
            set_fields(self, values=tuple(exact(value, "a value") for value in self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResistanceRule:
    """Score of a point of a resistance, and the totals a build must reach and not pass.

    Attributes
    ----------
    weight : Decimal
    minimum, maximum : int or None

    Examples
    --------
    >>> ResistanceRule(weight=0.1, minimum=20)
    ResistanceRule(weight=Decimal('0.1'), minimum=20, maximum=None)
    """

    weight: Decimal = ZERO
    minimum: int | None = None
    maximum: int | None = None

    def __post_init__(self) -> None:
        set_fields(self, weight=exact(self.weight, "weight"), **_optional(self, whole, "minimum", "maximum"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRule:
    """Score of one of a column's total, and the totals a build must reach and not pass.

    Attributes
    ----------
    weight : Decimal
    minimum, maximum : Decimal or None

    Examples
    --------
    >>> TotalRule(maximum="26.0")
    Traceback (most recent call last):
    ...
    equipment_optimizer.errors.UsageError: maximum is no finite number: '26.0'
      mend: give an int, a float or a Decimal
    >>> TotalRule(weight=-0.1, maximum=26).maximum
    Decimal('26')
    """

    weight: Decimal = ZERO
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        set_fields(self, weight=exact(self.weight, "weight"), **_optional(self, exact, "minimum", "maximum"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRule:
    """Condition on one CSV column; every part that is given must hold.

    Attributes
    ----------
    column : str
    minimum, maximum : Decimal or None
        Compare numbers.
    one_of, none_of : tuple of str, or None
        Compare numbers where both sides parse as numbers, else exact text.
    blank : bool
        Whether a blank cell passes everything; else it passes `none_of` and fails the rest.
    parts : tuple of str, or None
        Body parts that are asked; pieces of others pass. None for all.

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
        set_fields(
            self,
            **_optional(self, exact, "minimum", "maximum"),
            **_optional(self, texts, "one_of", "none_of"),
            **_optional(self, names, "parts"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """How many of a build's pieces meet a condition, what one is worth, and what limits them.

    Attributes
    ----------
    where : tuple of FilterRule
        Conditions, all of which a piece meets to count; none: every piece counts.
    each : str or None
        A column: the limit is for every value in it.
    same : str or None
        A column: all pieces that carry a value in it carry the same one.
    separator : str or None
        What parts the values in a cell of `each`.
    minimum, maximum : int or None
    weight : Decimal

    Examples
    --------
    >>> CountRule(each="Team", maximum=4).each
    'Team'
    >>> CountRule(where=FilterRule(column="Tier", one_of="Exotic"), maximum=1).where[0].one_of
    ('Exotic',)
    """

    where: tuple[FilterRule, ...] = ()
    each: str | None = None
    same: str | None = None
    separator: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    weight: Decimal = ZERO

    def __post_init__(self) -> None:
        where = tuple_of(FilterRule, self.where, "where")
        set_fields(
            self, where=where, weight=exact(self.weight, "weight"), **_optional(self, whole, "minimum", "maximum")
        )
        if self.each is not None and self.same is not None:
            raise UsageError("a count has both each and same", "give one of the two")
        if self.column is not None and (self.minimum is not None or self.weight):
            raise UsageError("a count by value has a minimum or a weight", "give each a maximum only, and same nothing")

    @property
    def column(self) -> str | None:
        """The column whose values are counted, each by itself; None where pieces are."""
        return self.each if self.same is None else self.same

    def values(self, cell: str) -> tuple[str, ...]:
        """The values that a cell of `column` holds, each once.

        Examples
        --------
        >>> CountRule(each="Hours", separator=";", maximum=1).values("Mon 9; Mon 10;")
        ('Mon 9', 'Mon 10')
        """
        texts = [cell] if self.separator is None else [value.strip() for value in cell.split(self.separator)]
        return tuple(dict.fromkeys(value for value in texts if value))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRule:
    """What a build takes of a body part.

    Attributes
    ----------
    count : int
        Different pieces.
    optional : bool
        Whether each of its places may stay empty.
    drawn_from : tuple of str
        Other parts whose pieces may be here too.
    takes_weapon_decorations : bool
        Whether its slots take decorations for weapons instead of armour.

    Examples
    --------
    >>> PartRule(drawn_from="Runner").drawn_from
    ('Runner',)
    """

    count: int = 1
    optional: bool = False
    drawn_from: tuple[str, ...] = ()
    takes_weapon_decorations: bool = False

    def __post_init__(self) -> None:
        set_fields(self, count=whole(self.count, "count"), drawn_from=names(self.drawn_from, "drawn_from"))


def part_rules(given: Mapping[str, PartRule | int] | Sequence[tuple[str, PartRule | int]]) -> dict[str, PartRule]:
    """Rules of body parts, outermost first; a number stands for a rule with that count.

    >>> part_rules({"Ring": 2})["Ring"].count
    2
    """
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    rules = {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and isinstance(pair[1], PartRule)}
    counts = levels([(pair[0], 1) if pair[0] in rules else pair for pair in pairs], "body_parts")
    return {name: rules.get(name) or PartRule(count=count) for name, count in counts}


#: The rules of the six body parts.
DEFAULT_PARTS = part_rules(DEFAULT_BODY_PARTS)


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective of a front: more of it is better where its sign is 1, less where it is -1.

    The name is the skill's, the count's, the column's in `totals`, or a resistance's without ``Res``.

    >>> Objective("resistance", "Fire", -1).title
    'Fire Res'
    """

    kind: ObjectiveKind
    name: str
    sign: int

    @property
    def title(self) -> str:
        """The name of its column, as long as no other column is called that."""
        return f"{self.name} Res" if self.kind == "resistance" else self.name


def objective_parts(text: str) -> tuple[str, int, str]:
    """The name, the sign and the suffix of an objective as it is written.

    >>> objective_parts("-Fury (skill)")
    ('Fury', -1, ' (skill)')
    """
    sign = -1 if text.startswith("-") else 1
    name = text.removeprefix("-").strip()
    suffix = next((suffix for suffix in OBJECTIVE_SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(suffix), sign, suffix


def respelt_objectives(front: Iterable[str], skills: Mapping[str, str]) -> tuple[str, ...]:
    """Objectives as they are written, with skills by other names."""
    written = []
    for text in front:
        name, sign, suffix = objective_parts(text)
        whole = text.removeprefix("-").strip()
        shown = skills.get(whole) or f"{skills.get(name, name)}{suffix}"
        written.append(f"-{shown}" if sign < 0 else shown)
    return tuple(written)


def _optional(record: object, check: Any, *fields: str) -> dict[str, Any]:
    """Fields that may be None, checked where they are not."""
    given = {name: getattr(record, name) for name in fields}
    return {name: None if value is None else check(value, name) for name, value in given.items()}
