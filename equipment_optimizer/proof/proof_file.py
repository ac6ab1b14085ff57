"""Write the proof of a job's answer, or say why there is none.

In: a table, a configuration and the rows that were written. Out: a file for
``check_proof.py``. Any engine may have made the list: prices are found afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import InfeasibleError
from ..problem.compile import compile_problem
from ..problem.selection import select_pieces
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.results import BuildResults
from ..system.atomic_file import atomic_writer
from ._proof_text import check_provable, proof_lines
from .prove import find_proof

__all__ = ["check_proof_wanted", "write_proof"]


def check_proof_wanted(table: EquipmentTable, config: Config) -> None:
    """Refuse a proof of what the format has no words for, before anything is searched."""
    check_provable(compile_problem(table, config), config)


def write_proof(
    path: str,
    table: EquipmentTable,
    config: Config,
    results: BuildResults | None,
    *,
    limit: int,
    inputs: Sequence[str],
    builds: str | None,
    should_stop: Callable[[], bool] | None = None,
) -> bool:
    """Write what proves a complete list, or where `results` is None that no build fits; false after a stop.

    `inputs` and `builds` are hexadecimal SHA-256 of equipment, config, the files beside it,
    and of the list as it was written.
    """
    try:
        problem = compile_problem(select_pieces(table, config), config)
    except InfeasibleError:
        # A part has no piece left: the checker needs no prices for that.
        problem = compile_problem(table, config)
    positions = range(len(problem.positions))
    columns = [np.zeros(0, dtype=np.int64) for _ in positions]
    scores = np.zeros(0, dtype=np.int64)
    if results is not None:
        columns = [np.asarray(column, dtype=np.int64) for column in results.combinations.columns]
        scores = np.asarray(results.scaled_scores)
    proof = find_proof(problem, columns, scores, limit, should_stop)
    if proof is None:
        return False
    lines = proof_lines(problem, proof, limit=limit, inputs=inputs, builds=builds)
    with atomic_writer(path) as file:
        file.write(("\n".join(lines) + "\n").encode())
    return True
