"""What clearly pays, what clearly does not, and what has to be weighed; chunks."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import parallel_tasks as tasks
import pytest
from costs import MB, MS, US

from equipment_optimizer.sampling import _quick_plan, tuning
from equipment_optimizer.sampling._quick_plan import Travel, items_ahead, never_pays, quick_plan, travel_costs
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.sampling.prediction.calibration import assumed_costs
from equipment_optimizer.sampling.prediction.cost_model import JobCosts, choose
from equipment_optimizer.sampling.prediction.pickle_cost import ChunkCost

ROOT = Path(__file__).resolve().parents[2]
LIGHT = Travel(ChunkCost(0, 0.3 * US, 0, 0.3 * US, 0, 5), ChunkCost(0, 0.3 * US, 0, 0.3 * US, 0, 5), 20 * US, 60)


@pytest.fixture(autouse=True)
def a_machine(monkeypatch):
    """With room, and a process of ordinary size."""
    monkeypatch.setattr(_quick_plan.system, "available_bytes", lambda: 4 << 30)
    monkeypatch.setattr(_quick_plan.system, "resident_bytes", lambda: 40 * MB)


def planned(travel=LIGHT, n_left=100, mean=1 * MS, **options):
    return quick_plan(travel, n_left, mean, **{"cpu_share": 1.0, "slowness": 1.0, "most_workers": 2, **options})


def test_many_calls_whose_items_are_light_are_for_processes():
    plan = planned()
    assert (plan.executor, plan.n_jobs, plan.serial_seconds) == ("process", 2, pytest.approx(0.1))
    assert plan.words()[0].startswith("2 processes: 100 items at 1.0 ms take 100.0 ms serially and ")
    # What they share goes to each of the two, in chunks that are long enough for it.
    sharing = planned(LIGHT._replace(input_cost=ChunkCost(0.5 * MS, 0, 1.5 * MS, 0, 5000, 5)))
    assert sharing.words()[0] > plan.words()[0]
    lengths = [len(next(each.chunks(iter(range(100)), 100))) for each in (sharing, plan)]
    assert lengths[0] > lengths[1]


@pytest.mark.parametrize(
    "unclear",
    [
        {"n_left": 20},
        {"n_left": 2000},
        {"most_workers": 1},
        {"cpu_share": 0.3},
        {"cpu_share": 0.6},
        {"cpu_share": 1.3},
        {"slowness": 3.0, "n_left": 60},
        {"travel": LIGHT._replace(blockers=("its items cannot be pickled",))},
        {"travel": LIGHT._replace(function_bytes=1 * MB)},
        {"travel": LIGHT._replace(function_seconds=1 * MS)},
        {"travel": LIGHT._replace(input_cost=ChunkCost(0, 80 * US, 0, 80 * US, 0, 5000))},
        {"travel": LIGHT._replace(input_cost=ChunkCost(3 * MS, 0, 6 * MS, 0, 5000, 0))},
        {"travel": LIGHT._replace(result_cost=ChunkCost(0, 0, 0, 0, 0, 1 * MB))},
    ],
    ids=str,
)
def test_what_is_not_clear_is_weighed(unclear):
    assert planned(**unclear) is None


def test_a_large_process_or_a_full_machine_has_to_be_weighed(monkeypatch):
    monkeypatch.setattr(_quick_plan.system, "resident_bytes", lambda: 2 << 30)
    assert planned() is None
    assert planned(n_left=800) is not None
    monkeypatch.setattr(_quick_plan.system, "available_bytes", lambda: 100 * MB)
    assert planned(n_left=800) is None


@pytest.mark.parametrize("name", ["resident_bytes", "available_bytes"])
def test_where_the_system_tells_nothing_nothing_is_clear(monkeypatch, name):
    monkeypatch.setattr(_quick_plan.system, name, lambda: None)
    assert planned() is None


def test_no_more_workers_than_pay_for_their_start():
    assert 2 < planned(most_workers=64).n_jobs < 10
    assert planned(n_left=900, most_workers=64).n_jobs > planned(most_workers=64).n_jobs
    assert planned(most_workers=3).n_jobs == 3


def test_what_is_clear_is_so_by_the_model_too():
    # Costs as they were measured of all workloads of the benchmark, of jobs from a few milliseconds to a second.
    records = json.loads((ROOT / "benchmarks" / "sampler_recorded.json").read_text(encoding="utf-8"))
    n_clear = 0
    for record in records:
        known = record["job"]
        parts = {name: ChunkCost(**known[name]) for name in ("input_cost", "result_cost")}
        blockers = tuple(known["process_blockers"])
        travel = Travel(**parts, **{name: known[name] for name in ("function_seconds", "function_bytes")})
        for n_items, share in itertools.product((40, 100, 500, 3000), (1.0, known["cpu_share"])):
            job = JobCosts(**{**known, **parts, "n_items": n_items, "cpu_share": share, "thread_blockers": ("no",)})
            job = job._replace(std_seconds=0.0, max_seconds=job.mean_seconds, process_blockers=blockers)
            clear = planned(travel._replace(blockers=blockers), n_items, job.mean_seconds, cpu_share=share)
            usual = choose(job, assumed_costs("fork", usual=True)._replace(n_cores=2, free_cores=2.0))
            if clear is not None:
                n_clear += 1
                assert (usual.best.executor, usual.best.n_jobs) == ("process", 2), (record["workload"], n_items)
            if never_pays(travel._replace(blockers=blockers), n_items, job.mean_seconds):
                assert usual.best.executor == "serial", (record["workload"], n_items)
    assert n_clear > 20


def test_what_takes_longer_to_send_than_to_compute_never_pays():
    assert never_pays(LIGHT._replace(result_cost=ChunkCost(dump_item=3 * MS, load_item=3 * MS)), 100, 2 * MS)
    assert never_pays(LIGHT._replace(function_bytes=80 * MB), 100, 0.5 * MS)
    goes, comes = ChunkCost(bytes_item=1.2e6), ChunkCost(bytes_item=1.2e6)
    assert never_pays(LIGHT._replace(input_cost=goes, result_cost=comes), 10, 1 * MS)
    assert not never_pays(LIGHT._replace(input_cost=goes), 10, 1 * MS)
    # Two workers get the function, at the least.
    assert never_pays(LIGHT._replace(function_seconds=51 * MS), 100, 1 * MS)
    assert not never_pays(LIGHT._replace(function_seconds=49 * MS), 100, 1 * MS)
    assert never_pays(LIGHT._replace(blockers=("the function cannot be pickled",)), 100, 2 * MS)
    assert not never_pays(LIGHT, 100, 0.5 * MS)
    # Somebody has to say that they may not fit.
    assert not never_pays(LIGHT._replace(result_cost=ChunkCost(load_item=3 * MS, bytes_item=1e6)), 100, 2 * MS)


def test_a_look_ahead_takes_nothing_away():
    items, untaken = items_ahead(None, 3, iter("abc"))
    assert (items, "".join(untaken)) == (["a"], "abc")
    assert items_ahead(None, 3, iter(()))[0] == []
    items, untaken = items_ahead("abcdefg", 2, iter("cdefg"))
    assert (items, "".join(untaken)) == (["c", "e", "g"], "cdefg")
    assert items_ahead("ab", 2, iter(()))[0] == []


def test_a_few_pickles_tell_what_travels():
    known = {"mean_seconds": 1 * MS, "n_left": 100}
    travel = travel_costs(tasks.square, "fork", [1, 2], [1, 4], **known)
    assert travel.blockers == ()
    assert 0 < travel.item_bytes < 100
    assert 0 < travel.function_bytes < 1000
    blocked = travel_costs(lambda item: item, "fork", [1, 2], [1, iter], **known)
    assert blocked.blockers[0].startswith("the function cannot be pickled")
    assert travel_costs(tasks.square, "fork", [1], [lambda: 1], **known).blockers[0].startswith("its results cannot")


def test_what_items_share_is_looked_at_where_much_is_left(monkeypatch):
    class Clock:
        """Every reading is a twentieth of a millisecond after the one before."""

        now = 0.0

        @classmethod
        def perf_counter(cls):
            cls.now += 0.05 * MS
            return cls.now

    monkeypatch.setattr(pickle_cost, "time", Clock)
    shared = list(range(1000))
    items = [(number, shared) for number in range(3)]
    costs = [
        travel_costs(tasks.square, "fork", items, [1, 4], mean_seconds=0.2 * MS, n_left=n_left).input_cost
        for n_left in (4, 4000)
    ]
    assert costs[0].bytes_fixed < 100 < costs[0].bytes_item
    assert costs[1].bytes_item < 100 < costs[1].bytes_fixed


def test_what_items_share_counts_for_every_chunk():
    sharing = LIGHT._replace(input_cost=ChunkCost(1 * MS, 0.0, 2 * MS, 0.0, 1e6, 0.0))
    assert LIGHT.fixed_seconds(60 * US, 2e-9) == 60 * US
    assert sharing.fixed_seconds(60 * US, 2e-9) == pytest.approx(60 * US + 7 * MS)
    comes = LIGHT._replace(result_cost=ChunkCost(1 * MS, 0.0, 2 * MS, 0.0, 0.0, 0.0))
    assert comes.fixed_seconds(60 * US, 2e-9) == pytest.approx(60 * US + 3 * MS)


def test_chunks_of_a_quick_plan_hold_every_item_once_and_become_smaller():
    sizes = [len(chunk) for chunk in planned(n_left=800).chunks(iter(range(800)), 800)]
    assert sum(sizes) == 800
    assert sizes[0] == 100
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] * 1 * MS < 2 * tuning.CHUNK_MESSAGES * tuning.MESSAGE_SECONDS
    assert planned().native_threads(2) is None


def test_a_chunk_takes_a_worker_its_message_and_all_that_it_does_with_the_items():
    goes = ChunkCost(0, 10 * US, 0, 15 * US, 0, 5)
    comes = ChunkCost(0, 5 * US, 0, 10 * US, 0, 5)
    travel = LIGHT._replace(input_cost=goes, result_cost=comes)
    seconds = tuning.MESSAGE_SECONDS + 50 * (1 * MS + 15 * US + 5 * US)
    chunks = planned(travel, 400).chunks(iter(range(400)), 400)
    assert len(next(chunks)) == 50
    assert chunks._seconds(50) == pytest.approx(seconds)
    assert chunks._seconds(0.4) == chunks._seconds(1) == pytest.approx(tuning.MESSAGE_SECONDS + 1.02 * MS)
    assert travel.item_bytes == 10
    # Ten times a chunk, and two seconds at the least.
    assert chunks.patience == tuning.PATIENCE_SECONDS
    assert planned(travel, 4, 0.24).chunks(iter(range(4)), 4).patience == pytest.approx(2.4, rel=0.01)


@pytest.mark.parametrize(("times_as_long", "grows"), [(1.0, 0), (0.5, 0), (1.9, 0), (0.2, 1), (3.2, -1)])
def test_chunks_change_their_length_where_they_took_clearly_more_or_less_time(times_as_long, grows):
    chunks = planned(n_left=4000, mean=0.1 * MS).chunks(iter(range(4000)), None)
    # Of data of unknown length the first is as long as is worth a message.
    assert len(next(chunks)) == round(tuning.CHUNK_MESSAGES * tuning.MESSAGE_SECONDS / (0.1 * MS))
    before = chunks._size
    chunks.note(10, times_as_long * chunks._seconds(10))
    assert (chunks._size > before) - (chunks._size < before) == grows
