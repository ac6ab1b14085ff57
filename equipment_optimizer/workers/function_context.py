"""What a function finds around it besides its arguments: carried to workers, or made different in each.

In: the state of this process. Out: the decimal context and NumPy's error state as they are
here, random states derived from the ones here, another for every worker, and so many threads
inside native libraries as leave every worker its cores. Knows nothing of pools or of equipment.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sys
from _contextvars import ContextVar, copy_context

from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["Surroundings", "surroundings_here"]

#: Read by native libraries when they are loaded: how many threads they may use.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")

#: Runs for which random states were derived in this process: no two runs get the same.
_runs = itertools.count()


class Surroundings(LightRecord):
    """Picklable; None for what this process has not loaded."""

    seed: bytes
    decimal_context: Any
    numpy_errors: dict[str, Any] | None
    #: Context variables of the function's module by name, as far as their values pickle.
    variables: dict[str, Any]
    native_threads: int | None = None

    def enter(self, func: Callable[..., Any], worker_number: int) -> None:
        """Make this process's surroundings those, its random states those of worker `worker_number`."""
        if self.decimal_context is not None:
            import decimal

            decimal.setcontext(self.decimal_context)
        numpy = sys.modules.get("numpy")
        if self.numpy_errors is not None and numpy is not None:
            numpy.seterr(**self.numpy_errors)
        known = getattr(_plain(func), "__globals__", {})
        for name, value in self.variables.items():
            if isinstance(known.get(name), ContextVar):
                known[name].set(value)
        if self.native_threads is not None:
            _limit_native_threads(self.native_threads)
        self._seed(func, worker_number)

    def _seed(self, func: Callable[..., Any], worker_number: int) -> None:
        if "random" not in sys.modules:
            return
        # Bytes are hashed for a seed; NumPy brings this module along.
        import random

        source = random.Random(b"%d " % worker_number + self.seed)
        random.seed(source.getrandbits(128))
        if (numpy_random := sys.modules.get("numpy.random")) is not None:
            numpy_random.seed([source.getrandbits(32) for _ in range(4)])
        for generator in _generators(func):
            number = source.getrandbits(128)
            if hasattr(generator, "bit_generator"):
                generator.bit_generator.state = type(generator.bit_generator)(number).state
            else:
                generator.seed(number & 0xFFFFFFFF)


def _limit_native_threads(n_threads: int) -> None:
    """Let native libraries use so many threads; without threadpoolctl only those that are loaded later heed it."""
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(n_threads))
    with contextlib.suppress(ImportError):
        import threadpoolctl

        threadpoolctl.threadpool_limits(limits=n_threads)


def surroundings_here(func: Callable[..., Any], native_threads: int | None = None) -> Surroundings:
    """Those of this process for `func`; random states are read and not advanced. 0.1 ms where NumPy is loaded."""
    decimal, numpy = sys.modules.get("decimal"), sys.modules.get("numpy")
    states: list[Any] = [next(_runs)]
    if (random := sys.modules.get("random")) is not None:
        states.append(random.getstate())
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        states.append(numpy_random.get_state())
    return Surroundings(
        pickle.dumps(states),
        None if decimal is None else decimal.getcontext(),
        None if numpy is None else numpy.geterr(),
        _variables(func),
        native_threads,
    )


def _variables(func: Callable[..., Any]) -> dict[str, Any]:
    """Values of the context variables that a function's module knows by name, if they pickle."""
    names = {id(var): name for name, var in getattr(_plain(func), "__globals__", {}).items() if _is_variable(var)}
    values = {}
    for var, value in copy_context().items() if names else ():
        if id(var) in names:
            with contextlib.suppress(Exception):
                pickle.dumps(value)
                values[names[id(var)]] = value
    return values


def _is_variable(value: Any) -> bool:
    return type(value) is ContextVar


def _plain(func: Any) -> Any:
    """The function inside partials and bound methods."""
    while True:
        if isinstance(func, functools.partial):
            func = func.func
        elif hasattr(func, "__func__"):
            func = func.__func__
        else:
            return func


def _generators(func: Any) -> Iterator[Any]:
    """Random generators that a function holds or knows by a name of its module."""
    random, numpy_random = sys.modules.get("random"), sys.modules.get("numpy.random")
    kinds = tuple(
        getattr(module, name)
        for module, name in ((random, "Random"), (numpy_random, "Generator"), (numpy_random, "RandomState"))
        if hasattr(module, name)
    )
    if not kinds:
        return
    held: list[Any] = []
    while isinstance(func, functools.partial):
        held += [*func.args, *func.keywords.values()]
        func = func.func
    owner = getattr(func, "__self__", None)
    held += [owner, *getattr(owner, "__dict__", {}).values()]
    held += getattr(_plain(func), "__globals__", {}).values()
    seen: set[int] = set()
    for value in held:
        if isinstance(value, kinds) and id(value) not in seen:
            seen.add(id(value))
            yield value
