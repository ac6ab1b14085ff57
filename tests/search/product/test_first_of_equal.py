"""Which of a build's equal fillings is written hangs on the build alone."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from equal_filling_jobs import equal_fillings, job_of, made, rows_of, several_ways

from equipment_optimizer.output.csv_file import write_csv_to
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search import engines
from equipment_optimizer.search.filling.cells import cells
from equipment_optimizer.search.filling.walking import _walk
from equipment_optimizer.search.product import _first_of_equal
from equipment_optimizer.search.product._first_of_equal import with_first_fillings


@pytest.fixture
def by_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fillings are listed by lines alone, which is left of builds that no few cells tell."""
    with monkeypatch.context() as patched:
        patched.setattr(cells, "_MOST_MET", 0)
        yield


def written(seed: int, engine: str, limit: int = 3) -> str:
    """The file that is written."""
    table, config = made(seed)
    buffer = io.BytesIO()
    write_csv_to(buffer, optimize(table, replace(config, limit=limit), engine=engine))
    return buffer.getvalue().decode()


def decorations_of(text: str) -> list[str]:
    return [row["Decorations"] for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize("most_met", [cells._MOST_MET, 0], ids=["cells", "lines"])
@pytest.mark.parametrize("item", range(4))
def test_the_first_of_equal_fillings_is_written_whichever_is_known(
    item: int, most_met: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "_MOST_MET", most_met)
    n_with_equals = 0
    for seed in range(8 * item, 8 * (item + 1)):
        formula, rng = job_of(seed), random.Random(seed)
        code, rows = RankCode(formula.problem.space.position_sizes), rows_of(formula)
        truth = [equal_fillings(formula, row) for row in rows]
        n_with_equals += any(len(every) > 1 for _, every in truth)
        others = [(score, words, rng.choice(every)) for (score, words, _), (_, every) in zip(rows, truth, strict=True)]
        known = others if formula.rises else rows
        found = with_first_fillings(formula, code, known, lambda: False)
        assert found is not None
        assert [contents for _, _, contents in found] == [first for first, _ in truth], f"seed {seed}"
        assert [row[:2] for row in found] == [row[:2] for row in rows]
    assert n_with_equals > 2


@pytest.mark.usefixtures("by_lines")
def test_parts_and_builds_taken_apart_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [job_of(seed) for seed in range(12)]
    codes = [RankCode(formula.problem.space.position_sizes) for formula in jobs]
    lists = [rows_of(formula) for formula in jobs]
    wanted = [with_first_fillings(*job, lambda: False) for job in zip(jobs, codes, lists, strict=True)]
    monkeypatch.setattr(_first_of_equal, "_NEAR", -1)
    monkeypatch.setattr(_first_of_equal, "_MOST_PARTS", 2)
    assert [with_first_fillings(*job, lambda: False) for job in zip(jobs, codes, lists, strict=True)] == wanted


@pytest.mark.usefixtures("by_lines")
def test_few_partial_fillings_at_a_time_and_other_lines_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [formula for formula in map(job_of, range(20)) if formula.rises]
    codes = [RankCode(formula.problem.space.position_sizes) for formula in jobs]
    lists = [rows_of(formula) for formula in jobs]
    wanted = [with_first_fillings(*job, lambda: False) for job in zip(jobs, codes, lists, strict=True)]
    for n_rows, n_polls in ((1, 2**20), (3, 1)):
        monkeypatch.setattr(_walk, "_GUIDED_ROWS", n_rows)
        monkeypatch.setattr(_first_of_equal, "_POLLS", n_polls)
        assert [with_first_fillings(*job, lambda: False) for job in zip(jobs, codes, lists, strict=True)] == wanted


@pytest.mark.usefixtures("by_lines")
@pytest.mark.parametrize("first", range(0, 40, 10))
def test_what_stands_in_for_others_leads_to_the_first(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """After every step, and where only neighbours are compared, those with less of every sum are left out."""
    n_left_out = 0

    def counted(*args: np.ndarray) -> np.ndarray:
        nonlocal n_left_out
        behind = are_behind(*args)
        n_left_out += np.count_nonzero(behind)
        return behind

    are_behind = _walk._are_behind
    monkeypatch.setattr(_walk, "_are_behind", counted)
    monkeypatch.setattr(_walk, "_MERGE_GROWTH", 0)
    for seed in range(first, first + 10):
        monkeypatch.setattr(_walk, "_PLACES_BEFORE", (1,) if seed % 2 else tuple(range(1, 200)))
        formula = several_ways(seed)
        rows = rows_of(formula)
        found = with_first_fillings(formula, RankCode(formula.problem.space.position_sizes), rows, lambda: False)
        assert found is not None
        assert [contents for _, _, contents in found] == [equal_fillings(formula, row)[0] for row in rows], seed
    assert n_left_out > 5


@pytest.mark.usefixtures("by_lines")
@pytest.mark.parametrize("ends", [("0.000001", "9e17"), ("-9e17", "-8e17"), (None, "9e17")])
def test_ends_of_sums_may_be_larger_than_any_sum(monkeypatch: pytest.MonkeyPatch, ends: tuple[str | None, str]) -> None:
    monkeypatch.setattr(_walk, "_MERGE_GROWTH", 0)
    least, most = (None if end is None else Decimal(end) for end in ends)
    two = Sum(terms=[worth("A", [0, 1]), worth("B", [0, 1])], minimum=least, maximum=most)
    pair = Factor(name="pair", base=1, times=(two, Sum(base=Decimal("0.000001"))))
    table, config = made(5)
    formula = compile_formula(table, replace(config, formula=Formula(factors=(pair, Factor(name="other", base=2)))))
    code, rows = RankCode(formula.problem.space.position_sizes), rows_of(formula)
    found = with_first_fillings(formula, code, rows, lambda: False)
    assert found is not None and len(found) == 3
    assert [contents for _, _, contents in found] == [equal_fillings(formula, row)[0] for row in rows]


def test_more_of_a_sum_stands_in_only_where_it_is_no_worse() -> None:
    group, sums = np.array([0, 0, 0, 0, 1]), np.array([[1, 1, 2, 0, 0], [3, 3, 2, 3, 1]])
    every = np.ones(5, dtype=np.bool_)
    assert _walk._are_behind(group, sums, every).tolist() == [False, True, False, True, False]
    assert not _walk._are_behind(group, sums, ~every).any()


def test_a_stop_leaves_fillings_as_they_were_found() -> None:
    formula = next(formula for formula in map(job_of, range(20)) if formula.rises)
    rows = rows_of(formula)
    assert with_first_fillings(formula, RankCode(formula.problem.space.position_sizes), rows, lambda: True) is None
    assert with_first_fillings(formula, RankCode(formula.problem.space.position_sizes), [], lambda: True) == []


@pytest.mark.parametrize("item", range(4))
def test_every_engine_and_every_limit_writes_the_same_bytes(item: int) -> None:
    for seed in range(100 + 6 * item, 100 + 6 * (item + 1)):
        text = written(seed, "bounded")
        assert written(seed, "exhaustive") == text == written(seed, "auto"), f"seed {seed}"
        # Other columns are left out where no row has anything in them.
        assert decorations_of(written(seed, "bounded", limit=1)) == decorations_of(text)[:1], f"seed {seed}"


def worth(name: str, table: Sequence[int]) -> Term:
    return Term(name=name, kind="skill", table=tuple(map(Decimal, table)))


@pytest.mark.parametrize(
    ("factors", "score", "inside"),
    [
        ([Factor(name="on", terms=[worth("A", [0, 1])])], 1, "1x Jewel A 1"),
        ([Factor(name="on", terms=[worth("A", [0, 0, 1, 1])])], 1, "2x Jewel A 1"),
        ([Factor(name="on", terms=[worth("A", [0, 1]), worth("B", [0, 1])], maximum=1)], 1, "1x Jewel B 1"),
        (
            [Factor(name="both", times=[Sum(terms=[worth("A", [0, 1]), worth("B", [0, 1])], maximum=1), Sum(base=7)])],
            7,
            "1x Jewel B 1",
        ),
        (
            [Factor(name="pair", times=[Sum(terms=[worth("A", [0, 1])]), Sum(base=5, terms=[worth("B", [0, 2])])])],
            7,
            "1x Jewel A 1; 1x Jewel B 1",
        ),
        (
            [Factor(name="on", terms=[worth("A", [0, 1])]), Factor(name="more", base=3, terms=[worth("B", [0, 1, 5])])],
            4,
            "1x Jewel A 1; 1x Jewel B 1",
        ),
    ],
)
def test_a_sum_that_is_0_or_1_tells_fillings_apart(factors: list[Factor], score: int, inside: str) -> None:
    # The part where it is 1 has no other value, and still some fillings that are outside.
    pieces = [EquipmentPiece("Cap", "Head", slots=(2, 0, 0, 0))]
    jewels = [Decoration(name=f"Jewel {name} 1", slot_level=1, skills=((name, 1),)) for name in "AB"]
    config = Config(body_parts={"Head": 1}, decorations=jewels, formula=Formula(factors=factors), limit=3)
    results = optimize(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config, engine="bounded")
    assert [build.score for build in results] == [score]
    buffer = io.BytesIO()
    write_csv_to(buffer, results)
    assert decorations_of(buffer.getvalue().decode()) == [inside]


def test_a_list_longer_than_what_is_filled_at_a_time_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [written(seed, "bounded", limit=9) for seed in range(6)]
    monkeypatch.setattr(engines, "_DECODED_ROWS", 2)
    assert [written(seed, "bounded", limit=9) for seed in range(6)] == whole
    assert max(text.count("\n") for text in whole) > 3
