"""Workers that outlive one call: at most one pool of this process waits for the next.

In: a wish for workers. Out: a pool, perhaps one that is there already. Forked workers have the state that this
process had when they were forked; they are kept only where somebody asked for it. Knows nothing of equipment.
"""

from __future__ import annotations

import contextlib
import os
import sys

from ..system.machine import INTERPRETER, inherited_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .pool import WorkerPool

__all__ = ["borrow", "give_back", "keep_workers", "n_ready"]

#: The pool that waits, if any, with the process that it belongs to.
_waiting: list[tuple[int, WorkerPool]] = []

#: How many `keep_workers` blocks are open.
_blocks: list[None] = []


@contextlib.contextmanager
def keep_workers() -> Iterator[None]:
    """Keep worker processes from one `map_parallel` to the next, until the end of the block.

    Without it they are kept for five minutes where they start anew (forkserver, spawn) and closed where they
    are forked: a forked worker knows the globals of the moment when it was forked, and not what changed since.
    Where the working directory, the environment, the import path, the umask, limits or the priority are others than
    then, or a module was reloaded, workers are started anew.

    Examples
    --------
    >>> from equipment_optimizer.sampling import keep_workers, map_parallel
    >>> with keep_workers():
    ...     map_parallel(abs, [-1]) + map_parallel(abs, [-2])
    [1, 2]
    """
    _blocks.append(None)
    try:
        yield
    finally:
        _blocks.pop()
        if not _blocks:
            close_waiting()


def n_ready(method: str | None = None) -> int:
    """Workers that are there already, of that start method."""
    if not _waiting or _waiting[0][0] != os.getpid():
        return 0
    pool = _waiting[0][1]
    return len(pool.crew.workers) if method in (None, pool.start_method) else 0


def borrow(n_workers: int, method: str) -> WorkerPool:
    """A pool of so many workers, in good health; a new one starts each when there is work for it."""
    from .pool import WorkerPool, surroundings

    if not _waiting:
        # Nothing is started while an exception is handled: a fork would go on handling it for ever.
        return WorkerPool(n_workers, method, waits=True)
    owner, pool = _waiting.pop()
    if owner != os.getpid():
        # Inherited by a fork: the workers are another process's children.
        return WorkerPool(n_workers, method, waits=True)
    is_fit = pool.start_method == method and pool.n_workers >= n_workers and pool.surroundings == surroundings()
    is_fit = is_fit and pool.settings == inherited_settings()
    if is_fit and pool.is_alive() and not _is_anything_newer(pool.loaded):
        pool.shrink(n_workers)
        return pool
    pool.close()
    return WorkerPool(n_workers, method, waits=True)


def give_back(pool: WorkerPool) -> None:
    """Keep a pool for the next call, or close it, as that of a process of which this one is a fork."""
    are_ours = all(worker.is_ours for worker in pool.crew.workers)
    if not (pool.n_workers and are_ours) or _waiting or (pool.start_method in ("fork", INTERPRETER) and not _blocks):
        pool.close()
    else:
        pool.loaded, pool.settings = _loaded(), inherited_settings()
        _waiting.append((os.getpid(), pool))


def _loaded() -> dict[str, Any]:
    """What every module that is there was loaded by: another object where it is loaded anew. 0.2 us for each."""
    specs = {}
    for name, module in list(sys.modules.items()):
        try:
            # In another way whoever looks at a lazy module loads it.
            specs[name] = object.__getattribute__(module, "__dict__").get("__spec__")
        except Exception:
            # Anything may stand for a module.
            continue
    return specs


def _is_anything_newer(loaded: dict[str, Any]) -> bool:
    """Whether a module of then was loaded anew, which workers would not know of."""
    now = _loaded()
    return any(now.get(name) is not spec for name, spec in loaded.items())


def close_waiting() -> None:
    """Close the pool that waits."""
    while _waiting:
        owner, pool = _waiting.pop()
        if owner == os.getpid():
            pool.close()
