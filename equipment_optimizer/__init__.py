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

import sys

# The installed command, or `python -m`: this process is the program itself.
if not sys.flags.interactive and (
    sys.argv[0].replace("\\", "/").rpartition("/")[2].startswith("equipment-optimizer")
    or "-m equipment_optimizer" in " ".join(sys.orig_argv[:4])
):
    import signal

    # While it is loaded, too, Ctrl-C ends it without a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._version import __version__
    from .answers.explain import explain
    from .answers.piece_values import piece_values
    from .answers.stability import stability
    from .batch.batches import Batch
    from .errors import EquipmentOptimizerError
    from .loading.jobs import load_job, read_config, read_equipment
    from .output.csv_file import write_csv
    from .output.pages.report import write_report
    from .pipeline import optimize
    from .questions.extras import what_fits
    from .records.build import Build
    from .records.combinations import EquipmentCombination, EquipmentCombinationList, iter_combinations
    from .records.config import Config, CountRule, FilterRule, PartRule, ResistanceRule, SkillRule, TotalRule, Weapon
    from .records.equipment import EquipmentPiece, EquipmentTable
    from .records.formula import Factor, Formula, Sum, Term
    from .records.results import BuildResults
    from .records.side_files import Decoration, SetBonusStep, SkillCap
    from .records.space import CombinationSpace
    from .verify.verifier import verify_builds

__all__ = [
    "Batch",
    "Build",
    "BuildResults",
    "CombinationSpace",
    "Config",
    "CountRule",
    "Decoration",
    "EquipmentCombination",
    "EquipmentCombinationList",
    "EquipmentOptimizerError",
    "EquipmentPiece",
    "EquipmentTable",
    "Factor",
    "FilterRule",
    "Formula",
    "PartRule",
    "ResistanceRule",
    "SetBonusStep",
    "SkillCap",
    "SkillRule",
    "Sum",
    "Term",
    "TotalRule",
    "Weapon",
    "__version__",
    "explain",
    "iter_combinations",
    "load_job",
    "optimize",
    "piece_values",
    "read_config",
    "read_equipment",
    "stability",
    "verify_builds",
    "what_fits",
    "write_csv",
    "write_report",
]

#: The module that defines each public name.
_HOME = {
    "Batch": "batch.batches",
    "Build": "records.build",
    "BuildResults": "records.results",
    "CombinationSpace": "records.space",
    "Config": "records.config",
    "CountRule": "records.config",
    "Decoration": "records.side_files",
    "EquipmentCombination": "records.combinations",
    "EquipmentCombinationList": "records.combinations",
    "EquipmentOptimizerError": "errors",
    "EquipmentPiece": "records.equipment",
    "EquipmentTable": "records.equipment",
    "Factor": "records.formula",
    "FilterRule": "records.config",
    "Formula": "records.formula",
    "PartRule": "records.config",
    "ResistanceRule": "records.config",
    "SetBonusStep": "records.side_files",
    "SkillCap": "records.side_files",
    "SkillRule": "records.config",
    "Sum": "records.formula",
    "Term": "records.formula",
    "TotalRule": "records.config",
    "Weapon": "records.config",
    "__version__": "_version",
    "explain": "answers.explain",
    "iter_combinations": "records.combinations",
    "load_job": "loading.jobs",
    "optimize": "pipeline",
    "piece_values": "answers.piece_values",
    "read_config": "loading.jobs",
    "read_equipment": "loading.jobs",
    "verify_builds": "verify.verifier",
    "what_fits": "questions.extras",
    "stability": "answers.stability",
    "write_csv": "output.csv_file",
    "write_report": "output.pages.report",
}


# Not for type checkers, which would take it that the package has any name there is.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a public name on first use (PEP 562)."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Not by `importlib`, which is a module of its own to load.
        value = getattr(__import__(f"{__name__}.{_HOME[name]}", fromlist=(name,)), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
