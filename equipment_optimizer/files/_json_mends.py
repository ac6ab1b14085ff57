"""What people write by hand where JSON wants something else, and how to mend it.

In: the text that could not be read. Out: the mend, or an empty string where
nothing is known of it. Where the text stands is the parser's business.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

__all__ = ["blank_name", "comma_mend", "is_odd_blank", "mend_of", "mend_of_start", "mend_of_string", "number_mend"]

_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e\u301f"
_SINGLE_QUOTES = "'`\u2018\u2019\u201a\u201b\u2032"
#: First lines of other formats.
_YAML = re.compile(r"---|[\w .-]+:(?:\s|$)")
_TOML = re.compile(r"(?:\[[\w. -]+\]\s*\n\s*)?[\w.-]+\s*=")
_MINUS = re.compile(r"^[\u2010-\u2015\u2212]")
_COMMA_AS_POINT = re.compile(r"([+-]?[0-9]+),([0-9]+)")
_NEARLY_A_NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]{1,3})?")
#: Longer ones are not written out again.
_MOST_LETTERS = 40
_MARKS = frozenset('{}[]:,"')
_PLAIN_MARKS = {"\u3001": ",", "\uff64": ",", "\u3002": "."}


def mend_of(word: str) -> str:
    """How to mend text that stands where a value, a key or a mark should be."""
    if word.startswith(("//", "/*", "#")):
        return 'JSON has no comments; a key that begins with _ is one, such as "_note": "..."'
    if word[:1] in _DOUBLE_QUOTES:
        return 'these are typographic quotes: write "'
    if word[:1] in _SINGLE_QUOTES:
        return 'write "double quotes"'
    if word.lower() in ("true", "false", "null", "none"):
        return f"write {word.lower().replace('none', 'null')}"
    for char in word:
        mark = _PLAIN_MARKS.get(char) or unicodedata.normalize("NFKC", char)
        if mark != char and mark in _MARKS:
            return f"write a plain {mark} instead of {char}"
    hidden = next((char for char in word if is_odd_blank(char)), None)
    return "" if hidden is None else f"remove the {blank_name(hidden)} from it"


def mend_of_start(text: str) -> str:
    """How to mend a text that does not even begin as JSON; empty where its first line is none of another format."""
    start = text.lstrip()[:200]
    if not start:
        return 'the file is empty: write {"key": value, ...}'
    kind = "YAML" if _YAML.match(start) else "TOML" if _TOML.match(start) else ""
    if start.startswith("<"):
        kind = "a web page or XML"
    return f'this looks like {kind}; JSON is wanted: {{"key": value, ...}}' if kind else ""


def mend_of_string(text: str) -> str:
    """How to mend a string, its quotes included, that does not end where it should."""
    quote = next((char for char in text if char in _DOUBLE_QUOTES), None)
    return "" if quote is None else f'{quote} is a typographic quote: write " instead'


def number_mend(word: str) -> str:
    """How to write the number that a word nearly is: ``.5``, ``05``, a long dash for a minus."""
    if len(word) > _MOST_LETTERS:
        return ""
    plain = _MINUS.sub("-", unicodedata.normalize("NFKC", word))
    if comma := _COMMA_AS_POINT.fullmatch(plain):
        return comma_mend(comma[0])
    if not _NEARLY_A_NUMBER.fullmatch(plain):
        return ""
    value = Decimal(plain)
    return f"write {value:f}" if abs(value.adjusted()) < _MOST_LETTERS else ""


def comma_mend(number: str) -> str:
    """How to write a number that has commas in it."""
    if number.count(",") > 1:
        return f"write {number.replace(',', '')} without commas"
    mend = f"write {number.replace(',', '.')} with a point"
    whole, _, decimals = number.partition(",")
    if len(decimals) == 3 and whole.lstrip("+-").lstrip("0"):
        mend += f", or {whole}{decimals} without the comma"
    return mend


def is_odd_blank(char: str) -> bool:
    """Whether a character looks like a blank, or like nothing, and is no blank of JSON."""
    return char.isspace() or unicodedata.category(char) == "Cf"


def blank_name(char: str) -> str:
    """What a blank is called: ``no-break space (U+00A0)``."""
    return f"{unicodedata.name(char, 'control character').lower()} (U+{ord(char):04X})"
