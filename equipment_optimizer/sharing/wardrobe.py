"""One list that shares its pieces: compiled once, searched again and again at prices.

In: a list and the prices of pieces. Out: its best builds at these prices, as scores
and pieces. Such a search takes milliseconds, so it is never given to a process.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import MemoryBudgetError
from ..problem.compile import MAX_SCORE, compile_problem
from ..problem.piece_costs import divisor, magnified, priced, without_pieces
from ..problem.selection import select_pieces
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.results import format_score
from ..search.engines import SearchOptions, search
from ..system.stopping import StopFlag
from ._joint_choice import STOPPED, Builds, GaveUp

__all__ = ["NOTHING_WORN", "Wardrobe", "common_factors", "piece_ids"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Prices are whole numbers of this part of the scores' last digit, where 64 bits have room for it.
_FINENESS = 64


#: In place of a piece's number: a place left empty, which everybody may have.
NOTHING_WORN = 0


def piece_ids(table: EquipmentTable, config: Config) -> IntArray:
    """What tells pieces apart among the lists of one equipment file, shape (P,), `NOTHING_WORN` for an empty place.

    Their line in it; of a weapon list a negative number that depends on that file, too.
    """
    ids = np.where(table.origin < 0, NOTHING_WORN, table.line)
    if config.has_weapon_list:
        weapons = slice(int(table.part_start[-2]), None)
        file = zlib.crc32(os.path.realpath(config.files.get("weapons", "")).encode())
        ids[weapons] = -((file << 30) + ids[weapons])
    return ids


class Wardrobe:
    """The pieces and wishes of one list, which shares nothing with lists of another file; limits hold per search."""

    def __init__(
        self,
        name: str,
        file: str,
        table: EquipmentTable,
        config: Config,
        *,
        time_limit: float | None,
        memory_bytes: int | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self.name, self.file = name, file
        config.refuse_formula("what lists share is not shared out by formulas yet", "leave disjoint out of the batch")
        self.table = select_pieces(table, config)
        self._time_limit, self._should_stop = time_limit, should_stop
        self._problem = compile_problem(self.table, config)
        self.ids = piece_ids(self.table, config)
        self._memory_bytes = memory_bytes
        self._digits = self._problem.digits
        self._factor = 1
        self._numbers: list[IntArray] = []

    @property
    def is_filled(self) -> bool:
        """Whether slots are filled with decorations: then a search takes longer."""
        return self._problem.decorations is not None

    @property
    def parts(self) -> dict[str, tuple[int, frozenset[int]]]:
        """Pieces that a build cannot do without of each body part, and those that it may take, by `piece_ids`."""
        starts, ids = self.table.part_start.tolist(), self.ids.tolist()
        spans = zip(self.table.parts, self.table.counts, self.table.optional, starts, starts[1:], strict=False)
        return {
            part: (0 if may_be_empty else count, frozenset(ids[start:stop]))
            for part, count, may_be_empty, start, stop in spans
        }

    def number_pieces(self, numbers: Mapping[int, int], factor: int) -> None:
        """Pieces get the numbers that all lists know them by, given by `piece_ids`; scores are taken `factor` times.

        An empty place gets the number behind the last.
        """
        self._factor, self._problem = factor, magnified(self._problem, factor)
        starts = self.table.part_start.tolist()
        numbered = np.array([numbers.get(piece, len(numbers)) for piece in self.ids.tolist()], dtype=np.int64)
        self._numbers = [numbered[start:stop] for start, stop in pairwise(starts)]

    @property
    def unit(self) -> int:
        """Divides every score."""
        return divisor(self._problem)

    @property
    def score_bound(self) -> int:
        """No score is higher, and none lower than its negative."""
        return self._problem.score_bound

    @property
    def digits(self) -> int:
        """Decimal places of a score before it is magnified."""
        return self._digits

    @property
    def n_positions(self) -> int:
        """Pieces of a build."""
        return len(self._problem.positions)

    def score_text(self, score: int) -> str:
        """A score of `Builds` as the output writes it."""
        return format_score(score // self._factor, self._digits)

    def best(self, prices: IntArray, limit: int, taken: BoolArray | None = None) -> Builds:
        """The best builds at prices (P,), of pieces that are not taken (P,); P stands for an empty place.

        `GaveUp` if the search was stopped, or does not fit below the memory ceiling.
        """
        problem, numbers = self._problem, self._numbers
        prices = np.append(prices, 0)
        if taken is not None:
            taken = np.append(taken, False)
            kept = [np.flatnonzero(~taken[pieces_of_part]) for pieces_of_part in numbers]
            numbers = [pieces_of_part[index] for pieces_of_part, index in zip(numbers, kept, strict=True)]
            problem = without_pieces(problem, kept)
        if not problem.space.n_combinations:
            return Builds(np.empty(0, np.int64), np.empty((0, self.n_positions), np.int64), True)
        flag = StopFlag(self._time_limit, self._should_stop)
        options = SearchOptions(workers=1, backend="serial", memory_bytes=self._memory_bytes, should_stop=flag.is_set)
        try:
            outcome = search(priced(problem, [prices[pieces_of_part] for pieces_of_part in numbers]), limit, options)
        except MemoryBudgetError as error:
            raise GaveUp(f"{error.message}") from error
        if not outcome.report.proved:
            raise GaveUp(STOPPED)
        columns = [numbers[part][column] for part, column in zip(problem.positions, outcome.columns, strict=True)]
        pieces = np.stack(columns, axis=1)
        n_builds = len(outcome.scores)
        is_complete = n_builds < limit or n_builds == problem.space.n_combinations
        return Builds(outcome.scores + prices[pieces].sum(axis=1), pieces, is_complete)


def common_factors(wardrobes: list[Wardrobe]) -> tuple[list[int], int] | None:
    """What each list's scores are taken times to be in one unit, and the dearest price; None where no unit fits."""
    digits = max(wardrobe.digits for wardrobe in wardrobes)
    factors = [10 ** (digits - wardrobe.digits) for wardrobe in wardrobes]
    bound = max(wardrobe.score_bound * factor for wardrobe, factor in zip(wardrobes, factors, strict=True)) + 1
    # Dearer than twice every score, a piece is as good as forbidden.
    n_prices = 1 + 2 * max(wardrobe.n_positions for wardrobe in wardrobes)
    spare = MAX_SCORE // (bound * max(n_prices, len(wardrobes)))
    if not spare:
        return None
    fineness = min(_FINENESS, 1 << (spare.bit_length() - 1))
    return [factor * fineness for factor in factors], 2 * bound * fineness
