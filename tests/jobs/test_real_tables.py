"""Real tables, where they are at hand: the engines agree, and the verifier finds nothing.

Without the folder that holds them these tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, ResistanceRule
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.verify.verifier import verify_builds

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real tables is not here")

ZERO = Decimal(0)


@cache
def job(name: str, file: str = "seed.csv") -> tuple[EquipmentTable, Config]:
    table, config, _ = load_job(DATA / name / file, DATA / name / "config.json")
    return table, config


def cut(table: EquipmentTable, sizes: Sequence[int]) -> EquipmentTable:
    """Pieces of each body part at even distances, file order kept."""
    keep = np.zeros(table.n_pieces, dtype=bool)
    for start, stop, size in zip(table.part_start[:-1], table.part_start[1:], sizes, strict=True):
        keep[np.unique(np.linspace(start, stop - 1, min(size, stop - start)).astype(int))] = True
    return table.select(keep)


def penalised(config: Config, penalty: str) -> Config:
    skills = {name: replace(rule, penalty=Decimal(penalty)) for name, rule in config.skills.items()}
    return replace(config, skills=skills)


def weightless(config: Config) -> Config:
    skills = {name: replace(rule, weight=ZERO, penalty=ZERO) for name, rule in config.skills.items()}
    return replace(
        config, skills=skills, slot_weights=(ZERO,) * 4, slot_count_weight=ZERO, defence_weight=ZERO,
        unlisted_skill_weight=ZERO,
    )  # fmt: skip


VARIANTS = {
    "as it is": lambda config: config,
    "penalties of -0.25": lambda config: penalised(config, "-0.25"),
    "unlisted at 0.15": lambda config: replace(config, unlisted_skill_weight=Decimal("0.15")),
    "every weight 0": weightless,
    "capped": lambda config: replace(config, over_max="cap"),
    "resistances and minima": lambda config: replace(
        config, resistances={"Fire": ResistanceRule(weight=Decimal("0.1"), minimum=0)}, min_defence=50
    ),
}


def rows(results: BuildResults) -> tuple[list[int], list[list[int]]]:
    return results.scaled_scores.tolist(), [column.tolist() for column in results.combinations.columns]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("name", "file", "sizes"),
    [
        ("world_tiny10", "seed.csv", [10] * 6),
        ("world_tiny10", "armour_ext.csv", [10] * 6),
        ("world_all", "armour_ext.csv", [11, 12, 13, 12, 11, 12]),
        ("rise_hr_ja", "seed.csv", [15, 16, 17, 18, 19, 1]),
        ("eldenring", "seed.csv", [40, 30, 20, 1, 30, 1]),
    ],
)
def test_bounded_equals_exhaustive_on_real_pieces(name: str, file: str, sizes: list[int], variant: str) -> None:
    table, config = job(name, file)
    table, config = cut(table, sizes), VARIANTS[variant](config)
    for limit in (1, 100, 3_000):
        theirs = optimize(table, config, limit=limit, engine="exhaustive", workers=1)
        ours = optimize(table, config, limit=limit, engine="bounded")
        assert rows(ours) == rows(theirs)
        assert ours.report.proved


@pytest.mark.parametrize("variant", ["as it is", "penalties of -0.25", "unlisted at 0.15", "every weight 0"])
def test_the_largest_table_is_proved_and_a_larger_limit_only_adds_rows(variant: str, tmp_path: Path) -> None:
    table, config = job("world_all")
    config = VARIANTS[variant](config)
    longest: tuple[list[int], list[list[int]]] | None = None
    for limit in (10_000, 1_000, 100, 1):
        results = optimize(table, config, limit=limit)
        assert results.report.engine == "bounded"
        assert results.report.proved
        assert results.report.gap == 0
        assert sum(results.report.counts.values()) == results.report.n_combinations > 9 * 10**14
        scores, columns = rows(results)
        longest = longest or (scores, columns)
        assert (scores, columns) == (longest[0][:limit], [column[:limit] for column in longest[1]])
        if limit == 1_000:
            write_csv(results, str(tmp_path / "out.csv"))
            job_config = replace(config, limit=limit)
            verdict = verify_builds(str(tmp_path / "out.csv"), table, job_config, n_builds=5_000)
            assert verdict.differences == ()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("world_hr_small", "seed.csv"),
        ("world_mr_endgame", "seed.csv"),
        ("world_mr_endgame", "armour_ext.csv"),
        ("world_all", "armour_ext.csv"),
        ("eldenring", "seed.csv"),
        ("rise_hr_ja", "seed.csv"),
        ("rise_hr_ja", "armour_ext.csv"),
    ],
)
def test_the_verifier_finds_nothing_on_other_tables(name: str, file: str, tmp_path: Path) -> None:
    table, config = job(name, file)
    results = optimize(table, config, limit=50, engine="bounded")
    assert results.report.proved
    write_csv(results, str(tmp_path / "out.csv"))
    verdict = verify_builds(str(tmp_path / "out.csv"), table, replace(config, limit=50), n_builds=5_000)
    assert verdict.differences == ()


@pytest.mark.parametrize("name", ["world_hr_small", "rise_hr_ja"])
def test_the_verifier_finds_nothing_where_slots_are_filled(name: str, tmp_path: Path) -> None:
    document = json.loads((DATA / name / "config.json").read_text(encoding="utf-8"))
    files = ("decorations", "set_bonuses", "skills")
    document["files"] = {file: str((DATA / name / f"{file}.csv").resolve()) for file in files}
    document.update(unlisted_skill_weight=0, limit=20)
    (tmp_path / "config.json").write_text(json.dumps(document), encoding="utf-8")
    table, config, _ = load_job(DATA / name / "armour_ext.csv", tmp_path / "config.json")
    results = optimize(table, config)
    assert results.report.proved
    write_csv(results, str(tmp_path / "out.csv"))
    assert verify_builds(str(tmp_path / "out.csv"), table, config, n_builds=5_000).differences == ()


def test_a_plateau_gives_its_first_builds_in_rank_order() -> None:
    table, config = job("world_all")
    results = optimize(table, weightless(config), limit=2_000)
    ranks = [
        table.part_sizes[-1] * i + j
        for i, j in zip(*[c.tolist() for c in results.combinations.columns[-2:]], strict=True)
    ]
    assert ranks == list(range(2_000))
    assert results.report.n_tied is None or results.report.n_tied == results.report.n_combinations - 2_000
