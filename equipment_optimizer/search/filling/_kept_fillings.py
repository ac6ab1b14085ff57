"""Fillings that were found while builds were scored, for when those builds are written.

Array axes: G groups of builds that are filled alike, W words of a group's key, X decoration columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...records.equipment import smallest_unsigned

__all__ = ["Witnesses"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: In place of the basis at which a group was bounded best, where its number means nothing any more.
_FORGOTTEN = -1

#: Groups that are remembered at the most, and more than needed before they are sifted: 70 to 110 bytes each.
_MOST_KEPT = 65_536
_SPARE = 4_096


class Witnesses:
    """A best filling of each group, as counts by decoration column, and the basis that bounds it best.

    Forgets groups whose builds no longer matter.
    """

    def __init__(self, n_columns: int, n_slots: int) -> None:
        self._n_kept = 0
        self._n_sifted = _SPARE
        self._words: list[IntArray] = []
        self._counts: list[npt.NDArray[np.unsignedinteger[Any]]]
        self._counts = [np.zeros((0, n_columns), dtype=smallest_unsigned(n_slots + 1))]
        self._values = [np.zeros(0, dtype=np.int64)]
        self._scores = [np.zeros(0, dtype=np.int64)]
        self._bases = [np.zeros(0, dtype=np.int64)]
        #: The last row of each key, of the first so many rows.
        self._place: dict[bytes, int] = {}
        self._n_placed = 0

    def note(
        self,
        words: IntArray,
        counts: IntArray,
        values: IntArray,
        *,
        bases: IntArray,
        scores: IntArray,
        least_score: int,
    ) -> None:
        """Remember G groups, of rank `words` (W, G), filling `counts` (G, X) and `bases`, numbers, (G,).

        `values` are what the fillings score, `scores` what each group's best build does. Builds that score less than
        `least_score` no longer matter.
        """
        wanted = np.flatnonzero(scores >= least_score)
        self._words.append(words[:, wanted])
        self._counts.append(counts[wanted].astype(self._counts[0].dtype))
        self._values.append(values[wanted])
        self._scores.append(scores[wanted])
        self._bases.append(bases[wanted])
        self._n_kept += len(wanted)
        if self._n_kept > self._n_sifted:
            self._sift(least_score)

    def _sift(self, least_score: int) -> None:
        self._settle()
        kept = np.flatnonzero(self._scores[0] >= least_score)
        if len(kept) > _MOST_KEPT:
            kept = kept[np.argpartition(-self._scores[0][kept], _MOST_KEPT)[:_MOST_KEPT]]
        self._words, self._counts = [self._words[0][:, kept]], [self._counts[0][kept]]
        self._values, self._scores = [self._values[0][kept]], [self._scores[0][kept]]
        self._bases = [self._bases[0][kept]]
        self._n_kept = len(kept)
        self._place, self._n_placed = {}, 0
        self._n_sifted = 2 * self._n_kept + _SPARE

    def _settle(self) -> None:
        """One array of each."""
        self._words = [np.concatenate(self._words, axis=1)] if self._words else []
        self._counts = [np.concatenate(self._counts)]
        self._values, self._scores = [np.concatenate(self._values)], [np.concatenate(self._scores)]
        self._bases = [np.concatenate(self._bases)]

    def forget_bases(self) -> None:
        """Numbers of bases mean nothing any more."""
        for bases in self._bases:
            bases[:] = _FORGOTTEN

    def find(self, words: IntArray, values: IntArray) -> tuple[BoolArray, IntArray, IntArray]:
        """Which groups have a filling that scores `values`, shape (G,), its counts, shape (G, X), and basis, (G,).

        A basis that is not known is below 0.
        """
        self._settle()
        fresh = _keys(self._words[0][:, self._n_placed :]) if self._words else []
        self._place.update(zip(fresh, range(self._n_placed, self._n_placed + len(fresh)), strict=True))
        self._n_placed += len(fresh)
        rows = np.array([self._place.get(key, -1) for key in _keys(words)], dtype=np.int64)
        counts = np.zeros((len(rows), self._counts[0].shape[1]), dtype=np.int64)
        is_known = rows >= 0
        is_known[is_known] = self._values[0][rows[is_known]] == values[is_known]
        counts[is_known] = self._counts[0][rows[is_known]]
        bases = np.full(len(rows), _FORGOTTEN, dtype=np.int64)
        bases[is_known] = self._bases[0][rows[is_known]]
        return is_known, counts, bases


def _keys(words: IntArray) -> list[bytes]:
    """Words of each group, shape (W, G), as one key."""
    joined, width = words.T.tobytes(), words.itemsize * len(words)
    return [joined[width * group : width * (group + 1)] for group in range(words.shape[1])]
