"""Numbers as people and spreadsheets write them: one grammar for all cells.

In: the text of a cell, and what the other cells of its column show. Out: the exact
value, or what is wrong with the text. Pure functions; places and messages are the
caller's.

A number is digits in segments. A segment after ``,``, ``.``, a blank or an apostrophe
is a group of three or, the last one, a fraction; a text that can be read in two ways
is decided by the column or not at all.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

__all__ = ["BLANKS", "WHOLE_LIMIT", "Marks", "Misread", "decimal", "is_blank", "marks_of", "plain_text", "whole"]

#: Largest whole number, either sign, that a cell or a configuration may hold.
WHOLE_LIMIT = 10**9

#: What stands for nothing in a cell for a number, as programs write it.
BLANKS = frozenset({"", "N/A", "n/a", "nan", "NaN", "null", "None", "#N/A"})

#: Digits of a decimal: enough for any quantity, and nothing that takes long to compute with.
_MOST_DIGITS = 60
#: Powers of ten that a decimal may be written with.
_MOST_POWER = 20

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
_PLAIN = str.maketrans(
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\u2212\u2013\u2014\uff0d\uff0b"
    "\u00a0\u2007\u2009\u202f\u2019\u2018",
    "0123456789----+    ''",
)
_NUMBER = re.compile(
    r"(?:(?:lvl?\.?|level|x|\u00d7) *+(?=[0-9]))?(?P<sign>[+-]?)(?P<digits>[0-9]+(?:[., '][0-9]+)*+)", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[., ']")
#: How programs write decimals: a point at an end, or a power of ten.
_PROGRAM = r"[+-]?(?:[0-9]{1,60}\.?|[0-9]{0,30}\.[0-9]{1,60})(?:[eE](?P<power>[+-]?[0-9]{1,3}))?"


class Marks(enum.Flag):
    """What ``,`` and ``.`` are in the numbers of a column, as far as its cells show."""

    NONE = 0
    DECIMAL_COMMA = enum.auto()
    DECIMAL_POINT = enum.auto()
    COMMA_GROUPS = enum.auto()
    POINT_GROUPS = enum.auto()


class Misread(enum.Enum):
    """Why a text gives no value."""

    NO_NUMBER = enum.auto()
    NOT_WHOLE = enum.auto()
    TWO_READINGS = enum.auto()
    OUT_OF_RANGE = enum.auto()


class _Reading(NamedTuple):
    """One way to read a number: its groups' separator and its decimal mark, empty without."""

    group: str
    mark: str
    digits: str
    fraction: str

    @property
    def marks(self) -> Marks:
        """What this reading says of the column."""
        shown = Marks.NONE
        if self.mark:
            shown |= Marks.DECIMAL_COMMA if self.mark == "," else Marks.DECIMAL_POINT
        if self.group in (",", "."):
            shown |= Marks.COMMA_GROUPS if self.group == "," else Marks.POINT_GROUPS
        return shown


def is_blank(text: str) -> bool:
    """Whether a trimmed cell for a number says that there is none.

    >>> [is_blank(text) for text in ("", "-", "\u2014", "N/A", "nan", "0", "none")]
    [True, True, True, True, True, False, False]
    """
    return text in BLANKS or (text[0] in _DASHES and not text.strip(_DASHES))


def marks_of(cells: Iterable[str]) -> Marks:
    """What the cells of a column show for certain of its commas and points.

    >>> marks_of(["1.234", "2,5"]) == Marks.DECIMAL_COMMA
    True
    """
    shown = Marks.NONE
    for cell in cells:
        readings = _parsed(cell)[1] if "," in cell or "." in cell else []
        if len(readings) == 1:
            shown |= readings[0].marks
    return shown


def whole(text: str, column: Marks | None = None) -> int | Misread:
    """The whole number that a trimmed cell holds; `column` None as long as nobody has looked what its other cells show.

    >>> [whole(text) for text in ("12", "Lv.2", "1 234", "1,234,567", "2.0", "\u22123")]
    [12, 2, 1234, 1234567, 2, -3]
    >>> whole("1.000"), whole("1.000", Marks.DECIMAL_POINT)
    (<Misread.TWO_READINGS: 3>, 1)
    """
    sign, readings = _parsed(text)
    reading = _decided(readings, column)
    if isinstance(reading, Misread):
        return reading
    if reading.fraction.strip("0") or (reading.mark == "," and len(reading.fraction) > 2):
        return Misread.NOT_WHOLE
    digits = reading.digits.lstrip("0")
    if len(digits) > 10 or int(digits or "0") > WHOLE_LIMIT:
        return Misread.OUT_OF_RANGE
    return int(digits or "0") * sign


def decimal(text: str, column: Marks | None = None, *, decimal_comma: bool = False) -> Decimal | Misread:
    """The number that a trimmed cell holds, whole or not; a comma may be its mark where it does not part cells.

    >>> decimal("9,5", decimal_comma=True), decimal("1,234.5"), decimal("9,5")
    (Decimal('9.5'), Decimal('1234.5'), <Misread.NO_NUMBER: 1>)
    """
    program = re.fullmatch(_PROGRAM, text) if "e" in text.casefold() or text[:1] == "." or text[-1:] == "." else None
    if program is not None and abs(int(program["power"] or "0")) <= _MOST_POWER:
        return Decimal(text)
    sign, readings = _parsed(text)
    if not decimal_comma:
        readings = [reading for reading in readings if reading.mark != ","]
        if len(readings) > 1:  # a point that may be either is one here
            readings = [reading for reading in readings if reading.mark == "."]
    reading = _decided(readings, column, of_commas=Marks.COMMA_GROUPS | Marks.DECIMAL_POINT)
    if isinstance(reading, Misread):
        return reading
    if len(reading.digits) + len(reading.fraction) > _MOST_DIGITS:
        return Misread.OUT_OF_RANGE
    value = Decimal(f"{reading.digits}.{reading.fraction}" if reading.fraction else reading.digits)
    return value if sign > 0 else -value


def plain_text(value: Decimal) -> str:
    """A decimal as digits, with a point and without an exponent or zeros behind it.

    >>> plain_text(Decimal("12.50")), plain_text(Decimal("1E+3")), plain_text(Decimal("-0"))
    ('12.5', '1000', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def two_values(text: str) -> tuple[str, str]:
    """Both values of a text that has two readings, groups first, for a message."""
    sign, readings = _parsed(text)
    minus = "-" if sign < 0 else ""
    by_group, by_mark = readings
    return minus + by_group.digits, f"{minus}{by_mark.digits}.{by_mark.fraction}"


def _decided(readings: list[_Reading], column: Marks | None, *, of_commas: Marks | None = None) -> _Reading | Misread:
    """The one reading, or that which the column shows; a comma parts groups where it shows any of `of_commas`."""
    if not readings:
        return Misread.NO_NUMBER
    if len(readings) == 1:
        return readings[0]
    if column is None:
        return Misread.TWO_READINGS
    if readings[0].group == ",":
        shows_groups = of_commas is None or bool(of_commas & column)
        return readings[0] if shows_groups and Marks.DECIMAL_COMMA not in column else Misread.TWO_READINGS
    groups = Marks.POINT_GROUPS in column or Marks.DECIMAL_COMMA in column
    fraction = Marks.DECIMAL_POINT in column or Marks.COMMA_GROUPS in column
    if groups == fraction:
        return Misread.TWO_READINGS
    return readings[0] if groups else readings[1]


def _parsed(text: str) -> tuple[int, list[_Reading]]:
    """Sign of a number and the ways to read it, groups first; none where it is no number."""
    match = _NUMBER.fullmatch(text if text.isascii() else text.translate(_PLAIN))
    if match is None:
        return 1, []
    sign = -1 if match["sign"] == "-" else 1
    separators = _SEPARATOR.findall(match["digits"])
    segments = _SEPARATOR.split(match["digits"])
    if not separators:
        return sign, [_Reading("", "", segments[0], "")]
    readings = []
    last = separators[-1]
    if _are_groups(segments, separators):
        readings.append(_Reading(last, "", "".join(segments), ""))
    if (
        last in ".,"
        and last not in separators[:-1]
        and (len(segments) == 2 or _are_groups(segments[:-1], separators[:-1]))
    ):
        group = separators[0] if len(segments) > 2 else ""
        readings.append(_Reading(group, last, "".join(segments[:-1]), segments[-1]))
    return sign, readings


def _are_groups(segments: list[str], separators: list[str]) -> bool:
    """Whether the segments are groups of three behind a first one, all parted alike."""
    if len(set(separators)) != 1 or not 1 <= len(segments[0]) <= 3 or segments[0].startswith("0"):
        return False
    return all(len(segment) == 3 for segment in segments[1:])
