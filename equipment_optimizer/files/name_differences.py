"""In what two names differ, in words: kinds of apostrophes and blanks, what cannot be seen, case, one letter.

In and out: text. Whether two names are one is the business of `names`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

from .names import edit_distance_at_most_one, folded

__all__ = ["difference", "is_misspelling", "latin_look"]

#: Marks that are left out or mistaken for each other as letters are.
_SMALL_MARKS = frozenset(" '-.")
_ROMAN = frozenset("IVXLCDM")
#: Cyrillic and Greek letters that are drawn as Latin ones, with those.
_DRAWN_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0405\u0406\u0408"
    "\u0430\u0433\u0435\u043a\u043c\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5",
    "ABEKMHOPCTXYSIJarekmopctyxsijABEZHIKMNOPTYXikvoptu",
)
#: Characters named one by one.
_MOST_NAMED = 3


def is_misspelling(name: str, other: str) -> bool:
    """Whether two names differ by case or one letter only, and that letter is not the word that tells them apart.

    Helm \u03b1 and Helm \u03b2, ranks in numbers, names that end in a sign, and words of one
    Chinese character each are other names.

    >>> is_misspelling("fury", "Fury"), is_misspelling("Furry", "Fury"), is_misspelling("Helm A", "Helm B")
    (True, True, False)
    """
    name, other = folded(name), folded(other)
    if name == other:
        return False
    plain, known = name.casefold(), other.casefold()
    if plain == known or latin_look(name) == latin_look(other):
        return True
    if not edit_distance_at_most_one(plain, known):
        return False
    start = _common_start(plain, known)
    changed, instead = (_between(text, start, _common_end(plain, known, start)) for text in (plain, known))
    if not all(_is_letter(char) or char in _SMALL_MARKS for char in changed + instead):
        return False
    if any(_is_latin(char) for char in changed + instead) and not all(map(_is_latin, filter(str.isalpha, name))):
        return False  # a letter among kana is a sign
    words, knowns = (Counter(text.split()) for text in (name, other))
    return all(len(word) > 1 and not _ROMAN.issuperset(word) for word in (words - knowns) | (knowns - words))


def latin_look(name: str) -> str:
    """A name without case, each letter as the Latin one that it looks like: a key for names that are mistaken.

    >>> latin_look("Fur\u0443") == latin_look("fury")
    True
    """
    return (name if name.isascii() else folded(name).translate(_DRAWN_ALIKE)).casefold()


def _is_letter(char: str) -> bool:
    """Whether a character is a letter that is no word of its own."""
    return char.isalpha() and "CJK" not in unicodedata.name(char, "")


def _is_latin(char: str) -> bool:
    """Whether a character is a Latin letter."""
    return unicodedata.name(char, "").startswith("LATIN")


def difference(name: str, other: str) -> str:
    """How `name` differs from `other`, in words for a message.

    >>> difference("fury", "Fury"), difference("Furry", "Fury"), difference("Mind\u2019s Eye", "Mind's Eye")
    ('by letter case', "by one letter: 'rr' for 'r'", 'by right single quotation mark (U+2019) for apostrophe (U+0027)')
    """
    if folded(name) == folded(other):
        return _difference_of_marks(name, other)
    if folded(name).casefold() == folded(other).casefold():
        return "by letter case"
    plain, known, also = folded(name), folded(other), ""
    if latin_look(name) == latin_look(other):
        return _difference_of_marks(plain, known)
    if not edit_distance_at_most_one(plain, known):
        plain, known, also = plain.casefold(), known.casefold(), "letter case and "
    start = _common_start(plain, known)
    end = _common_end(plain, known, start)
    changed, instead = _between(plain, start, end), _between(known, start, end)
    if not (changed and instead):
        # One letter more or less says little without its neighbour.
        if start:
            changed, instead = plain[start - 1] + changed, known[start - 1] + instead
        else:
            changed, instead = changed + plain[-end], instead + known[-end]
    return f"by {also}one letter: {changed!r} for {instead!r}"


def _common_start(name: str, other: str) -> int:
    """How many characters two names begin with in common."""
    length = min(len(name), len(other))
    return next((k for k in range(length) if name[k] != other[k]), length)


def _common_end(name: str, other: str, start: int) -> int:
    """How many characters behind `start` two names end with in common."""
    length = min(len(name), len(other)) - start
    return next((k for k in range(length) if name[-1 - k] != other[-1 - k]), length)


def _between(text: str, start: int, end: int) -> str:
    """A text without so many characters at its start and its end."""
    return text[start : len(text) - end]


def _difference_of_marks(name: str, other: str) -> str:
    """How two names differ that are one: the characters that only one of them has, by their names."""
    name_only, other_only = Counter(name) - Counter(other), Counter(other) - Counter(name)
    changed, instead = _named(name_only), _named(other_only)
    if changed and instead:
        return f"by {changed} for {instead}"
    if changed or instead:
        return f"by {changed}" if changed else f"by the lack of {instead}"
    return "by the order of marks that cannot be told apart"


def _named(chars: Counter[str]) -> str:
    """Characters by their Unicode names."""
    names = [f"{unicodedata.name(char, 'control character').lower()} (U+{ord(char):04X})" for char in chars]
    hidden = len(names) - _MOST_NAMED
    return " and ".join(names[:_MOST_NAMED]) + (f" and {hidden} more" if hidden > 0 else "")
