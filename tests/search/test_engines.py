"""Which engine runs, how the work is divided, and that the answer does not depend on either."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.cli import main
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.fillings import Fillings
from equipment_optimizer.records.results import SearchReport
from equipment_optimizer.search import engines as search_module
from equipment_optimizer.search.best import best_list
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, filled, search
from equipment_optimizer.search.filling.filler import Written
from equipment_optimizer.search.relaxation.bounds import Multipliers, root_box
from equipment_optimizer.search.relaxation.box_lp import BoxLp, solve_box
from equipment_optimizer.search.relaxation.linear_program import LpSolution, LpSolver
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

ROOT = Path(__file__).resolve().parents[2]
FULL = ROOT / "example_data" / "full"


def rows(outcome: SearchOutcome) -> tuple[list[int], list[list[int]]]:
    return outcome.scores.tolist(), [column.tolist() for column in outcome.columns]


def problem_of(seed: int, *, full: bool = False) -> Problem:
    job = random_job(random.Random(seed), full=full)
    return compile_problem(job.table, job.config)


def big_problem(n_pieces: int) -> Problem:
    rng = random.Random(n_pieces)
    pieces = [
        EquipmentPiece(str(i), part, defence=rng.randint(0, 50), skills=(("Attack", rng.randint(0, 3)),))
        for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
        for i in range(n_pieces)
    ]
    return compile_problem(EquipmentTable.from_pieces(pieces), Config())


@pytest.mark.parametrize(
    ("n_pieces", "options", "engine"),
    [
        (3, {}, "exhaustive"),
        (3, {"engine": "bounded"}, "bounded"),
        (30, {}, "bounded"),
    ],
)
def test_tiny_spaces_are_scored_and_large_ones_bounded(n_pieces: int, options: dict[str, str], engine: str) -> None:
    assert search(big_problem(n_pieces), 5, SearchOptions(**options)).report.engine == engine  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n_combinations", "limit", "separable", "engine"),
    [
        (20_000_000, 1, True, "exhaustive"),
        (100_000_000, 1, True, "bounded"),
        (100_000_000, 100, True, "bounded"),
        (100_000_000, 1_000_000, True, "exhaustive"),
        (1_000_000_000, 1_000_000, True, "exhaustive"),
        (10**15, 1_000_000, True, "bounded"),
        (500_000, 1, False, "exhaustive"),
        (100_000_000, 1_000_000, False, "bounded"),
    ],
)
def test_the_more_builds_are_wanted_the_longer_scoring_everything_pays(
    n_combinations: int, limit: int, separable: bool, engine: str
) -> None:
    assert search_module.sooner_engine(n_combinations, limit, separable=separable) == engine


def test_few_combinations_are_scored_where_each_has_slots_to_fill() -> None:
    assert search_module.sooner_engine(1_000, 100, separable=False, filled=True) == "exhaustive"
    assert search_module.sooner_engine(1_001, 100, separable=False, filled=True) == "bounded"


@pytest.mark.parametrize("seed", range(6))
def test_divided_work_gives_the_same_rows(seed: int) -> None:
    problem = problem_of(seed, full=bool(seed % 2))
    whole = search(problem, 7, SearchOptions(engine="exhaustive", workers=1))
    plans: list[str] = []
    done: list[int] = []
    options = SearchOptions(
        engine="exhaustive",
        workers=2,
        backend="processes",
        on_plan=plans.append,
        on_progress=lambda progress: done.append(progress.done),
    )
    divided = search(problem, 7, options)
    assert rows(divided) == rows(whole)
    assert divided.report.proved
    assert len(plans) == 1
    assert done == sorted(done)
    assert done[-1] == problem.space.n_combinations


def test_divided_work_that_is_stopped_keeps_what_is_done() -> None:
    problem = big_problem(4)
    options = SearchOptions(
        engine="exhaustive", workers=2, backend="processes", block_length=16, should_stop=lambda: True
    )
    outcome = search(problem, 7, options)
    assert not outcome.report.proved
    assert 0 < outcome.report.counts["enumerated"] < problem.space.n_combinations
    assert sum(outcome.report.counts.values()) == problem.space.n_combinations


@pytest.mark.parametrize("seed", range(20))
def test_a_solver_without_an_answer_costs_time_only(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(seed, full=bool(seed % 2))
    with_solver = search(problem, 7, SearchOptions(engine="bounded"))
    nothing = np.zeros(0)
    monkeypatch.setattr(LpSolver, "solve", lambda _: LpSolution("unknown", nothing, nothing))
    without_solver = search(problem, 7, SearchOptions(engine="bounded"))
    assert rows(without_solver) == rows(with_solver)
    assert without_solver.report.proved


def test_a_solver_that_answers_nonsense_is_asked_for_advice_only(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(3, full=True)
    box, classes = root_box(problem), merge_pieces(problem)
    n_totals = len(box.low)

    def nonsense(model: BoxLp, **_: bool) -> LpSolution:
        n_rows = len(model._lower)
        return LpSolution("optimal", np.zeros(10_000), np.resize([np.nan, np.inf, -np.inf, 1e300], n_rows))

    truth = search(problem, 7, SearchOptions(engine="exhaustive"))
    monkeypatch.setattr(BoxLp, "solve", nonsense)
    advice = solve_box(problem, classes, box, 1024)
    assert len(advice.multipliers.price) == n_totals
    assert all(isinstance(price, int) for price in advice.multipliers.price)
    assert rows(search(problem, 7, SearchOptions(engine="bounded"))) == rows(truth)


def test_prices_stay_within_what_64_bits_allow() -> None:
    table, config, _ = load_job(FULL / "equipment.csv", FULL / "config.json")
    problem = compile_problem(table, config)
    n_totals = len(root_box(problem).low)
    scaled = Multipliers((10**30,) * n_totals, (-5, 5)).scaled(problem, 3)
    assert all(0 < price < 2**58 for price in scaled.price)
    assert scaled.stock_price == (0, 15)


def test_a_gap_is_unknown_where_there_is_no_row() -> None:
    assert search_module.gap_of(5, np.zeros(0, dtype=np.int64), 1).is_infinite()


@pytest.mark.parametrize("seed", [1, 2])
def test_other_prices_than_the_solvers_give_the_same_csv(
    seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = [str(FULL / "equipment.csv"), str(FULL / "config.json")]

    def written(name: str) -> bytes:
        out = tmp_path / name
        options = ["--engine", "bounded", "--quiet", "--limit", "20"]
        assert main(["optimize", files[0], str(out), files[1], *options]) == 0
        return out.read_bytes()

    wanted = written("solver.csv")
    rng = np.random.default_rng(seed)
    n_asked = 0

    def other(program: BoxLp, **_: bool) -> LpSolution:
        nonlocal n_asked
        n_asked += 1
        nothing = np.zeros(0)
        return LpSolution("infeasible", nothing, rng.normal(0.0, 2.0, len(program._lower)))

    monkeypatch.setattr(BoxLp, "solve", other)
    assert written("other.csv") == wanted
    assert n_asked


def test_the_first_rows_of_a_stopped_list_claim_no_more_than_is_so() -> None:
    report = SearchReport(engine="bounded", n_combinations=9, counts={"enumerated": 9}, n_tied=2)
    whole = SearchOutcome([np.arange(4)], np.array([900, 700, 650, 400]), report)
    first = whole.stopped_at(3, 2)
    assert (first.report.proved, first.report.gap, first.report.n_tied) == (False, 0, None)
    assert first.proved_rows.tolist() == [True] * 3
    assert [column.tolist() for column in first.columns] == [[0, 1, 2]]
    # A missing build may score 4 + 3.5 and the last row scores 6.5, then 7.
    unproved = whole._replace(report=replace(report, proved=False, gap=Decimal("3.5")), proved_rows=np.arange(4) < 2)
    assert [unproved.stopped_at(n, 2).report.gap for n in (4, 3, 2)] == [Decimal("3.5"), Decimal(1), Decimal("0.5")]
    assert unproved.stopped_at(3, 2).proved_rows.tolist() == [True, True, False]
    assert unproved.stopped_at(0, 2).report.gap == Decimal("Infinity")
    assert unproved.stopped_at(4, 2).report.n_tied == 2


def csv_of(out: Path, *options: str) -> bytes:
    full = ROOT / "example_data" / "full"
    assert (
        main(["optimize", str(full / "equipment.csv"), str(out), str(full / "config.json"), *options, "--quiet"]) == 0
    )
    return out.read_bytes()


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_a_long_list_with_decorations_is_filled_in_parts_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    options = ("--engine", engine, "--limit", "500", "--workers", "1")
    whole = csv_of(tmp_path / "whole.csv", *options)
    monkeypatch.setattr(best_list, "SLACK", 32)
    monkeypatch.setattr(best_list, "RUN_ROWS", 128)
    monkeypatch.setattr(search_module, "_DECODED_ROWS", 64)
    assert csv_of(tmp_path / "parts.csv", *options) == whole
    assert whole.count(b"\n") == 501


class Counted:
    """A filler that knows so many builds of all it is asked for, and which parts that was."""

    def __init__(self, n_known: int, *, is_of_all_rows: bool = False) -> None:
        self.n_known, self.is_of_all_rows = n_known, is_of_all_rows
        self.asked: list[int] = []

    def written(self, columns: list[np.ndarray], scores: np.ndarray, **_: object) -> Written:
        self.asked.append(len(scores))
        n_rows = min(len(scores), self.n_known)
        self.n_known -= n_rows
        count = np.ones(n_rows, np.int64)
        free = np.zeros((n_rows, 4), np.int64)
        fillings = Fillings(np.arange(n_rows + 1), columns[0][:n_rows].astype(np.int64), count, free)
        return Written(fillings, n_rows == len(scores))


def test_what_a_stop_leaves_out_of_a_long_list_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "_DECODED_ROWS", 4)
    outcome = SearchOutcome([np.arange(10)], np.arange(10)[::-1], SearchReport(engine="bounded", n_combinations=10))
    for n_known, parts in ((10, [4, 4, 2]), (8, [4, 4, 2]), (7, [4, 4]), (0, [4])):
        filler = Counted(n_known)
        fillings, are_final = filled(outcome, filler, as_found=False, should_stop=lambda: False)  # type: ignore[arg-type]
        assert fillings.decoration.tolist() == list(range(n_known))
        assert (filler.asked, are_final, len(fillings.free_slots)) == (parts, n_known == 10, n_known)
    filler = Counted(10, is_of_all_rows=True)
    filled(outcome, filler, as_found=False, should_stop=lambda: False)  # type: ignore[arg-type]
    assert filler.asked == [10]


@pytest.mark.parametrize(("weight", "is_told"), [("0.3", False), ("0.333333333333333", True)])
def test_weights_so_fine_that_slots_are_filled_without_bounds_are_told(weight: str, is_told: bool) -> None:
    pieces = [EquipmentPiece(name, "Head", slots=(2, 0, 0, 0)) for name in "AB"]
    jewels = tuple(Decoration(name=name, slot_level=1, skills=((name, 1),)) for name in "CD")
    skills = {name: SkillRule(weight=Decimal(weight) * 300, maximum=2) for name in "CD"}
    config = Config(skills=skills, decorations=jewels)
    told: list[str] = []
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    assert search(problem, 1, SearchOptions(engine="bounded", on_notice=told.append)).report.proved
    assert len(told) == is_told
    optimize(EquipmentTable.from_pieces(pieces), replace(config, different_pieces=1), engine="bounded", notices=told)
    assert sum("without bounds" in notice for notice in told) == 2 * is_told
    assert all(notice.startswith("scores have 13 decimals, as the weights do: slots are filled") for notice in told[:1])
