"""The workloads of the registry that need NumPy; see `sampler_workloads`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from sampler_workloads import MS, Workload, spin

__all__ = ["HELD_OUT", "IN_SAMPLE"]


def np_light(array: Any) -> float:
    return float(array.sum())


def np_heavy(array: Any) -> float:
    return float(np.sqrt(np.abs(np.sin(array))).sum())


def np_out(item: int) -> Any:
    return np.sqrt(np.arange(item, item + 500_000, dtype=np.float64))


def np_small(array: Any) -> float:
    total = 0.0
    for _ in range(12):
        total += float(np.sort(array)[::2].sum())
    return total + spin(MS // 10)


_MATRIX = np.random.default_rng(1).random((320, 320))


def blas(item: int) -> float:
    matrix = _MATRIX + item
    for _ in range(3):
        matrix = matrix @ _MATRIX / 160
    return float(matrix[0, 0])


def np_partial(array: Any, item: int) -> float:
    return float(array[item * 1000 : item * 1000 + 50_000].sum()) + spin(MS // 2)


_GLOBAL = np.random.default_rng(2).random(2_000_000)


def np_global(item: int) -> float:
    return float(np.sort(_GLOBAL[item * 100 : item * 100 + 4000]).sum()) + spin(MS // 2)


def np_result(item: int) -> Any:
    return np.full(120_000, item, dtype=np.float64) + spin(2 * MS)


def np_row_sums(array: Any) -> list[float]:
    return [float(row.sum()) for row in array.reshape(100, -1)]


def _arrays(n_items: int, size: int) -> list[Any]:
    rng = np.random.default_rng(4)
    return [rng.random(size) for _ in range(n_items)]


IN_SAMPLE: tuple[Workload, ...] = (
    Workload("n01_np_in_light", 12, lambda: (np_light, _arrays(12, 1_000_000))),
    Workload("n02_np_in_heavy", 6, lambda: (np_heavy, _arrays(6, 500_000))),
    Workload("n03_np_out", 10, lambda: (np_out, range(10))),
    Workload("n04_np_small", 100, lambda: (np_small, _arrays(100, 2000))),
    Workload("n05_blas", 24, lambda: (blas, range(24))),
    Workload("n06_np_partial", 100, lambda: (functools.partial(np_partial, _arrays(1, 5_000_000)[0]), range(100))),
    Workload("n07_np_global", 150, lambda: (np_global, range(150))),
)

HELD_OUT: tuple[Workload, ...] = (
    Workload("h08_np_result", 60, lambda: (np_result, range(60))),
    Workload("h11_np_sum_rows", 200, lambda: (np_row_sums, _arrays(200, 20_000))),
)
