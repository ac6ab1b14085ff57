"""Measure what a job takes when the sampler runs it, against the best plan that there is, of one run.

``python benchmarks/sampler/sampler_regret.py [--quick] [--workloads NAME ...] [--rounds N]``; under 20 minutes in all.

For every workload of the registries: the wall time of every configuration of a grid
(serial, threads, processes; workers x chunk sizes), starting and ending the workers
included, over interleaved rounds; the *whole job* through `map_parallel` in a fresh
process, with everything that it costs to decide, imports too; the advice of `optimize`
and of Amorsize's rule; and other packages with default settings. Every call outside
the grid is in a process of its own under a time limit. `threads=True` where the function
is safe in several threads.

Regret is a time over the best configuration's, all of the same run: the smallest of the
rounds on both sides. The whole job, plain serial and the other packages are held against the
best configuration in fresh processes too, in turns with it (workers' code loaded before the
clock starts): a first run in a process is slower than a tenth one, whoever makes it. What is
only advised is held against the grid. Predicted intervals are held against fresh processes.
The cache of the sampler is a folder of this run's own, empty at first, as on a machine that
nobody knows. Configurations that are far off in the first round are not repeated.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
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

#: executor, workers, chunk size
Config = tuple[str, int, int]
PEERS = ("pool", "executor", "joblib", "mpire")

#: A configuration this many times slower than the best after the first round is
#: not run again: no later round makes up for it.
_HOPELESS = 1.6

#: Seconds that all rounds of one workload may take; but three are run.
_ROUNDS_SECONDS = 4.0

#: Time limit of one call of a peer: this many times serial, and this at the least, seconds.
_LIMIT_FACTOR, _LIMIT_SECONDS = 20, 4

#: Calls of a peer, and of one that takes longer than the second, seconds, only one.
_PEER_CALLS, _LONG_SECONDS = 2, 1.0

#: Calls of the whole job, and of serial beside them, in turns: so many at the least, and on as long as they took less
#: than the third together, seconds. The smallest of five wanders by a fifth where a job takes some milliseconds.
_WHOLE_CALLS, _MOST_WHOLE_CALLS, _CALLS_SECONDS = 5, 20, 8.0

#: What the sampler may take beside the job, seconds.
_FREE_SECONDS = 1e-3


def run_config(workload: Workload, config: Config) -> float:
    """Wall time of a configuration, workers' start and end included; infinity if it fails."""
    executor, n_workers, chunksize = config
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
                lists = pool.run(func, batches(data, chunksize), window=sys.maxsize)
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
    serial = times["serial", 1, 1]
    limit = max(_LIMIT_SECONDS, _LIMIT_FACTOR * serial)
    best_config = min(times, key=lambda config: times[config])
    words = {"best": best_config, "plan": chosen.get("ours", best_config)}
    calls = {way: [] for way in ("ours-whole", "serial", *words, *PEERS)}
    began = time.perf_counter()
    for number in range(2 if quick else _MOST_WHOLE_CALLS):
        if number >= _WHOLE_CALLS and time.perf_counter() - began > _CALLS_SECONDS:
            break
        for way, answers in calls.items():
            is_peer = way in PEERS
            if is_peer and (number >= _PEER_CALLS or any(seconds > _LONG_SECONDS for seconds in answers)):
                continue
            known = words.get(way)
            answer = in_fresh_process("plan" if known else way, workload, limit, *(known or ()))
            answers.append(math.inf if answer is None else answer["seconds"])
    return {
        "workload": workload.name,
        "n_items": workload.n_items,
        "times": [[*config, seconds] for config, seconds in sorted(times.items(), key=lambda each: each[1])],
        "ours": advice,
        "amorsize": rival,
        "ours_seconds": times.get(chosen.get("ours", ("", 0, 0)), math.inf),
        "amorsize_seconds": times.get(chosen.get("amorsize", ("", 0, 0)), math.inf),
        "whole_seconds": min(calls["ours-whole"]),
        "fresh_serial_seconds": min(calls["serial"]),
        "fresh_best_seconds": min(*calls["serial"], *calls["best"]),
        "serial_seconds": serial,
        "best_seconds": min(times.values()),
        "in_interval": _in_interval(advice, calls),
        "peers": {peer: min(calls[peer]) for peer in PEERS},
    }


def _in_interval(advice: dict[str, Any] | None, calls: dict[str, list[float]]) -> tuple[int, int]:
    """Of the runs of serial and of the plan: how many lay where they were predicted, and how many there were."""
    if advice is None:
        return 0, 0
    n_right = n_runs = 0
    for way, executor in (("serial", "serial"), ("plan", advice["executor"])):
        low, high = advice["predicted_intervals"][executor]
        n_right += sum(low <= seconds <= high for seconds in calls[way])
        n_runs += len(calls[way])
    return n_right, n_runs


def _config(found: dict[str, Any]) -> Config:
    return found["executor"], found["n_jobs"], found["chunksize"]


def _short(config: Iterable[Any]) -> str:
    executor, n_workers, chunksize = config
    return "serial" if executor == "serial" else f"{executor[0]}{n_workers}:{chunksize}"


def whole_regret(row: dict[str, Any]) -> float:
    """The whole job over the best plan, both in fresh processes."""
    return row["whole_seconds"] / row["fresh_best_seconds"]


def over_serial(row: dict[str, Any]) -> float:
    """The whole job over plain serial, both in fresh processes, a millisecond taken off."""
    return max(0.0, row["whole_seconds"] - _FREE_SECONDS) / row["fresh_serial_seconds"]


def advice_share(row: dict[str, Any]) -> float:
    """What advice took beside the calls that it made, over plain serial; 0 up to a millisecond."""
    beside = row["ours"]["advice_seconds"] - row["ours"]["sample_seconds"]
    return 0.0 if beside <= _FREE_SECONDS else beside / row["serial_seconds"]


HEAD = "workload|best|best ms|serial|whole job|over serial|advice|regret|beside, ms|share|in interval|Amorsize's rule"


def print_row(row: dict[str, Any]) -> None:
    """One line of the table: times in milliseconds, everything else over the best time of its kind."""
    best = row["best_seconds"]
    ours = row["ours"]
    cells = [
        row["workload"],
        _short(row["times"][0][:3]),
        f"{best * 1e3:.1f}",
        f"{row['fresh_serial_seconds'] / row['fresh_best_seconds']:.2f}",
        f"{whole_regret(row):.2f}",
        f"{over_serial(row):.2f}",
        _short(_config(ours)) if ours else "failed",
        f"{row['ours_seconds'] / best:.2f}",
        f"{(ours['advice_seconds'] - ours['sample_seconds']) * 1e3:.1f}" if ours else "",
        f"{advice_share(row):.0%}" if ours else "",
        "{} of {}".format(*row["in_interval"]),
        f"{row['amorsize_seconds'] / best:.2f}",
        *(f"{row['peers'][peer] / row['fresh_best_seconds']:.2f}" for peer in PEERS),
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


def print_summary(rows: list[dict[str, Any]]) -> None:
    """The whole job first; geometric mean, median, maximum and shares of the regrets of every method."""
    methods = {
        "the sampler, whole job": [whole_regret(row) for row in rows],
        "always serial": [row["fresh_serial_seconds"] / row["fresh_best_seconds"] for row in rows],
        "the sampler's advice alone": [row["ours_seconds"] / row["best_seconds"] for row in rows],
        "Amorsize's rule, advice alone": [row["amorsize_seconds"] / row["best_seconds"] for row in rows],
        **{peer: [row["peers"][peer] / row["fresh_best_seconds"] for row in rows] for peer in PEERS},
    }
    print("\n| method | failed | geometric mean | median | worst | <= 1.10 | <= 1.25 |\n|---|---|---|---|---|---|---|")
    for name, regrets in methods.items():
        finite = [regret for regret in regrets if math.isfinite(regret)]
        if not finite:
            continue
        mean = math.exp(statistics.fmean(map(math.log, finite)))
        shares = [sum(regret <= bound for regret in regrets) for bound in (1.10, 1.25)]
        print(
            f"| {name} | {len(regrets) - len(finite)} | {mean:.2f} | {statistics.median(finite):.2f} | "
            f"{max(finite):.2f} | {shares[0]}/{len(rows)} | {shares[1]}/{len(rows)} |"
        )
    worst = max(rows, key=over_serial)
    print(f"\nwhole job over plain serial, 1 ms taken off: worst {over_serial(worst):.2f} ({worst['workload']})")
    advised = [row for row in rows if row["ours"]]
    if advised:
        dear = max(advised, key=advice_share)
        print(f"advice beside its own calls, share of serial: worst {advice_share(dear):.0%} ({dear['workload']})")
    n_right, n_runs = (sum(row["in_interval"][place] for row in rows) for place in (0, 1))
    if n_runs:
        print(f"runs in the predicted interval: {n_right} of {n_runs}, {n_right / n_runs:.0%}")
    for group, names in (("in sample", IN_SAMPLE), ("held out", HELD_OUT), ("unseen", UNSEEN)):
        some = [row for row in rows if row["workload"] in {each.name for each in names}]
        if some:
            mean = math.exp(statistics.fmean(math.log(whole_regret(row)) for row in some))
            print(f"{group}: {len(some)} workloads, whole job {mean:.2f}")


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
    head = [*HEAD.split("|"), *PEERS]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
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
    print_summary(rows)


if __name__ == "__main__":
    main()
