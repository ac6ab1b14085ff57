"""What else fits: how high every skill can go while a configuration's requirements are kept.

In: a table and a configuration. Out: a row for each skill, in order of name, and for each
total and count that has a limit. Each row is a search of its own, or two, so they are
divided among workers. Weights and penalties play no part; limits, pins, exclusions,
filters, the weapon, decorations and set bonuses do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ..parallel.ordered_map import ordered_map
from ..problem.problem import Feature, Problem
from ..problem.selection import select_pieces, shared_shortage
from ..progress import OnProgress, Progress
from ..records.config import Config, CountRule, ResistanceRule, TotalRule
from ..records.equipment import EquipmentTable
from ..system.stopping import StopFlag
from ._hard_limits import amount
from ._highest_level import Highest, highest_level
from ._level_problem import Goal, compile_levels, with_mirrored
from .infeasible import explain_infeasible

__all__ = ["Extra", "known_skills", "what_fits"]

#: The stage's name in reports of progress.
_REACHING = "trying skills"


@dataclass(frozen=True)
class Extra:
    """How far one skill, or one total or count that has a limit, can go in builds that keep every requirement."""

    skill: str
    required: int | Decimal | None  # the configuration's minimum
    level: int | Decimal | None  # the highest that counts; None where a stopped search found no build
    maximum: int | Decimal | None  # of a skill, raised where something can raise it; of others what they may come to
    is_proved: bool = True  # False where the search was stopped: a higher level may be possible
    least: int | Decimal | None = None  # the lowest level, for what has a limit above


@dataclass(frozen=True, eq=False)
class _Questions:
    """What every search needs; sent to each worker once."""

    problem: Problem
    minima: dict[int, int]
    seconds: float | None


def what_fits(
    table: EquipmentTable,
    config: Config,
    *,
    workers: int | str = "auto",
    skill_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_plan: Callable[[str], None] | None = None,
) -> list[Extra]:
    """How far every skill, and every limited total, can go in builds that keep all requirements.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
    workers : int or "auto"
        Worker processes; "auto" measures. The answer is the same.
    skill_seconds : float, optional
        Give up on a skill after this time; its row says so.
    on_progress : callable, optional
    should_stop : callable, optional
        Polled between skills; true ends the work, and skills that were not
        looked at are missing.
    on_plan : callable, optional
        Told in one line how the work was divided and why.

    Returns
    -------
    list of Extra
        In order of code points: every skill that a piece, the weapon, a decoration
        or a set bonus gives, and every required one. Then, in the order of the
        configuration, defence and resistances with a maximum, totals and counts with
        a limit.

    Raises
    ------
    InfeasibleError
        If no build keeps the requirements; it says why.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/full/equipment.csv", "example_data/full/config.json")
    >>> extras = what_fits(table, config, workers=1)
    >>> extras[0].skill, extras[0].level, extras[0].maximum, extras[0].is_proved
    ('Attack Boost', 7, 7, True)
    """
    chosen = select_pieces(table, config)
    skills = known_skills(chosen, config)
    problem = compile_levels(chosen, config, skills, keep_limited=True)
    if not problem.space.n_combinations:
        raise shared_shortage(table, chosen, config)
    limited = [f for f, feature in enumerate(problem.features) if _is_asked_about(config, feature)]
    place = {feature.name: f for f, feature in enumerate(problem.features) if feature.kind == "skill"}
    downward = [f for f, feature in enumerate(problem.features) if f in limited or feature.maximum is not None]
    mirror = {f: len(problem.features) + number for number, f in enumerate(downward)}
    problem = with_mirrored(problem, downward)
    minima = {f: feature.minimum for f, feature in enumerate(problem.features) if feature.minimum is not None}
    first = highest_level(problem, minima, should_stop=should_stop)
    if first.level is None and first.proved:
        raise explain_infeasible(table, config, should_stop=should_stop)
    asked = [_skill(config, skill, place) for skill in skills]
    asked += [_total(config, problem.features[f], Goal(f)) for f in limited if problem.features[f].kind != "skill"]
    questions = _Questions(problem, minima, skill_seconds)
    goals = [_Goals(q.goal, mirror[q.goal.feature] if q.goal.feature in limited else None) for q in asked]
    extras: list[Extra] = []
    with ordered_map(
        _answer,
        goals,
        payload=questions,
        workers=workers,  # type: ignore[arg-type]
        should_stop=should_stop,
    ) as answers:
        if on_plan is not None:
            on_plan(str(answers.plan))
        for question, aims, (most, least) in zip(asked, goals, answers, strict=False):
            level = _written(problem.features[aims.most.feature], most)
            lowest = None if least is None or aims.mirror is None else _written(problem.features[aims.mirror], least)
            is_proved = most.proved and (least is None or least.proved)
            extras.append(Extra(question.name, question.required, level, question.maximum, is_proved, lowest))
            if on_progress is not None:
                on_progress(Progress(_REACHING, len(extras), len(asked), "skills"))
            if should_stop is not None and should_stop():
                break
    return extras


def known_skills(table: EquipmentTable, config: Config) -> list[str]:
    """Every skill that anything gives or the configuration requires, by code points."""
    names = set(table.skill_names)
    names.update(name for name, _ in (config.weapon.skills if config.weapon else ()))
    names.update(name for decoration in config.decorations or () for name, _ in decoration.skills)
    bonuses = set(table.bonus_names) | set(config.weapon.set_bonuses if config.weapon else ())
    names.update(step.skill for step in config.set_bonuses or () if step.bonus in bonuses)
    names.update(name for name, rule in config.skills.items() if rule.minimum is not None)
    return sorted(names)


def _is_asked_about(config: Config, feature: Feature) -> bool:
    """Whether it is told how little there may be of something: what has a limit above, and totals and counts."""
    if feature.kind == "skill":
        rule = config.skills.get(feature.name)
        return rule is not None and rule.at_most is not None
    if feature.kind == "defence":
        return config.max_defence is not None
    if feature.kind == "resistance":
        return config.resistances[feature.name].maximum is not None
    return feature.kind in ("total", "count")


class _Asked(NamedTuple):
    """A row to be found: what it is called, its limits, and the questions."""

    name: str
    required: int | Decimal | None
    maximum: int | Decimal | None
    goal: Goal


class _Goals(NamedTuple):
    """The question how much there can be, and the feature that says how little, if that is asked."""

    most: Goal
    mirror: int | None


def _answer(questions: _Questions, goals: _Goals) -> tuple[Highest, Highest | None]:
    """One search, or two, in whatever process."""
    flag = StopFlag(questions.seconds)
    most = highest_level(questions.problem, questions.minima, goals.most, should_stop=flag.is_set)
    if goals.mirror is None:
        return most, None
    least = highest_level(questions.problem, questions.minima, Goal(goals.mirror), should_stop=flag.is_set)
    return most, least


def _skill(config: Config, skill: str, place: dict[str, int]) -> _Asked:
    """The question about one skill; what is required counts even above the maximum."""
    locked, raised, raised_by = config.maximum_of(skill)
    rule = config.skills.get(skill)
    required = None if rule is None else rule.minimum
    cap, raised_cap = (None if level is None else max(level, required or 0) for level in (locked, raised))
    goal = Goal(place[skill], cap)
    if raised_by is not None and raised_by in place:
        goal = Goal(place[skill], cap, raised_cap, place[raised_by])
    maximum = max((level for level in (locked, raised) if level is not None), default=None)
    return _Asked(skill, required, maximum, goal)


def _total(config: Config, feature: Feature, goal: Goal) -> _Asked:
    """The question about one total or count."""
    name, limits = feature.name, (config.min_defence, config.max_defence)
    if feature.kind != "defence":
        rules: dict[str, Mapping[str, ResistanceRule | TotalRule | CountRule]] = {
            "resistance": config.resistances,
            "total": config.totals,
            "count": config.counts,
        }
        rule = rules[feature.kind][name]
        return _Asked(name, rule.minimum, rule.maximum, goal)
    return _Asked(name, *limits, goal)


def _written(feature: Feature, answer: Highest) -> int | Decimal | None:
    """A level as the column has it."""
    if answer.level is None:
        return None
    return Decimal(amount(feature, answer.level)) if feature.digits else answer.level * feature.unit
