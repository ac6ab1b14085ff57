"""Bytes kept compressed, so that a worker's message and what waits to be written stay small."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Packed"]

#: Bytes that are expanded at a time.
_CHUNK_BYTES = 1 << 22


class Packed:
    """Bytes that were written to it; `n_bytes` counts them uncompressed."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self._compressor: Any = zlib.compressobj(1)
        self._parts: list[bytes] = []

    @classmethod
    def of(cls, write: Callable[[Packed], object]) -> Packed:
        """What `write` writes."""
        packed = cls()
        write(packed)
        packed.close()
        return packed

    def write(self, data: bytes) -> None:
        """Take `data`."""
        self.n_bytes += len(data)
        self._parts.append(self._compressor.compress(data))

    def close(self) -> None:
        """Nothing more will be written; only now it pickles."""
        self._parts = [b"".join([*self._parts, self._compressor.flush()])]
        self._compressor = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes again, a few megabytes at a time; not before `close`."""
        expander = zlib.decompressobj()
        data = self._parts[0]
        while data:
            yield expander.decompress(data, _CHUNK_BYTES)
            data = expander.unconsumed_tail
        yield expander.flush()
