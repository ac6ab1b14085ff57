"""When two names are one, and which known name was meant by one that is not known.

In and out: text. `folded` is what names are compared by; `near` is the only source
of suggestions. What the names are of is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

__all__ = ["edit_distance_at_most_one", "folded", "near"]

#: Letters of a name that are compared, and names that one is compared with: a suggestion
#: costs some milliseconds, whatever a file holds.
_MOST_LETTERS = 60
_MOST_COMPARED = 4000

#: Edits beyond which a suggestion is a guess, however long the name.
_MOST_EDITS = 5

#: Full-width letters and half-width kana, and what they are otherwise.
_WIDTH = {
    code: "".join(chr(int(part, 16)) for part in decomposition.split()[1:])
    for code in (0x3000, *range(0xFF01, 0xFFEF))
    if (decomposition := unicodedata.decomposition(chr(code))).startswith(("<wide>", "<narrow>"))
}
#: What is drawn as nothing at all (Unicode's Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_SAME_MARK = dict.fromkeys(map(ord, "\u2019\u2018\u00b4`\u02bc"), "'")
_SAME_MARK |= dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0x2E3A, 0x2E3B, 0xFE58, 0xFE63], "-")
_BLANKS = re.compile(r"\s+")

#: Words that look alike and mean the contrary.
_OPPOSITES = (
    ("max", "min"),
    ("most", "least"),
    ("more", "less"),
    ("include", "exclude"),
    ("increase", "decrease"),
    ("high", "low"),
    ("upper", "lower"),
    ("left", "right"),
    ("listed", "unlisted"),
    ("above", "below"),
    ("first", "last"),
    ("male", "female"),
)
_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")


def folded(text: str) -> str:
    """A name as it is compared: one form for each letter, mark and blank, nothing invisible.

    Case and letters are kept. Folding what is folded changes nothing.

    >>> folded("Hunter\u2019s  Helm\u200b") == folded("Hunter's Helm")
    True
    >>> folded("\uff26\uff55\uff52\uff59"), folded("fury")
    ('Fury', 'fury')
    """
    if text.isascii() and text.isprintable() and "  " not in text and "`" not in text:
        return text.strip(" ")
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text.translate(_WIDTH)))
    return _BLANKS.sub(" ", text.translate(_SAME_MARK)).strip()


def edit_distance_at_most_one(name: str, other: str) -> bool:
    """Whether one letter more, less or other, or two neighbours swapped, makes one of the other.

    >>> edit_distance_at_most_one("Defnece", "Defence"), edit_distance_at_most_one("Legs", "Gloves")
    (True, False)
    """
    if len(name) > len(other):
        name, other = other, name
    if len(other) - len(name) > 1:
        return False
    start = next((k for k, letter in enumerate(name) if letter != other[k]), len(name))
    if len(name) < len(other):
        return name[start:] == other[start + 1 :]
    swapped = name[start : start + 2][::-1] == other[start : start + 2]
    return name[start + 1 :] == other[start + 1 :] or (swapped and name[start + 2 :] == other[start + 2 :])


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be; None where that would be a guess.

    One that differs by folding or case only comes first, wherever it is; of the others the first 4,000 are compared,
    and the one that fewest edits lead to is taken: one, or up to a third of the letters. Names with other numbers in
    them, and names of contrary meaning, are other names.

    >>> near("Atack boost", ["Attack Boost", "Defense Boost"])
    'Attack Boost'
    >>> near("Gloves", ["Legs", "Arms"]), near("max_defence", ["min_defence"])
    (None, None)
    """
    candidates = [other for other in known if other != name]
    wanted = folded(name)
    same = next((other for other in candidates if folded(other) == wanted), None)
    wanted = wanted.casefold()
    if same is None:
        same = next((other for other in candidates if folded(other).casefold() == wanted), None)
    if same is not None:
        return same
    wanted = wanted[:_MOST_LETTERS]
    most = min(max(1, len(wanted) // 3), _MOST_EDITS)
    best = None
    for other in islice(candidates, _MOST_COMPARED):
        against = folded(other[: 2 * _MOST_LETTERS]).casefold()[:_MOST_LETTERS]
        edits = _edits(wanted, against, most)
        if edits <= most and _may_be_meant(wanted, against):
            best, most = other, edits - 1
            if most == 0:
                break
    return best


def _may_be_meant(name: str, other: str) -> bool:
    """Whether two names that are alike do not say different things."""
    if _DIGITS.findall(name) != _DIGITS.findall(other) or not set(name) & set(other):
        return False
    words, others = set(_WORD.findall(name)), set(_WORD.findall(other))
    gone, new = words - others, others - words
    return not any(
        (_begins(gone, word) and _begins(new, contrary)) or (_begins(gone, contrary) and _begins(new, word))
        for word, contrary in _OPPOSITES
    )


def _begins(words: set[str], start: str) -> bool:
    """Whether one of the words begins so."""
    return any(word.startswith(start) for word in words)


def _edits(name: str, other: str, most: int) -> int:
    """Least number of edits between two names (neighbours swapped are one), or ``most + 1``.

    Within a band of ``2 * most + 1`` cells a letter, and only as long as it can succeed.
    """
    if abs(len(name) - len(other)) > most:
        return most + 1
    if most == 1:
        return 0 if name == other else 1 if edit_distance_at_most_one(name, other) else 2
    far = most + 1
    before: dict[int, int] = {}
    row = {column: column for column in range(min(most, len(other)) + 1)}
    for number, letter in enumerate(name, 1):
        last, before, row = before, row, {}
        for column in range(max(0, number - most), min(len(other), number + most) + 1):
            if column == 0:
                row[0] = number
                continue
            edits = before.get(column - 1, far) + (letter != other[column - 1])
            edits = min(edits, before.get(column, far) + 1, row.get(column - 1, far) + 1)
            if number > 1 and column > 1 and letter == other[column - 2] and name[number - 2] == other[column - 1]:
                edits = min(edits, last.get(column - 2, far) + 1)
            row[column] = edits
        if min(row.values()) > most:
            return far
    return min(row.get(len(other), far), far)
