"""A score that is a product of factors: frozen and validated records, and their exact values.

A `ScaledFormula` turns totals of builds into whole numbers, each factor times a power of
ten; a score is their product, at any size. What a build's totals are is not known here.

Array axes: N builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ._field_values import digits_of, exact, names, set_fields, tuple_of

__all__ = [
    "MOST_FACTORS",
    "Amounts",
    "Factor",
    "Formula",
    "Kind",
    "ScaledFormula",
    "Sum",
    "Term",
    "Whole",
]

#: A column of the equipment, one of the configuration's counts, or a skill's level.
Kind = Literal["column", "count", "skill"]

#: Totals of N builds by kind and name: int64, shape (N,); columns times their power of ten, levels up to the maximum.
Amounts = Mapping[tuple[Kind, str], npt.NDArray[np.int64]]

#: Whole numbers of N builds: int64 where they surely fit, else Python's own.
Whole = npt.NDArray[Any]

MOST_FACTORS = 8

ZERO = Decimal(0)

#: Whole numbers below this are added and multiplied as int64.
_FITS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What one total adds to a sum: the total times a number, or its entry in a table.

    Attributes
    ----------
    name : str
        Of a column, a count or a skill.
    weight : Decimal or None
    table : tuple of Decimal or None
        Worth of a total of 0, 1, 2, ...: the first holds below 0, the last above the end.
    kind : {"column", "count", "skill"} or None
        None until the equipment tells which it is; `load_job` settles that.

    Examples
    --------
    >>> Term(name="Attack Boost", kind="skill", table=[0, 3, 6]).table
    (Decimal('0'), Decimal('3'), Decimal('6'))
    """

    name: str
    weight: Decimal | None = None
    table: tuple[Decimal, ...] | None = None
    kind: Kind | None = None

    def __post_init__(self) -> None:
        names(self.name, "the name of a term")
        if self.kind not in ("column", "count", "skill", None):
            raise UsageError(f"the kind of a term is {self.kind!r}", "give 'column', 'count' or 'skill'")
        if (self.weight is None) == (self.table is None):
            raise UsageError(f"the term {self.name!r} has not one worth", "give it a weight or a table")
        if self.weight is not None:
            set_fields(self, weight=exact(self.weight, "weight"))
        if self.table is not None:
            set_fields(self, table=tuple(exact(value, "a value of a table") for value in self.table))
            if not self.table:
                raise UsageError(f"the table of {self.name!r} is empty", "give the worth of 0, 1, 2, ...")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A number and the worth of some totals, not below a minimum nor above a maximum.

    Attributes
    ----------
    base : Decimal
    terms : tuple of Term
    minimum, maximum : Decimal or None

    Examples
    --------
    >>> Sum(base=0.05, terms=[Term(name="Affinity", weight=0.01)], maximum=1).maximum
    Decimal('1')
    """

    base: Decimal = ZERO
    terms: tuple[Term, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        set_fields(self, base=exact(self.base, "base"), terms=tuple_of(Term, self.terms, "terms"))
        _check_ends(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One factor of a score: a sum like any other, or a number plus the product of two sums.

    Attributes
    ----------
    name : str
    base : Decimal
    terms : tuple of Term
        Empty where `times` is given.
    times : tuple of 2 Sum or None
    minimum, maximum : Decimal or None
        Of the finished factor.

    Examples
    --------
    >>> chance = Sum(terms=[Term(name="Affinity", weight=0.01)], maximum=1)
    >>> Factor(name="critical", base=1, times=[chance, Sum(base=0.25)]).times[1].base
    Decimal('0.25')
    """

    name: str
    base: Decimal = ZERO
    terms: tuple[Term, ...] = ()
    times: tuple[Sum, Sum] | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        names(self.name, "the name of a factor")
        set_fields(self, base=exact(self.base, "base"), terms=tuple_of(Term, self.terms, "terms"))
        if self.times is not None:
            sums = tuple_of(Sum, self.times, "times")
            if len(sums) != 2 or self.terms:
                mend = "give times two sums, and no terms beside them"
                raise UsageError(f"the factor {self.name!r} is no product of two sums", mend)
            set_fields(self, times=sums)
        _check_ends(self)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The two sums of the product; of any other factor the one that its terms are, before it is clipped."""
        return self.times or (Sum(base=self.base, terms=self.terms),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A score that is the product of one to eight factors.

    Attributes
    ----------
    factors : tuple of Factor
        Each with a name of its own.
    name : str

    Examples
    --------
    >>> raw = Factor(name="raw", base=230, terms=[Term(name="Attack Boost", kind="skill", table=[0, 3, 6])])
    >>> [factor.name for factor in Formula(factors=[raw, Factor(name="sharpness", base=1.32)]).factors]
    ['raw', 'sharpness']
    """

    factors: tuple[Factor, ...]
    name: str = ""

    def __post_init__(self) -> None:
        set_fields(self, factors=tuple_of(Factor, self.factors, "factors"))
        names(self.name, "the name of a formula")
        if not 1 <= len(self.factors) <= MOST_FACTORS:
            raise UsageError(f"a formula has {len(self.factors)} factors", f"give 1 to {MOST_FACTORS}")
        if len({factor.name for factor in self.factors}) < len(self.factors):
            raise UsageError("two factors of a formula have one name", "name each otherwise: they are columns")

    def terms(self) -> Iterator[tuple[str, Term]]:
        """Every term with the JSON path of the ``of`` that it stands in."""
        for number, factor in enumerate(self.factors):
            path = f"$.formula.factors[{number}]"
            for place, one_sum in enumerate(factor.sums):
                of_sum = path if factor.times is None else f"{path}.times[{place}]"
                yield from ((f"{of_sum}.of", term) for term in one_sum.terms)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The columns, counts or skills that its terms name, each once."""
        return tuple(dict.fromkeys(term.name for _, term in self.terms() if term.kind == kind))

    @property
    def columns(self) -> tuple[str, ...]:
        """What must, or may, be columns: all names that are not known to be a count or a skill, each once."""
        return tuple(dict.fromkeys(term.name for _, term in self.terms() if term.kind in ("column", None)))

    def with_terms(self, changed: Callable[[Term], Term]) -> Formula:
        """The same formula, each term exchanged for another."""

        def of_sum(each: Sum) -> Sum:
            return replace(each, terms=tuple(map(changed, each.terms)))

        factors = []
        for factor in self.factors:
            times = None if factor.times is None else (of_sum(factor.times[0]), of_sum(factor.times[1]))
            factors.append(replace(factor, terms=tuple(map(changed, factor.terms)), times=times))
        return replace(self, factors=tuple(factors))


def _check_ends(record: Sum | Factor) -> None:
    """The least and the most of a sum or a factor are numbers, and in order."""
    for key in ("minimum", "maximum"):
        if getattr(record, key) is not None:
            set_fields(record, **{key: exact(getattr(record, key), key)})
    if record.minimum is not None and record.maximum is not None and record.minimum > record.maximum:
        raise UsageError(f"minimum {record.minimum} is above maximum {record.maximum}", "exchange them")


class ScaledSum:
    """A sum in whole numbers, times ``10**digits``: `base`, the two `ends`, and `terms` as (total, weight, table)."""

    def __init__(self, addends: Sum, column_digits: Mapping[str, int]) -> None:
        self.digits = digits_of(_numbers(addends))
        for term in addends.terms:
            if term.kind is None:
                mend = "read equipment and configuration with load_job, or give every term its kind"
                raise UsageError(f"nothing says whether {term.name!r} is a column, a count or a skill", mend)
            shift = _digits(term, column_digits)
            if term.table is not None and shift:
                raise UsageError(f"the column {term.name!r} holds fractions", "a table needs whole totals")
            if term.weight is not None:
                self.digits = max(self.digits, digits_of([Fraction(term.weight)]) + shift)
        scale = 10**self.digits
        self.base = _scaled(addends.base, scale)
        self.ends = tuple(None if end is None else _scaled(end, scale) for end in (addends.minimum, addends.maximum))
        self.terms: list[tuple[tuple[Kind, str], int, list[int]]] = []
        for term in addends.terms:
            assert term.kind is not None
            weight = 0 if term.weight is None else _scaled(term.weight, scale // 10 ** _digits(term, column_digits))
            self.terms.append(((term.kind, term.name), weight, [_scaled(value, scale) for value in term.table or ()]))

    def values(self, amounts: Amounts, n_builds: int) -> Whole:
        """The sum for N builds, shape (N,)."""
        extents = [_extent(amounts[key]) for key, _, _ in self.terms]
        most = [
            max(map(abs, table), default=abs(weight) * extent)
            for (_, weight, table), extent in zip(self.terms, extents, strict=True)
        ]
        kind = _kind_of(abs(self.base) + sum(most))
        total: Whole = np.full(n_builds, self.base, dtype=kind)
        for (key, weight, table), extent in zip(self.terms, extents, strict=True):
            if table:
                total += np.array(table, dtype=kind)[np.clip(amounts[key], 0, len(table) - 1)]
            elif weight and extent:
                total += amounts[key].astype(kind) * weight
        return self.clipped(total)

    def clipped(self, values: Whole) -> Whole:
        """Values of the sum, not below the first of its ends nor above the second."""
        return _clipped(values, *self.ends)


class ScaledFormula:
    """A formula, every term with its kind, in whole numbers: a factor of 1 is ``10**digits``, the score has their sum.

    `column_digits` are those of the columns' totals, as `EquipmentTable.numbers` gives them; 0 where one is left out.

    >>> raw = Factor(name="raw", base=1.5, terms=[Term(name="Attack", weight=1, kind="column")])
    >>> scaled = ScaledFormula(Formula(factors=[raw, Factor(name="sharpness", base=1.32)]), {})
    >>> factors = scaled.factors({("column", "Attack"): np.array([0, 8])}, 2)
    >>> scaled.digits, [factor.tolist() for factor in factors], scaled.scores(factors).tolist()
    ((1, 2), [[15, 95], [132, 132]], [1980, 12540])
    """

    def __init__(self, formula: Formula, column_digits: Mapping[str, int]) -> None:
        self.sums = [[ScaledSum(addends, column_digits) for addends in factor.sums] for factor in formula.factors]
        digits: list[int] = []
        for factor, sums in zip(formula.factors, self.sums, strict=True):
            outer = digits_of([Fraction(end) for end in (factor.base, factor.minimum, factor.maximum) if end])
            digits.append(max(outer, sum(each.digits for each in sums)))
        self.digits = tuple(digits)
        self.score_digits = sum(digits)
        self.bases: list[int] = []
        self.ends: list[Sequence[int | None]] = []
        for factor, n_digits in zip(formula.factors, self.digits, strict=True):
            self.bases.append(0 if factor.times is None else _scaled(factor.base, 10**n_digits))
            ends = (factor.minimum, factor.maximum)
            self.ends.append([None if end is None else _scaled(end, 10**n_digits) for end in ends])

    def factors(self, amounts: Amounts, n_builds: int) -> list[Whole]:
        """Each factor of N builds, shape (N,), times its power of ten."""
        return [self.factor(number, amounts, n_builds) for number in range(len(self.digits))]

    def factor(self, number: int, amounts: Amounts, n_builds: int) -> Whole:
        """One factor of N builds, shape (N,), times its power of ten."""
        return self.finished(number, [each.values(amounts, n_builds) for each in self.sums[number]])

    def finished(self, number: int, sums: Sequence[Whole]) -> Whole:
        """One factor of N builds from its sums, shape (N,) each."""
        product = _product(sums)
        shift = 10 ** (self.digits[number] - sum(each.digits for each in self.sums[number]))
        base = self.bases[number]
        kind = _kind_of(max(_extent(product), 1) * shift + abs(base))
        return _clipped(product.astype(kind) * shift + base, *self.ends[number])

    @staticmethod
    def scores(factors: Sequence[Whole]) -> npt.NDArray[np.object_]:
        """The products of the factors as Python's whole numbers, shape (N,)."""
        return _product(factors).astype(object)


def _digits(term: Term, column_digits: Mapping[str, int]) -> int:
    """Digits of a term's total."""
    return column_digits.get(term.name, 0) if term.kind == "column" else 0


def _numbers(addends: Sum) -> list[Fraction]:
    """Every number of a sum that is not multiplied with a total."""
    ends = [end for end in (addends.minimum, addends.maximum) if end is not None]
    return [
        Fraction(value) for value in (addends.base, *ends, *(v for term in addends.terms for v in term.table or ()))
    ]


def _scaled(value: Decimal, scale: int) -> int:
    """A number times a power of ten that makes it whole."""
    return int(Fraction(value) * scale)


def _extent(values: Whole) -> int:
    """The largest of some whole numbers, signs aside."""
    return max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0


def _kind_of(extent: int) -> type:
    """What holds whole numbers up to `extent`."""
    return np.int64 if extent < _FITS else object


def _product(factors: Sequence[Whole]) -> Whole:
    """The product of whole numbers, shape (N,)."""
    product = factors[0]
    for factor in factors[1:]:
        kind = _kind_of(max(_extent(product), 1) * max(_extent(factor), 1))
        product = product.astype(kind) * factor.astype(kind)
    return product


def _clipped(values: Whole, low: int | None, high: int | None) -> Whole:
    """Whole numbers that are not below the first end nor above the second."""
    if low is not None:
        values = _bounded(np.maximum, values, low)
    return values if high is None else _bounded(np.minimum, values, high)


def _bounded(choose: Any, values: Whole, end: int) -> Whole:
    """The larger, or the smaller, of each value and an end."""
    kind = _kind_of(max(_extent(values), abs(end)))
    chosen: Whole = choose(values.astype(kind), np.array(end, dtype=kind))
    return chosen
