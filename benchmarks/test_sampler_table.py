"""What the sampler's benchmark says of its measurements."""

from __future__ import annotations

import math
from typing import Any

import pytest
from sampler_table import PEERS, over_serial, print_head, print_row, print_summary, regret, smallest_regret
from sampler_workloads import IN_SAMPLE


def row(**calls: list[float]) -> dict[str, Any]:
    """A workload that takes a second of CPU time, whose grid has two processes as the best plan."""
    seconds = {"serial": [1.0, 2.0, 1.0], "best": [0.5, 1.0, 0.5], "advised": [0.6, 1.2, 0.6], **calls}
    seconds |= {f"{way} again": seconds[way] for way in ("serial", "best")}
    plans = {"serial": ("serial", 1, 1), "best": ("process", 2, 50), "advised": ("process", 2, 10)}
    return {
        "workload": IN_SAMPLE[0].name,
        "plans": plans,
        "calls": {
            "whole": [0.75, 1.5, 0.75],
            "rule": [1.0, 2.0, 1.0],
            **{peer: [2.0, 4.0] for peer in PEERS},
            **seconds,
        },
        "ours": {"executor": "process"},
        "beside": [0.02, 0.01, 0.5],
        "in_interval": (5, 6),
    }


def test_times_are_held_against_those_of_the_same_round() -> None:
    # The machine was slow in the second round, for all of them.
    assert regret(row(), "whole") == 1.5
    assert over_serial(row()) == pytest.approx(0.749)
    # One lucky run says nothing.
    assert regret(row(whole=[0.75, 1.5, 0.1]), "whole") == 1.5
    assert smallest_regret(row(whole=[0.75, 1.5, 0.1]), "whole") == 0.2


def test_the_best_plan_is_one_that_was_advised_where_that_is_faster() -> None:
    assert regret(row(advised=[0.3, 0.6, 0.3]), "whole") == 2.5


def test_what_fails_is_no_time() -> None:
    failing = row(pool=[math.inf, math.inf])
    assert regret(failing, "pool") == math.inf == smallest_regret(failing, "pool")
    assert regret(row(), "joblib") == 4.0  # of two rounds


def test_a_row_and_what_all_come_to(capsys: pytest.CaptureFixture[str]) -> None:
    print_head()
    print_row(row(mpire=[math.inf]))
    head, _, line = capsys.readouterr().out.splitlines()
    cells = dict(zip(head.split(" | "), line.split(" | "), strict=True))
    assert cells["best"] == "p2:50"
    assert cells["best ms"] == "500.0"
    assert (cells["serial again"], cells["best again"]) == ("1.00", "1.00")
    assert (cells["beside, ms"], cells["share"]) == ("20.0", "2%")
    print_summary([row(), row(whole=[3.0, 6.0, 3.0])], {"in sample": IN_SAMPLE})
    out = capsys.readouterr().out
    assert "| the sampler, whole job | 0 | 3.00 | 3.75 | 6.00 | 0/2 | 0/2 |" in out
    assert "1 ms taken off: worst 3.00" in out
    assert "the same plan twice (serial): 1.00" in out
    assert "runs in the predicted interval: 10 of 12, 83%" in out
    assert "in sample: 2 workloads, whole job 3.00" in out
