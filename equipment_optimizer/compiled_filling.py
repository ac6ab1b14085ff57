"""Arrays for the compiled filling kernel, and when it is worth loading.

In comes a `FillingModel`, out come exact best fillings of many builds at once, or the
word that some of them must be found otherwise. Numba is imported when the first
build is filled this way, not before.
"""

from __future__ import annotations

import glob
import itertools
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from .filling_lp import Choices
from .filling_model import FillingModel

__all__ = ["UNDECIDED", "CompiledFilling"]

IntArray = npt.NDArray[np.int64]

#: Levels a feature may range over in the kernel's tables.
_MAX_LEVELS = 512

#: Far below every value, as in the kernel.
_NEVER = -(2**56)

#: Stands for a best score that the kernel could not find, as in the kernel.
UNDECIDED = -(2**62) + 1


class CompiledFilling:
    """The kernel with one problem's arrays.

    Parameters
    ----------
    model : FillingModel
    on_notice : callable, optional
        Told when the kernel has to be compiled first.
    """

    def __init__(self, model: FillingModel, on_notice: Callable[[str], None] | None = None) -> None:
        self._on_notice = on_notice
        problem, decorations = model.problem, model.decorations
        self._model = model
        choices = Choices(problem, decorations)
        own = choices.decoration
        n_features, n_kinds = problem.n_features, len(problem.slot_levels)
        limited = model.limited
        stock_row = np.full(len(decorations.index), -1, dtype=np.int64)
        stock_row[limited] = np.arange(len(limited))
        low = np.array(model.table_low, dtype=np.int64)
        values, corners, n_corners, hulls = self._features()
        n_segments = max([len(hull) - 1 for row in hulls for hull in row] + [1])
        self._lengths = np.zeros((3, n_features, n_segments))
        self._costs = np.zeros((3, n_features, n_segments))
        self._base = np.zeros((3, n_features))
        for mode, row in enumerate(hulls):
            for f, hull in enumerate(row):
                self._base[mode, f] = hull[0][0]
                for i, ((ax, ay), (bx, by)) in enumerate(itertools.pairwise(hull)):
                    self._lengths[mode, f, i] = bx - ax
                    self._costs[mode, f, i] = (by - ay) / (bx - ax)
        n_choices, n_stock = len(choices), len(limited)
        n_rows = n_features + n_kinds + n_stock
        n_columns = n_choices + 2 * n_kinds + n_stock + n_features * n_segments
        matrix = np.zeros((n_rows, n_columns + n_rows))
        matrix[:n_features, :n_choices] = decorations.levels[own].T
        matrix[n_features + choices.kind, np.arange(n_choices)] = 1.0
        for c, s in enumerate(stock_row[own].tolist()):
            if s >= 0:
                matrix[n_features + n_kinds + s, c] = 1.0
        for k, level in enumerate(problem.slot_levels):
            matrix[n_features + k, n_choices + k] = 1.0
            if level > 1:
                matrix[n_features + k, n_choices + n_kinds + k] = 1.0
                matrix[n_features + k - 1, n_choices + n_kinds + k] = -1.0
        for s in range(n_stock):
            matrix[n_features + n_kinds + s, n_choices + 2 * n_kinds + s] = 1.0
        first = n_choices + 2 * n_kinds + n_stock
        for f in range(n_features):
            matrix[f, first + f * n_segments : first + (f + 1) * n_segments] = -1.0
        matrix[:, n_columns:] = np.eye(n_rows)
        self._matrix = matrix
        self._kind_order = np.argsort(-choices.kind, kind="stable")
        self._raised_by = np.array([feature.raised_by for feature in problem.features], dtype=np.int64)
        self._static: tuple[Any, ...] = (
            np.ascontiguousarray(decorations.levels[own]),
            decorations.linear[own],
            choices.kind,
            stock_row[own],
            choices.fits,
            problem.slot_weights,
            decorations.stock[limited],
            low,
            values,
            corners,
            n_corners,
            model.precision,
        )

    @staticmethod
    def is_supported(model: FillingModel) -> bool:
        """Whether the kernel can be used: small tables, no decoration that lowers a level, Numba installed."""
        if find_spec("numba") is None:
            return False
        spans = [high - low for low, high in zip(model.table_low, model.table_high, strict=True)]
        return max(spans, default=0) < _MAX_LEVELS and not any(model.may_fall) and bool(spans)

    def _features(self) -> tuple[IntArray, IntArray, IntArray, list[list[list[tuple[int, int]]]]]:
        """Values by mode, feature and level; corner levels; how many; hull points."""
        model = self._model
        problem = model.problem
        n_features = problem.n_features
        n_levels = max(high - low + 1 for low, high in zip(model.table_low, model.table_high, strict=True))
        values = np.zeros((3, n_features, n_levels), dtype=np.int64)
        corner_lists: list[list[list[int]]] = []
        hulls: list[list[list[tuple[int, int]]]] = []
        for mode in range(3):
            corner_lists.append([])
            hulls.append([])
            for f, feature in enumerate(problem.features):
                low, high = model.table_low[f], model.table_high[f]
                functions = model.functions(f, mode)
                x = np.arange(low, low + n_levels, dtype=np.int64)
                values[mode, f] = model.precision * np.max([function(x) for function in functions], axis=0)
                least = low if feature.minimum is None else max(low, feature.minimum)
                values[mode, f, x < least] = _NEVER
                values[mode, f, x > high] = _NEVER if high < least else values[mode, f, high - low]
                least = min(least, high)
                inside = {c for function in functions for c in function.corners(least, high)}
                corner_lists[-1].append(sorted(inside))
                points: dict[int, int] = {}
                for function in functions:
                    for at, y in function.upper_hull(least, high):
                        points[at] = max(y, points.get(at, y))
                hulls[-1].append(_concave(sorted(points.items())))
        most = max(len(own) for row in corner_lists for own in row)
        corners = np.zeros((3, n_features, most), dtype=np.int64)
        n_corners = np.zeros((3, n_features), dtype=np.int64)
        for mode, row in enumerate(corner_lists):
            for f, own in enumerate(row):
                corners[mode, f, : len(own)] = own
                n_corners[mode, f] = len(own)
        return values, corners, n_corners, hulls

    def best(self, levels: IntArray, slots: IntArray, modes: IntArray, floor: IntArray) -> tuple[IntArray, IntArray]:
        """Best scores, shape (G,), and the prices of each root, shape (G, F + limited).

        Parameters
        ----------
        levels : ndarray of int64, shape (F, G)
        slots : ndarray of int64, shape (K, G)
        modes : ndarray of int64, shape (F, G)
        floor : ndarray of int64, shape (G,)

        Returns
        -------
        best : ndarray of int64, shape (G,)
            `NO_BUILD` below the floor, one more where undecided.
        root : ndarray of int64, shape (G, F + limited)
        """
        kernels = _load()
        if self._on_notice is not None and not _is_compiled(kernels):
            self._on_notice("compiling the filling kernel; this happens once and takes about half a minute")
        n_builds = levels.shape[1]
        best = np.empty(n_builds, dtype=np.int64)
        root = np.zeros((n_builds, levels.shape[0] + len(self._model.limited)), dtype=np.int64)
        kernels.fill_builds(
            np.ascontiguousarray(levels.T),
            np.ascontiguousarray(slots.T),
            np.ascontiguousarray(modes.T),
            floor,
            self._model.grain,
            self._matrix,
            self._costs,
            self._lengths,
            self._base,
            self._raised_by,
            self._kind_order,
            self._static,
            best,
            root,
        )
        return best, root


def _concave(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The points on the upper hull of `points`, ascending."""
    hull: list[tuple[int, int]] = []
    for x, y in points:
        while len(hull) >= 2:
            (ax, ay), (bx, by) = hull[-2:]
            if (by - ay) * (x - bx) > (y - by) * (bx - ax):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def _load() -> Any:
    """The kernels; where neither the package nor the home can be written, they are cached in a temporary folder."""
    try:
        from . import _kernels
    except RuntimeError:
        # Numba found no place for its cache.
        os.environ["NUMBA_CACHE_DIR"] = os.path.join(tempfile.gettempdir(), "equipment-optimizer-kernels")
        from . import _kernels
    return _kernels


def _is_compiled(kernels: Any) -> bool:
    """Whether the kernel is in memory, or in the cache of an earlier run."""
    kernel = kernels.fill_builds
    return bool(kernel.signatures) or bool(
        glob.glob(os.path.join(kernel.stats.cache_path, "_kernels.fill_builds-*.nbc"))
    )
