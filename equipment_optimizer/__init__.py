"""Exact, memory-lean maker of equipment build lists.

Typical use::

    import equipment_optimizer as eo

    table, config, notices = eo.load_job("equipment.csv", "config.json")
    results = eo.optimize(table, config)
    results.to_dataframe()

Every public name is imported when it is first used, so that importing the
package costs next to nothing and no command pays for what it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .combinations import (
        CombinationSpace,
        EquipmentCombination,
        EquipmentCombinationList,
        iter_combinations,
    )
    from .config import Config
    from .equipment import EquipmentPiece, EquipmentTable
    from .errors import EquipmentOptimizerError
    from .export import write_csv
    from .loading import load_job, read_config, read_equipment
    from .pipeline import optimize
    from .results import BuildResults

__all__ = [
    "BuildResults",
    "CombinationSpace",
    "Config",
    "EquipmentCombination",
    "EquipmentCombinationList",
    "EquipmentOptimizerError",
    "EquipmentPiece",
    "EquipmentTable",
    "__version__",
    "iter_combinations",
    "load_job",
    "optimize",
    "read_config",
    "read_equipment",
    "write_csv",
]

#: The module that defines each public name.
_HOME = {
    "BuildResults": "results",
    "CombinationSpace": "combinations",
    "Config": "config",
    "EquipmentCombination": "combinations",
    "EquipmentCombinationList": "combinations",
    "EquipmentOptimizerError": "errors",
    "EquipmentPiece": "equipment",
    "EquipmentTable": "equipment",
    "iter_combinations": "combinations",
    "load_job": "loading",
    "optimize": "pipeline",
    "read_config": "loading",
    "read_equipment": "loading",
    "write_csv": "export",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
