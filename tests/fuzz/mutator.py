"""The built-in mutator: damage to valid files that people and programs really do.

Deterministic for a seed. It knows nothing of coverage; with atheris installed
`run.py` uses libFuzzer's mutations instead, and this one as a help.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

__all__ = ["mutated"]

#: Longest case, bytes: short cases are many cases.
MAX_BYTES = 1 << 14

_DELIMITER = re.compile(rb"[,;\t\n]")
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")

#: Names that look alike or read backwards, and what does not belong in a text.
NAMES = (
    *("\u05e9\u05dd", "\u202egnp.exe", "Iron\u200bHelm", "\ufeff", "\u00e9", "e\u0301", "\uff11", "\u2028", "\x1b[2J"),
    *("\N{PILE OF POO}", "\u0660", "\xa0", "\x85", "I\u0307", "\u212a", "a" * 70),
)
NUMBERS = (
    *(b"0", b"-0", b"+1", b"1000000000", b"1000000001", b"-1000000001", b"9" * 30, b"9" * 5000, b"1e400", b"1e-400"),
    *(b"1E999999999999999999999", b"0.1", b"7.0", b"1e18", b"NaN", b"Infinity", b"0x10", b"1_0", b"", b" 1", b"1."),
)


def mutated(rng: random.Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """A damaged copy of `data`.

    Parameters
    ----------
    rng : random.Random
    data : bytes
    others : sequence of bytes
        Files to splice with.
    tokens : sequence of bytes
        Words that mean something to the reader.
    """
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        data = rng.choice(_MUTATIONS)(rng, data, others, tokens)[:MAX_BYTES]
    return data


Mutation = Callable[[random.Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]
_MUTATIONS: list[Mutation] = []


def _mutation(function: Mutation) -> Mutation:
    _MUTATIONS.append(function)
    return function


def _range(rng: random.Random, data: bytes, longest: int = 64) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + rng.randint(1, longest))


@_mutation
def _flip_a_bit(rng, data, others, tokens):
    if not data:
        return b"\xff"
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


@_mutation
def _put_a_byte(rng, data, others, tokens):
    at = rng.randint(0, len(data))
    return data[:at] + bytes([rng.choice(b'\0",;\t\n\r\\{}[]:\xff\x81\xe9-0')]) + data[at + rng.randint(0, 1) :]


@_mutation
def _truncate(rng, data, others, tokens):
    at = rng.randint(0, len(data))
    return data[:at] if rng.random() < 0.8 else data[at:]


@_mutation
def _remove(rng, data, others, tokens):
    start, stop = _range(rng, data)
    return data[:start] + data[stop:]


@_mutation
def _double(rng, data, others, tokens):
    start, stop = _range(rng, data, 256)
    return data[:stop] + data[start:stop] * rng.choice((1, 1, 2, 150)) + data[stop:]


@_mutation
def _put_a_token(rng, data, others, tokens):
    start, stop = _range(rng, data, 16)
    return data[:start] + rng.choice(tokens) + data[rng.choice((start, stop)) :]


@_mutation
def _put_a_name(rng, data, others, tokens):
    start, stop = _range(rng, data, 8)
    return data[:start] + rng.choice(NAMES).encode() + data[rng.choice((start, stop)) :]


@_mutation
def _change_a_number(rng, data, others, tokens):
    numbers = list(_NUMBER.finditer(data))
    if not numbers:
        return data
    old = rng.choice(numbers)
    return data[: old.start()] + rng.choice(NUMBERS) + data[old.end() :]


@_mutation
def _move_cells(rng, data, others, tokens):
    """Swap, double or drop cells and lines."""
    at = b"\n" if rng.random() < 0.5 else rng.choice((b",", b",", b";"))
    cells = data.split(at)
    i, j = rng.randrange(len(cells)), rng.randrange(len(cells))
    kind = rng.randrange(3)
    if kind == 0:
        cells[i], cells[j] = cells[j], cells[i]
    elif kind == 1:
        cells.insert(i, cells[j])
    else:
        del cells[i]
    return at.join(cells)


@_mutation
def _empty_a_cell(rng, data, others, tokens):
    cells = list(_DELIMITER.finditer(data))
    if len(cells) < 2:
        return data
    first = rng.randrange(len(cells) - 1)
    return data[: cells[first].end()] + data[cells[first + 1].start() :]


@_mutation
def _splice(rng, data, others, tokens):
    other = rng.choice(others)
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


@_mutation
def _encode_otherwise(rng, data, others, tokens):
    text = data.decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "latin-1", "utf-7", "shift_jis"))
    return text.encode(encoding, "replace")


@_mutation
def _change_line_ends(rng, data, others, tokens):
    return data.replace(b"\n", rng.choice((b"\r", b"\r\n", b"\n\n", b"\n\r", b"\x0b", b"\xe2\x80\xa8")))


@_mutation
def _nest(rng, data, others, tokens):
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'"', b'"')))
    start, stop = _range(rng, data)
    depth = rng.choice((1, 2, 99, 100, 2000))
    return data[:start] + opening * depth + data[start:stop] + closing * depth + data[stop:]
