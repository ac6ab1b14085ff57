"""Threads of linear algebra, and a limit of the address space: fit below it, or refuse before anything is begun.

NumPy's linear algebra starts a thread for every core while it is loaded. They take 30 MiB
of address space each, and turn in circles until there is work: half of the processor time
of loading NumPy on two cores. Nothing here multiplies matrices so large that they would
help, so the program does with one. Under a low limit of the address space (``ulimit -v``)
the library ends the process with a message of its own, so whether NumPy can be loaded and
can multiply is tried out in a process of its own. Where it can, that is done at once,
before threads and workers take their share of the space.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ..errors import MemoryBudgetError
from ..units import format_size

__all__ = ["fit_address_space", "is_tight", "use_one_thread"]

#: Below this many bytes of address space it is worth a look: five times what the
#: smallest run takes with two threads. Under it the look costs about 0.1 s.
_AMPLE_BYTES = 768 << 20

#: What the linear algebra libraries that NumPy is built with look at.
_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


#: Rows of a product for which the linear algebra takes the buffer that it keeps: it has other ways for small ones.
_SIDE = 256


def is_tight() -> bool:
    """Whether the address space is limited to so little that what fails may have failed for want of it."""
    limit = _limit_bytes()
    return limit is not None and limit < _AMPLE_BYTES


def use_one_thread() -> None:
    """Let linear algebra that is not loaded yet start no threads, unless the user's environment says otherwise."""
    if "numpy" not in sys.modules:
        for name in _THREAD_VARIABLES:
            os.environ.setdefault(name, "1")


def fit_address_space() -> None:
    """Do what can be done to stay below a low limit of the address space; nothing where there is none.

    Raises a `MemoryBudgetError` if NumPy cannot be loaded below it.
    """
    limit = _limit_bytes()
    if limit is None or limit >= _AMPLE_BYTES:
        return
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
    if not _numpy_loads() or not _load_numpy():
        raise MemoryBudgetError(
            f"the address space is limited to {format_size(limit)} (ulimit -v), too little to load NumPy",
            "allow more",
        )


def _limit_bytes() -> int | None:
    """The limit of the address space; None without one."""
    try:
        import resource
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _load_numpy() -> bool:
    """Import NumPy, and have its linear algebra take its share; false where that fails in spite of the trial."""
    try:
        import numpy as np

        _multiply(np.ones((_SIDE, _SIDE)))
    except (ImportError, MemoryError):
        return False
    return True


def _multiply(matrix: Any) -> Any:
    """One product, large enough that the library takes the memory that it works in."""
    return matrix @ matrix


def _numpy_loads() -> bool:
    """Whether a process like this one can import NumPy."""
    child = os.fork()
    if child == 0:
        # Nothing of what goes wrong here is of interest, least of all to the terminal.
        code = 1
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            import numpy as np

            _multiply(np.ones((_SIDE, _SIDE)))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0
