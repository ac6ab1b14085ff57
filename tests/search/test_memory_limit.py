"""A ceiling: what is measured for the plan, which engine and how many workers follow, and the watch of a run."""

import multiprocessing

import pytest

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search import memory_limit, memory_plan
from equipment_optimizer.search.exhaustive.options import SearchOptions
from equipment_optimizer.search.memory_limit import job_figures, watch, within_memory
from equipment_optimizer.system import machine

MIB = 2**20
TABLE = EquipmentTable.from_pieces(
    [
        EquipmentPiece(f"{part} {i}", part, i, (1, 0, 0, 0), (("Skill", i),))
        for part in ("Head", "Body")
        for i in range(300)
    ]
)
OPTIONS = SearchOptions(workers=1, n_columns=10)


@pytest.fixture
def problem():
    return compile_problem(TABLE, Config())


@pytest.fixture
def held(monkeypatch):
    """What the system says that this process holds; bytes, in a list of one."""
    resident = [30 * MIB]
    monkeypatch.setattr(memory_limit, "resident_bytes", lambda: resident[0])
    return resident


def test_figures_are_those_of_the_job(problem, held):
    job = job_figures(problem, 7, OPTIONS._replace(kept_bytes=5), n_workers=1)
    assert (job.n_combinations, job.limit, job.n_words, job.n_positions) == (90_000, 7, 1, 2)
    assert job.row_bytes == EquipmentCombinationList.bytes_per_combination(TABLE) == 4
    assert (job.n_columns, job.base_bytes, job.kept_bytes) == (10, 30 * MIB, 5)
    assert (job.fills, job.dask, job.forks) == (False, False, True)
    assert job_figures(problem, 7, OPTIONS._replace(backend="dask"), n_workers=1).dask
    elsewhere = OPTIONS._replace(backend="dask", dask_scheduler="tcp://there")
    assert not job_figures(problem, 7, elsewhere, n_workers=1).dask


def test_slots_are_filled_where_there_are_decorations(held):
    decorations = (Decoration(name="Jewel", slot_level=1, skills=(("Skill", 1),)),)
    plain, filled = (
        memory_plan.exhaustive_bytes(
            job_figures(compile_problem(TABLE, Config(decorations=given)), 1, OPTIONS, n_workers=1), 1, 1_024
        )
        for given in (None, decorations)
    )
    assert filled > plain + memory_plan._SOLVER_BYTES


def test_what_a_process_holds_is_assumed_where_the_system_does_not_tell(problem, held):
    held[0] = None
    assert job_figures(problem, 1, OPTIONS, n_workers=1).base_bytes == 40 * MIB


def test_the_start_method_is_asked_for(problem, held, monkeypatch):
    for method, forks in (("fork", True), ("spawn", False)):
        monkeypatch.setattr(multiprocessing, "get_start_method", lambda method=method: method)
        assert job_figures(problem, 1, OPTIONS, n_workers=2).forks is forks
        assert job_figures(problem, 1, OPTIONS, n_workers=1).forks


@pytest.mark.parametrize(
    ("workers", "backend", "n_cores", "mib", "kept"),
    [
        (1, None, 7, 200, (1, None)),
        (2, "processes", 7, 2000, (2, "processes")),
        ("auto", "processes", 7, 2000, ("auto", "processes")),
        ("auto", "processes", 7, 150, (3, "processes")),
        ("auto", "processes", 7, 60, (1, "serial")),
        (0, None, 7, 60, (0, None)),
    ],
)
def test_fewer_workers_below_a_low_ceiling(problem, held, monkeypatch, workers, backend, n_cores, mib, kept):
    monkeypatch.setattr(memory_limit, "available_cores", lambda: n_cores)
    told = []
    options = OPTIONS._replace(workers=workers, backend=backend, on_notice=told.append)
    engine, clamped = within_memory(problem, 5, options, engine="exhaustive", ceiling_bytes=mib * MIB)
    assert engine == "exhaustive"
    assert (clamped.workers, clamped.backend) == kept
    (sentence,) = told
    assert sentence.startswith("memory: about ")
    assert ("workers to" in sentence) == (kept[0] != workers)


def test_workers_elsewhere_do_not_count(problem, held):
    options = OPTIONS._replace(workers=5, backend="dask", dask_scheduler="tcp://there")
    _, clamped = within_memory(problem, 5, options, engine="exhaustive", ceiling_bytes=60 * MIB)
    assert (clamped.workers, clamped.backend) == (5, "dask")


def test_another_engine_may_take_over_where_nobody_asked_for_one(problem, held):
    least = memory_plan.bounded_bytes(job_figures(problem, 5, OPTIONS, n_workers=1))
    for engine_wanted, taken in (("auto", "exhaustive"), ("bounded", None)):
        options = OPTIONS._replace(engine=engine_wanted)
        if taken is None:
            with pytest.raises(MemoryBudgetError):
                within_memory(problem, 5, options, engine="bounded", ceiling_bytes=least - 1)
        else:
            assert within_memory(problem, 5, options, engine="bounded", ceiling_bytes=least - 1)[0] == taken
        assert within_memory(problem, 5, options, engine="bounded", ceiling_bytes=least)[0] == "bounded"


def test_the_watch_ends_a_run_before_it_passes_the_ceiling(problem, held):
    held[0] = 100 * MIB
    job = job_figures(problem, 1, OPTIONS, n_workers=1)
    look = watch(job, 200 * MIB, lambda: held[0] == 150 * MIB, next_bytes=4 * MIB)
    assert look() is False
    held[0] = 150 * MIB
    assert look() is True
    held[0] = 199 * MIB
    with pytest.raises(MemoryBudgetError, match=r"more than the 200\.0 MiB of --memory: it holds 199\.0 MiB"):
        look()
    # What is there at the beginning is no reason to end.
    assert watch(job_figures(problem, 1, OPTIONS, n_workers=1), 200 * MIB, next_bytes=4 * MIB)() is False


def test_the_watch_is_silent_where_the_system_does_not_tell(problem, held, monkeypatch):
    monkeypatch.setattr(machine, "PROC", "/nowhere")
    job = job_figures(problem, 1, OPTIONS, n_workers=1)
    held[0] = None
    assert watch(job, 1, next_bytes=4 * MIB)() is False
