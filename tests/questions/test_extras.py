"""What else fits: every level against brute force and against searches of one's own."""

from __future__ import annotations

import dataclasses
import itertools
import random
from decimal import Decimal
from pathlib import Path

import pytest
from oracle import best_builds
from random_limits import with_limits
from random_problems import SKILLS, Job, random_job

from equipment_optimizer.cli import main
from equipment_optimizer.commands.extras import to_csv
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.questions import _branch_search as branching
from equipment_optimizer.questions import _highest_level as reach
from equipment_optimizer.questions import _merge_parts as merging
from equipment_optimizer.questions.extras import Extra, known_skills, what_fits
from equipment_optimizer.records.config import Config, CountRule, FilterRule, SkillCap, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

WORLD = Path(__file__).resolve().parents[3] / "shared" / "data" / "world_mr_endgame"


def feasible_job(seed: int) -> Job:
    """A job with decorations (sometimes), bonuses and minima that some build keeps."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True, decorations=seed % 2 == 0, n_most=3)
        caps = {
            "Attack": SkillCap(maximum=3, locked_maximum=1, raised_by=rng.choice(["Guard", "Luck"])),
            "Haste": SkillCap(maximum=2),
        }
        config = dataclasses.replace(job.config, skill_caps=caps if rng.random() < 0.7 else {})
        job = dataclasses.replace(job, config=config)
        if len(job.pieces) <= 11 and best_builds(job.pieces, job.config, 1, job.resistance_names):
            return job


def brute_level(job: Job, extra: Extra) -> int:
    """The highest level that counts, by asking the oracle for one minimum after the other."""
    config = job.config
    rule, cap = config.skills.get(extra.skill), config.skill_caps.get(extra.skill)
    locked, raised, raiser = None, None, None
    if rule is not None and rule.values is None:
        locked, raised, raiser = rule.maximum, rule.raised_maximum, rule.raised_by
        locked = rule.locked_maximum if raiser else locked
    elif cap is not None:
        locked, raised, raiser = cap.locked_maximum if cap.raised_by else cap.maximum, cap.maximum, cap.raised_by

    def total(minima: dict[str, int], most: int | None) -> int | None:
        """Highest total of the skill up to `most`, with further minima; None where there is no build."""
        least = dict(minima)

        def feasible(level: int) -> bool:
            skills = {
                name: SkillRule(minimum=one.minimum, weight=Decimal(0), penalty=Decimal(0))
                for name, one in config.skills.items()
            }
            for name, own in {**least, extra.skill: max(level, least.get(extra.skill, level))}.items():
                known = skills.get(name, SkillRule()).minimum
                minimum = own if known is None else max(known, own)
                skills[name] = SkillRule(minimum=minimum, weight=Decimal(0), penalty=Decimal(0))
            asked = dataclasses.replace(config, skills=skills, unlisted_skill_weight=Decimal(0))
            return bool(best_builds(job.pieces, asked, 1, job.resistance_names))

        if not feasible(-99):
            return None
        highest = next(level for level in itertools.count(30, -1) if feasible(level))
        return highest if most is None else min(highest, most)

    required = 0 if rule is None or rule.minimum is None else rule.minimum
    levels = [total({}, None if locked is None else max(locked, required))]
    if raiser is not None and raised is not None:
        levels.append(total({raiser: 1}, max(raised, required)))
    return max(level for level in levels if level is not None)


@pytest.mark.parametrize("seed", range(40))
def test_every_level_is_that_of_brute_force(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Unmerged parts and no shortcuts make the search branch, however small the job.
    if seed % 4 < 2:
        monkeypatch.setattr(merging, "_MAX_PAIRS", 0)
        monkeypatch.setattr(branching, "_FEW", 1)
    job = feasible_job(seed)
    extras = what_fits(job.table, job.config, workers=1)
    assert [extra.skill for extra in extras] == known_skills(job.table, job.config)
    assert {extra.skill for extra in extras} <= set(SKILLS)
    for extra in extras:
        assert extra.is_proved
        assert extra.level == brute_level(job, extra)


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_the_bounded_engine_gives_the_same_levels(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job = feasible_job(seed)
    by_branching = what_fits(job.table, job.config, workers=1)
    monkeypatch.setattr(merging, "_MAX_PAIRS", 0)
    monkeypatch.setattr(reach, "_branch", reach._list)
    assert what_fits(job.table, job.config, workers=1) == by_branching


def test_requirements_that_nothing_keeps_are_explained() -> None:
    job = feasible_job(2)
    config = dataclasses.replace(job.config, min_defence=10_000)
    with pytest.raises(InfeasibleError, match="defence at least 10000: at most"):
        what_fits(job.table, config, workers=1)


def test_a_stopped_search_says_which_skills_are_missing() -> None:
    job = feasible_job(4)
    asked = iter([False, False, True])
    extras = what_fits(job.table, job.config, workers=1, should_stop=lambda: next(asked, True))
    assert len(extras) < len(known_skills(job.table, job.config))


def test_a_dominance_rule_that_drops_too_much_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = merging.undominated
    monkeypatch.setattr(merging, "undominated", lambda worth, count: honest(worth[:, 1:], count=count))
    differing = 0
    for seed in range(20):
        job = feasible_job(seed)
        try:
            extras = what_fits(job.table, job.config, workers=1)
        except InfeasibleError:
            differing += 1
        else:
            differing += any(extra.level != brute_level(job, extra) for extra in extras)
    assert differing


EQUIPMENT = "Name,Body Part,Defence,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level\n" + "\n".join(
    ["Cap,Head,10,Attack,2,,", "Hood,Head,12,Guard,1,Haste,1", "Vest,Body,9,Attack,1,,", "Mail,Body,20,Guard,2,,", ""]
)


def test_the_command_writes_a_row_for_each_skill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    equipment, config, out = tmp_path / "e.csv", tmp_path / "c.json", tmp_path / "x.csv"
    equipment.write_text(EQUIPMENT)
    config.write_text('{"skills": {"Attack": {"max": 7, "min": 1}, "Guard": {"max": 1}}, "min_defence": 21}')
    arguments = ["extras", str(equipment), str(config), "--output", str(out), "--workers", "1", "--quiet"]
    assert main(arguments) == 0
    assert out.read_text() == ("Skill,Required,Level,Maximum,Proved\nAttack,1,2,7,yes\nGuard,,1,1,yes\nHaste,,1,,yes\n")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("option", [("--workers", "none"), ("--workers", "0"), ("--skill-seconds", "-1")])
def test_wrong_options_are_refused_before_anything_is_read(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["extras", "missing.csv", "missing.json", *option]) == 2
    assert option[0] in capsys.readouterr().err


@pytest.mark.skipif(not WORLD.is_dir(), reason="the real equipment data are not here")
@pytest.mark.parametrize("decorations", [False, True])
def test_levels_on_a_real_table_are_those_of_single_searches(tmp_path: Path, decorations: bool) -> None:
    files = {"set_bonuses": "set_bonuses.csv", "skills": "skills.csv"}
    wanted = {"Attack Boost": 3, "Critical Eye": 2, "Weakness Exploit": 1, "Health Boost": 1}
    if decorations:
        files["decorations"] = "decorations.csv"
        wanted = {"Attack Boost": 6, "Critical Eye": 4, "Weakness Exploit": 3, "Health Boost": 3, "Agitator": 4}
    paths = {name: str(WORLD / file) for name, file in files.items()}
    config_path = tmp_path / "config.json"
    rules = {name: {"min": level, "weight": 0} for name, level in wanted.items()}
    config_path.write_text(str({"files": paths, "over_max": "cap", "skills": rules}).replace("'", '"'))
    table, config, _ = load_job(WORLD / "armour_ext.csv", config_path)
    extras = {extra.skill: extra for extra in what_fits(table, config, workers=1)}
    zero = Decimal(0)
    for skill in ("Partbreaker",) if decorations else ("Agitator", "Partbreaker"):
        maximum = extras[skill].maximum
        assert maximum is not None
        cap = config.skill_caps[skill]
        goal = SkillRule(
            weight=Decimal(1),
            maximum=cap.maximum if cap.raised_by is None else None,
            minimum=wanted.get(skill),
            locked_maximum=cap.locked_maximum,
            raised_maximum=cap.maximum if cap.raised_by else None,
            raised_by=cap.raised_by,
        )
        own = Config(
            skills={**config.skills, skill: goal},
            over_max="cap",
            unlisted_skill_weight=zero,
            defence_weight=zero,
            slot_weights=(zero, zero, zero, zero),
            slot_count_weight=zero,
            decorations=config.decorations,
            set_bonuses=config.set_bonuses,
        )
        assert optimize(table, own, limit=1).score(0) == extras[skill].level


def totals_of(job: Job, extra: Extra) -> list[Decimal]:
    """Every total of a limited row in builds that keep all requirements, by the oracle."""
    builds = best_builds(job.pieces, job.config, None, job.resistance_names, other_names=job.other_names)
    if extra.skill == "Defence":
        return [Decimal(sum(piece.defence for piece in build.pieces)) for build in builds]
    if extra.skill == "Fire":
        return [Decimal(sum(piece.resistances[0] for piece in build.pieces)) for build in builds]
    if extra.skill == "Weight":
        return [sum((Decimal(piece.other[0] or 0) for piece in build.pieces), Decimal(0)) for build in builds]
    raise AssertionError(extra.skill)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_how_much_and_how_little_of_a_limited_total_are_those_of_brute_force(first: int) -> None:
    n_rows = 0
    for seed in range(first, first + 50):
        job = with_limits(random.Random(seed), random_job(random.Random(seed), full=True, n_most=3))
        rules = {**job.config.counts}
        rules.pop("few", None)
        job = dataclasses.replace(job, config=dataclasses.replace(job.config, counts=rules))
        if not best_builds(job.pieces, job.config, 1, job.resistance_names, other_names=job.other_names):
            continue
        for extra in what_fits(job.table, job.config, workers=1):
            assert extra.is_proved
            if extra.skill in ("Defence", "Fire", "Weight"):
                totals = totals_of(job, extra)
                assert (extra.least, extra.level) == (min(totals), max(totals))
                n_rows += 1
    assert n_rows > 3


def test_rows_of_limited_totals_follow_the_skills_and_have_a_column_for_how_little() -> None:
    pieces = [
        EquipmentPiece("Cap", "Head", skills=(("Haste", 2),), other=("3.5", "Exotic")),
        EquipmentPiece("Hood", "Head", skills=(("Haste", 3),), other=("2.25", "")),
        EquipmentPiece("Vest", "Body", other=("1.5", "Exotic")),
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Weight", "Tier"))
    config = Config(
        skills={"Haste": SkillRule(maximum=9, at_most=3)},
        totals={"Weight": TotalRule(maximum=Decimal("4.0"), minimum=Decimal(1))},
        counts={"exotics": CountRule(where=FilterRule(column="Tier", one_of="Exotic"), maximum=2)},
    )
    assert to_csv(what_fits(table, config, workers=1)).splitlines() == [
        "Skill,Required,Minimum,Level,Maximum,Proved",
        "Haste,,3,3,9,yes",
        "Weight,1,3.75,3.75,4.0,yes",
        "exotics,,1,1,2,yes",
    ]
