"""The memory plan: arithmetic that says what a run needs and what to clamp."""

import inspect
from dataclasses import replace

import pytest

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.sampling import perform_dry_run
from equipment_optimizer.search import memory_plan, tuning
from equipment_optimizer.search.memory_plan import JobFigures, make_plan
from equipment_optimizer.workers import _batch_retries as pool_run

MIB = 2**20
USUAL = tuning.BLOCK_LENGTH


def figures(**changes):
    usual = {
        "n_combinations": 10**8,
        "limit": 100,
        "n_words": 1,
        "n_positions": 6,
        "n_totals": 9,
        "n_columns": 30,
        "row_bytes": 6,
        "base_bytes": 30 * MIB,
    }
    return JobFigures(**{**usual, **changes})


def test_what_is_wanted_is_left_alone_where_it_fits():
    plan = make_plan(figures(), 1000 * MIB, ("exhaustive",), 2)
    assert (plan.engine, plan.n_workers, plan.block_length, plan.max_tasks) == ("exhaustive", 2, USUAL, None)
    assert plan.cache_bytes == tuning.CACHE_BYTES
    assert "clamped" not in plan.sentence(1000 * MIB, 2)


def test_the_usual_block_is_the_largest_of_the_plan():
    assert memory_plan.BLOCK_LENGTHS[0] == tuning.BLOCK_LENGTH
    assert list(memory_plan.BLOCK_LENGTHS) == sorted(memory_plan.BLOCK_LENGTHS, reverse=True)


def test_the_plan_knows_how_many_tasks_may_wait():
    n_sampled = inspect.signature(perform_dry_run).parameters["sample_size"].default
    assert 2 * pool_run._WINDOW_EACH + n_sampled == memory_plan._MAX_TASKS


def test_a_lower_ceiling_first_costs_workers_then_block_length():
    seen = []
    job = figures(n_totals=40)
    for ceiling in range(400 * MIB, 0, -MIB // 32):
        try:
            plan = make_plan(job, ceiling, ("exhaustive",), 4)
        except MemoryBudgetError:
            break
        assert plan.needed_bytes <= ceiling
        step = (plan.n_workers, plan.block_length)
        if step not in seen:
            seen.append(step)
    assert seen[0] == (4, USUAL)
    assert seen[-1] == (1, 1_024)
    workers = [n_workers for n_workers, _ in seen]
    assert workers == sorted(workers, reverse=True)
    assert all(length >= 4_096 for n_workers, length in seen if n_workers > 1)


def test_clamping_is_said():
    plan = make_plan(figures(), 36 * MIB, ("exhaustive",), 2)
    text = plan.sentence(36 * MIB, 2)
    assert text.startswith("memory: about ")
    assert f"of 36.0 MiB needed (exhaustive, one process, blocks of {plan.block_length:,})" in text
    assert text.endswith(f"; clamped 2 workers to 1 and blocks of {USUAL:,} to {plan.block_length:,} to stay below")


def test_a_refusal_says_both_numbers():
    with pytest.raises(MemoryBudgetError) as caught:
        make_plan(figures(), 31 * MIB, ("exhaustive",), 2)
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        "the smallest run needs about 35.1 MiB, above the 31.0 MiB of --memory\n  mend: allow more"
    )


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"limit": 10**7}, "ask for fewer builds (limit), or allow more"),
        ({"kept_bytes": 600 * MIB}, "leave --keep-combinations out, narrow the equipment"),
    ],
)
def test_a_refusal_says_what_to_do(changes, mend):
    with pytest.raises(MemoryBudgetError) as caught:
        make_plan(figures(**changes), 200 * MIB, ("exhaustive",), 1)
    assert caught.value.mend.startswith(mend)


def test_kept_combinations_count():
    without = make_plan(figures(), 1000 * MIB, ("exhaustive",), 1)
    plan = make_plan(figures(kept_bytes=600 * MIB), 1000 * MIB, ("exhaustive",), 1)
    assert 590 * MIB < plan.needed_bytes - without.needed_bytes <= 600 * MIB
    with pytest.raises(MemoryBudgetError, match=r"600\.0 MiB of it to keep every combination"):
        make_plan(figures(kept_bytes=600 * MIB), 600 * MIB, ("exhaustive",), 1)


def test_the_next_engine_runs_where_the_first_does_not_fit():
    job = figures()
    least = memory_plan.bounded_bytes(job)
    assert make_plan(job, least, ("bounded", "exhaustive"), 1).engine == "bounded"
    assert make_plan(job, least - 1, ("bounded", "exhaustive"), 1).engine == "exhaustive"
    with pytest.raises(MemoryBudgetError):
        make_plan(job, least - 1, ("bounded",), 1)


def test_large_answers_are_made_by_fewer_tasks():
    plan = make_plan(figures(limit=10**6), 10_000 * MIB, ("exhaustive",), 4)
    assert (plan.n_workers, plan.max_tasks) == (4, 4)
    assert make_plan(figures(limit=100_000), 10_000 * MIB, ("exhaustive",), 4).max_tasks == 20


@pytest.mark.parametrize("change", [{"limit": 10**6}, {"base_bytes": 60 * MIB}, {"n_totals": 60}, {"n_positions": 12}])
@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_more_of_anything_needs_more(change, engine):
    small = make_plan(figures(), 10**12, (engine,), 2)
    assert make_plan(figures(**change), 10**12, (engine,), 2).needed_bytes > small.needed_bytes


def test_the_space_does_not_count():
    one, other = (memory_plan.exhaustive_bytes(figures(n_combinations=10**n), 2, USUAL) for n in (6, 60))
    assert one == other


def test_helper_processes_count_where_workers_are_not_forked():
    forked = memory_plan.exhaustive_bytes(figures(), 2, USUAL)
    assert memory_plan.exhaustive_bytes(figures(forks=False), 2, USUAL) > forked + 20 * MIB
    assert memory_plan.exhaustive_bytes(figures(dask=True), 2, USUAL) > forked + 100 * MIB
    assert memory_plan.exhaustive_bytes(figures(forks=False), 1, USUAL) < forked


def test_filling_slots_counts_in_every_process():
    for engine, n_workers in (("exhaustive", 1), ("exhaustive", 3)):
        without = make_plan(figures(), 10**12, (engine,), n_workers)
        plan = make_plan(figures(fills=True), 10**12, (engine,), n_workers)
        n_processes = 1 if n_workers == 1 else n_workers + 1
        more = plan.needed_bytes - without.needed_bytes
        assert more == n_processes * (more // n_processes) > n_processes * memory_plan._SOLVER_BYTES


def test_a_bounded_search_that_fills_slots_needs_more_the_more_builds_it_keeps():
    needed = [memory_plan.bounded_bytes(figures(fills=True, limit=limit)) for limit in (1, 100, 1_000, 10_000)]
    assert needed == sorted(needed)
    assert needed[-1] > needed[0] + 20 * MIB
    # Kept or not, what is listed fills no more chunks than without decorations.
    job = figures(fills=True, limit=10_000)
    filling = memory_plan._walk_bytes(job) + memory_plan._branched_bytes(job)
    assert needed[-1] == memory_plan.bounded_bytes(figures(limit=10_000)) + filling


def test_the_watch_of_a_run_that_fills_slots_leaves_room_for_a_step_of_that():
    assert memory_plan.step_bytes(figures(fills=True)) > memory_plan.step_bytes(figures()) > MIB


def test_a_search_of_ten_to_the_fifteen_combinations_with_decorations_fits_below_120_mib():
    job = figures(fills=True, n_combinations=10**15, n_totals=26)
    for limit in (1, 100, 1_000):
        assert make_plan(replace(job, limit=limit), 120 * MIB, ("bounded",), 1).engine == "bounded"


def test_keeping_is_refused_where_the_machine_has_no_room():
    memory_plan.refuse_to_keep(10, 60, None)
    memory_plan.refuse_to_keep(10, 60, 60)
    with pytest.raises(MemoryBudgetError, match=r"keeping 10 combinations takes 60 B, above the 59 B of available"):
        memory_plan.refuse_to_keep(10, 60, 59)
