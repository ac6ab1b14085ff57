"""What partial builds still have to lose: never more than the best way to go on."""

from __future__ import annotations

import numpy as np
import pytest
from random_counts import CountingJob

from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.by_value import _still_to_come
from equipment_optimizer.search.by_value._steps import Steps
from equipment_optimizer.search.by_value._still_to_come import Fillings, StillToCome


def test_fillings_are_numbers_of_pieces_of_each_part() -> None:
    fillings = Fillings([1, 2])
    assert (fillings.n, fillings.weight.tolist()) == (6, [1, 2])
    assert fillings.chosen.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    assert (fillings.chosen + fillings.left).tolist() == [[1, 2]] * 6


@pytest.mark.parametrize("most_table", [1 << 15, 1])
@pytest.mark.parametrize("seed", range(20))
def test_no_beginning_of_a_build_within_the_slack_is_left_out(seed: int, most_table: int, monkeypatch) -> None:
    monkeypatch.setattr(_still_to_come, "_MAX_TABLE", most_table)
    job = CountingJob(seed)
    box, relaxed = job.relaxed()
    every, by_value = job.outcomes(), job.by_value()
    if not every:
        return
    picks = np.array(list(every), dtype=np.int32).T
    used = Enumeration(job.problem, job.classes, box, relaxed).measure(picks, by_value.totals(picks))
    k = int(np.argmin(used))
    slack, best = int(used[k]), list(zip(job.problem.positions, picks[:, k].tolist(), strict=True))
    steps = Steps(job.problem, job.classes, job.rules)
    ordered = steps.in_order(relaxed, 2**40)
    fillings = Fillings([part.count for part in job.classes])
    still = StillToCome(
        job.problem, job.classes, box, relaxed, fillings=fillings, steps=ordered, ignored=steps.features
    )
    base = np.concatenate([job.problem.base_levels, job.problem.base_bonus_counts])
    for number in range(len(ordered) + 1):
        chosen = [(b, i) for b, i in best if any(b == step.part and i in step.classes for step in ordered[:number])]
        filling = np.array([sum(int(fillings.weight[b]) for b, _ in chosen)])
        totals = np.sum([base, *(job.classes[b].totals[i] for b, i in chosen)], axis=0)[still.totals][:, None]
        lost = np.array([sum(int(relaxed.loss[b][i]) for b, i in chosen)])
        assert still.within(number, filling, totals, lost, slack).tolist() == [0]
        # Where positions are left that nothing can fill any more, it is.
        if number == len(ordered):
            assert still.within(number, filling * 0, totals, lost * 0, 2**50).tolist() == []
