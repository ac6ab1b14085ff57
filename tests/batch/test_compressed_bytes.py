"""Bytes kept compressed come back as they were, also from another process."""

import pickle
import random

import pytest

from equipment_optimizer.batch._compressed_bytes import Packed


@pytest.mark.parametrize("sizes", [[], [0], [5, 0, 7], [3_000_000, 1, 6_000_000]])
def test_what_was_written_comes_back(sizes):
    dice = random.Random(len(sizes))
    parts = [bytes(dice.choices(b"ab,\n", k=min(size, 1000))) * -(-size // 1000) for size in sizes]
    packed = Packed.of(lambda own: [own.write(part) for part in parts])
    whole = b"".join(parts)
    assert packed.n_bytes == len(whole)
    for own in (packed, pickle.loads(pickle.dumps(packed))):
        assert b"".join(own.chunks()) == whole
        assert b"".join(own.chunks()) == whole


def test_it_takes_less_than_it_holds():
    packed = Packed.of(lambda own: own.write(b"Hunter's Helm,1,2\n" * 10_000))
    assert len(pickle.dumps(packed)) < packed.n_bytes / 20


def test_large_bytes_come_in_pieces():
    chunks = list(Packed.of(lambda own: own.write(bytes(10 << 20))).chunks())
    assert max(map(len, chunks)) <= 4 << 20
