"""Steps of a walk value by value: every class once, and the pieces of a value together."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from random_counts import CountingJob

from equipment_optimizer.search.by_value._steps import Steps


@pytest.mark.parametrize("seed", range(20))
def test_every_class_that_may_be_is_in_one_step(seed: int) -> None:
    job = CountingJob(seed)
    steps = Steps(job.problem, job.classes, job.rules)
    _, relaxed = job.relaxed()
    # What loses all of the slack is not beyond it.
    for slack in (30, *sorted({int(lost) for loss in relaxed.loss for lost in loss})[:4]):
        chosen = Counter((step.part, int(i)) for step in steps.in_order(relaxed, slack) for i in step.classes)
        assert set(chosen.values()) <= {1}
        for b, (part, loss) in enumerate(zip(job.classes, relaxed.loss, strict=True)):
            for i in range(len(part)):
                is_forbidden = any(rule.maximum == 0 and rule.carried[b][i, 0] for rule in job.rules)
                assert ((b, i) in chosen) is bool(loss[i] <= slack and not is_forbidden)


@pytest.mark.parametrize("seed", range(20))
def test_what_carries_the_same_is_together_and_nothing_comes_last(seed: int) -> None:
    job = CountingJob(seed)
    steps = Steps(job.problem, job.classes, job.rules)
    ordered = steps.in_order(job.relaxed()[1], 2**40)
    groups = [values for values, _ in groupby(step.values for step in ordered)]
    assert len(groups) == len(set(groups))
    assert () not in groups[:-1]
    for step in ordered:
        part = job.classes[step.part]
        carried = [
            np.flatnonzero(np.concatenate([r.carried[step.part][i, 1:] for r in job.rules])) for i in step.classes
        ]
        assert all(tuple(values.tolist()) == step.values for values in carried)
        assert len(step.classes) == 1 or part.count == 1
        assert step.most == (part.count if part.count > 1 and step.classes[0] == part.repeated else 1)


def test_values_know_the_totals_that_limit_them() -> None:
    for seed in range(20):
        job = CountingJob(seed)
        steps = Steps(job.problem, job.classes, job.rules)
        limited = [value.feature for value in steps.values if value.feature >= 0]
        assert len(limited) == len(set(limited))
        assert {job.problem.features[e].kind for e in steps.features} <= {"value"}
        columns = [
            [carried[:, k] for carried in rule.carried]
            for rule in job.rules
            for k in range(1, rule.carried[0].shape[1])
        ]
        for value, column in zip(steps.values, columns, strict=True):
            of_it = {
                e
                for e in steps.features
                if job.problem.features[e].maximum == value.most
                and all((part.totals[:, e] == own).all() for part, own in zip(job.classes, column, strict=True))
            }
            # Where it knows none, there is none that no other value has.
            assert value.feature in of_it if value.feature != -1 else of_it <= set(limited)
