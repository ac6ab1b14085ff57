"""What is on the heap: guppy's tables, traced peaks, resident memory.

In: nothing but this process as it is. Out: partitions of the live objects as plain
rows. The only importer of guppy; where it is missing the error says so. guppy
counts a NumPy array's own buffer in full, a view as about a hundred bytes, and a
memory map as nothing. Knows nothing of equipment.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError
from .machine import resident_bytes

__all__ = ["HeapMeter", "HeapRow", "Partition", "StageHeap", "format_partition"]


@dataclass(frozen=True, slots=True)
class HeapRow:
    """One line of a partition; `name` is what its objects have in common."""

    name: str
    n_objects: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Objects, divided by something, and the largest rows of that.

    `by` "kind" is the class, or dictionary of a class; "byrcs" the kinds of the objects that refer to
    them; "bytype" and "byvia" the type, and attribute or place, by which they are referred to;
    "bysize" the size of one object.
    """

    by: str
    of: str  # which objects
    n_objects: int
    n_bytes: int  # of all of them, rows that are not listed included
    rows: tuple[HeapRow, ...]
    n_rows: int  # rows that there are


@dataclass(frozen=True, slots=True)
class StageHeap:
    """What is held after a stage of a job, on guppy's heap and beside it.

    `resident_bytes` is None where unknown, and while tracing, which would be counted too;
    `traced_peak_bytes`, the most that the stage held beside what was there before, unless tracing.
    """

    name: str
    n_objects: int
    n_bytes: int
    resident_bytes: int | None
    traced_peak_bytes: int | None


class HeapMeter:
    """Looks at the live objects of this process, except guppy's own.

    With `trace` allocations are traced, for peaks of stages instead of resident memory: that costs time
    and memory, so neither of the two is to be measured along with it. A look takes time in proportion to
    the objects, about a second for 2 million; referrers ten times as long. Raises a `UsageError` if guppy
    is not installed (it exists for CPython only).
    """

    def __init__(self, *, trace: bool = False) -> None:
        try:
            from guppy import hpy
        except ImportError:
            raise UsageError(
                "guppy is not installed, and it is what looks at the heap",
                "install guppy3 (for CPython; other interpreters do not have it)",
            ) from None
        self._hpy = hpy()
        # The first look imports and caches; later ones find the same objects.
        self._hpy.heap()
        self.is_tracing = trace
        self._traced_before = 0
        if trace:
            tracemalloc.start()
            self._start_stage()

    def close(self) -> None:
        """End tracing; idempotent."""
        if self.is_tracing:
            tracemalloc.stop()
            self.is_tracing = False

    def _start_stage(self) -> None:
        self._traced_before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()

    def stage(self, name: str) -> StageHeap:
        """What is held now; a traced peak is that since the last call."""
        peak = None
        if self.is_tracing:
            peak = max(0, tracemalloc.get_traced_memory()[1] - self._traced_before)
        gc.collect()
        resident = None if self.is_tracing else resident_bytes()
        heap = self._hpy.heap()
        held = StageHeap(name, int(heap.count), int(heap.size), resident, peak)
        del heap
        if self.is_tracing:
            gc.collect()
            self._start_stage()
        return held

    def partitions(self, n_rows: int = 10) -> tuple[Partition, ...]:
        """The live objects by kind, by referrers, the largest group of those by type and by way, and by size."""
        gc.collect()
        heap = self._hpy.heap()
        by_referrers = heap.byrcs
        largest = by_referrers[0]
        name = f"referred to by {next(_rows(by_referrers)).name}"
        return (
            _partition(heap, "kind", "everything", n_rows),
            _partition(by_referrers, "byrcs", "everything", n_rows),
            _partition(largest.bytype, "bytype", name, n_rows),
            _partition(largest.byvia, "byvia", name, n_rows),
            _partition(heap.bysize, "bysize", "everything", n_rows),
        )

    def kinds(self) -> dict[str, HeapRow]:
        """Every kind of live object, by name."""
        gc.collect()
        return {row.name: row for row in _rows(self._hpy.heap())}


def _rows(partition: Any) -> Iterator[HeapRow]:
    """All rows of guppy's partition, the largest first."""
    for row in partition.stat.get_rows():
        yield HeapRow(str(row.name), int(row.count), int(row.size))


def _partition(partition: Any, by: str, of: str, n_rows: int) -> Partition:
    """Guppy's partition as plain values."""
    rows = tuple(_rows(partition))
    return Partition(by, of, int(partition.count), int(partition.size), rows[:n_rows], len(rows))


_HEADINGS = {
    "kind": "Kind (class / dict of class)",
    "byrcs": "Referrers by kind",
    "bytype": "Type",
    "byvia": "Referred to via",
    "bysize": "Individual size",
}


def format_partition(partition: Partition) -> str:
    """A partition as the table that guppy prints: counts, bytes, shares, running totals."""
    lines = [
        f"{partition.by} of {partition.of}: {partition.n_objects} objects, {partition.n_bytes} bytes",
        f" Index    Count   %       Size   % Cumulative   % {_HEADINGS[partition.by]}",
    ]
    running = 0
    for index, row in enumerate(partition.rows):
        running += row.n_bytes
        lines.append(
            f"{index:6} {row.n_objects:8} {_percent(row.n_objects, partition.n_objects):3}"
            f" {row.n_bytes:10} {_percent(row.n_bytes, partition.n_bytes):3}"
            f" {running:10} {_percent(running, partition.n_bytes):3} {row.name}"
        )
    hidden = partition.n_rows - len(partition.rows)
    if hidden:
        lines.append(f"       ... and {hidden} more rows")
    return "\n".join(lines)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
