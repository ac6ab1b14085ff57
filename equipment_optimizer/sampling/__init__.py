"""The sampler: whether more workers pay for a job, how many and in what chunks; or the results themselves.

Usable on any function of one argument; knows nothing of equipment. This is its public
face: every name is imported when it is first used, so that who needs one part does not
pay for the others.

>>> from equipment_optimizer.sampling import map_parallel
>>> map_parallel(abs, [3, -4])
[3, 4]
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..workers.kept_pool import keep_workers
    from .dry_run import SamplingResult, perform_dry_run
    from .parallel_map import iter_parallel, map_parallel, starmap_parallel
    from .prediction.pickle_cost import check_data_picklability_with_measurements
    from .quick_advice import optimize
    from .recommendation import Recommendation

__all__ = [
    "Recommendation",
    "SamplingResult",
    "check_data_picklability_with_measurements",
    "iter_parallel",
    "keep_workers",
    "map_parallel",
    "optimize",
    "perform_dry_run",
    "starmap_parallel",
]

#: The module that defines each public name.
_HOME = {
    "Recommendation": "recommendation",
    "SamplingResult": "dry_run",
    "check_data_picklability_with_measurements": "prediction.pickle_cost",
    "iter_parallel": "parallel_map",
    "keep_workers": ".workers.kept_pool",
    "map_parallel": "parallel_map",
    "optimize": "quick_advice",
    "perform_dry_run": "dry_run",
    "starmap_parallel": "parallel_map",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for builtin in ("itertools", "_operator"):
        __import__(builtin)  # whether they are there already says nothing of how slow this process is
    began = time.perf_counter()
    home = _HOME[name]
    # Not by `importlib`, which is a module of its own to load.
    module = __import__(home.lstrip("."), globals(), fromlist=(name,), level=2 if home.startswith(".") else 1)
    if name in ("map_parallel", "optimize"):
        vars(module)["load_seconds"] = time.perf_counter() - began
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
