"""More than a thousand random jobs answered in every way there is, and the driver held to its word.

`differential.py` runs the same at length, from the command line.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import differential
import numpy as np
import pytest
from differential import Found, Tally, run_cases, shrunk, try_check
from differential_cases import FEATURES, SIZES, Case, most_slots, n_combinations
from differential_checks import CHECKS, EVERY
from differential_files import load_case, save_case
from differential_maker import random_case
from differential_run import Run
from differential_shrink import shrink

from equipment_optimizer import pipeline
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.questions import extras
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.filling import filler as decorate
from equipment_optimizer.search.product import run as product
from equipment_optimizer.search.relaxation import expansion as offers
from equipment_optimizer.verify import verifier as verify

#: Cases of one item; there are enough items for more than a thousand cases.
CASES = 30


def complaints(tally: Tally, mode: str) -> list[str]:
    """What differs, with the command that repeats it."""
    again = f"python tests/differential/differential.py --mode {mode} --cases 1 --seed"
    return [f"{found.check}: {found.message} (again: {again} {found.seed})" for found in tally.found]


@pytest.mark.parametrize("item", range(40))
def test_every_way_gives_the_same_answer(item: int, tmp_path: Path) -> None:
    tally = run_cases(range(CASES * item, CASES * (item + 1)), "quick", tmp_path)
    assert complaints(tally, "quick") == []
    assert tally.n_cases == CASES


@pytest.mark.parametrize(("mode", "n_cases"), [("small", 15), ("large", 8)])
def test_every_way_gives_the_same_answer_for_larger_jobs(mode: str, n_cases: int, tmp_path: Path) -> None:
    tally = run_cases(range(20, 20 + n_cases), mode, tmp_path, skip=differential.SLOW)
    assert complaints(tally, mode) == []


# --- what is drawn -----------------------------------------------------------------


@pytest.mark.parametrize("mode", SIZES)
def test_a_case_is_a_matter_of_its_seed_and_within_its_size(mode: str) -> None:
    for seed in range(40):
        case = random_case(seed, mode)
        assert case == random_case(seed, mode)
        assert n_combinations(case) <= SIZES[mode].n_combinations
        assert most_slots(case) <= SIZES[mode].n_slots


def test_every_feature_comes_up() -> None:
    seen = {feature for seed in range(60) for feature in random_case(seed).features}
    assert seen == set(FEATURES)


def test_every_check_has_its_turn() -> None:
    assert set().union(*EVERY.values()) == set(CHECKS)
    made = {name for seed in range(20_000) for name in differential.checks_of(seed, "small")}
    assert made == set(EVERY["small"])


@pytest.mark.parametrize("seed", range(20))
def test_a_written_case_reads_back(seed: int, tmp_path: Path) -> None:
    case = random_case(seed)
    save_case(case, tmp_path / "case.json")
    again = load_case(tmp_path / "case.json")
    save_case(again, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "case.json").read_bytes()
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    Run(case, first)
    Run(again, second)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }


# --- planted faults ------------------------------------------------------------------


def drop_a_tie(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = offers.TopK.add

    def forgetful(self: TopK, scores: np.ndarray, words: np.ndarray) -> None:
        _, first = np.unique(scores, return_index=True)
        honest(self, scores[np.sort(first)], words[:, np.sort(first)])

    class Forgetful(TopK):
        add = forgetful

    monkeypatch.setattr(offers, "TopK", Forgetful)


def order_ties_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = TopK.sorted

    def backwards(self: TopK) -> tuple[np.ndarray, np.ndarray]:
        scores, words = honest(self)
        order = np.lexsort((-words[0], -scores))
        return scores[order], words[:, order]

    monkeypatch.setattr(TopK, "sorted", backwards)


def score_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = ValueFunction.penalised
    monkeypatch.setattr(
        ValueFunction, "penalised", lambda maximum, weight, penalty: honest(maximum + 1, weight, penalty)
    )


def fill_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = decorate.Filler.scores

    def generous(self: Any, totals: Any, least_score: int = NO_BUILD, **others: Any) -> np.ndarray:
        scores = honest(self, totals, least_score, **others)
        return scores + (scores > NO_BUILD) * (totals.slots.sum(axis=0) > 1)

    # Writing a filling would notice.
    written = decorate.Filler.written

    def truly_written(self: Any, columns: Any, _: np.ndarray, **others: Any) -> Any:
        return written(self, columns, honest(self, total_columns(self.problem, columns)), **others)

    monkeypatch.setattr(decorate.Filler, "written", truly_written)
    monkeypatch.setattr(decorate.Filler, "scores", generous)


def accept_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify._Verifier, "_differ", lambda *arguments: None)


def claim_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = pipeline.search

    def boasting(*arguments: Any) -> Any:
        outcome = honest(*arguments)
        if outcome.report.proved:
            return outcome
        report = dataclasses.replace(outcome.report, gap=Decimal(-1))
        return outcome._replace(report=report, proved_rows=np.ones_like(outcome.proved_rows))

    monkeypatch.setattr(pipeline, "search", boasting)


def reach_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = extras.highest_level

    def far(*arguments: Any, **options: Any) -> Any:
        reach = honest(*arguments, **options)
        return reach._replace(level=reach.level + 1) if reach.level == 2 else reach

    monkeypatch.setattr(extras, "highest_level", far)


def misread_defence(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = differential.Run.__init__

    def misread(self: Run, *arguments: Any) -> None:
        honest(self, *arguments)
        self.config = dataclasses.replace(self.config, defence_weight=self.config.defence_weight + 1)

    monkeypatch.setattr(Run, "__init__", misread)


FAULTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "a dropped tie": (drop_a_tie, {"engines", "limits", "multipliers"}),
    "ties in the wrong order": (order_ties_backwards, {"oracle", "limits"}),
    "a maximum that is one too high": (score_off_by_one, {"oracle"}),
    "a filling that is worth too much": (fill_off_by_one, {"oracle", "fillers"}),
    "a verifier that accepts everything": (accept_everything, {"corrupt"}),
    "an early stop that claims too much": (claim_too_much, {"stopped"}),
    "extras that reach too far": (reach_too_far, {"extras"}),
    "a weight that was misread": (misread_defence, {"load"}),
}


def first_found(mode: str, folder: Path) -> Found:
    """The first difference among some hundreds of cases."""
    tally = run_cases(range(1_000), mode, folder, most_found=1)
    assert tally.found, "the planted fault was not seen"
    return tally.found[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, checks = FAULTS[fault]
    plant(monkeypatch)
    assert first_found("quick", tmp_path).check in checks


def test_a_part_of_a_node_of_a_formula_that_is_left_out_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = product.divided
    monkeypatch.setattr(product, "divided", lambda *arguments: honest(*arguments)[:1])
    seen = (try_check("levels", random_case(seed, "formula"), seed, tmp_path) for seed in range(200))
    assert any(seen), "the planted fault was not seen"


# --- shrinking ---------------------------------------------------------------------------


def test_a_difference_shrinks_to_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    score_off_by_one(monkeypatch)
    found = first_found("quick", tmp_path)
    small = shrunk(found, tmp_path)
    assert try_check(found.check, small, found.seed, tmp_path) is not None
    assert shrunk(found, tmp_path) == small
    # One skill above its maximum, on one piece or two.
    assert len(small.pieces) <= 2
    assert len(small.config["skills"]) == 1
    assert not small.decorations and not small.set_bonuses and not small.style
    monkeypatch.undo()
    assert try_check(found.check, small, found.seed, tmp_path) is None


def test_shrinking_leaves_out_everything_that_does_not_matter() -> None:
    case = random_case(7)
    n_trials = 0

    def has_two_pieces(smaller: Case) -> bool:
        nonlocal n_trials
        n_trials += 1
        return len(smaller.pieces) >= 2

    assert len(case.pieces) > 2
    small = shrink(case, has_two_pieces)
    assert len(small.pieces) == 2
    assert small.config == {} and small.decorations is None and small.set_bonuses is None
    assert all(not any(piece["slots"]) and not piece["skills"] for piece in small.pieces)
    n_needed, n_trials = n_trials, 0
    assert shrink(case, has_two_pieces, n_needed // 2) != small
    assert n_trials == n_needed // 2


@pytest.mark.parametrize("seed", range(8))
def test_every_shrunken_case_can_be_loaded(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    case = random_case(seed, "quick")

    def sometimes(smaller: Case) -> bool:
        if "body_parts" in case.config and "body_parts" not in smaller.config:
            # Its pieces belong to parts that only the declaration knows.
            return False
        Run(smaller, tmp_path)
        return rng.random() < 0.3

    shrink(case, sometimes, 60)


# --- the command -----------------------------------------------------------------------------


def test_the_command_says_how_to_repeat_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "found"
    with monkeypatch.context() as faulty:
        score_off_by_one(faulty)
        seed = first_found("quick", tmp_path).seed
        arguments = ["--mode", "quick", "--seed", str(seed), "--cases", "1", "--into", str(into)]
        assert differential.main(arguments) == 1
        text = capsys.readouterr().out
        assert f"--mode quick --seed {seed} --cases 1" in text
        folder = into / f"quick-{seed}-oracle"
        assert f"--replay {folder}" in text
        assert {"case.json", "config.json", "equipment.csv", "found.txt"} <= {path.name for path in folder.iterdir()}
        assert differential.main(["--replay", str(folder)]) == 1
        assert "oracle: Difference" in capsys.readouterr().out
    assert differential.main(["--replay", str(folder)]) == 0
    assert capsys.readouterr().out == "oracle: no difference\n"


def test_the_command_counts_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert differential.main(["--mode", "quick", "--seed", "3", "--cases", "5"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("5 cases (quick) in ")
    assert "0 differences" in text and "oracle" in text and "judged by the oracle 5" in text


def test_a_case_that_takes_too_long_is_left_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr(differential, "try_case", endless)
    tally = run_cases([4], "quick", tmp_path, case_seconds=0.05)
    assert tally.slow == [4]
    assert "seeds [4]" in differential.summary(tally, "quick", 0)
