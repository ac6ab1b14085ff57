"""Seven ways to hold every combination of an equipment list, and what each costs.

    python benchmarks/memory/representations.py NAME MEASURE EQUIPMENT.csv CONFIG.json

measures one way in this process and prints one line of JSON. MEASURE is one of

* ``heap``: what guppy finds on the heap after building, beyond what was there before;
* ``traced``: tracemalloc's peak while building;
* ``resident``: the highest resident memory of the process, building and reading;
* ``time``: seconds to build, and to read the scores of all combinations back.

Time and tracing are never in one run. Each way reads the same scores, in rank
order; their SHA-256 is printed, so that whoever compares can first check that all
hold the same. `memory_table.py` runs them all.

The object ways are what a program grows into when it makes an object for every
combination; they are written here for this comparison. Scores follow the plain
rules of a config (weights, maxima, penalties), which is all that the example uses.
"""

from __future__ import annotations

import argparse
import array
import gc
import hashlib
import itertools
import json
import sys
import time
import tracemalloc
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from held_job import Job, total_skills, total_slots

from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.records.space import CombinationSpace
from equipment_optimizer.system.machine import peak_rss_bytes

MEASURES = ("heap", "traced", "resident", "time")

#: Rows decoded or scored at a time by the ways that can.
_BLOCK = 4_096

#: Kinds of objects that a measurement of the heap names, at the most.
_MOST_KINDS = 4


class Representation(ABC):
    """One way to hold every combination."""

    title: str

    def __init__(self, job: Job) -> None:
        self.job = job

    @abstractmethod
    def build(self) -> None:
        """Make everything that is held."""

    @abstractmethod
    def scores(self) -> Iterator[np.ndarray]:
        """Scaled scores in rank order, int64, in arrays of any length."""

    def _score_objects(self, objects: Iterable[Any]) -> Iterator[np.ndarray]:
        """Scores of objects that know their totals."""
        job, left = self.job, iter(objects)
        while block := list(itertools.islice(left, _BLOCK)):
            yield np.array([job.worth(o.total_skills.items(), o.total_slots, o.total_defence) for o in block], np.int64)


class _Combination:
    """Pieces and totals in dictionaries; what holds the attributes is for the classes below to say."""

    __slots__ = ()

    pieces: dict[str, EquipmentPiece]
    slots_by_level: dict[int, int]
    total_defence: int
    total_skills: dict[str, int]

    def __init__(self, pieces: tuple[EquipmentPiece, ...]) -> None:
        self.pieces = {piece.body_part: piece for piece in pieces}
        self.total_skills = total_skills(pieces)
        self.slots_by_level = dict(enumerate(total_slots(pieces), 1))
        self.total_defence = sum(piece.defence for piece in pieces)

    @property
    def total_slots(self) -> Iterable[int]:
        """Slots by level."""
        return self.slots_by_level.values()


class DictCombination(_Combination):
    """An ordinary object: attributes in a dictionary."""


class SlotsCombination(_Combination):
    """The same object without a dictionary for its attributes."""

    __slots__ = ("pieces", "slots_by_level", "total_defence", "total_skills")


class FlatCombination:
    """One flat tuple with everything, in an object whose properties unpack it when they are read."""

    __slots__ = ("_flat",)

    #: Pieces, then four slots, then defence, then skills and levels in turn.
    _PIECES, _SLOTS, _DEFENCE, _SKILLS = 6, 10, 10, 11

    def __init__(self, pieces: tuple[EquipmentPiece, ...]) -> None:
        skills = itertools.chain.from_iterable(total_skills(pieces).items())
        self._flat = (*pieces, *total_slots(pieces), sum(piece.defence for piece in pieces), *skills)

    @property
    def total_slots(self) -> tuple[int, ...]:
        """Slots by level."""
        return self._flat[self._PIECES : self._SLOTS]

    @property
    def total_defence(self) -> int:
        """Points of defence."""
        return self._flat[self._DEFENCE]

    @property
    def total_skills(self) -> dict[str, int]:
        """Total level by skill."""
        return dict(zip(self._flat[self._SKILLS :: 2], self._flat[self._SKILLS + 1 :: 2], strict=True))


class Objects(Representation):
    """A list of objects of one class."""

    kind: type

    def build(self) -> None:
        """Make an object for every combination."""
        self.held = [self.kind(pieces) for pieces in itertools.product(*self.job.pieces())]

    def scores(self) -> Iterator[np.ndarray]:
        """Scores from the totals that the objects hold."""
        return self._score_objects(self.held)


class Dicts(Objects):
    """Where it began."""

    title = "objects with dictionaries"
    kind = DictCombination


class Slots(Objects):
    """The usual first remedy."""

    title = "objects with `__slots__`"
    kind = SlotsCombination


class Flat(Objects):
    """Where the earlier program ended."""

    title = "flat tuple in an object, lazy properties"
    kind = FlatCombination


@dataclass
class _Totals:
    """Totals of one combination, made for reading."""

    total_skills: dict[str, int]
    total_slots: list[int]
    total_defence: int


class Tuples(Representation):
    """The pieces and nothing else."""

    title = "bare tuples of pieces in a list"

    def build(self) -> None:
        """Make a tuple for every combination."""
        self.held = list(itertools.product(*self.job.pieces()))

    def scores(self) -> Iterator[np.ndarray]:
        """Scores from totals that are summed up anew."""
        totals = (
            _Totals(total_skills(pieces), total_slots(pieces), sum(piece.defence for piece in pieces))
            for pieces in self.held
        )
        return self._score_objects(totals)


class Columns(Representation):
    """One small integer per body part and combination: what the package keeps."""

    title = "`EquipmentCombinationList` (columns)"

    def build(self) -> None:
        """Fill the columns block by block."""
        self.held = EquipmentCombinationList.whole_space(self.job.table)

    def scores(self) -> Iterator[np.ndarray]:
        """Scores of slices, vectorised."""
        for start in range(0, len(self.held), _BLOCK):
            yield score_columns(self.job.problem, self.held[start : start + _BLOCK].columns)


class Ranks(Representation):
    """A rank in as many bits as the largest one has, packed without gaps."""

    title = "packed ranks"

    def build(self) -> None:
        """Pack the ranks of blocks; a block of 8 n ranks ends with a whole byte."""
        n_combinations = self.job.space.n_combinations
        self.n_bits = max(1, (n_combinations - 1).bit_length())
        self.held = np.empty(-(-n_combinations * self.n_bits // 8), np.uint8)
        place = np.arange(self.n_bits)
        at = 0
        for start, stop in self.job.space.blocks(_BLOCK):
            bits = (np.arange(start, stop)[:, None] >> place & 1).astype(np.uint8)
            packed = np.packbits(bits)
            self.held[at : at + len(packed)] = packed
            at += len(packed)

    def scores(self) -> Iterator[np.ndarray]:
        """Scores of unpacked blocks, vectorised."""
        space = self.job.space
        weights = 1 << np.arange(self.n_bits, dtype=np.int64)
        sizes = np.array(space.sizes)
        for start, stop in space.blocks(_BLOCK):
            first, n_bits = start * self.n_bits // 8, (stop - start) * self.n_bits
            bits = np.unpackbits(self.held[first : first + -(-n_bits // 8)], count=n_bits)
            ranks = bits.reshape(-1, self.n_bits) @ weights
            yield score_columns(self.job.problem, list(np.unravel_index(ranks, sizes)))


class Space(Representation):
    """Arithmetic: a rank is turned into pieces when it is needed."""

    title = "the space, storing nothing"

    def build(self) -> None:
        """There is nothing to make."""
        self.held = CombinationSpace.of(self.job.table)

    def scores(self) -> Iterator[np.ndarray]:
        """Scores of generated blocks, vectorised."""
        for start, stop in self.held.blocks(_BLOCK):
            yield score_columns(self.job.problem, self.held.block(start, stop))


REPRESENTATIONS: dict[str, type[Representation]] = {
    "dicts": Dicts,
    "slots": Slots,
    "flat": Flat,
    "tuples": Tuples,
    "columns": Columns,
    "ranks": Ranks,
    "space": Space,
}


def _digest(holder: Representation) -> str:
    """SHA-256 of all scores in rank order."""
    digest = hashlib.sha256()
    for block in holder.scores():
        digest.update(np.ascontiguousarray(block, np.int64).tobytes())
    return digest.hexdigest()


def _heap(holder: Representation) -> dict[str, Any]:
    """What building adds to guppy's heap."""
    from equipment_optimizer.system.heap import HeapMeter

    meter = HeapMeter()
    # The first table is on the heap when the second is made, and is then dropped:
    # so exactly one table is counted before and after.
    before = meter.kinds()
    before = meter.kinds()
    holder.build()
    after = meter.kinds()
    grown = []
    for name, row in after.items():
        old = before.get(name)
        n_objects, n_bytes = row.n_objects, row.n_bytes
        if old is not None:
            n_objects, n_bytes = n_objects - old.n_objects, n_bytes - old.n_bytes
        grown.append((n_bytes, n_objects, name.replace("__main__.", "")))
    grown.sort(reverse=True)
    lost = sum(row.n_bytes for name, row in before.items() if name not in after)
    return {
        "heap_bytes": sum(n_bytes for n_bytes, _, _ in grown) - lost,
        "heap_objects": sum(n_objects for _, n_objects, _ in grown),
        "kinds": [[name, n_objects, n_bytes] for n_bytes, n_objects, name in grown[:_MOST_KINDS] if n_bytes > 0],
    }


def _traced(holder: Representation) -> dict[str, Any]:
    """The most that building holds at once."""
    gc.collect()
    tracemalloc.start()
    holder.build()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"traced_peak_bytes": peak}


def _resident(holder: Representation) -> dict[str, Any]:
    """The most that the process takes, reading included."""
    holder.build()
    digest = _digest(holder)
    return {"peak_rss_bytes": peak_rss_bytes(), "scores_sha256": digest}


def _time(holder: Representation) -> dict[str, Any]:
    """Seconds to build, and to read all scores."""
    began = time.perf_counter()
    holder.build()
    built = time.perf_counter()
    total = array.array("q", [0])
    for block in holder.scores():
        total[0] += int(block.sum())
    return {"build_seconds": built - began, "read_seconds": time.perf_counter() - built}


def measure(name: str, what: str, equipment: str, config: str) -> dict[str, Any]:
    """Measure one way in this process.

    Parameters
    ----------
    name : str
        One of `REPRESENTATIONS`.
    what : {"heap", "traced", "resident", "time"}
    equipment, config : str
        Paths.
    """
    job = Job(equipment, config)
    holder = REPRESENTATIONS[name](job)
    figures = {"heap": _heap, "traced": _traced, "resident": _resident, "time": _time}[what](holder)
    return {"name": name, "n_combinations": job.space.n_combinations, **figures}


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=REPRESENTATIONS)
    parser.add_argument("measure", choices=MEASURES)
    parser.add_argument("equipment")
    parser.add_argument("config")
    args = parser.parse_args()
    print(json.dumps(measure(args.name, args.measure, args.equipment, args.config)))


if __name__ == "__main__":
    main()
