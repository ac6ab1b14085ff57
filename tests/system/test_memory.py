"""Memory budgets: what each stage may take, measured inside by tracemalloc and outside as resident memory.

Resident memory is measured by `benchmarks/process_peaks.py`, child processes
included, in processes of their own; nothing here is traced and timed at once.
"""

import gc
import os
import sys
import tracemalloc
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import equipment_optimizer as eo
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.search import memory_plan
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.tuning import BLOCK_LENGTH

ROOT = Path(__file__).resolve().parents[2]
import process_peaks
import random_equipment

MIB = 2**20
EQUIPMENT, CONFIG = "example_data/equipment.csv", "example_data/config.json"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def peaks(*command):
    """What a command takes, run from the project's folder."""
    # Measuring coverage in that process would import things of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return process_peaks.measure([sys.executable, *command], cwd=str(ROOT), env=environment)


def main(*arguments):
    taken = peaks("main.py", *map(str, arguments))
    assert taken["exit_code"] == 0, taken["stderr"]
    return taken


@cache
def numpy_peak():
    return peaks("-c", "import numpy")["own_peak_bytes"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("equipment")


@pytest.fixture
def equipment(folder):
    """Makes a file of random pieces with the given numbers by body part."""

    def make(*sizes):
        path = folder / f"{'x'.join(map(str, sizes))}.csv"
        if not path.exists():
            random_equipment.write_equipment(str(path), sizes, random_equipment.skills_of(str(ROOT / CONFIG)))
        return path

    return make


def load(path):
    table, config, _ = eo.load_job(str(path), str(ROOT / CONFIG))
    return table, config


def traced_peak(action):
    """The most that `action` holds beside what was there before, bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- kept combinations -------------------------------------------------------


@pytest.fixture(scope="module")
def every_combination():
    table, _ = load(ROOT / EQUIPMENT)
    return eo.EquipmentCombinationList.whole_space(table)


def test_the_example_takes_six_bytes_a_combination(every_combination):
    assert len(every_combination) == 231_660
    assert every_combination.nbytes == 231_660 * 6
    assert eo.EquipmentCombinationList.bytes_per_combination(every_combination.table) == 6


def test_keeping_them_takes_the_columns_and_one_block_of_temporaries():
    table, _ = load(ROOT / EQUIPMENT)
    columns = 231_660 * 6
    assert traced_peak(lambda: eo.EquipmentCombinationList.whole_space(table)) < columns + 2 * MIB


def test_there_is_no_object_per_row_until_somebody_looks(every_combination):
    table = every_combination.table
    gc.collect()
    before = len(gc.get_objects())
    again = eo.EquipmentCombinationList.whole_space(table)
    assert len(gc.get_objects()) - before < 20
    assert len(again) == 231_660


# Coverage would add some hundred bytes of its own for each function that is called.
@pytest.mark.no_cover
@pytest.mark.parametrize("row", [0, 123_456, -1])
def test_looking_at_one_row_allocates_only_that_row(every_combination, row):
    every_combination[row]
    # A column would be 231,660 bytes.
    assert traced_peak(lambda: every_combination[row]) < 2_000
    one = every_combination[row]
    assert not hasattr(one, "__dict__")
    assert sys.getsizeof(one) <= 128


def test_a_slice_is_views(every_combination):
    part = every_combination[1_000:200_000:3]
    pairs = zip(part.columns, every_combination.columns, strict=True)
    assert all(np.shares_memory(own, whole) for own, whole in pairs)
    assert traced_peak(lambda: every_combination[1_000:200_000:3]) < 4_000


def test_going_through_all_rows_holds_one_block_of_them(every_combination):
    def walk():
        for one in every_combination:
            assert len(one) == 7

    assert traced_peak(walk) < 6 * MIB


def test_iterating_over_a_space_holds_one_block_of_it(equipment):
    table, _ = load(equipment(20, 20, 20, 20, 20, 20))
    small = traced_peak(lambda: sum(1 for _ in eo.iter_combinations(table, 0, 20_000)))
    large = traced_peak(lambda: sum(1 for _ in eo.iter_combinations(table, 0, 200_000)))
    assert large < small + 100_000


def test_a_wide_part_takes_two_bytes(equipment):
    table, _ = load(equipment(300, 2, 2, 2, 2, 2))
    assert eo.EquipmentCombinationList.whole_space(table).nbytes == 300 * 32 * 7


# --- load, search, results, export -----------------------------------------------


def test_loading_takes_memory_in_proportion_to_the_rows(equipment):
    sizes = {n: n // 6 for n in (1_200, 4_800)}
    taken = {n: traced_peak(lambda n=n: load(equipment(*[sizes[n]] * 6))) for n in sizes}
    assert taken[4_800] < 4.5 * taken[1_200]
    assert taken[4_800] / 4_800 < 900


def test_a_loaded_table_keeps_each_name_once_and_columns_only(equipment):
    table, _ = load(equipment(200, 200, 200, 200, 200, 200))
    arrays = [column for column in vars(table).values() if isinstance(column, np.ndarray)]
    # Seventeen numbers a row, where it came from and four of skills with their levels among them.
    assert sum(column.nbytes for column in arrays) <= table.n_pieces * 8 * (1 + 1 + 1 + 4 + 4 + 1 + 1 + 2 * 2) + 200
    assert len({id(name) for name in table.skill_names}) == len(table.skill_names)


def test_the_traced_peak_of_a_search_does_not_grow_with_the_space(equipment):
    # The same inner block: 20 x 20 x 20. What is left to grow is which of the
    # block's vectors are kept, and they have a limit.
    taken, one_block = {}, 0
    for outer in [(2, 2, 3), (5, 5, 5), (11, 11, 11)]:
        table, config = load(equipment(*outer, 20, 20, 20))
        problem = compile_problem(table, config)
        options = SearchOptions(engine="exhaustive", workers=1)
        search(problem, 100, options)
        taken[problem.space.n_combinations] = traced_peak(lambda p=problem, o=options: search(p, 100, o))
        one_block = BLOCK_LENGTH * (8 * 16 + 24 * problem.n_features)
    assert list(taken) == [96_000, 1_000_000, 10_648_000]
    assert max(taken.values()) - min(taken.values()) < one_block < 8 * MIB


def test_a_kept_result_takes_its_score_and_its_indices(equipment):
    table, config = load(equipment(5, 5, 5, 20, 20, 20))
    results = eo.optimize(table, config, limit=10_000)
    assert len(results) == 10_000
    assert results.combinations.nbytes + results.scaled_scores.nbytes == 10_000 * (6 + 8)
    assert all(column.base is None for column in results.combinations.columns), "no larger array is kept alive"
    assert results.scaled_scores.base is None


@pytest.mark.parametrize(("sizes", "engine"), [((60,) * 6, "bounded"), ((5, 5, 5, 20, 20, 20), "exhaustive")])
def test_a_result_of_many_builds_takes_five_bytes_each_with_their_scores(equipment, sizes, engine):
    table, config = load(equipment(*sizes))
    results = eo.optimize(table, config, limit=20_000, engine=engine)
    assert len(results) == 20_000
    assert results.combinations.nbytes < 20_000 * 5.1
    first = eo.optimize(table, config, limit=100, engine=engine)
    assert list(results[:100].iter_rows()) == list(first.iter_rows())


def test_export_takes_no_more_for_more_results(equipment):
    table, config = load(equipment(5, 5, 5, 20, 20, 20))
    taken = []
    for limit in (5_000, 50_000):
        results = eo.optimize(table, config, limit=limit)
        taken.append(traced_peak(lambda results=results: eo.write_csv(results, os.devnull)))
    assert taken[1] < taken[0] + 70_000
    assert taken[1] < 2 * MIB


# --- whole runs, from outside -------------------------------------------------------


@on_linux
def test_the_main_job_stays_within_25_mb_of_importing_numpy():
    assert main(EQUIPMENT, "/dev/null", CONFIG)["tree_peak_bytes"] < numpy_peak() + 25_000_000


@on_linux
def test_a_search_on_a_world_sized_table_stays_within_40_mb_of_importing_numpy(equipment):
    taken = main(equipment(335, 317, 316, 311, 316, 317), "/dev/null", CONFIG)
    assert "combinations, 100 kept" in taken["stderr"]
    assert taken["tree_peak_bytes"] < numpy_peak() + 40_000_000


@on_linux
def test_an_exhaustive_run_over_a_hundred_times_the_space_peaks_within_5_mb(equipment):
    options = ["/dev/null", CONFIG, "--engine", "exhaustive", "--workers", "1"]
    small = main(equipment(8, 8, 8, 8, 7, 7), *options)["tree_peak_bytes"]
    large = main(equipment(17, 17, 17, 17, 17, 17), *options)["tree_peak_bytes"]
    assert abs(large - small) < 5_000_000


HUNDRED_MILLION = (22, 22, 22, 22, 21, 21)


@pytest.fixture
def reference(equipment, folder):
    """What a run over 10^8 combinations writes without a ceiling."""
    path = folder / "reference.csv"
    if not path.exists():
        main(equipment(*HUNDRED_MILLION), path, CONFIG, "--engine", "exhaustive", "--workers", "1")
    return path.read_bytes()


@on_linux
@pytest.mark.parametrize("options", [["--workers", "1"], ["--workers", "2"], [], ["--workers", "8"]], ids=str)
def test_a_ceiling_of_150_mib_holds_on_a_hundred_million_combinations(equipment, folder, reference, options):
    out = folder / "below.csv"
    engine = ["--engine", "exhaustive"]
    taken = main(equipment(*HUNDRED_MILLION), out, CONFIG, *engine, "--memory", "150MiB", *options)
    assert out.read_bytes() == reference
    assert taken["tree_peak_bytes"] < 150 * MIB
    assert "notice: memory: about " in taken["stderr"]
    assert ("clamped 8 workers to " in taken["stderr"]) == (options == ["--workers", "8"])


@on_linux
@pytest.mark.parametrize("ceiling", ["100MiB", "60MiB", "40MiB"])
def test_lower_ceilings_hold_and_leave_the_bytes_alone(equipment, folder, reference, ceiling):
    out = folder / "below.csv"
    taken = main(equipment(*HUNDRED_MILLION), out, CONFIG, "--memory", ceiling, "--workers", "2")
    assert out.read_bytes() == reference
    assert taken["tree_peak_bytes"] < int(ceiling[:-3]) * MIB


@on_linux
def test_a_million_builds_are_kept_below_the_ceiling(equipment):
    path = equipment(10, 10, 11, 11, 10, 10)
    options = ["--engine", "exhaustive", "--limit", "1000000", "--workers", "2"]
    taken = main(path, "/dev/null", CONFIG, *options, "--memory", "150MiB")
    assert "1,000,000 kept" in taken["stderr"]
    assert "clamped 2 workers to 1" in taken["stderr"]
    assert taken["tree_peak_bytes"] < 150 * MIB


@on_linux
def test_a_bounded_search_that_would_pass_the_ceiling_is_ended_before(equipment):
    path = equipment(*HUNDRED_MILLION)
    command = ["main.py", str(path), "/dev/null", CONFIG, "--engine", "bounded", "--limit", "30000"]
    taken = peaks(*command, "--memory", "95MiB")
    assert taken["exit_code"] in (0, 4)
    assert taken["tree_peak_bytes"] < 95 * MIB


def test_a_ceiling_below_the_smallest_run_is_refused_with_both_numbers():
    refused = peaks("main.py", EQUIPMENT, "/dev/null", CONFIG, "--memory", "20MiB")
    assert refused["exit_code"] == 4
    assert "error: the smallest run needs about " in refused["stderr"]
    assert ", above the 20.0 MiB of --memory\n  mend: allow more\n" in refused["stderr"]


@on_linux
def test_kept_combinations_are_refused_before_they_are_allocated(equipment):
    command = ["main.py", str(equipment(17, 17, 17, 17, 17, 17)), "/dev/null", CONFIG, "--keep-combinations"]
    refused = peaks(*command, "--memory", "100MiB")
    assert refused["exit_code"] == 4
    assert "138.1 MiB of it to keep every combination, above the 100.0 MiB of --memory" in refused["stderr"]
    assert refused["tree_peak_bytes"] < 40 * MIB
    held = peaks(*command, "--memory", "200MiB")
    assert held["exit_code"] == 0, held["stderr"]
    assert "notice: keeping 24,137,569 combinations takes 138.1 MiB" in held["stderr"]
    assert 138 * MIB < held["tree_peak_bytes"] < 200 * MIB


@on_linux
def test_the_estimate_is_above_what_is_taken_and_not_far(equipment):
    for options in (["--workers", "1"], ["--workers", "2"], ["--workers", "1", "--limit", "200000"]):
        command = [equipment(*HUNDRED_MILLION), "/dev/null", CONFIG, "--engine", "exhaustive", "--memory", "2GiB"]
        taken = main(*command, *options)
        estimate = float(taken["stderr"].split("memory: about ")[1].split(" MiB")[0]) * MIB
        assert taken["tree_peak_bytes"] < estimate < 1.6 * taken["tree_peak_bytes"]


FULL = "example_data/full"
FILLED = (f"{FULL}/equipment.csv", "/dev/null", f"{FULL}/config.json", "--engine", "bounded")


@on_linux
@pytest.mark.parametrize("limit", ["1", "100", "1000", "4000"])
def test_filling_slots_takes_less_than_estimated_but_not_far_less(limit):
    taken = main(*FILLED, "--limit", limit, "--memory", "2GiB")
    estimate = float(taken["stderr"].split("memory: about ")[1].split(" MiB")[0]) * MIB
    assert taken["tree_peak_bytes"] < estimate < 2 * taken["tree_peak_bytes"]


@on_linux
@pytest.mark.parametrize("ceiling", ["120MiB", "90MiB"])
def test_slots_are_filled_below_a_ceiling(folder, ceiling):
    out = folder / "filled.csv"
    taken = main(FILLED[0], out, *FILLED[2:], "--memory", ceiling)
    assert out.read_bytes() == (ROOT / FULL / "builds.csv").read_bytes()
    assert taken["tree_peak_bytes"] < int(ceiling[:-3]) * MIB


def test_the_api_takes_a_ceiling_and_tells_what_is_needed():
    table, config = load(ROOT / EQUIPMENT)
    notices = []
    results = eo.optimize(table, config, memory_bytes=2**40, notices=notices)
    assert len(results) == 100
    assert notices[0].startswith("memory: about ")
    with pytest.raises(eo.EquipmentOptimizerError) as caught:
        eo.optimize(table, config, memory_bytes=10 * MIB)
    assert caught.value.exit_code == 4


def test_an_auto_search_falls_back_to_scoring_everything_below_a_low_ceiling(equipment, monkeypatch):
    table, config = load(equipment(17, 17, 17, 17, 17, 17))
    monkeypatch.setattr(memory_plan, "_SOLVER_BYTES", 2**50)
    results = eo.optimize(table, config, memory_bytes=2**45, workers=1)
    assert (results.report.engine, results.report.proved) == ("exhaustive", True)
