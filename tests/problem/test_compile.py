"""Tables and configurations become integers that mean the same, or are refused with their place."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracle
import pytest
from hypothesis import given
from random_problems import random_job
from strategies import jobs

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.problem.compile import MAX_SCORE, OtherWeights, compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.config import (
    Config,
    Decoration,
    PartRule,
    ResistanceRule,
    SetBonusStep,
    SkillRule,
    Weapon,
)
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.space import CombinationSpace
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.engines import SearchOptions, search

ZERO = Decimal(0)
QUIET = {"slot_weights": (ZERO,) * 4, "slot_count_weight": ZERO, "defence_weight": ZERO, "unlisted_skill_weight": ZERO}


def table_of(*pieces: EquipmentPiece, **options: object) -> EquipmentTable:
    return EquipmentTable.from_pieces(pieces, **options)  # type: ignore[arg-type]


@given(job=jobs())
def test_every_combination_scores_as_the_oracle_says(job) -> None:
    problem = compile_problem(job.table, job.config)
    columns = problem.space.block(0, problem.space.n_combinations)
    scores = score_columns(problem, columns).tolist()
    for score, (_, pieces) in zip(scores, oracle.combinations(job.pieces, job.config), strict=True):
        want = oracle.score(pieces, job.config, job.resistance_names)
        assert (None if score == NO_BUILD else Fraction(score, 10**problem.digits)) == want
        assert score == NO_BUILD or abs(score) <= problem.score_bound


@pytest.mark.parametrize("seed", range(40))
def test_every_total_lies_within_its_range(seed: int) -> None:
    from equipment_optimizer.problem.scoring import total_columns

    job = random_job(random.Random(seed), full=True, n_most=3)
    problem = compile_problem(job.table, job.config)
    totals = total_columns(problem, problem.space.block(0, problem.space.n_combinations))
    for feature, levels in zip(problem.features, totals.levels, strict=True):
        assert feature.low <= levels.min()
        assert levels.max() <= feature.high


def test_whatever_is_linear_is_folded_into_one_number() -> None:
    config = Config(
        skills={"Attack": SkillRule(weight=Decimal(2), maximum=9), "Guard": SkillRule(maximum=1, penalty=ZERO)},
        defence_weight=Decimal("0.01"),
        unlisted_skill_weight=Decimal("0.5"),
        slot_count_weight=ZERO,
        slot_weights=(ZERO, Decimal(3), ZERO, ZERO),
    )
    piece = EquipmentPiece("a", "Head", 7, (5, 1, 0, 0), (("Attack", 2), ("Guard", 2), ("Luck", 3)))
    problem = compile_problem(table_of(piece, EquipmentPiece("b", "Head")), config)
    # Attack cannot pass its maximum here; Guard can.
    assert [feature.name for feature in problem.features] == ["Guard"]
    assert problem.digits == 2
    assert problem.parts[0].linear.tolist() == [400 + 7 + 150 + 300, 0]
    assert problem.is_separable


def test_minima_that_every_build_meets_are_dropped() -> None:
    config = Config(min_defence=3, **QUIET)  # type: ignore[arg-type]
    assert compile_problem(table_of(EquipmentPiece("a", "Head", 3)), config).features == ()
    (feature,) = compile_problem(table_of(EquipmentPiece("a", "Head", 2)), config).features
    assert (feature.name, feature.minimum) == ("Defence", 3)


def test_a_missing_resistance_column_counts_as_0() -> None:
    config = Config(resistances={"Ice": ResistanceRule(weight=Decimal(3), minimum=1)}, **QUIET)  # type: ignore[arg-type]
    problem = compile_problem(table_of(EquipmentPiece("a", "Head")), config)
    assert search(problem, 1, SearchOptions(engine="exhaustive")).scores.tolist() == []


def test_bonuses_that_nothing_here_counts_for_or_that_change_nothing_are_dropped() -> None:
    steps = (
        SetBonusStep(bonus="Wolf", pieces_required=1, skill="Attack", level=1),
        SetBonusStep(bonus="Bear", pieces_required=2, skill="Nothing", level=1),
        SetBonusStep(bonus="Absent", pieces_required=1, skill="Attack", level=1),
        SetBonusStep(bonus="Wolf", pieces_required=99, skill="Attack", level=50),
    )
    config = Config(skills={"Attack": SkillRule(maximum=2, penalty=ZERO)}, set_bonuses=steps, **QUIET)  # type: ignore[arg-type]
    problem = compile_problem(table_of(EquipmentPiece("a", "Head", set_bonuses=("Bear", "Wolf"))), config)
    assert problem.bonus_names == ("Wolf",)
    assert problem.bonus_levels[0].tolist() == [[], [], []]
    assert problem.bonus_linear[0].tolist() == [0, 1, 1]


def test_decorations_that_can_never_beat_a_free_slot_are_dropped() -> None:
    decorations = (
        Decoration(name="Good", slot_level=1, skills=(("Luck", 3),)),
        Decoration(name="Poor", slot_level=1, skills=(("Luck", 1),)),
        Decoration(name="None left", slot_level=1, skills=(("Luck", 9),), available=0),
        Decoration(name="Capped", slot_level=2, skills=(("Attack", 1),), available=3),
    )
    config = Config(
        skills={"Attack": SkillRule(maximum=1, penalty=ZERO)},
        slot_weights=(Decimal(1),) * 4,
        slot_count_weight=Decimal(1),
        decorations=decorations,
        defence_weight=ZERO,
    )
    problem = compile_problem(table_of(EquipmentPiece("a", "Head", slots=(1, 1, 0, 0))), config)
    assert problem.decorations is not None
    assert problem.decorations.index == (0, 3)
    assert problem.decorations.stock.tolist() == [-1, 3]
    assert problem.slot_levels == (1, 2, 3, 4)
    assert problem.decorations.fits.tolist() == [[True] * 4, [False, True, True, True]]
    assert problem.parts[0].slots.tolist() == [[1, 1, 0, 0]]


def test_weapon_slots_are_told_apart_where_a_decoration_asks_for_it() -> None:
    decorations = (Decoration(name="Edge", slot_level=1, skills=(("Luck", 9),), allowed_on="weapon"),)
    config = Config(
        decorations=decorations,
        weapon=Weapon(slots=(0, 0, 2, 0)),
        body_parts=(("Head", 1), ("Weapon", 1)),
    )
    pieces = [EquipmentPiece("a", "Head", slots=(1, 0, 0, 0)), EquipmentPiece("b", "Weapon", slots=(0, 1, 0, 0))]
    problem = compile_problem(table_of(*pieces, body_parts=config.body_parts), config)
    assert problem.slot_levels == (1, 2, 3, 4, 1, 2, 3, 4)
    assert problem.parts[0].slots.tolist() == [[1, 0, 0, 0, 0, 0, 0, 0]]
    assert problem.parts[1].slots.tolist() == [[0, 0, 0, 0, 0, 1, 0, 0]]
    assert problem.base_slots.tolist() == [0, 0, 0, 0, 0, 0, 2, 0]
    assert problem.decorations is not None
    assert problem.decorations.fits.tolist() == [[False] * 4 + [True] * 4]


def test_slots_of_declared_parts_and_weapon_slots_of_pieces_take_weapon_decorations() -> None:
    decorations = (Decoration(name="Edge", slot_level=1, skills=(("Luck", 9),), allowed_on="weapon"),)
    parts = (("Head", 1), ("weapon", 1), ("Bow", 1), ("Charm", 1))
    config = Config(decorations=decorations, body_parts={**dict(parts), "Bow": PartRule(takes_weapon_decorations=True)})
    pieces = [
        EquipmentPiece("a", "Head", slots=(1, 0, 0, 0)),
        EquipmentPiece("b", "weapon", slots=(0, 1, 0, 0)),
        EquipmentPiece("c", "Bow", slots=(0, 0, 2, 0), weapon_slots=(0, 0, 1, 0)),
        EquipmentPiece("d", "Charm", slots=(2, 0, 1, 0), weapon_slots=(1, 0, 1, 0)),
    ]
    problem = compile_problem(table_of(*pieces, body_parts=parts), config)
    assert [part.slots.tolist() for part in problem.parts] == [
        [[1, 0, 0, 0, 0, 0, 0, 0]],
        [[0, 0, 0, 0, 0, 1, 0, 0]],
        [[0, 0, 0, 0, 0, 0, 2, 0]],
        [[1, 0, 0, 0, 1, 0, 1, 0]],
    ]


# --- the edge of 64 bits -----------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("engine", ["exhaustive", "bounded"])
def test_scores_near_the_limit_are_exact(sign: int, engine: str) -> None:
    weight = Decimal(sign * (MAX_SCORE // 8 - 3))
    config = Config(skills={"Attack": SkillRule(weight=weight, maximum=2, penalty=-weight)}, **QUIET)  # type: ignore[arg-type]
    pieces = [
        EquipmentPiece(f"{part}{n}", part, skills=(("Attack", n),)) for part in ("Head", "Body") for n in range(4)
    ]
    problem = compile_problem(table_of(*pieces), config)
    outcome = search(problem, 16, SearchOptions(engine=engine, workers=1))
    want = [build.score for build in oracle.best_builds(pieces, config)]
    assert outcome.scores.tolist() == want
    assert max(abs(score) for score in want) > MAX_SCORE // 2


def test_a_fine_weight_beside_a_huge_one_stays_exact() -> None:
    config = Config(
        skills={"Attack": SkillRule(weight=Decimal(10**9), maximum=1, penalty=Decimal("1e-9"))},
        **{**QUIET, "defence_weight": Decimal("0.000000001")},
    )  # type: ignore[arg-type]
    pieces = [
        EquipmentPiece("a", "Head", 1, skills=(("Attack", 1),)),
        EquipmentPiece("b", "Head", 2, skills=(("Attack", 1),)),
    ]
    problem = compile_problem(table_of(*pieces), config)
    outcome = search(problem, 2, SearchOptions(engine="exhaustive"))
    assert (problem.digits, outcome.scores.tolist()) == (9, [10**18 + 2, 10**18 + 1])


def test_sums_that_pass_32_bits_are_exact() -> None:
    config = Config(defence_weight=Decimal("0.5"), **{k: v for k, v in QUIET.items() if k != "defence_weight"})  # type: ignore[arg-type]
    pieces = [EquipmentPiece(f"{part}{n}", part, n * 10**9) for part in ("Head", "Body", "Arms") for n in (0, 1)]
    problem = compile_problem(table_of(*pieces), config)
    assert search(problem, 1).scores.tolist() == [3 * 10**9 * 5]
    assert problem.parts[0].linear.dtype == np.int64


def load_with(tmp_path: Path, config: dict[str, object]) -> tuple[EquipmentTable, Config]:
    (tmp_path / "equipment.csv").write_text("Name,Body Part,Defence,Skill 1 Name,Skill 1 Level\nCap,Head,10,Attack,3\n")
    (tmp_path / "config.json").write_text(json.dumps(config, indent=2))
    table, loaded, _ = load_job(tmp_path / "equipment.csv", tmp_path / "config.json")
    return table, loaded


BASE = {
    "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
    "defence": 1,
    "limit": 1,
    "skills": {"Attack": {"max": 7, "weight": 1, "penalty": 0}},
}


@pytest.mark.parametrize(
    ("change", "where", "path"),
    [
        ({"defence": 1e18}, "9:14", "$.defence"),
        ({"defence": 1e300}, "9:14", "$.defence"),
        ({"unlisted_skill_weight": 1e-19}, "18:28", "$.unlisted_skill_weight"),
        ({"skills": {"Attack": {"max": 7, "weight": 1e30, "penalty": 0}}}, "14:17", '$.skills["Attack"].weight'),
        (
            {"skills": {"Attack": {"max": 7, "weight": 5e17, "penalty": 0}}, "defence": 5},
            "14:17",
            '$.skills["Attack"].weight',
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_weights_that_do_not_fit_are_named_with_their_place(
    change: dict[str, object], where: str, path: str, tmp_path: Path
) -> None:
    table, config = load_with(tmp_path, {**BASE, **change})
    with pytest.raises(InputError) as caught:
        compile_problem(table, config)
    (fault,) = caught.value.faults
    assert fault.where == f"{tmp_path / 'config.json'}:{where}"
    assert fault.message == f"this weight does not fit the exact arithmetic [{path}]"
    assert str(MAX_SCORE)[:4] in fault.mend.replace(",", "")


def test_every_weight_that_is_too_large_or_too_fine_is_named_at_once() -> None:
    config = Config(defence_weight=Decimal("1e400"), unlisted_skill_weight=Decimal("1e-400"))
    with pytest.raises(InputError) as caught:
        compile_problem(table_of(EquipmentPiece("a", "Head")), config)
    assert [fault.message.split("[")[1] for fault in caught.value.faults] == ["$.defence]", "$.unlisted_skill_weight]"]


def test_digits_that_only_fit_apart_are_refused() -> None:
    config = Config(skills={"Attack": SkillRule(weight=Decimal("0.123456789012345678901"), maximum=7)}, **QUIET)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"\$\.skills\[\"Attack\"\]\.weight"):
        compile_problem(table_of(EquipmentPiece("a", "Head")), config)


def test_the_penalty_of_a_capped_skill_need_not_fit() -> None:
    rule = SkillRule(maximum=1, penalty=Decimal("1e300"))
    config = Config(skills={"Attack": rule}, over_max="cap", **QUIET)  # type: ignore[arg-type]
    assert compile_problem(table_of(EquipmentPiece("a", "Head")), config).digits == 0


def test_free_slots_that_decorations_could_fill_count_towards_the_limit() -> None:
    config = Config(**{**QUIET, "slot_weights": (Decimal(10**16), ZERO, ZERO, ZERO)}, decorations=())  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"\$\.decorations\.deco_1"):
        compile_problem(table_of(EquipmentPiece("a", "Head", slots=(1000, 0, 0, 0))), config)


@pytest.mark.parametrize("seed", range(60))
def test_other_weights_compile_to_the_same_problem_as_anew(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=bool(seed % 2))
    problems = OtherWeights(job.table, job.config)
    for factor in (1, 3, -2, 0):
        skills = {
            name: replace(rule, weight=rule.weight * factor if rng.random() < 0.5 else rule.weight)
            for name, rule in job.config.skills.items()
        }
        config = replace(
            job.config,
            skills=skills,
            defence_weight=job.config.defence_weight * factor,
            slot_weights=tuple(weight * factor for weight in job.config.slot_weights),
            unlisted_skill_weight=job.config.unlisted_skill_weight + factor,
        )
        # Twice: what was kept of the first is what is found again.
        for _ in range(2):
            assert plain(problems.compile(config)) == plain(compile_problem(job.table, config))


def plain(value: object) -> object:
    """What a problem holds, without what was found of it since."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tolist()
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, CombinationSpace):
        return value.sizes, value.counts, value.optional, value.shared_parts
    return {name: plain(part) for name, part in vars(value).items()} if hasattr(value, "__dict__") else repr(value)
