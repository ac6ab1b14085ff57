"""Random problems whose configuration counts values of columns, and what all their builds come to."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise, product

import numpy as np

from equipment_optimizer.output.outcomes import counted_values, piece_columns
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, CountRule, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.by_value.counted_values import CountedValues, told_apart
from equipment_optimizer.search.by_value.walk import ByValue
from equipment_optimizer.search.relaxation.bounds import Multipliers, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


class CountingJob:
    """Pieces of teams, several for some, with an hour each; at most so many of either."""

    def __init__(self, seed: int, n_parts: int | None = None) -> None:
        self.rng = rng = random.Random(seed)
        names = ["Head", "Body", "Ring"][: n_parts or rng.choice([2, 3])]
        parts = {name: PartRule(count=rng.choice([1, 1, 2, 3]), optional=rng.random() < 0.3) for name in names}
        teams = "ABCDEFG"[: rng.randint(1, 7)]
        pieces = [
            EquipmentPiece(
                f"{name} {k}",
                name,
                rng.randint(0, 2),
                skills=((rng.choice(["Fury", "Calm"]), rng.randint(1, 2)),),
                other=("; ".join(rng.sample(teams, min(len(teams), rng.choice([0, 1, 1, 2])))), rng.choice("123")),
            )
            for name in names
            for k in range(rng.randint(3, 5))
        ]
        table = EquipmentTable.from_pieces(pieces, other_names=("Team", "Hour"), body_parts=parts)
        counts = {"teams": CountRule(each="Team", separator=";", maximum=rng.choice([0, 1, 1, 2, 2, None]))}
        if rng.random() < 0.4:
            counts["hours"] = CountRule(each="Hour", maximum=rng.choice([1, 2, 3]))
        self.config = Config(
            variants="one",
            counts=counts,
            body_parts=parts,
            skills={"Fury": SkillRule(weight=2, maximum=3), "Calm": SkillRule(weight=1, maximum=2)},
        )
        self.table, self.problem = table, compile_problem(table, self.config)
        starts = table.part_start[1:-1]
        shown = np.column_stack([np.zeros(table.n_pieces, np.int64), *piece_columns(table, self.config)])
        skills = np.column_stack([table.skill_column(skill) for skill in self.config.skills])
        columns = np.split(np.column_stack([shown, skills]), starts)
        counted = [
            CountedValues(np.split(carried, starts), most) for carried, most in counted_values(table, self.config)
        ]
        self.classes = merge_pieces(self.problem, told_apart(columns, counted))
        self.rules = [rule.of_classes(self.classes) for rule in counted]
        self.columns = [
            np.column_stack([part.totals, of_part[part.first], part.linear])
            for part, of_part in zip(self.classes, columns, strict=True)
        ]

    def by_value(self) -> ByValue:
        """What walks it."""
        return ByValue(self.problem, self.classes, self.rules, self.columns)

    def relaxed(self):
        """The box of all builds under some prices."""
        box = root_box(self.problem)
        prices = tuple(self.rng.choice([0, 0, -8, 8, 16]) for _ in box.low)
        return box, relax(self.problem, self.classes, box, Multipliers(prices), 16)

    def builds(self):
        """All combinations of classes that a build may have."""
        positions = self.problem.positions
        for build in product(*(range(len(self.classes[b])) for b in positions)):
            places = list(zip(positions, build, strict=True))
            if all(b != c or i < j or i == j == self.classes[b].repeated for (b, i), (c, j) in pairwise(places)):
                yield build

    def outcomes(self):
        """Of each outcome the first build, and how many there are, by definition."""
        firsts, times = {}, Counter()
        features = [e for e, feature in enumerate(self.problem.features) if feature.kind == "value"]
        for build in self.builds():
            places = list(zip(self.problem.positions, build, strict=True))
            highest = []
            for rule in self.rules:
                n_carried = np.sum([rule.carried[b][i] for b, i in places], axis=0)
                highest.append(max(min(int(n_carried[0]), 1), *map(int, n_carried[1:]), 0))
            limits = [len(build) if rule.maximum is None else rule.maximum for rule in self.rules]
            if any(most > limit for most, limit in zip(highest, limits, strict=True)):
                continue
            sums = np.delete(np.sum([self.columns[b][i] for b, i in places], axis=0), features)
            key = (*sums.tolist(), *highest)
            firsts.setdefault(key, build)
            times[key] += int(np.prod([self.classes[b].sizes[i] for b, i in places]))
        return {firsts[key]: n for key, n in times.items()}
