"""Scores at the edge of 64 bits, by both engines, against integers of any size; and what is refused at the door.

``python tests/problem/test_numbers.py 6 200`` holds the random jobs 6 to 199 against the oracle.
"""

from __future__ import annotations

import json
import random
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

if __name__ == "__main__":
    # Started by hand: where pytest finds the package and the judges by setup.cfg.
    sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "judges")]

import oracle
import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import MAX_SCORE, compile_problem
from equipment_optimizer.records.config import Config, Decoration, ResistanceRule, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

ZERO = Decimal(0)
ENGINES = ("exhaustive", "bounded")
QUIET = {
    "slot_weights": (ZERO,) * 4,
    "slot_count_weight": ZERO,
    "defence_weight": ZERO,
    "unlisted_skill_weight": ZERO,
    "limit": 12,
}


def quiet(**changes: object) -> Config:
    return Config(**{**QUIET, **changes})  # type: ignore[arg-type]


def edge_job(rng: random.Random) -> tuple[list[EquipmentPiece], Config]:
    """A small job of every kind, its weights blown up until one more step would be refused."""
    shares = [rng.choice((-1, 1)) * rng.randint(1, 1000) for _ in range(12)]

    def config(unit: int) -> Config:
        own = [Decimal(share * unit + rng_offset) for share, rng_offset in zip(shares, offsets, strict=True)]
        return quiet(
            skills={
                "A": SkillRule(weight=own[0], maximum=rule_max, penalty=own[1]),
                "B": SkillRule(maximum=None, values=tuple(own[2:6])),
                "C": SkillRule(
                    weight=own[6], penalty=own[7], maximum=None, locked_maximum=1, raised_maximum=3, raised_by="A"
                ),
            },
            over_max=over_max,
            unlisted_skill_weight=own[8],
            resistances={"Fire": ResistanceRule(weight=own[9])},
            slot_weights=(own[10], own[11], ZERO, ZERO),
            decorations=decorations,
            set_bonuses=(SetBonusStep(bonus="S", pieces_required=2, skill="A", level=2),),
        )

    offsets = [rng.randint(-3, 3) for _ in shares]
    rule_max, over_max = rng.randint(0, 3), rng.choice(("penalty", "cap"))
    decorations = None
    if rng.random() < 0.7:
        decorations = (
            Decoration(name="a", slot_level=1, skills=(("A", 1),)),
            Decoration(name="bc", slot_level=2, skills=(("B", 1), ("C", 1)), available=rng.choice((None, 1))),
        )
    pieces = [
        EquipmentPiece(
            f"{part}{n}",
            part,
            slots=(rng.randint(0, 1), rng.randint(0, 1), 0, 0),
            skills=tuple((skill, rng.randint(1, 2)) for skill in rng.sample("ABCD", rng.randint(0, 3))),
            resistances=(rng.randint(-2, 2),),
            set_bonuses=("S",) if rng.random() < 0.5 else (),
        )
        for part in ("Head", "Body")
        for n in range(4)
    ]
    table = EquipmentTable.from_pieces(pieces, resistance_names=("Fire",))

    def fits(unit: int) -> bool:
        try:
            compile_problem(table, config(unit))
        except InputError:
            return False
        return True

    unit = 1
    while fits(2 * unit):
        unit *= 2
    step = unit
    while step := step // 2:
        unit += step if fits(unit + step) else 0
    return pieces, config(unit)


@pytest.mark.parametrize("seed", range(6))
def test_scores_at_the_edge_of_64_bits_are_those_of_exact_arithmetic(seed: int) -> None:
    pieces, config = edge_job(random.Random(seed))
    table = EquipmentTable.from_pieces(pieces, resistance_names=("Fire",))
    assert compile_problem(table, config).score_bound > MAX_SCORE - MAX_SCORE // 1000
    want = [(build.score, build.indices) for build in oracle.best_builds(pieces, config, config.limit, ("Fire",))]
    for engine in ENGINES:
        results = optimize(table, config, engine=engine, workers=1)
        got = [(Fraction(results.score(k)), combination.indices) for k, combination in enumerate(results.combinations)]
        assert got == want, engine


def test_the_largest_score_itself_is_right_and_one_more_is_refused() -> None:
    pieces = [EquipmentPiece(f"{part}{n}", part, skills=(("A", n),)) for part in ("Head", "Body") for n in (0, 1)]
    table = EquipmentTable.from_pieces(pieces)
    for sign in (1, -1):
        config = quiet(unlisted_skill_weight=Decimal(sign * (MAX_SCORE // 2)))
        for engine in ENGINES:
            scores = optimize(table, config, engine=engine, workers=1).scaled_scores.tolist()
            assert scores == sorted([0, sign * MAX_SCORE // 2, sign * MAX_SCORE // 2, sign * MAX_SCORE], reverse=True)
        config = quiet(unlisted_skill_weight=Decimal(sign * (MAX_SCORE // 2 + 1)))
        with pytest.raises(InputError, match=r"\[\$\.unlisted_skill_weight\]"):
            optimize(table, config)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "rule",
    [
        SkillRule(weight=Decimal(10**12), maximum=10**9, minimum=2),
        SkillRule(weight=Decimal(1), maximum=4, penalty=Decimal(10**18), minimum=2),
        SkillRule(maximum=None, values=(ZERO, Decimal(1), Decimal(3), ZERO, ZERO, Decimal(10**18)), minimum=2),
    ],
    ids=["cap", "penalty", "values"],
)
@pytest.mark.parametrize("over_max", ["cap", "penalty"])
def test_what_no_build_reaches_does_not_overflow(rule: SkillRule, engine: str, over_max: str) -> None:
    pieces = [EquipmentPiece(f"{part}{n}", part, skills=(("A", n),)) for part in ("Head", "Body") for n in (1, 2)]
    config = quiet(skills={"A": rule}, over_max=over_max)
    results = optimize(EquipmentTable.from_pieces(pieces), config, engine=engine, workers=1)
    want = [build.score for build in oracle.best_builds(pieces, config, config.limit, ())]
    assert [Fraction(results.score(k)) for k in range(len(results))] == want


EQUIPMENT = (
    "Name,Body Part,Defence,Fire Res,Num Lvl 1 Deco Slots,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level\n"
    "Cap,Head,1000000,-1000000,100000,A,1000000,Other,1000000\nHat,Head,0,0,0,A,1,,\n"
)
BASE = {
    "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
    "unlisted_skill_weight": 0,
    "defence": 0,
    "limit": 1,
}
HUGE = 3 * 10**12


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"defence": HUGE}, "$.defence"),
        ({"defence": HUGE, "min_defence": 5}, "$.defence"),
        ({"unlisted_skill_weight": -HUGE}, "$.unlisted_skill_weight"),
        ({"resistances": {"fire": {"min": -5, "weight": HUGE}}}, "$.resistances.fire.weight"),
        ({"decorations": {**BASE["decorations"], "deco_1": 10 * HUGE}}, "$.decorations.deco_1"),
        ({"decorations": {**BASE["decorations"], "num_decos": 10 * HUGE}}, "$.decorations.num_decos"),
        ({"skills": {"A": {"max": 2000000, "weight": HUGE, "penalty": 0}}}, '$.skills["A"].weight'),
        ({"skills": {"A": {"max": 2, "weight": 1, "penalty": HUGE}}}, '$.skills["A"].penalty'),
        ({"skills": {"A": {"values": [0, 1, 2 * 10**18]}}}, '$.skills["A"].values[2]'),
        # Alone each of them fits; the finest decides how large the others may be.
        ({"defence": 1e-9, "decorations": {**BASE["decorations"], "deco_4": 2 * 10**9}}, "$.decorations.deco_4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_weight_that_does_not_fit_is_named_at_its_place(change: dict, path: str, tmp_path: Path) -> None:
    (tmp_path / "equipment.csv").write_text(EQUIPMENT)
    text = json.dumps({"skills": {}, **BASE, **change}, indent=1)
    (tmp_path / "config.json").write_text(text)
    table, config, _ = load_job(tmp_path / "equipment.csv", tmp_path / "config.json")
    with pytest.raises(InputError) as caught:
        optimize(table, config)
    (fault,) = caught.value.faults
    assert fault.message == f"this weight does not fit the exact arithmetic [{path}]"
    line, column = config.locations[path]
    assert fault.where == f"{tmp_path / 'config.json'}:{line}:{column}"
    assert text.splitlines()[line - 1][column - 1 :].startswith(tuple("-123456789"))
    assert ("most decimal places, 9, has $.defence" in fault.mend) == (change.get("defence") == 1e-9)


def misfits_of(values: list[float], folder: Path) -> tuple[InputError, Config]:
    (folder / "equipment.csv").write_text(EQUIPMENT)
    (folder / "config.json").write_text(json.dumps({**BASE, "skills": {"A": {"values": values}}}))
    table, config, _ = load_job(folder / "equipment.csv", folder / "config.json")
    with pytest.raises(InputError) as caught:
        compile_problem(table, config)
    return caught.value, config


def test_a_late_weight_of_a_long_table_is_told_at_the_place_of_the_table(tmp_path: Path) -> None:
    error, config = misfits_of([*range(1200), 1e99], tmp_path)
    (fault,) = error.faults
    assert fault.message.endswith('[$.skills["A"].values[1200]]')
    assert fault.where == config.where('$.skills["A"].values') != config.source


def test_misfits_beyond_a_thousand_are_counted_but_not_described(tmp_path: Path) -> None:
    error, config = misfits_of([1e99] * 1203, tmp_path)
    assert len(error.faults) == 1203
    assert error.faults[1000:] == (error.faults[-1],) * 203
    assert str(error.faults[-1]) == f"{config.source}: a further weight that does not fit, counted but not described"
    assert str(error).endswith("... and 1183 more faults")


if __name__ == "__main__":
    for number in range(*map(int, sys.argv[1:])):
        test_scores_at_the_edge_of_64_bits_are_those_of_exact_arithmetic(number)
        print(number, end=" ", flush=True)
