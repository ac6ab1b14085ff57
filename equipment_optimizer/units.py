"""Sizes, durations, counts and differences: parse them, print them, take them exactly.

Knows nothing of equipment and imports only the errors.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from .errors import UsageError

__all__ = ["exact_difference", "format_count", "format_seconds", "format_size", "parse_size"]

_SIZE = r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?\s*"
#: The context of decimals that a program has set for its own numbers would round.
_EXACT = decimal.Context(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)

_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """Bytes, rounded down, in a size such as ``512MiB``, ``2GB``, ``1.5g`` or ``1048576``.

    ``kB`` to ``TB`` are powers of 1000, ``KiB`` to ``TiB`` of 1024; case does not matter. Raises a
    `UsageError` if the text is not a size, or is zero.
    """
    match = re.fullmatch(_SIZE, text, re.IGNORECASE | re.ASCII)
    # 30 digits are far beyond any memory and keep int(float) away from infinity.
    n_bytes = 0
    if match is not None and len(match[1]) <= 30:
        n_bytes = int(float(match[1]) * (1024 if match[3] else 1000) ** _POWER[match[2].lower()])
    if n_bytes <= 0:
        raise UsageError(f"not a size: {text!r}", "write a number and a unit, such as 512MiB or 2GB")
    return n_bytes


def format_size(n_bytes: int) -> str:
    """A size for people, in binary units: ``77.3 MiB``, ``512 B``."""
    size = float(n_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def format_seconds(seconds: float) -> str:
    """A duration for people: ``3.1 ms``, ``2.40 s``, ``3 min 07 s``, ``2 h 05 min``."""
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, odd_seconds = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {odd_seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def format_count(count: int) -> str:
    """A count for people: digits in groups below 10^12, a power of ten above."""
    if count < 10**12:
        return f"{count:,}"
    from decimal import Decimal

    # Not a float: spaces beyond 10^308 have a size, too.
    return f"{Decimal(count):.3e}".replace("e+", "e")


def exact_difference(first: Decimal, second: Decimal) -> Decimal:
    """The first number less the second, of any length, without trailing zeros after the point."""
    less = _EXACT.subtract(first, second)
    return Decimal(f"{_EXACT.normalize(less):f}") if less else Decimal(0)
