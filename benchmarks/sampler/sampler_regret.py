"""Measure what a job takes when the sampler runs it, against the best plan that there is, of one run.

``python benchmarks/sampler/sampler_regret.py [--quick] [--workloads NAME ...] [--rounds N]``; half an hour in all.

For every workload of the registries: the wall time of every configuration of a grid
(serial, threads, processes; workers x chunk sizes), starting and ending the workers
included, over interleaved rounds; the *whole job* through `map_parallel` in a fresh
process, with everything that it costs to decide, imports too; the advice of `optimize`
and of Amorsize's rule; and other packages with default settings. Every call outside
the grid is in a process of its own under a time limit. `threads=True` where the function
is safe in several threads.

The grid, in one process, says which configuration is best; how long it takes is measured anew,
in fresh processes, in turns with everything that is held against it (workers' code loaded
before the clock starts): a first run in a process is slower than a tenth one, whoever makes
it, and the smallest of some hundred runs is too small. Each round begins with another of them.
Regret is the median over the rounds of a time over the best plan's of the same round; what the
smallest times of all rounds come to stands below it. Plain serial and the best plan are run
twice in each round: what the second run is over the first is how far the machine goes astray.
An advised plan is run with the limit of native libraries' threads that the advice has.
Predicted intervals are held against all of these runs of serial and of the advised plan.
The cache of the sampler is a folder of this run's own, empty at first, as on a machine that
nobody knows. Configurations that are far off in the first round are not repeated.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

import sampler_numpy_workloads as with_numpy
import sampler_workloads as plain
from sampler_table import PEERS, print_head, print_row, print_summary
from sampler_unseen_workloads import UNSEEN
from sampler_workloads import Workload

from equipment_optimizer.sampling._explanation import decide
from equipment_optimizer.sampling.prediction.cost_model import JobCosts, MachineCosts
from equipment_optimizer.sampling.prediction.pickle_cost import ChunkCost
from equipment_optimizer.system.machine import available_cores
from equipment_optimizer.workers.ordered_results import batches, run_threads
from equipment_optimizer.workers.pool import WorkerPool

IN_SAMPLE = plain.IN_SAMPLE + with_numpy.IN_SAMPLE
HELD_OUT = plain.HELD_OUT + with_numpy.HELD_OUT
ALL = IN_SAMPLE + HELD_OUT + UNSEEN

#: executor, workers, chunk size; of advice also the threads that native libraries may use in each worker
Config = tuple[str, int, int] | tuple[str, int, int, int]

#: A configuration this many times slower than the best after the first round is
#: not run again: no later round makes up for it.
_HOPELESS = 1.6

#: Seconds that all rounds of one workload may take; but three are run.
_ROUNDS_SECONDS = 4.0

#: Time limit of one call of a peer: this many times serial, and this at the least, seconds.
_LIMIT_FACTOR, _LIMIT_SECONDS = 20, 4

#: Calls of a peer, and of one that takes longer than the second, seconds, only one.
_PEER_CALLS, _LONG_SECONDS = 2, 1.0

#: Rounds in fresh processes: so many at the least, and on as long as those without other packages took less than the
#: third together, seconds. Cores whose speed changes by half from one second to the next need as many.
_LEAST_ROUNDS, _MOST_ROUNDS, _FRESH_SECONDS = 9, 21, 12.0

#: Beside them: what the sampler's advice takes, by so many calls.
_ADVICE_CALLS = 5


def run_config(workload: Workload, config: Config) -> float:
    """Wall time of a configuration, workers' start and end included; infinity if it fails."""
    executor, n_workers, chunksize, *native = config
    func, data = workload.make()
    began = time.perf_counter()
    try:
        if executor == "serial":
            results: list[Any] = [func(item) for item in data]
        elif executor == "thread":
            lists: Iterable[list[Any]] = run_threads(func, batches(data, chunksize), n_workers)
            results = [result for each in lists for result in each]
        else:
            with WorkerPool(n_workers) as pool:
                native_threads = native[0] if native else None
                lists = pool.run(func, batches(data, chunksize), window=sys.maxsize, native_threads=native_threads)
                results = [result for each in lists for result in each]
    except Exception:
        return math.inf
    seconds = time.perf_counter() - began
    assert len(results) == workload.n_items
    return seconds


def grid(workload: Workload, *, quick: bool) -> list[Config]:
    """The configurations to try."""
    n_items, cores = workload.n_items, available_cores()
    configs: list[Config] = [("serial", 1, 1)]
    waits = workload.name in {"w16_io_sleep", "h04_half_waiting", "u08_wait_20ms"}
    threads = (2, 4, 8, 16, 32, 64) if waits else (2,)
    processes = (cores, 4 * cores) if waits else (cores,)
    if not quick:
        threads += (4,) if not waits else ()
        processes += (cores + 1, 2 * cores)
    for n_workers in threads:
        sizes = {1, math.ceil(n_items / n_workers), math.ceil(n_items / (4 * n_workers))}
        configs += [("thread", n_workers, size) for size in sorted(sizes) if n_items / size < 20_000]
    for n_workers in sorted({n for n in processes if n > 1}):
        most = math.ceil(n_items / n_workers)
        sizes = {
            math.ceil(n_items / (n_workers * rounds)) for rounds in ((1, 4, 16) if quick else (1, 2, 3, 4, 8, 16, 32))
        }
        sizes |= {1} if quick else {2**power for power in range(most.bit_length())}
        configs += [("process", n_workers, size) for size in sorted(sizes) if size <= most and n_items / size < 5000]
    return list(dict.fromkeys(configs))


def in_fresh_process(way: str, workload: Workload, limit: float, *words: object) -> dict[str, Any] | None:
    """What `sampler_peers` says; None where it crashes or takes too long."""
    command = [sys.executable, str(BENCHMARKS / "peers" / "sampler_peers.py"), way, workload.name, *map(str, words)]
    # As installed packages are: with their bytecode beside them.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, env=environment
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # Its workers too: they hang with it.
        os.killpg(process.pid, 9)
        process.communicate()
        return None
    answer: dict[str, Any] = json.loads(output) if process.returncode == 0 else None
    return answer


def measure(workload: Workload, *, rounds: int, quick: bool) -> dict[str, Any]:
    """Everything about one workload."""
    advice = in_fresh_process("ours-advice", workload, 60)
    rival = in_fresh_process("amorsize-advice", workload, 60)
    chosen = {name: _config(answer) for name, answer in (("ours", advice), ("amorsize", rival)) if answer is not None}
    configs = list(dict.fromkeys([*grid(workload, quick=quick), *chosen.values()]))
    runs: dict[Config, list[float]] = {config: [run_config(workload, config)] for config in configs}
    began = time.perf_counter()
    for done in range(1, rounds):
        if done >= 3 and time.perf_counter() - began > _ROUNDS_SECONDS:
            break
        best = min(map(min, runs.values()))
        for config in configs:
            if min(runs[config]) < _HOPELESS * best or config in (("serial", 1, 1), *chosen.values()):
                runs[config].append(run_config(workload, config))
    times = {config: min(seconds) for config, seconds in runs.items()}
    best = min(times, key=lambda config: times[config])
    plans = {"serial": ("serial", 1, 1), "best": best}
    plans |= {way: chosen[name] for way, name in (("advised", "ours"), ("rule", "amorsize")) if name in chosen}
    limit = max(_LIMIT_SECONDS, _LIMIT_FACTOR * times["serial", 1, 1])
    calls, advices = fresh_rounds(workload, plans, limit, n_rounds=2 if quick else None)
    return {
        "workload": workload.name,
        "n_items": workload.n_items,
        "grid": [[*config, seconds] for config, seconds in sorted(times.items(), key=lambda each: each[1])],
        "ours": advice,
        "amorsize": rival,
        "plans": plans,
        "calls": calls,
        "beside": [each["advice_seconds"] - each["sample_seconds"] for each in (advice, *advices) if each],
        "in_interval": _in_interval(advice, calls),
    }


def fresh_rounds(
    workload: Workload, plans: dict[str, Config], limit: float, *, n_rounds: int | None
) -> tuple[dict[str, list[float]], list[dict[str, Any] | None]]:
    """Seconds of every way, by name, each in a process of its own and in turns; and what the sampler advised meanwhile.

    Ways with the same plan are one and the same run.
    """
    commands = {way: ("serial",) if plan[0] == "serial" else ("plan", *plan) for way, plan in plans.items()}
    again = {f"{way} again": commands[way] for way in ("serial", "best")}
    ways = {"whole": ("ours-whole",), **{way: (way,) for way in PEERS}, **commands, **again}
    # The second run of a plan that is run twice is another one.
    runs = {(way in again, *command): command for way, command in ways.items()}
    seconds: dict[tuple[Any, ...], list[float]] = {run: [] for run in runs}
    advices: list[dict[str, Any] | None] = []
    for number in range(n_rounds or _MOST_ROUNDS):
        if number <= _PEER_CALLS:
            began = time.perf_counter()
        if number >= _LEAST_ROUNDS and time.perf_counter() - began > _FRESH_SECONDS:
            break
        order = list(runs)
        first = number * 5 % len(order)
        for run in order[first:] + order[:first]:
            way, *words = runs[run]
            if way in PEERS and (number >= _PEER_CALLS or any(each > _LONG_SECONDS for each in seconds[run])):
                continue
            answer = in_fresh_process(way, workload, limit, *words)
            seconds[run].append(math.inf if answer is None else answer["seconds"])
        if 0 < number < _ADVICE_CALLS:
            advices.append(in_fresh_process("ours-advice", workload, 60))
    return {way: seconds[way in again, *command] for way, command in ways.items()}, advices


def _in_interval(advice: dict[str, Any] | None, calls: dict[str, list[float]]) -> tuple[int, int]:
    """Of the runs of serial and of the plan: how many lay where they were predicted, and how many there were."""
    if advice is None:
        return 0, 0
    intervals = advice["predicted_intervals"]
    runs = [(intervals["serial"], calls["serial"] + calls["serial again"])]
    if advice["executor"] != "serial":
        runs.append((intervals[advice["executor"]], calls["advised"]))
    n_right = sum(low <= seconds <= high for (low, high), all_seconds in runs for seconds in all_seconds)
    return n_right, sum(len(all_seconds) for _, all_seconds in runs)


def _config(found: dict[str, Any]) -> Config:
    plan = found["executor"], found["n_jobs"], found["chunksize"]
    native = found.get("native_threads")
    return plan if native is None else (*plan, native)


def record(workloads: Iterable[Workload]) -> list[dict[str, Any]]:
    """Measurements and the decisions that follow on an idle machine, for tests/sampling/test_explanation.py."""
    records = []
    for workload in workloads:
        found = in_fresh_process("ours-advice", workload, 60)
        if found is None:
            raise SystemExit(f"no advice for {workload.name}")
        # Other processes' load is not the workload's.
        found["machine"]["free_cores"] = float(found["machine"]["n_cores"])
        job = {**found["job"], **{name: ChunkCost(**found["job"][name]) for name in ("input_cost", "result_cost")}}
        for name in ("process_blockers", "thread_blockers"):
            job[name] = tuple(job[name])
        decision = decide(JobCosts(**job), MachineCosts(**found["machine"]))
        records.append(
            {
                "workload": workload.name,
                "job": found["job"],
                "machine": found["machine"],
                "decision": {name: getattr(decision, name) for name in ("executor", "n_jobs", "chunksize")},
            }
        )
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", nargs="+", metavar="NAME", help="names, beginnings, in-sample, held-out, unseen")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="a coarse grid, two rounds: does it run at all?")
    parser.add_argument("--output", metavar="FILE.json", help="everything measured")
    parser.add_argument(
        "--record", metavar="FILE.json", help="only sample; write measurements and decisions for the tests"
    )
    args = parser.parse_args()
    groups = {"in-sample": IN_SAMPLE, "held-out": HELD_OUT, "unseen": UNSEEN}
    names = args.workloads or [each.name for each in ALL]
    chosen = [each for each in ALL if any(each.name.startswith(name) or each in groups.get(name, ()) for name in names)]
    if args.record:
        Path(args.record).write_text(json.dumps(record(chosen), indent=1) + "\n", encoding="utf-8")
        return
    print(
        f"{platform.platform()}, Python {platform.python_version()}, {available_cores()} cores, rounds {args.rounds}\n"
    )
    print_head()
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        os.environ["EQUIPMENT_OPTIMIZER_CACHE"] = "off"
        # Bytecode is written once, on installation; here by a first call that does not count.
        in_fresh_process("ours-whole", plain.find("h10_two_seconds"), 60)
        in_fresh_process("ours-advice", plain.find("h10_two_seconds"), 60)
        os.environ["EQUIPMENT_OPTIMIZER_CACHE"] = cache
        for workload in chosen:
            rows.append(measure(workload, rounds=2 if args.quick else args.rounds, quick=args.quick))
            print_row(rows[-1])
            if args.output:
                Path(args.output).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print_summary(rows, {"in sample": IN_SAMPLE, "held out": HELD_OUT, "unseen": UNSEEN})


if __name__ == "__main__":
    main()
