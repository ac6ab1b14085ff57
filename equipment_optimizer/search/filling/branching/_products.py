"""Matrix products in parts that linear algebra libraries do on the thread that asks.

Above some size they wake other threads, which then wait for more in a busy loop: twice
the processor time, for products that take microseconds.

Array axes: C rows, M columns, N columns of the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["product"]

FloatArray = npt.NDArray[np.float64]

#: Multiplications up to which OpenBLAS stays on one thread: of two matrices, of a matrix and a vector.
_MATRIX = 2**18
_VECTOR = 9_000


def product(left: FloatArray, right: FloatArray) -> FloatArray:
    """``left @ right``, shapes (C, M) and (M, N) or (M,)."""
    each = left.shape[1] * (right.shape[1] if right.ndim == 2 else 1)
    n_rows = max(1, (_MATRIX if right.ndim == 2 else _VECTOR) // max(each, 1))
    if len(left) <= n_rows:
        whole: FloatArray = left @ right
        return whole
    result = np.empty((len(left), *right.shape[1:]))
    for start in range(0, len(left), n_rows):
        np.matmul(left[start : start + n_rows], right, out=result[start : start + n_rows])
    return result
