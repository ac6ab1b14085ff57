"""The best builds by a formula against looking at every build and every filling."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import SKILLS, Job, random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.ranges import Ranges
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.config import Config, Decoration, zero_weights
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.search.bounded import _enumerate
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome
from equipment_optimizer.search.product import run
from equipment_optimizer.search.product.nodes import nodes as _nodes
from equipment_optimizer.search.product.run import search_product


def random_formula_job(seed: int, *, decorations: bool, make: Callable[[random.Random, Job], Job]) -> Job:
    """A job with limits of some kinds and a formula."""
    rng = random.Random(seed)
    job = random_job(rng, full=rng.random() < 0.7, decorations=decorations, n_most=3)
    return make(rng, with_limits(rng, job) if rng.random() < 0.6 else job)


def truth_of(job: Job) -> list[tuple[Fraction, tuple[int, ...]]]:
    """The best builds by looking at every build and every filling: score and piece indices."""
    builds = oracle.best_builds(
        job.pieces, job.config, job.config.limit, job.resistance_names, other_names=job.other_names
    )
    return [(build.score, build.indices) for build in builds]


def compiled(job: Job) -> FormulaProblem | None:
    """The formula of a job; None where it is too large for brute force, or rules leave a part without pieces."""
    try:
        formula = compile_formula(select_pieces(job.table, job.config), job.config)
    except InfeasibleError:
        return None
    n_combinations = formula.problem.space.n_combinations
    return formula if 0 < n_combinations <= 1_500 and Ranges.of(formula.problem).n_slots <= 6 else None


def rows_of(formula: FormulaProblem, outcome: SearchOutcome) -> list[tuple[Fraction, tuple[int, ...]]]:
    one = 10**formula.scaled.score_digits
    return [
        (Fraction(score, one), tuple(int(column[k]) for column in outcome.columns))
        for k, score in enumerate(outcome.scores.tolist())
    ]


def growing_formula(rng: random.Random, job: Job) -> Job:
    """The job with a formula none of whose factors ever falls, as damage has."""
    growing = [Decimal(number) for number in ("0", "1", "2", "0.5", "0.25", "3", "10")]

    def one_sum() -> dict[str, object]:
        terms = []
        for skill in rng.sample(SKILLS, rng.choice([0, 1, 2, 3])):
            table = sorted(rng.choice(growing) for _ in range(rng.choice([1, 2, 4])))
            worth = {"table": table} if rng.random() < 0.5 else {"weight": rng.choice(growing)}
            terms.append(Term(name=skill, kind="skill", **worth))  # type: ignore[arg-type]
        maximum = rng.choice([None, None, Decimal(4)])
        return {"base": rng.choice(growing), "terms": terms, "maximum": maximum}

    factors = []
    for number in range(rng.choice([1, 2, 3])):
        own = one_sum()
        if rng.random() < 0.5:
            own = {"base": rng.choice(growing), "times": (Sum(**one_sum()), Sum(**own))}  # type: ignore[arg-type]
        factors.append(Factor(name=f"factor {number}", **own))  # type: ignore[arg-type]
    config = replace(job.config, **zero_weights(job.config))
    config = replace(config, formula=Formula(factors=tuple(factors)))
    return Job(job.pieces, config, job.resistance_names, job.other_names)


@pytest.mark.parametrize("make", [with_formula, growing_formula])
@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("item", range(3))
def test_the_best_builds_are_those_of_brute_force(
    item: int, decorations: bool, make: Callable[[random.Random, Job], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    n_compared = 0
    for seed in range(12 * item, 12 * (item + 1)):
        job = random_formula_job(seed, decorations=decorations, make=make)
        formula = compiled(job)
        if formula is None:
            continue
        n_compared += 1
        truth = truth_of(job)
        # Nodes are listed before they are divided: to the end, not to the end, or not at all.
        ways = [("bounded", 10**15, 4_096), ("bounded", 10**15, 1), ("bounded", 0, 1), ("auto", 0, 1)]
        # Where little is listed before nodes are divided, a few dozen combinations take seconds.
        for engine, most, polls in ways[: 1 if formula.problem.space.n_combinations > 64 and decorations else None]:
            monkeypatch.setattr(run, "_MOST_COMBINATIONS", most)
            monkeypatch.setattr(run, "_SHORT_POLLS", polls)
            # What comes to 0 or less is looked at in rank order, to the end or for two builds only.
            for name, length in (("_IN_ORDER", 3), ("_FILLED_IN_ORDER", 2)):
                monkeypatch.setattr(run, name, (length, 2**12 if most else 0))
            outcome = search_product(formula, job.config.limit, SearchOptions(engine=engine))
            assert rows_of(formula, outcome) == truth, f"seed {seed}, {engine}, {most}, {polls}"
            assert outcome.report.proved and outcome.report.gap == 0
    assert n_compared > 3


def artifacts(n_pieces: int, seed: int = 1) -> tuple[EquipmentTable, Config]:
    """Three parts whose pieces have attack, chance and bonus; the chance ends at 1."""
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(f"{part} {i}", part, other=tuple(str(rng.randint(0, most)) for most in (300, 250, 400)))
        for part in ("Flower", "Plume", "Sands")
        for i in range(n_pieces)
    ]
    table = EquipmentTable.from_pieces(
        pieces, body_parts=dict.fromkeys(("Flower", "Plume", "Sands"), 1), other_names=("Attack", "Chance", "Bonus")
    )
    attack, chance, bonus = (
        Term(name=name, kind="column", weight=Decimal(weight))
        for name, weight in (("Attack", "1"), ("Chance", "0.001"), ("Bonus", "0.001"))
    )
    critical = Factor(
        name="critical", base=1, times=(Sum(base=Decimal("0.05"), terms=[chance], maximum=1), Sum(terms=[bonus]))
    )
    formula = Formula(factors=[Factor(name="attack", base=900, terms=[attack]), critical])
    return table, Config(body_parts=dict.fromkeys(("Flower", "Plume", "Sands"), 1), formula=formula)


def test_parts_of_all_builds_and_all_at_once_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    table, config = artifacts(30)
    formula = compile_formula(table, config)
    every = search_product(formula, 300, SearchOptions(engine="exhaustive"))
    assert every.report.engine == "exhaustive" and every.report.counts["enumerated"] == 27_000
    for near in (1e9, 1e-2, 1e-4):
        monkeypatch.setattr(_nodes, "_NEAR", near)
        bounded = search_product(formula, 300, SearchOptions(engine="bounded"))
        assert rows_of(formula, bounded) == rows_of(formula, every)
        assert bounded.report.proved and bounded.report.counts["enumerated"] < 27_000


def test_products_beyond_64_bits_are_exact() -> None:
    table, config = artifacts(4)
    assert config.formula is not None
    huge = Factor(name="huge", base=Decimal("12345678901234567.000000000000000001"))
    more = replace(config, formula=Formula(factors=[*config.formula.factors, huge]))
    formula = compile_formula(table, more)
    bounded = search_product(formula, 64, SearchOptions(engine="bounded"))
    assert rows_of(formula, bounded) == rows_of(formula, search_product(formula, 64))
    plain = compile_formula(table, config)
    first = rows_of(plain, search_product(plain, 1))[0]
    assert rows_of(formula, bounded)[0] == (first[0] * Fraction("12345678901234567.000000000000000001"), first[1])


def test_a_search_that_is_stopped_says_how_much_it_may_lack() -> None:
    table, config = artifacts(30)
    formula = compile_formula(table, config)
    for engine in ("bounded", "exhaustive"):
        asked = iter(range(100))
        stopped = search_product(
            formula, 20, SearchOptions(engine=engine, should_stop=lambda asked=asked: next(asked) > 3)
        )
        best = search_product(formula, 20)
        assert not stopped.report.proved and stopped.report.counts["not_reached"] > 0
        if len(stopped.scores) == 20:
            lacking = Fraction(int(best.scores[-1]) - int(stopped.scores[-1]), 10**formula.scaled.score_digits)
            assert lacking <= Fraction(stopped.report.gap)
        assert stopped.proved_rows is not None
        assert set(stopped.scores[stopped.proved_rows]) <= set(best.scores)


def test_a_search_that_is_stopped_at_once_claims_nothing_of_builds_below_0() -> None:
    low = Factor(name="f", base=Decimal(-1), terms=(Term(kind="skill", name="Attack", table=(0, Decimal("0.5"))),))
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", skills=(("Attack", 1),))])
    formula = compile_formula(table, Config(formula=Formula(factors=(low,))))
    for n_polls in range(8):
        polls = itertools.count()
        options = SearchOptions(engine="bounded", should_stop=lambda polls=polls, n=n_polls: next(polls) >= n)  # type: ignore[misc]
        stopped = search_product(formula, 1, options)
        assert len(stopped.scores) or not stopped.report.proved
    assert search_product(formula, 1).scores.tolist() == [-5]


@pytest.mark.parametrize("few", [0, 20_000])
def test_a_huge_worth_of_what_decorations_add_is_exact(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_FEW_FILLED", few)
    pieces = [EquipmentPiece(f"Cap {i}", "Head", skills=(("Sight", i),), slots=(0, 0, i % 2, 0)) for i in (1, 2, 3)]
    worths = (("Sight", Decimal(1)), ("Haste", Decimal(999_999_999_999_999_999)))
    terms = [Term(name=name, kind="skill", weight=weight) for name, weight in worths]
    config = Config(
        body_parts={"Head": 1},
        formula=Formula(factors=[Factor(name="F", terms=terms)]),
        decorations=(Decoration(name="Gem", slot_level=1, skills=(("Haste", 1),)),),
    )
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config)
    assert search_product(formula, 3).scores.tolist() == [10**18 + 2, 10**18, 2]


def test_of_builds_that_are_looked_at_once_none_is_ruled_out_by_a_full_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_enumerate, "CHUNK_ROWS", 2)
    haste = (("Haste", 1),)
    pieces = [EquipmentPiece(f"Cap {i}", "Head", skills=haste * (i < 8), other=(str(i),)) for i in range(12)]
    terms = [Term(name="Weight", kind="column", weight=1), Term(name="Haste", kind="skill", table=(Decimal(30), 0))]
    gem = Decoration(name="Gem", slot_level=1, skills=haste)
    config = Config(formula=Formula(factors=[Factor(name="F", terms=terms)]), decorations=(gem,))
    formula = compile_formula(EquipmentTable.from_pieces(pieces, other_names=("Weight",)), config)
    assert search_product(formula, 2, SearchOptions(engine="bounded")).scores.tolist() == [41, 40]


def test_levels_beyond_what_a_surrogate_counts_are_those_of_the_build() -> None:
    pieces = [
        EquipmentPiece("Cap", "Head", skills=(("Sight", 1),), other=("1",)),
        EquipmentPiece("Hat", "Head", other=("10",)),
    ]
    speed = Sum(base=1, terms=[Term(name="Rarity", kind="column", weight=1)])
    sight = Sum(base=1, terms=[Term(name="Sight", kind="skill", weight=1)])
    factors = [Factor(name="loss", base=Decimal(-1)), Factor(name="pair", times=(speed, sight))]
    config = Config(
        formula=Formula(factors=factors), decorations=(Decoration(name="Gem", slot_level=1, skills=(("Sight", 1),)),)
    )
    formula = compile_formula(EquipmentTable.from_pieces(pieces, other_names=("Rarity",)), config)
    assert search_product(formula, 2).scores.tolist() == [-4, -11]


HUGE = Decimal("999999999999999999")


@pytest.mark.parametrize(
    ("terms", "base"),
    [
        # Parts of a sum that no int64 holds, and that cancel out.
        ({"Sight": [HUGE] * 2, "Haste": [-HUGE, -HUGE + Decimal("0.01")]}, 1),
        # Far below 0 for most builds.
        ({"Sight": [-HUGE, -HUGE, -5, -1, 0]}, Decimal("0.001")),
    ],
)
def test_sums_beyond_64_bits_on_either_side_of_0_are_exact(terms: dict[str, list[Decimal]], base: Decimal) -> None:
    pieces = [EquipmentPiece(f"Cap {i}", "Head", skills=(("Sight", i), ("Haste", i % 2))) for i in range(1, 6)]
    of = [Term(name=name, kind="skill", table=table) for name, table in terms.items()]
    config = Config(body_parts={"Head": 1}, formula=Formula(factors=[Factor(name="F", base=base, terms=of)]))
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config)
    every, bounded = (search_product(formula, 5, SearchOptions(engine=engine)) for engine in ("exhaustive", "bounded"))
    assert rows_of(formula, bounded) == rows_of(formula, every)
    truth = [
        base + sum(terms[name][min(n, len(terms[name]) - 1)] for name, n in piece.skills if name in terms)
        for piece in pieces
    ]
    assert [score for score, _ in rows_of(formula, every)] == sorted(map(Fraction, truth), reverse=True)


def test_two_huge_products_whose_logarithms_are_one_number_are_told_apart() -> None:
    pieces = [EquipmentPiece(f"Cap {i}", "Head", other=(f"1.0000{i}",)) for i in (1, 2)]
    tiny = Decimal("1e-18")
    sums = [Sum(base=HUGE, terms=[Term(name="Weight", kind="column", weight=n * tiny)]) for n in (1, 2)]
    config = Config(formula=Formula(factors=[Factor(name="pair", base=1, times=sums)]))  # type: ignore[arg-type]
    formula = compile_formula(EquipmentTable.from_pieces(pieces, other_names=("Weight",)), config)
    outcome = search_product(formula, 2, SearchOptions(engine="bounded"))
    assert [row for _, row in rows_of(formula, outcome)] == [(1,), (0,)]


@pytest.mark.parametrize("decorated", [False, True])
@pytest.mark.parametrize(("table", "is_positive"), [((0,), False), ((0, 0, 0, 0, 1), True), ((-1, 0, 0, 0, 0), False)])
def test_of_very_many_builds_that_come_to_0_the_first_are_found_soon(
    table: tuple[int, ...], is_positive: bool, decorated: bool
) -> None:
    # Of 300 pieces in each of four parts one gives the key that each has to give.
    pieces = [
        EquipmentPiece(f"{part} {i}", part, slots=(1, 0, 0, 0), skills=(("Key" if i == 200 else "Fury", 1),))
        for part in ("Head", "Body", "Legs", "Charm")
        for i in range(300)
    ]
    key = Term(name="Key", kind="skill", table=tuple(map(Decimal, table)))
    raw = Factor(name="raw", base=5, terms=[Term(name="Fury", kind="skill", weight=Decimal(1))])
    config = Config(
        decorations=[Decoration(name="Gem", slot_level=1, skills=(("Fury", 1),), available=1)] if decorated else None,
        formula=Formula(factors=[Factor(name="key", terms=[key]), raw]),
    )
    formula = compile_formula(EquipmentTable.from_pieces(pieces), config)
    outcome = search_product(formula, 4, SearchOptions())
    zeros, found = [(Fraction(0), (0, 0, 0, i)) for i in range(4)], rows_of(formula, outcome)
    assert outcome.report.proved
    if is_positive:
        assert found == [(Fraction(6 if decorated else 5), (200, 200, 200, 200)), *zeros[:3]]
    elif table[0] == 0:
        assert found == zeros
    else:  # no key is worth less than nothing: builds that have one come first
        assert found == [(Fraction(0), (0, 0, i, 200)) for i in range(4)]
