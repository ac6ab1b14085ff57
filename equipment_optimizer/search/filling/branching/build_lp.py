"""The linear relaxation of a filling: one program for all builds of a problem.

Columns: counts of decorations by the lowest kind of slot they fit, slots used as lower
ones, slots left free, what is left of limited decorations, and for each skill the
straight pieces of its value above the build's level (`_hulls`), those of variants that
are not the build's being closed; last, slack of rows for whole counts. Rows: skills,
kinds of slots, limited decorations that fit several kinds, rows for whole counts
(`_whole_rows`).

Builds, and fillings of which a part is chosen, differ in right-hand sides and bounds only. Where a slot is worth
more free than a higher one, no more are left free than there are: a higher one would be taken for a lower.

Array axes: G builds, E involved features, K slot kinds, X decoration columns, N all
columns, M rows, W rows for whole counts, S limited decorations with a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ...relaxation.bounds import prefers_low_slots
from ..tables.packing import clipped, first_of_each, pack_columns
from ..tables.steps import FillingModel
from ._hulls import Hulls
from ._shared_simplex import SharedSimplex
from ._whole_rows import WholeRows

__all__ = ["BuildLp", "Cases"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: More than a row for whole counts can ever be over-satisfied by.
_NO_LIMIT = 1e6

#: What the nudge towards the filling to write may add to a bound, in parts of the grain.
_NUDGE = 0.2


#: Fields of `Cases` that have builds last.
_BY_COLUMN = ("entry", "mode", "variant", "slots")


@dataclass(frozen=True, eq=False)
class Cases:
    """G builds as right-hand sides and bounds."""

    entry: IntArray  # shape (E, G): place of each feature's level in its table
    mode: IntArray  # shape (E, G): whether it is raised
    variant: IntArray  # shape (E, G)
    slots: IntArray  # shape (K, G)
    side: FloatArray  # shape (G, M)
    kind: IntArray  # shape (G,): which columns are closed (`BuildLp.closed`)
    #: What prices are paid for, shape (G, E + K + W): levels, slots, right-hand sides of rows for whole counts.
    amounts: FloatArray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Rows) -> Cases:
        """Some builds."""
        return Cases(
            self.entry[:, rows],
            self.mode[:, rows],
            self.variant[:, rows],
            self.slots[:, rows],
            self.side[rows],
            self.kind[rows],
            self.amounts[rows],
        )

    def and_these(self, other: Cases) -> Cases:
        """These builds and others."""
        joined = [
            np.concatenate([getattr(self, name), getattr(other, name)], axis=int(name in _BY_COLUMN))
            for name in (field.name for field in fields(Cases))
        ]
        return Cases(*joined)


class BuildLp:
    """The program of one problem; `OverflowError` where it would be too large to be of use.

    If it `is_steep`, prices of builds that miss a minimum rule out whatever misses it, unfilled scores included.
    The first `n_decorated` columns, X, are decorations; `pieces` are those of the hulls. By kind of build `closed` has
    the columns that are closed, shape (N,), and `high` the upper bounds of all, shape (kinds, N); lower ones are 0.
    """

    def __init__(self, model: FillingModel, *, is_steep: bool = False) -> None:
        self.model = model
        problem, decorations = model.problem, model.decorations
        involved = list(model.involved)
        # Plain decorations are in what a free slot is worth.
        pairs = [(d, k) for d in np.flatnonzero(~model.is_plain).tolist() for k in problem.decoration_places[d]]
        #: Of each of those columns the decoration, and the kind of slot.
        self.decoration = np.array([d for d, _ in pairs], dtype=np.int64)
        self.place = np.array([k for _, k in pairs], dtype=np.int64)
        self.n_decorated = len(pairs)
        self.levels: IntArray = decorations.levels[self.decoration][:, involved]
        self.linear: IntArray = decorations.linear[self.decoration]
        self._n_slots = int(model.most_slots.sum())
        #: Whether a slot is worth more free than a higher one.
        self.prefers_low = prefers_low_slots(problem, model.free_values)
        stock = decorations.stock[self.decoration]
        #: The most of each column that any build takes.
        self.most = np.where(stock < 0, self._n_slots, np.minimum(stock, self._n_slots))
        owner, counts = np.unique(self.decoration, return_counts=True)
        limited = owner[(counts > 1) & (decorations.stock[owner] >= 0)]
        #: Limited decorations that have a row, with its number among those.
        self.stocked = {d: s for s, d in enumerate(limited.tolist())}
        self.stock: IntArray = decorations.stock[limited]
        #: No filling that keeps the limits is worth less.
        self.lowest, highest = self._extremes()
        #: What a level costs that is missing for a minimum: with any missing a bound is below the lowest.
        self.price_of_missing = max(highest - self.lowest, 2 * problem.score_bound if is_steep else 0) + 2
        self.hulls = Hulls(model, self.price_of_missing)
        n_entries = max((model.last(e) for e in involved), default=0) + 1
        self.whole = WholeRows(self.hulls, self.levels, n_entries)
        self._start = np.array(self.hulls.start, dtype=np.int64)
        self.closed: list[BoolArray] = []
        self.variants = np.zeros((0, len(model.involved)), dtype=np.int64)
        self._kind_of: dict[bytes, int] = {}
        #: Features of several variants.
        self._several = np.flatnonzero(np.bincount(self.hulls.owner, minlength=1) > 1)
        self._assemble()
        self.high = np.zeros((0, len(self._high)))

    def _extremes(self) -> tuple[int, int]:
        """No filling that keeps the limits is worth less, or more."""
        model = self.model
        values: dict[int, list[int]] = {e: [] for e, _ in model.rows}
        for (e, _), row in model.rows.items():
            table = model.values_scaled[row : row + model.last(e) + 1]
            allowed = table[table > model.never]
            if allowed.size:
                values[e] += [int(allowed.min()), int(allowed.max())]
        each = max(int(np.abs(weights).max(initial=0)) for weights in (model.free_values, model.decorations.linear))
        lowest = sum(min(extremes, default=0) // model.precision for extremes in values.values())
        highest = sum(-(-max(extremes, default=0) // model.precision) for extremes in values.values())
        return lowest - each * self._n_slots, highest + each * self._n_slots

    # --- the program ---------------------------------------------------------------

    def _assemble(self) -> None:
        """Matrix, costs and bounds."""
        levels = self.model.problem.slot_levels
        sizes = [self.n_decorated, sum(level > 1 for level in levels), len(levels), len(self.stock)]
        sizes += [len(self.hulls.pieces), len(self.whole)]
        ends = np.cumsum(sizes).tolist()
        x, down, free, stock, pieces, whole = (
            np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)
        )
        row_ends = np.cumsum([len(self.model.involved), len(levels), len(self.stock), len(self.whole)]).tolist()
        self.slot_row, self.stock_row, self.whole_row, n_rows = row_ends
        matrix, cost, high = np.zeros((n_rows, ends[-1])), np.zeros(ends[-1]), np.full(ends[-1], float(self._n_slots))
        matrix[: self.slot_row, x] = -self.levels.T
        matrix[self.slot_row + self.place, x] = 1.0
        cost[x], high[x] = self.linear, self.most
        for column, k in zip(down, (k for k, level in enumerate(levels) if level > 1), strict=True):
            matrix[self.slot_row + k, column], matrix[self.slot_row + k - 1, column] = 1.0, -1.0
        matrix[self.slot_row + np.arange(len(levels)), free] = 1.0
        self._free = free
        cost[free] = self.model.free_values
        for d, s in self.stocked.items():
            matrix[self.stock_row + s, x[self.decoration == d]] = 1.0
            matrix[self.stock_row + s, stock[s]] = 1.0
            high[stock[s]] = self.stock[s]
        self._add_pieces(matrix, cost, high, pieces)
        matrix[self.whole_row :, x] = self.whole.levels
        matrix[self.whole_row + np.arange(len(whole)), whole] = -1.0
        high[whole] = _NO_LIMIT
        self.pieces = slice(ends[3], ends[4])
        self._high = high
        cost[x] -= self._nudge(n_rows)
        first_piece = {
            self.hulls.owner[piece.variant]: column for piece, column in zip(self.hulls.pieces, pieces, strict=True)
        }
        basic = [*(first_piece[i] for i in range(self.slot_row)), *free, *stock, *whole]
        self.simplex = SharedSimplex(matrix, cost, np.array(basic, dtype=np.int64))

    def _add_pieces(self, matrix: FloatArray, cost: FloatArray, high: FloatArray, columns: IntArray) -> None:
        """The columns of values: in place."""
        owners = np.array(self.hulls.owner, dtype=np.int64)
        for piece, column in zip(self.hulls.pieces, columns, strict=True):
            matrix[owners[piece.variant], column] = 1.0
            cost[column], high[column] = piece.worth, piece.length
            # Levels below the break are missing as far as they are not reached.
            matrix[self.whole_row :, column] = np.where(piece.end <= self.whole.breaks[:, piece.variant], -1.0, 0.0)

    def _nudge(self, n_rows: int) -> FloatArray:
        """So little that no bound rises by a whole number, and of equal optima one is near the filling to write.

        That one uses the first decorations of several skills least.
        """
        several = (self.levels != 0).sum(axis=1) > 1
        least = _NUDGE * self.model.grain / (max(self._n_slots, 1) * n_rows)
        return least * np.where(several, 1.0 - np.arange(self.n_decorated) / (2 * max(self.n_decorated, 1)), 0.0)

    # --- builds --------------------------------------------------------------------

    def high_of(self, cases: Cases, rows: Rows) -> FloatArray:
        """Upper bounds of the columns of some builds, shape (rows, N)."""
        high = self.high[cases.kind[rows]]
        if self.prefers_low:
            high[:, self._free] = cases.slots[:, rows].T
        return high

    def cases(self, entry: IntArray, modes: Mapping[int, IntArray], slots: IntArray) -> Cases:
        """Builds with these places in the tables, shape (E, G), modes by feature, and slots, shape (K, G)."""
        mode, variant = np.zeros_like(entry), np.zeros_like(entry)
        for i, e in enumerate(self.model.involved):
            if e in modes:
                mode[i] = modes[e]
            variant[i] = self.hulls.variants(i, mode[i], entry[i])
        return self._cases(entry, mode, variant, slots)

    def by_runs(self, cases: Cases, rows: Rows, counts: IntArray) -> tuple[IntArray, Cases]:
        """Builds divided by runs of levels on which a value is concave, where the hull of another exceeds it.

        The value is the one that is exceeded most at counts, shape (C, X), of the builds `rows`, shape (C,). Returns
        which of those each part is of: none of some where no hull exceeds its function, or where no run divides it.
        """
        if not self.hulls.runs:
            return np.zeros(0, dtype=np.int64), cases.take(rows[:0])
        last = np.array([[self.model.last(e)] for e in self.model.involved], dtype=np.int64)
        level = clipped(cases.entry[:, rows] + self.levels.T @ counts.T, last)
        variant = cases.variant[:, rows]
        excess = self.hulls.excess[variant, level]
        owner, feature, run = [], [], []
        for place, i in enumerate(excess.argmax(axis=0).tolist()):
            least = 0 if self.model.may_fall[self.model.involved[i]] else int(cases.entry[i, rows[place]])
            for number, end in self.hulls.runs.get(int(variant[i, place]), ()) if excess[i, place] > 0 else ():
                if end >= least:
                    owner.append(place)
                    feature.append(i)
                    run.append(number)
        of_part = np.array(owner, dtype=np.int64)
        variant = variant[:, of_part]
        variant[feature, np.arange(len(owner))] = run
        some = rows[of_part]
        return of_part, self._cases(cases.entry[:, some], cases.mode[:, some], variant, cases.slots[:, some])

    def _cases(self, entry: IntArray, mode: IntArray, variant: IntArray, slots: IntArray) -> Cases:
        """Builds of these variants."""
        sides = self.whole.sides(variant, entry)
        at = self.whole.break_of(variant)
        missing = sides - np.where(at, at - self._start[variant[self.whole.feature]], 0)
        stock = np.repeat(self.stock[:, None], slots.shape[1], axis=1)
        side = np.concatenate([entry - self._start[variant], slots, stock, missing]).T.astype(np.float64)
        amounts = np.concatenate([entry, slots, sides]).T.astype(np.float64)
        return Cases(entry, mode, variant, slots, side, self._kinds(variant), amounts)

    def _kinds(self, variant: IntArray) -> IntArray:
        """The kind of each build; new kinds are noted."""
        if len(self.variants) == 1 and (variant == self.variants[0][:, None]).all():
            return np.zeros(variant.shape[1], dtype=np.int64)
        n_builds, width = variant.shape[1], len(self.hulls.owner).bit_length()
        columns = [np.zeros(n_builds, dtype=np.int64), *variant[self._several]]
        words = pack_columns(columns, [1, *([width] * len(self._several))], n_builds)
        order = np.lexsort(words)
        starts = first_of_each(words, order)
        of_each = [self._kind(key.tobytes()) for key in variant[:, order[starts]].T]
        kinds = np.empty(n_builds, dtype=np.int64)
        kinds[order] = np.repeat(of_each, np.diff(starts, append=n_builds)) if n_builds else kinds
        return kinds

    def _kind(self, key: bytes) -> int:
        """The kind whose variants are these."""
        kind = self._kind_of.setdefault(key, len(self.variants))
        if kind == len(self.variants):
            variant = np.frombuffer(key, dtype=np.int64)
            open_variants = set(variant.tolist())
            closed = np.zeros(len(self._high), dtype=np.bool_)
            closed[self.pieces] = [piece.variant not in open_variants for piece in self.hulls.pieces]
            self.closed.append(closed)
            self.variants = np.concatenate([self.variants, variant[None]])
            self.high = np.concatenate([self.high, np.where(closed, 0.0, self._high)[None]])
        return kind
