"""Small whole numbers as text that is hardly longer than what they say; ``templates/report/data.js`` reads it.

Asymmetric numeral systems (Duda, arXiv:1311.2540, 2013), with a page's alphabet as digits: of the range of a
state, a code has the share that it has of all codes, or each the same. Whole numbers only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

__all__ = ["ALPHABET", "MAX_EXACT", "coded", "exact", "numbers"]

#: The digits; none of them is special to JSON, HTML or a script.
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}~"

#: JavaScript's numbers are exact up to here.
MAX_EXACT = 2**53

#: Codes up to here are written evenly: a state stays far below `MAX_EXACT`.
_MOST = 10**12


def coded(codes: Sequence[int], n_values: int) -> dict[str, Any]:
    """``codes`` as text, with ``size``, or where that is shorter ``counts`` of all values but the last.

    >>> coded([0, 1, 1, 0], 2), coded([3] + [0] * 99, 4)["counts"]
    ({'size': 2, 'codes': 'G000M'}, [99, 0, 0])
    """
    if n_values < 2:
        return {"codes": ""}
    evenly = {"size": n_values, "codes": _text(codes, range(n_values + 1))}
    if 2 * n_values > len(codes):
        return evenly
    counts = np.bincount(np.asarray(codes, dtype=np.int64), minlength=n_values).tolist()
    by_share = {"counts": counts[:-1], "codes": _text(codes, [0, *accumulate(counts)])}
    return min(evenly, by_share, key=_length)


def _text(codes: Sequence[int], starts: Sequence[int]) -> str:
    """Digits of a state; a code has the part of its range from ``starts[code]`` to ``starts[code + 1]``."""
    base, total = len(ALPHABET), starts[-1]
    share = base**4 // total + 1
    state, digits = share * total, []
    for code in reversed(codes):
        start = starts[code]
        count = starts[code + 1] - start
        most = share * base * count
        while state >= most:
            state, digit = divmod(state, base)
            digits.append(digit)
        state = state // count * total + start + state % count
    while state:
        state, digit = divmod(state, base)
        digits.append(digit)
    return "".join(map(ALPHABET.__getitem__, reversed(digits)))


def exact(values: Iterable[int]) -> list[int | str]:
    """Integers, as text where a script would round them."""
    return [value if abs(value) <= MAX_EXACT else str(value) for value in values]


def numbers(values: Sequence[int]) -> Any:
    """Integers as the shortest of: a list; distinct ``values`` with codes; codes that are the integers themselves."""
    forms: list[Any] = [exact(values)]
    place = {value: number for number, value in enumerate(dict.fromkeys(values))}
    if 2 * len(place) < len(values):
        forms.append({"values": exact(place), **coded([place[value] for value in values], len(place))})
    if values and min(values) >= 0 and max(values) < _MOST:
        size = max(values) + 1
        forms.append({"size": size, "codes": _text(values, range(size + 1))} if size > 1 else {"codes": ""})
    return min(forms, key=_length)


def _length(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))
