"""Whatever the solver says, the answer is the same: its prices are advice, also those that no check finds wrong.

Lies take the place of what the check lets pass (`answer`), save where they would take minutes.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.search.relaxation.linear_program import LpSolution, LpSolver

FULL = Path(__file__).parents[3] / "example_data" / "full"
DAMAGE = Path(__file__).parents[3] / "example_data" / "damage"
#: One relic of so many is left: some 100,000 builds, which take a second.
SPARSE = 6
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


BEFORE = [LpSolution("unknown", NOTHING, NOTHING)]


def late(solver: LpSolver) -> LpSolution:
    """The answer to the program before, where it has the right length."""
    honest, before = HONEST(solver), BEFORE[0]
    BEFORE[0] = honest
    lengths = [(len(each.values), len(each.prices)) for each in (honest, before)]
    return before if lengths[0] == lengths[1] else LpSolution("unknown", NOTHING, NOTHING)


LIES: dict[str, Callable[[LpSolver], LpSolution]] = {
    "noise": noise,
    "no numbers": no_numbers,
    "wrong sign": wrong_sign,
    "infeasible": infeasible,
    "infeasible without a ray": lambda _: LpSolution("infeasible", NOTHING, NOTHING),
    "unknown": lambda _: LpSolution("unknown", NOTHING, NOTHING),
    "late": late,
}


def answered(folder: Path, target: Path, equipment: str = "equipment.csv") -> bytes:
    """The bytes of the list."""
    files = [str(folder / equipment), str(target), str(folder / "config.json")]
    assert main(["optimize", *files, "--quiet", "--overwrite", "--engine", "bounded", "--limit", "5"]) == 0
    return target.read_bytes()


@pytest.mark.parametrize("lie", LIES)
def test_the_bytes_are_the_same(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = answered(FULL, tmp_path / "honest.csv")
    monkeypatch.setattr(LpSolver, "answer", LIES[lie])
    assert answered(FULL, tmp_path / "lied.csv") == honest


CHANCE = {"of": {"Precision": [0, 0.1, 0.2, 0.35]}, "max": 1}
FORMULA = {
    "factors": [
        {"name": "attack", "base": 100, "of": {"Attack": 1}},
        {"name": "critical", "base": 1, "times": [CHANCE, {"base": 0.5, "of": {"Ruin": 0.1}}]},
    ]
}


@pytest.mark.parametrize("lie", LIES)
def test_the_best_products_are_the_same(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(4)
    lines = ["Name,Body Part,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level"]
    for part, number in itertools.product(("Head", "Body", "Legs"), range(8)):
        skills = dice.sample(["Attack", "Precision", "Ruin"], 2)
        lines.append(f"{part} {number},{part}," + ",".join(f"{skill},{dice.randint(0, 3)}" for skill in skills))
    (tmp_path / "equipment.csv").write_text("\n".join(lines) + "\n")
    parts = {"Head": 1, "Body": 1, "Legs": 1}
    (tmp_path / "config.json").write_text(json.dumps({"formula": FORMULA, "body_parts": parts, "skills": {}}))
    honest = answered(tmp_path, tmp_path / "honest.csv")
    monkeypatch.setattr(LpSolver, "answer", LIES[lie])
    assert answered(tmp_path, tmp_path / "lied.csv") == honest


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job of many products, and its list."""
    folder = tmp_path_factory.mktemp("world") / "damage"
    shutil.copytree(DAMAGE, folder)
    header, *relics = (DAMAGE / "relics.csv").read_text(encoding="utf-8").splitlines()
    (folder / "relics.csv").write_text("\n".join([header, *relics[::SPARSE], ""]), encoding="utf-8")
    answered(folder, folder / "honest.csv", "relics.csv")
    return folder


@pytest.mark.parametrize("lie", LIES)
def test_many_products_do_not_become_an_endless_division(
    lie: str, damage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LpSolver, "solve", LIES[lie])
    assert answered(damage, tmp_path / "lied.csv", "relics.csv") == (damage / "honest.csv").read_bytes()


@pytest.mark.parametrize("lie", LIES)
def test_what_nothing_fits_is_told_in_the_same_words(
    lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FULL, tmp_path / "full")
    config = json.loads((FULL / "config.json").read_text())
    config["skills"] |= {"Guard": {"weight": 1, "min": 3}, "Fury": {"weight": 2, "min": 5}, "Evasion": {"min": 4}}
    (tmp_path / "full" / "config.json").write_text(json.dumps(config | {"min_defence": 545}))
    files = [str(tmp_path / "full" / name) for name in ("equipment.csv", "builds.csv", "config.json")]
    told = []
    for solve in (HONEST, LIES[lie]):
        monkeypatch.setattr(LpSolver, "answer", solve)
        assert main(["optimize", *files, "--quiet", "--overwrite", "--engine", "bounded"]) == 3
        told.append(capsys.readouterr().err)
    assert told[0] == told[1]


def test_lies_that_change_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = answered(FULL, tmp_path / "honest.csv")
    lies = list(LIES.values())
    for seed in range(3):
        random.Random(seed).shuffle(lies)
        turn = itertools.cycle([HONEST, *lies])
        monkeypatch.setattr(LpSolver, "answer", lambda solver, turn=turn: next(turn)(solver))
        assert answered(FULL, tmp_path / "lied.csv") == honest
