"""What a function finds around it besides its arguments: carried to workers, or made different in each.

In: the state of this process. Out: the decimal context, NumPy's error state and the context
variables that a function reaches as they are here, random states derived from the ones here,
another for every worker, and so many threads inside native libraries as leave every worker its
cores. Knows nothing of pools or of equipment.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from _contextvars import ContextVar, copy_context

from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord
from ._reachable import reachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Surroundings", "surroundings_here"]

#: Read by native libraries when they are loaded: how many threads they may use.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")

#: Context variables that were set for the function at work here, with what undoes it.
_set_here: list[tuple[ContextVar[Any], Any]] = []

#: Runs for which random states were derived in this process: no two runs get the same.
_runs = itertools.count()


class Surroundings(LightRecord):
    """Picklable; None for what this process has not loaded."""

    seed: bytes
    decimal_context: Any
    numpy_errors: dict[str, Any] | None
    #: Values of context variables that the function can reach, by the way to them, as far as they pickle.
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
        if self.native_threads is not None:
            _limit_native_threads(self.native_threads)
        reached = _reached(func) if self.variables or "random" in sys.modules else []
        self._set_variables(reached)
        self._seed([value for _, value in reached if not _is_variable(value)], worker_number)

    def _set_variables(self, reached: list[tuple[str, Any]]) -> None:
        while _set_here:
            # What the function before this one reached is not what this one finds.
            var, token = _set_here.pop()
            var.reset(token)
        for way, value in reached:
            if way in self.variables and _is_variable(value):
                _set_here.append((value, value.set(self.variables[way])))

    def _seed(self, generators: list[Any], worker_number: int) -> None:
        if "random" not in sys.modules:
            return
        # Bytes are hashed for a seed; NumPy brings this module along.
        import random

        source = random.Random(b"%d " % worker_number + self.seed)
        random.seed(source.getrandbits(128))
        if (numpy_random := sys.modules.get("numpy.random")) is not None:
            numpy_random.seed([source.getrandbits(32) for _ in range(4)])
        for generator in generators:
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
    """Values of the context variables that a function can reach, by the way to them, if they pickle."""
    here = copy_context()
    values = {}
    for way, var in _reached(func) if len(here) else ():
        if _is_variable(var) and var in here:
            with contextlib.suppress(Exception):
                pickle.dumps(here[var])
                values[way] = here[var]
    return values


def _is_variable(value: Any) -> bool:
    return type(value) is ContextVar


def _reached(func: Callable[..., Any]) -> list[tuple[str, Any]]:
    """Context variables and random generators that a function can reach, but those of `random` and NumPy themselves."""
    random, numpy_random = sys.modules.get("random"), sys.modules.get("numpy.random")
    kinds = (
        getattr(module, name)
        for module, name in ((random, "Random"), (numpy_random, "Generator"), (numpy_random, "RandomState"))
        if hasattr(module, name)
    )
    of_random, of_numpy = getattr(random, "_inst", None), getattr(getattr(numpy_random, "mtrand", None), "_rand", None)
    reached = reachable(func, (ContextVar, *kinds))
    return [(way, value) for way, value in reached if value is not of_random and value is not of_numpy]
