"""Looking at every build."""

from __future__ import annotations

import random

import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.search.bounded.region_boxes import Other
from equipment_optimizer.search.front import _every_build
from equipment_optimizer.search.front._every_build import look_at_everything
from equipment_optimizer.search.relaxation.points import Points


def test_blocks_change_nothing_and_a_stop_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    job = random_job(random.Random(5), n_most=3)
    problem = compile_problem(job.table, job.config, kept={("defence", "Defence")})
    others = (Other([feature.kind for feature in problem.features].index("defence"), 1),)
    found = []
    for length in (4_096, 3):
        monkeypatch.setattr(_every_build, "PLAIN_BLOCK_LENGTH", length)
        points = Points(1, 1)
        assert look_at_everything(problem, others, points, should_stop=lambda: False)
        found.append(
            sorted(zip(points.first.tolist(), points.others[0].tolist(), points.words[0].tolist(), strict=True))
        )
    assert found[0] == found[1]
    assert not look_at_everything(problem, others, Points(1, 1), should_stop=lambda: True)
