"""What is recommended says so in words, and gives what it was made of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from costs import MS, job, machine

from equipment_optimizer.sampling import perform_dry_run
from equipment_optimizer.sampling._decision import decide
from equipment_optimizer.sampling.recommendation import Recommendation


def recommendation(costs, here) -> Recommendation:
    return Recommendation(decide(costs, here), perform_dry_run(str, range(7)), costs, here)


@pytest.mark.parametrize(
    ("costs", "executor", "beginning"),
    [
        (job(3, 1e-6), "serial", "serial: "),
        (job(20_000), "process", "2 processes, "),
        (job(200, 50 * MS, cpu_share=0.01), "thread", " threads, "),
    ],
)
def test_it_says_what_to_do_and_why(costs, executor, beginning) -> None:
    choice = recommendation(costs, machine())
    assert choice.executor == executor
    assert beginning in str(choice)
    assert str(choice).endswith(choice.reason)
    assert repr(choice) == f"<Recommendation {choice}>"
    assert (choice.n_jobs == 1) == (executor == "serial")
    assert choice.estimated_speedup >= 1 or executor == "serial"
    assert "serial" in choice.predicted_seconds
    assert choice.bound_by == choice.decision.bound_by


def test_one_item_is_one_item() -> None:
    choice = recommendation(job(20_000), machine())
    for size, words in ((1, "1 item a chunk"), (5, "5 items a chunk")):
        assert words in str(replace(choice, decision=choice.decision._replace(chunksize=size)))


def test_it_holds_the_sampling_and_the_costs_it_was_decided_by(capsys) -> None:
    costs, here = job(20_000), machine()
    choice = recommendation(costs, here)
    assert list(choice.data) == list(range(7))
    assert choice.sample_results[0] == "0"
    assert decide(choice.job, choice.machine) == choice.decision
    assert choice.warnings == choice.sampling.warnings + choice.decision.warnings
    choice.tell()
    shown = capsys.readouterr().err.splitlines()
    assert shown == [str(choice), *(f"note: {warning}" for warning in choice.warnings)]
