"""The decision is a pure function of measurements, tested without a clock, or with one that only work moves."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from costs import job, machine, stand_in_clock, stand_in_lock
from hypothesis import example, given
from hypothesis import strategies as st

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import advice, optimize
from equipment_optimizer.sampling._explanation import decide
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.sampling.prediction.cost_model import (
    JobCosts,
    MachineCosts,
    bytes_of_worker,
)
from equipment_optimizer.sampling.prediction.pickle_cost import ChunkCost
from equipment_optimizer.sampling.tuning import COLD_SECONDS, DEARER, GAIN_ERROR, MODEL_ERROR

MS, US, MB = 1e-3, 1e-6, 1 << 20
RECORDED = json.loads((Path(__file__).resolve().parents[2] / "benchmarks" / "sampler_recorded.json").read_text())

#: What has to come out for the recorded workloads, where there is no doubt.
EXECUTORS = {
    "w01_tiny": "serial",
    "w02_20us": "process",
    "w03_1ms": "process",
    "w04_heavy_few": "process",
    "w06_out_py": "serial",
    "w07_unpick_in": "serial",
    "w08_unpick_out": "serial",
    "w09_lognormal": "process",
    "w10_sorted_asc": "process",
    "w11_tail_giant": "process",
    "w12_generator": "process",
    "w14_alloc_big": "process",
    "w15_partial_big": "process",
    "w16_io_sleep": "thread",
    "w17_shared_item": "process",
    "n01_np_in_light": "serial",
    "n05_blas": "serial",
    "n06_np_partial": "serial",
    "n07_np_global": "process",
    "h06_words": "process",
    "h07_collatz": "process",
    "h09_descending": "process",
    "h10_two_seconds": "process",
}


def load_job(values) -> JobCosts:
    values = dict(values)
    for name in ("input_cost", "result_cost"):
        values[name] = ChunkCost(**values[name])
    for name in ("process_blockers", "thread_blockers"):
        values[name] = tuple(values[name])
    return JobCosts(**values)


@pytest.mark.parametrize("record", RECORDED, ids=[record["workload"] for record in RECORDED])
def test_recorded_measurements_give_the_recorded_decision(record):
    decision = decide(load_job(record["job"]), MachineCosts(**record["machine"]))
    found = {name: getattr(decision, name) for name in ("executor", "n_jobs", "chunksize")}
    assert found == record["decision"]
    assert decision.executor == EXECUTORS.get(record["workload"], decision.executor)


def test_the_registry_is_recorded_completely():
    names = {record["workload"] for record in RECORDED}
    assert len(names) == len(RECORDED) >= 32
    assert set(EXECUTORS) <= names


def test_compute_bound_work_uses_all_cores():
    for n_cores in (2, 4, 16):
        decision = decide(job(20_000), machine(n_cores=n_cores, free_cores=float(n_cores)))
        assert decision.executor == "process"
        # The last worker is left out where it gains less than two percent.
        assert n_cores * 0.9 <= decision.n_jobs <= n_cores
        assert decision.estimated_speedup > 0.8 * n_cores


def test_a_total_below_the_start_of_workers_stays_serial():
    decision = decide(job(10, 0.5 * MS), machine())
    assert decision.executor == "serial"
    assert decision.estimated_speedup == 1.0
    assert "worker processes would take" in decision.reason or "threads would take" in decision.reason


def test_a_start_that_is_paid_already_changes_the_answer():
    small = job(40, 0.3 * MS)
    assert decide(small, machine()).executor == "serial"
    assert decide(small, machine(start_seconds=0.0, start_seconds_each=0.0)).executor == "process"


def test_one_core_or_one_worker_stays_serial():
    assert decide(job(), machine(n_cores=1, free_cores=1.0)).reason.endswith("and there is only one core")
    assert decide(job(), machine(), max_workers=1).reason.endswith("and there is only one core or worker to use")


def test_one_item_stays_serial():
    assert decide(job(1, 10.0), machine()).reason.endswith("and there is nothing to divide")


def test_large_results_of_python_objects_stay_serial():
    results = ChunkCost(dump_item=3 * MS, load_item=4 * MS, bytes_item=2 * MB)
    decision = decide(job(100, 3 * MS, result_cost=results), machine())
    assert decision.executor == "serial"
    assert any("moving items and results between processes would take" in note for note in decision.warnings)


def test_what_cannot_be_pickled_is_the_reason():
    decision = decide(job(process_blockers=("its results cannot be pickled (TypeError: no)",)), machine())
    assert decision.executor == "serial"
    assert decision.reason.endswith("and its results cannot be pickled (TypeError: no)")
    assert "process" not in decision.predicted_seconds
    decision = decide(job(process_blockers=("the function cannot be pickled (E: on\n\n two lines)",)), machine())
    assert decision.reason.endswith("and the function cannot be pickled (E: on two lines)")


def test_waiting_wants_many_threads_but_no_more_than_allowed():
    waits = job(200, 5 * MS, cpu_share=0.01, gil_free_share=1.0)
    decision = decide(waits, machine())
    assert decision.executor == "thread"
    assert decision.n_jobs > 16
    assert "because they mostly wait" in decision.reason
    assert decide(waits, machine(), max_workers=4).n_jobs == 4


def test_waiting_without_threads_wants_more_processes_than_cores():
    waits = job(200, 50 * MS, cpu_share=0.1, thread_blockers=("threads were ruled out",))
    decision = decide(waits, machine())
    assert decision.executor == "process"
    assert decision.n_jobs > 2


def test_compiled_code_with_large_items_wants_threads():
    arrays = ChunkCost(bytes_item=8 * MB)
    decision = decide(job(50, 5 * MS, gil_free_share=0.95, input_cost=arrays), machine())
    assert (decision.executor, decision.n_jobs) == ("thread", 2)
    assert "because they let other threads run" in decision.reason


def test_python_code_never_wants_threads():
    assert decide(job(gil_free_share=0.0, process_blockers=("no",)), machine()).executor == "serial"


def test_a_function_that_uses_all_cores_itself_stays_serial():
    decision = decide(job(100, 20 * MS, cpu_share=2.0, gil_free_share=0.9), machine())
    assert decision.executor == "serial"
    assert decision.reason.endswith("and the function already keeps 2.0 cores busy")
    many = machine(n_cores=16, free_cores=16.0)
    assert 1 < decide(job(1000, 20 * MS, cpu_share=2.0), many).n_jobs <= 8


def test_memory_limits_the_workers():
    four = machine(n_cores=4, free_cores=4.0)
    heavy = job(100, 50 * MS, peak_bytes=64 * MB)
    assert decide(heavy, four).n_jobs == 4
    decision = decide(heavy, four, budget_bytes=200 * MB)
    assert (decision.executor, decision.n_jobs) == ("process", 2)
    assert decision.warnings[-1] == "memory allows 2 of 4 workers at 80.0 MiB each"
    decision = decide(heavy, four, budget_bytes=90 * MB)
    assert decision.executor == "serial"
    assert decision.reason.endswith("and memory allows 1 of 4 workers at 80.0 MiB each")


def test_the_function_is_priced_once_per_worker_not_per_chunk():
    decision = decide(job(1500, function_bytes=0.5 * MB, function_seconds=1 * MS), machine())
    assert decision.executor == "process"
    decision = decide(job(50, 0.5 * MS, function_bytes=40 * MB), machine())
    assert decision.executor == "serial"
    decision = decide(job(5000, function_bytes=40 * MB), machine())
    assert any(note.startswith("the function holds 40.0 MiB") for note in decision.warnings)


def test_shared_objects_want_large_chunks():
    shared = ChunkCost(dump_fixed=2 * MS, load_fixed=2 * MS, bytes_fixed=0.3 * MB, bytes_item=10)
    alone = ChunkCost(dump_item=10 * US, load_item=10 * US, bytes_item=10)
    assert decide(job(60, 2 * MS, input_cost=shared), machine()).chunksize >= 10
    assert decide(job(60, 2 * MS, input_cost=alone), machine()).chunksize < 10


def test_a_larger_spread_wants_smaller_chunks():
    sizes = [
        decide(job(20_000, 0.1 * MS, std_seconds=std, max_seconds=0.1 * MS + 3 * std), machine()).chunksize
        for std in (0.0, 0.1 * MS, 1 * MS)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2]


def test_busy_cores_are_no_cores():
    assert decide(job(100), machine(free_cores=1.0)).executor == "serial"


costs = st.builds(
    ChunkCost,
    *[st.floats(0, 0.1)] * 4,
    *[st.floats(0, 1e8)] * 2,
)
jobs = st.builds(
    JobCosts,
    n_items=st.integers(0, 10**6),
    mean_seconds=st.floats(0, 10),
    std_seconds=st.floats(0, 10),
    max_seconds=st.floats(0, 100),
    cpu_share=st.floats(0, 64),
    gil_free_share=st.floats(0, 1),
    input_cost=costs,
    result_cost=costs,
    function_seconds=st.floats(0, 1),
    function_bytes=st.floats(0, 1e9),
    peak_bytes=st.integers(0, 10**10),
    process_blockers=st.sampled_from([(), ("no",)]),
    thread_blockers=st.sampled_from([(), ("no",)]),
    source_seconds=st.floats(0, 1),
    n_sampled=st.integers(0, 1000),
    uncertainty=st.floats(1, 100),
    warm_up_seconds=st.floats(0, 100),
)
machines = st.builds(
    MachineCosts,
    n_cores=st.integers(1, 12),
    free_cores=st.floats(0, 12),
    start_seconds=st.floats(0, 1),
    start_seconds_each=st.floats(0, 1),
    message_seconds=st.floats(0, 0.01),
    in_seconds_per_byte=st.floats(0, 1e-7),
    out_seconds_per_byte=st.floats(0, 1e-7),
    worker_bytes=st.integers(0, 10**9),
    available_bytes=st.none() | st.integers(0, 10**11),
    efficiency=st.floats(0.1, 1),
    start_error=st.floats(0, 1),
)


@given(jobs, machines, st.none() | st.integers(1, 20), st.none() | st.integers(0, 10**11))
@example(
    JobCosts(0, 2.3e-308, 2.0, 0.0, 0.0, 0.0, ChunkCost(), ChunkCost(), 0.0, 0),
    MachineCosts(1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0),
    None,
    None,
)
def test_any_measurements_give_a_decision_within_the_limits(job, machine, max_workers, budget_bytes):
    decision = decide(job, machine, max_workers=max_workers, budget_bytes=budget_bytes)
    assert decision == decide(job, machine, max_workers=max_workers, budget_bytes=budget_bytes)
    chosen = decision.predicted_seconds[decision.executor]
    assert decision.n_jobs >= 1
    assert decision.chunksize >= 1
    assert decision.reason
    assert "\n" not in decision.reason
    if max_workers is not None:
        assert decision.n_jobs <= max_workers
    if decision.executor == "serial":
        assert (decision.n_jobs, decision.chunksize) == (1, 1)
        return
    assert chosen * (1 + GAIN_ERROR) <= decision.predicted_seconds["serial"] * (1 + 1e-6)
    assert decision.n_jobs <= job.n_items
    if decision.executor == "process":
        assert not job.process_blockers
        if budget_bytes is not None:
            assert decision.n_jobs * bytes_of_worker(job, machine, decision.chunksize) <= budget_bytes
    else:
        assert not job.thread_blockers


def test_threads_inside_libraries_are_limited_where_several_processes_use_them():
    assert not [note for note in decide(job(), machine()).warnings if "native" in note]
    decision = decide(job(cpu_share=1.3, mean_seconds=20 * MS), machine(n_cores=4, free_cores=4.0))
    assert decision.executor == "process"
    share = 4 // decision.n_jobs
    (note,) = [note for note in decision.warnings if "native" in note]
    assert note.startswith(f"native libraries may use {share} thread{'s' * (share > 1)} in each process")


def test_interpreters_are_an_executor_of_their_own():
    costs = machine(workers="interpreter", start_seconds_each=15 * MS)
    decision = decide(job(), costs)
    assert (decision.executor, decision.n_jobs) == ("interpreter", 2)
    assert set(decision.predicted_seconds) == {"serial", "thread", "interpreter"}
    assert decision.reason.endswith(" on 2 interpreters")
    assert "interpreters would take" in decide(job(20, thread_blockers=("no",)), costs).reason
    # A limit would be this process's too.
    busy = job(cpu_share=1.3, mean_seconds=20 * MS)
    costs = machine(workers="interpreter", n_cores=4, free_cores=4.0)
    assert decide(busy, costs).executor == "interpreter"
    assert not any("native libraries" in note for note in decide(busy, costs).warnings)


def interval(**changes) -> tuple[float, float]:
    """Of a second of serial work, beside what a fresh process needs."""
    low, high = decide(job(**changes), machine()).predicted_intervals["serial"]
    return low, high - COLD_SECONDS


def test_few_parts_of_the_data_tell_little_of_a_spread():
    spans = [interval(std_seconds=1 * MS, n_sampled=300, n_parts=n_parts) for n_parts in (2, 3, 4, 5, 9, 10, 100, 1000)]
    assert spans == sorted(spans)
    highs = [high for _, high in spans]
    assert highs == sorted(highs, reverse=True)
    # Where nobody says how many parts there are, each call is one.
    assert interval(std_seconds=1 * MS, n_sampled=4) == interval(std_seconds=1 * MS, n_sampled=4, n_parts=4)
    # Even work takes what it takes, but for the machine.
    low, high = interval(n_sampled=1000, n_parts=1000)
    assert (low, high) == (pytest.approx(1 / (1 + MODEL_ERROR)), pytest.approx(1 + MODEL_ERROR))


def test_a_small_sample_may_have_missed_dear_items_which_no_large_one_has():
    highs = [interval(n_sampled=n_sampled, n_parts=1000)[1] for n_sampled in (2, 5, 50, 500, 1000)]
    assert highs == sorted(highs, reverse=True)
    assert highs[1] == pytest.approx(1 + MODEL_ERROR + (DEARER - 1) * (1 - 5 / 1000) / (5 + 2))
    # At the lower end they are no matter.
    assert interval(n_sampled=2, n_parts=1000)[0] == interval(n_sampled=1000, n_parts=1000)[0]


@given(jobs)
def test_what_is_told_of_a_sample_decides_nothing(job):
    """Of the plan against serial other errors count: what slows one slows the other."""
    surer = job._replace(n_sampled=1000, n_parts=1000, uncertainty=1.0)
    first, other = (decide(each, machine()) for each in (job, surer))
    assert first._replace(predicted_intervals={}) == other._replace(predicted_intervals={})


def drawn(name):
    """Makers of call seconds, by what they are like; each item on its own."""
    return {
        "even": lambda rng: 1 * MS * (1 + 0.05 * rng.random()),
        "one in seven is dear": lambda rng: 3 * MS if rng.random() < 1 / 7 else 10 * US,
        "one in twenty is dear": lambda rng: 5 * MS if rng.random() < 1 / 20 else 0.5 * MS,
        "lognormal": lambda rng: 1 * MS * math.exp(rng.gauss(0, 1)),
        "lognormal, short": lambda rng: 20 * US * math.exp(rng.gauss(0, 1)),
        "exponential": lambda rng: 1e-7 + rng.expovariate(1000),
    }[name]


@pytest.mark.parametrize(
    ("name", "least"),
    [("even", 100), ("one in seven is dear", 80), ("one in twenty is dear", 90)]
    + [(name, 85) for name in ("lognormal", "lognormal, short", "exponential")],
)
def test_intervals_hold_what_calls_take_together(monkeypatch, name, least):
    """Of a hundred jobs on a machine that is up to 1.3 times quicker or slower in the end."""
    stand_in_lock(monkeypatch)
    clock = stand_in_clock(monkeypatch, first_look, timed_run, advice, pickle_cost)
    for module in ("advice", "_plan_ahead"):
        monkeypatch.setattr(f"equipment_optimizer.sampling.{module}.known_costs", lambda *_, **__: machine())
    held = 0
    for seed in range(100):
        rng = random.Random(seed)
        items = [drawn(name)(rng) for _ in range(rng.choice((200, 400, 1000)))]
        low, high = optimize(clock.spend, items, threads=False).predicted_intervals["serial"]
        held += low <= sum(items) * 1.3 ** rng.uniform(-1, 1) <= high
    assert held >= least
