"""A user's script that uses every public function; `.ci/run` has mypy look at it, test_typed_use.py runs it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt

import equipment_optimizer as eo


def main(examples: Path, folder: Path) -> list[str]:
    """Find builds, look at them, write them, ask about them."""
    table, config, notices = eo.load_job(examples / "equipment.csv", examples / "config.json", limit=5)
    same_config, _ = eo.read_config(examples / "config.json", limit=5)
    same_table, _ = eo.read_equipment(examples / "equipment.csv", same_config)
    assert same_table.names == table.names
    results: eo.BuildResults = eo.optimize(table, config)
    best: eo.Build = results[0]
    scores: list[Decimal] = [build.score for build in results[:3]]
    skills: dict[str, int] = best.skills
    pieces: tuple[eo.EquipmentPiece, ...] = best.combination.equipment
    first = next(eo.iter_combinations(table))
    eo.write_csv(results, folder / "builds.csv")
    eo.write_report(results, folder / "builds.html")
    verdict = eo.verify_builds(folder / "builds.csv", table, config, n_builds=10)
    levels = {extra.skill: extra.level for extra in eo.what_fits(table, config, workers=1)}
    losses = {value.name: value.loss for value in eo.piece_values(table, config)}

    def defence(block: eo.EquipmentCombinationList) -> npt.NDArray[np.int64]:
        return block.total_defence

    most = eo.optimize(table, config, scorer=defence, limit=1, workers=1)
    batch = eo.Batch(examples / "patch" / "builds.json")
    try:
        eo.optimize(table, eo.Config(min_defence=10**6))
    except eo.EquipmentOptimizerError as error:
        problem = str(error)
    return [
        *notices,
        f"{scores[0]} {sorted(skills)[0]} {pieces[0].name} {first.total_defence}",
        f"{verdict.differences} {levels['Guard']} {losses[pieces[0].name]}",
        f"{most[0].defence} {batch.names[0]} {problem.splitlines()[0]}",
    ]
