"""Whatever the solver says, the answer is the same: its prices are advice."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.search.relaxation.linear_program import LpSolution, LpSolver

FULL = Path(__file__).parents[3] / "example_data" / "full"
HONEST = LpSolver.solve
NOTHING = np.zeros(0)


def noise(solver: LpSolver) -> LpSolution:
    """Numbers of the right length that mean nothing."""
    honest = HONEST(solver)
    rng = np.random.default_rng(len(honest.prices))
    prices = rng.normal(0, 100, len(honest.prices))
    return LpSolution("optimal", rng.random(len(honest.values)), prices) if honest.status == "optimal" else honest


def no_numbers(solver: LpSolver) -> LpSolution:
    """NaN and infinities."""
    honest = HONEST(solver)
    prices = np.resize([np.nan, np.inf, -np.inf], len(honest.prices))
    return LpSolution(honest.status, honest.values, prices)


def wrong_sign(solver: LpSolver) -> LpSolution:
    """Prices of the other sign."""
    honest = HONEST(solver)
    return LpSolution(honest.status, honest.values, -honest.prices)


def infeasible(solver: LpSolver) -> LpSolution:
    """There is no build, it says."""
    honest = HONEST(solver)
    return LpSolution("infeasible", NOTHING, honest.prices)


LIES: dict[str, Callable[[LpSolver], LpSolution]] = {
    "noise": noise,
    "no numbers": no_numbers,
    "wrong sign": wrong_sign,
    "infeasible": infeasible,
    "infeasible without a ray": lambda _: LpSolution("infeasible", NOTHING, NOTHING),
    "unknown": lambda _: LpSolution("unknown", NOTHING, NOTHING),
}


def answered(folder: Path, target: Path) -> bytes:
    """The bytes of the list."""
    files = [str(folder / "equipment.csv"), str(target), str(folder / "config.json")]
    assert main(["optimize", *files, "--quiet", "--overwrite", "--engine", "bounded", "--limit", "5"]) == 0
    return target.read_bytes()


@pytest.mark.parametrize("lie", LIES)
def test_the_bytes_are_the_same(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = answered(FULL, tmp_path / "honest.csv")
    monkeypatch.setattr(LpSolver, "solve", LIES[lie])
    assert answered(FULL, tmp_path / "lied.csv") == honest


def test_lies_that_change_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = answered(FULL, tmp_path / "honest.csv")
    lies = list(LIES.values())
    for seed in range(3):
        random.Random(seed).shuffle(lies)
        turn = itertools.cycle([HONEST, *lies])
        monkeypatch.setattr(LpSolver, "solve", lambda solver, turn=turn: next(turn)(solver))
        assert answered(FULL, tmp_path / "lied.csv") == honest
