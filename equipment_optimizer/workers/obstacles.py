"""What speaks against other processes for a job, whatever it would cost.

In: a function, items and results. Out: reasons in words. Knows nothing of costs or of equipment.
"""

from __future__ import annotations

import functools
import os
import sys

from ..system.machine import inside_worker
from ..system.quick_signal import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = [
    "INSIDE_WORKER",
    "TAKE_TURNS",
    "THREADS_NOT_ALLOWED",
    "function_blocker",
    "main_is_importable",
    "main_items_blocker",
]

#: The blocker that only the caller's word lifts.
THREADS_NOT_ALLOWED = "threads were not allowed"
INSIDE_WORKER = "this is itself a worker process"

#: What was seen when two threads were tried.
TAKE_TURNS = "calls in two threads at once were no quicker than one after the other"


def function_blocker(func: Callable[[Any], Any], method: str) -> str | None:
    """Why `func` cannot run in a new process, if it can be seen without pickling it."""
    if inside_worker():
        return INSIDE_WORKER
    if method != "fork" and _home_of(func) == "__main__" and not main_is_importable():
        return "new processes cannot import the function from __main__"
    return None


def main_items_blocker(func: Callable[[Any], Any], items: Iterable[Any], method: str) -> str | None:
    """Why items or what the function holds cannot be loaded in a new process: they are of a class of ``__main__``."""
    if method == "fork" or main_is_importable():
        return None
    from ..system import quick_pickle as pickle

    for what, value in (("what the function holds", func), *(("items", item) for item in items)):
        try:
            if b"__main__" in pickle.dumps(value):
                return f"new processes cannot import the class of {what} from __main__"
        except BaseException as error:
            pass_on(error)
            return None
    return None


def main_is_importable() -> bool:
    """Whether a fresh interpreter could import what is defined in ``__main__``."""
    main = sys.modules.get("__main__")
    name = getattr(getattr(main, "__spec__", None), "name", None)
    if name is not None:
        # Of a package, a folder or an archive that was run: `multiprocessing` never imports that a second time.
        return isinstance(name, str) and name.rpartition(".")[2] != "__main__"
    path = getattr(main, "__file__", None)
    return isinstance(path, str) and os.path.isfile(path)


def _home_of(func: Any) -> str | None:
    """Name of the module that defines a function or what a partial wraps."""
    while issubclass(type(func), functools.partial):
        func = func.func
    module = getattr(func, "__module__", None) or type(func).__module__
    return module if isinstance(module, str) else None
