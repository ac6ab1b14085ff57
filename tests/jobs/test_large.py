"""A large honest job, scaled down; in full: ``python tests/jobs/large_job.py`` (100,000 pieces, a million builds)."""

from __future__ import annotations

import csv
import tracemalloc
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from large_job import write_job
from work import count_calls

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def test_thousands_of_pieces_skills_and_ties_from_end_to_end(tmp_path: Path) -> None:
    equipment, config_path = write_job(tmp_path, n_pieces=2_000, n_skills=200, n_listed=15, limit=5_000)
    table, config, _ = load_job(equipment, config_path)
    assert (table.n_pieces, len(table.skill_names)) == (2_000, 200)
    results = optimize(table, config)
    assert results.report.proved
    assert len(results) == 5_000
    ties = Counter(results.scaled_scores.tolist())
    assert max(ties.values()) >= 1_000
    # In every tie the builds stand in rank order.
    indices = [tuple(combination.indices) for combination in results.combinations]
    keys = list(zip((-results.scaled_scores).tolist(), indices, strict=True))
    assert keys == sorted(set(keys))
    write_csv(results, str(tmp_path / "out.csv"))
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5_000
    for k in (0, 4_999):
        levels = results.combinations[k].total_skill_levels
        assert {name: int(rows[k][name]) for name in levels} == levels
        assert sum(int(rows[k][name]) for name in results.skill_names) == sum(levels.values())


def test_compiling_takes_memory_for_what_pieces_have_not_for_every_skill_of_every_piece() -> None:
    n_skills = 2_500
    pieces = [EquipmentPiece(f"p{n}", "Head", skills=((f"s{n}", 2),)) for n in range(n_skills)]
    table = EquipmentTable.from_pieces(pieces)
    # All of them are below their maximum, so nothing couples the pieces.
    config = Config(skills={f"s{n}": SkillRule(maximum=2) for n in range(n_skills)})
    tracemalloc.start()
    try:
        problem = compile_problem(table, config)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert problem.n_features == 0
    assert problem.parts[0].linear.tolist() == [2] * n_skills
    assert peak < n_skills * n_skills  # dense columns would take eight times that


def test_more_levels_than_memory_bears_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from equipment_optimizer.problem import compile as compilation

    monkeypatch.setattr(compilation, "_MAX_CELLS", 5)
    config = Config(skills={name: SkillRule(maximum=1, penalty=Decimal(0)) for name in "abc"})
    pieces = [EquipmentPiece(name, "Head", skills=((name, 2),)) for name in "abc"]
    with pytest.raises(MemoryBudgetError, match=r"3 pieces and 3 skills with a maximum, .* take 9 levels, more than 5"):
        compile_problem(EquipmentTable.from_pieces(pieces), config)


@pytest.mark.parametrize("engine", ["exhaustive", "bounded"])
def test_more_slots_than_can_be_filled_are_refused(engine: str) -> None:
    pieces = [EquipmentPiece("a", "Head", slots=(10**9, 0, 0, 0)), EquipmentPiece("b", "Body", slots=(0, 0, 7, 0))]
    jewel = Decoration(name="j", slot_level=1, skills=(("A", 1),))
    table = EquipmentTable.from_pieces(pieces)
    with pytest.raises(MemoryBudgetError, match=r"may have 1,000,000,007 slots, more than the 100,000 that can be"):
        optimize(table, Config(decorations=(jewel,)), engine=engine)
    # Slots that stay free are a number like any other.
    results = optimize(table, Config(), engine=engine, workers=1)
    assert results.scaled_scores.tolist() == [2 * (10**9 + 7)]


def test_levels_of_a_block_are_summed_without_a_column_for_each_skill(tmp_path: Path) -> None:
    equipment, config_path = write_job(tmp_path, n_pieces=600, n_skills=100, n_listed=5, limit=300)
    table, config, _ = load_job(equipment, config_path)
    results = optimize(table, config)
    levels = results.skill_levels(17, 250)
    assert list(levels) == list(results.skill_names)
    for name, column in levels.items():
        want = results.combinations[17:250].total(results.table.skill_column(name))
        np.testing.assert_array_equal(column, want)


@pytest.mark.parametrize("what", ["pieces", "skills"])
def test_loading_and_compiling_do_work_in_proportion(what: str, tmp_path: Path) -> None:
    calls = []
    for factor in (1, 4):
        # Enough pieces that every skill is on one: a skill that nothing gives has a notice with a guess.
        size = {"n_pieces": 2_400, "n_skills": 150, "n_listed": 80}
        for key in ("n_pieces",) if what == "pieces" else ("n_skills", "n_listed"):
            size[key] *= factor
        equipment, config_path = write_job(tmp_path, limit=10, **size)

        def work(equipment: Path = equipment, config_path: Path = config_path) -> None:
            table, config, _ = load_job(equipment, config_path)
            compile_problem(select_pieces(table, config), config)

        calls.append(count_calls(work))
    assert calls[1] < 5 * calls[0]
