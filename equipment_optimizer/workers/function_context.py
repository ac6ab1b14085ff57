"""What a function finds around it besides its arguments: carried to workers, or made different in each.

In: the state of this process. Out: the decimal context, NumPy's error state and the context
variables that a function reaches as they are here, random states derived from the ones here,
another for every worker, and so many threads inside native libraries as leave every worker its
cores. Knows nothing of pools or of equipment.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sys
import types
from _contextvars import Context, ContextVar, copy_context

from ..errors import WorkerError
from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord
from ..system.quick_signal import pass_on
from ._reachable import reachable
from .channel import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Surroundings", "context_of_function", "surroundings_here"]

#: Read by native libraries when they are loaded: how many threads they may use.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")

#: Context variables that are set here and were not where the function at work here comes from.
_not_its_own: list[ContextVar[Any]] = []

#: Partials of partials, methods and so on that are looked into for what they call.
_MOST_WRAPPERS = 8

#: Runs for which random states were derived in this process: no two runs get the same.
_runs = itertools.count()


class Surroundings(LightRecord):
    """Picklable; None for what this process has not loaded."""

    seed: bytes
    decimal_context: Any
    numpy_errors: dict[str, Any] | None
    #: Values of context variables that the function can reach, by the way to them, as far as they pickle.
    variables: dict[str, Any]
    #: Of those whose values do not pickle the place of the value in memory, which a forked worker has too.
    others: dict[str, int]
    #: For forks, which have the same seed of hashes, the hash of what the function runs; for others, where that is of
    #: the main module, which they run anew, what that consists of.
    code: int | tuple[Any, ...] | None = None
    native_threads: int | None = None

    def enter(self, func: Callable[..., Any], worker_number: int) -> None:
        """Make this process's surroundings those, its random states those of worker `worker_number`.

        `context_of_function` has them then. WorkerError where a forked worker has not the value that does not pickle.
        """
        if self.decimal_context is not None:
            import decimal

            decimal.setcontext(self.decimal_context)
        numpy = _loaded("numpy")
        if self.numpy_errors is not None and numpy is not None:
            numpy.seterr(**self.numpy_errors)
        if self.native_threads is not None:
            _limit_native_threads(self.native_threads)
        if self.code is not None and not _is_code_of(func, self.code):
            raise WorkerError("the function that a worker has by that name is another one")
        here = copy_context()
        reached = _reached(func) if self.variables or len(here) or "random" in sys.modules else []
        _not_its_own.clear()
        for way, value in reached:
            if not _is_variable(value):
                continue
            if way in self.variables:
                value.set(self.variables[way])
            elif way not in self.others:
                _not_its_own.append(value)
            elif self.others[way] != id(here.get(value)):
                raise WorkerError(f"the value of the context variable {value.name} does not pickle, and is a new one")
        self._seed([value for _, value in reached if not _is_variable(value)], worker_number)

    def _seed(self, generators: list[Any], worker_number: int) -> None:
        if _loaded("random") is None:
            return
        # Bytes are hashed for a seed; NumPy brings this module along.
        import random

        source = random.Random(b"%d " % worker_number + self.seed)
        random.seed(source.getrandbits(128))
        if (numpy_random := _loaded("numpy.random")) is not None:
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


def _loaded(name: str) -> Any:
    """A module where it is there; None where another thread is still about to load it."""
    module = sys.modules.get(name)
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module


def surroundings_here(
    func: Callable[..., Any], native_threads: int | None = None, *, for_forks: bool = False
) -> Surroundings:
    """Those of this process for `func`; random states are read and not advanced. 0.1 ms where NumPy is loaded.

    TypeError where `func` may need a context variable whose value does not pickle, and no fork has it.
    """
    decimal, numpy = _loaded("decimal"), _loaded("numpy")
    states: list[Any] = [next(_runs)]
    if (random := _loaded("random")) is not None:
        states.append(random.getstate())
    if (numpy_random := _loaded("numpy.random")) is not None:
        states.append(numpy_random.get_state())
    variables, others = _variables(func, for_forks)
    return Surroundings(
        pickle.dumps(states),
        None if decimal is None else decimal.getcontext(),
        None if numpy is None else numpy.geterr(),
        variables,
        others,
        _code_of(func, for_forks),
        native_threads,
    )


def _code_of(func: Callable[..., Any], for_forks: bool) -> int | tuple[Any, ...] | None:
    """By what a worker knows the code of a function again; None where nothing is to be known."""
    runs = _run_by(func)
    if runs is None:
        return None
    if for_forks:
        return _hash_of(runs)
    return _parts_of_function(runs) if runs.__module__ == "__main__" else None


def _is_code_of(func: Callable[..., Any], code: int | tuple[Any, ...]) -> bool:
    """Whether a function of this process has that code."""
    runs = _run_by(func)
    return runs is not None and code == (_hash_of(runs) if isinstance(code, int) else _parts_of_function(runs))


def _hash_of(func: types.FunctionType, depth: int = 0) -> int:
    """The same for a function and a fork's copy of it, another one where the same code has other values to go by."""
    if depth > _MOST_WRAPPERS:
        return hash(func.__code__)
    return hash((func.__code__, *(_mark(value, depth + 1) for value in _values_of(func))))


def _values_of(func: types.FunctionType) -> list[Any]:
    """What a function has beside its code: defaults and what is enclosed."""
    values = [*(func.__defaults__ or ()), *itertools.chain(*(func.__kwdefaults__ or {}).items())]
    # A cell that nothing was assigned to has nothing to compare.
    return values + [cell.cell_contents for cell in func.__closure__ or () if cell != types.CellType()]


def _mark(value: Any, depth: int) -> object:
    """What tells a value from others: itself, or its place in memory, which is that of a fork's copy too."""
    kind = type(value)
    if kind is int or kind is bool:
        return kind, hex(value)  # -1 and -2 have the same hash
    if kind is float:
        return value.hex()
    if kind is types.FunctionType:
        return _hash_of(value, depth)
    if kind is tuple and depth < _MOST_WRAPPERS:
        return tuple([_mark(each, depth + 1) for each in value])
    return (kind, value) if kind in (str, bytes) else id(value)


def _parts_of_function(func: types.FunctionType) -> tuple[Any, ...]:
    """What a function consists of, in the same words in every process."""
    values: list[Any] = [(type(value).__name__, value) for value in _values_of(func)]
    plain = [each if type(each[1]) in (int, bool, float, str, bytes) else each[0] for each in values]
    return *_parts_of(func.__code__), plain


def _parts_of(code: types.CodeType) -> tuple[Any, ...]:
    """What code consists of, in the same words in every process."""
    constants: list[Any] = []
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            constants.append(_parts_of(each))
        else:
            constants.append(sorted(map(repr, each)) if isinstance(each, frozenset) else repr(each))
    return code.co_code, code.co_firstlineno, code.co_names, code.co_varnames, constants


def _run_by(func: Any) -> types.FunctionType | None:
    """The Python function that a call runs, if it is one; of an object that holds a `func`, that."""
    for _ in range(_MOST_WRAPPERS):
        kind = type(func)  # whatever it says of its class, or raises
        if kind is types.MethodType:
            func = func.__func__
        elif issubclass(kind, functools.partial):
            func = func.func
        elif kind is types.FunctionType:
            return func  # type: ignore[no-any-return]
        elif (inner := getattr(func, "__dict__", {}).get("func")) is not None:
            func = inner
        else:
            break
    called = type(func).__call__
    return called if isinstance(called, types.FunctionType) else None


def context_of_function() -> Context:
    """The context here, without what was not set where the function comes from that entered it last."""
    here = copy_context()
    strange = [var for var in _not_its_own if var in here]
    if not strange:
        return here
    # Nothing takes a variable out of a context.
    context = Context()
    for var, value in here.items():
        if not any(var is other for other in strange):
            context.run(var.set, value)
    return context


def _variables(func: Callable[..., Any], for_forks: bool) -> tuple[dict[str, Any], dict[str, int]]:
    """Context variables that a function can reach, by the way to them: `variables` and `others` of its surroundings."""
    here = copy_context()
    values: dict[str, Any] = {}
    others: dict[str, int] = {}
    for way, var in _reached(func) if len(here) else ():
        if _is_variable(var) and var in here:
            try:
                encode(0, 0, here[var])
                values[way] = here[var]
            except Exception as error:
                pass_on(error)
                if not for_forks:
                    raise TypeError(f"the value of the context variable {var.name} cannot be pickled") from error
                others[way] = id(here[var])
    return values, others


def _is_variable(value: Any) -> bool:
    return type(value) is ContextVar


def _reached(func: Callable[..., Any]) -> list[tuple[str, Any]]:
    """Context variables and random generators that a function can reach, but those of `random` and NumPy themselves."""
    random, numpy_random = _loaded("random"), _loaded("numpy.random")
    kinds = (
        getattr(module, name)
        for module, name in ((random, "Random"), (numpy_random, "Generator"), (numpy_random, "RandomState"))
        if hasattr(module, name)
    )
    of_random, of_numpy = getattr(random, "_inst", None), getattr(getattr(numpy_random, "mtrand", None), "_rand", None)
    reached = reachable(func, (ContextVar, *kinds))
    return [(way, value) for way, value in reached if value is not of_random and value is not of_numpy]
