"""One workload, one way to run it, in a process of its own; prints JSON.

``python benchmarks/peers/sampler_peers.py WAY WORKLOAD [EXECUTOR WORKERS CHUNKSIZE [NATIVE_THREADS]]``. The making of
the data is not timed, nor are imports of other packages; those of the sampler are. The ways: the sampler's advice and
its whole job, the same of the rule that Amorsize publishes (written anew from its description), and four
maps of other packages with their default settings.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

import sampler_workloads

Func = Callable[[Any], Any]

#: Amorsize's constants: seconds a chunk should last, the least gain worth having,
#: seconds per worker and per chunk.
_CHUNK_SECONDS, _LEAST_SPEEDUP, _START_SECONDS, _PER_CHUNK_SECONDS = 0.2, 1.2, 0.009, 0.0005


def ours_advice(func: Func, data: Iterable[Any], *, is_safe: bool) -> dict[str, Any]:
    began = time.perf_counter()
    from equipment_optimizer.sampling import optimize

    advice = optimize(func, data, threads=is_safe)
    seconds = time.perf_counter() - began
    costs = ("input_cost", "result_cost")
    return {
        "advice_seconds": seconds,
        "sample_seconds": sum(advice.sampling.item_seconds) + _seconds_in_blocks(func, data, advice.sampling),
        "executor": advice.executor,
        "n_jobs": advice.n_jobs,
        "chunksize": advice.chunksize,
        "native_threads": advice.native_threads,
        "predicted_seconds": advice.predicted_seconds,
        "predicted_intervals": dict(advice.predicted_intervals),
        "reason": advice.reason,
        "job": {**advice.job._asdict(), **{name: getattr(advice.job, name)._asdict() for name in costs}},
        "machine": advice.machine._asdict(),
    }


def _seconds_in_blocks(func: Func, data: Any, sampling: Any) -> float:
    """What short calls that were made in blocks beside the sampled ones take, by making them again."""
    sampled = set(sampling.positions)
    items = [data[position] for position in sampling.sample_results if position not in sampled]
    began = time.perf_counter()
    for item in items:
        func(item)
    return time.perf_counter() - began if items else 0.0


def ours_whole(func: Func, data: Iterable[Any], *, is_safe: bool) -> dict[str, Any]:
    """The import is part of the job: whoever calls this for the first time pays for it."""
    began = time.perf_counter()
    from equipment_optimizer.sampling import map_parallel

    map_parallel(func, data, threads=is_safe)
    return {"seconds": time.perf_counter() - began}


def plan(func: Func, data: Iterable[Any], executor: str, n_workers: str, *sizes: str) -> dict[str, Any]:
    """A configuration that somebody knows already; what it needs is loaded.

    `sizes`: of a chunk, and how many threads native libraries may use in a worker where those are limited.
    """
    from equipment_optimizer.workers.ordered_results import batches, run_threads
    from equipment_optimizer.workers.pool import WorkerPool

    chunksize, native_threads = (*map(int, sizes), None)[:2]
    began = time.perf_counter()
    if executor == "serial":
        results: list[Any] = [func(item) for item in data]
    elif executor == "thread":
        results = [each for part in run_threads(func, batches(data, chunksize), int(n_workers)) for each in part]
    else:
        with WorkerPool(int(n_workers)) as pool:
            lists = pool.run(func, batches(data, chunksize), window=sys.maxsize, native_threads=native_threads)
            results = [each for part in lists for each in part]
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "n_results": len(results)}


def serial(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    began = time.perf_counter()
    for _ in [func(item) for item in data]:
        pass
    return {"seconds": time.perf_counter() - began}


def amorsize_advice(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    """The rule of Amorsize's iteration 57: head sample, timed while tracing, Amdahl's law."""
    began = time.perf_counter()
    items = data if isinstance(data, (list, tuple, range)) else list(data)
    choice = _amorsize_rule(func, items)
    return {"advice_seconds": time.perf_counter() - began, **choice}


def _amorsize_rule(func: Func, items: Any) -> dict[str, Any]:
    serial = {"executor": "serial", "n_jobs": 1, "chunksize": 1}
    sample = [items[index] for index in range(min(5, len(items)))]
    pickled = []
    try:
        pickle.dumps(func)
        for item in sample:
            began = time.perf_counter()
            pickle.dumps(item)
            pickled.append(time.perf_counter() - began)
    except (pickle.PicklingError, AttributeError, TypeError):
        return serial
    tracemalloc.start()
    seconds, results = [], []
    cpu, wall = time.process_time(), time.perf_counter()
    for item in sample:
        began = time.perf_counter()
        results.append(func(item))
        seconds.append(time.perf_counter() - began)
    cpu_share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    tracemalloc.stop()
    returned = []
    for result in results:
        began = time.perf_counter()
        try:
            pickle.dumps(result)
        except Exception:
            break
        returned.append(time.perf_counter() - began)
    mean, n_items = statistics.fmean(seconds), len(items)
    spread = statistics.stdev(seconds) / mean if len(seconds) > 1 and mean > 0 else 0.0
    if mean * n_items < 2 * _START_SECONDS:
        return serial
    inner = 4 if {"numpy", "numba"} & {*sys.modules} and not os.environ.get("OMP_NUM_THREADS") else 1
    n_jobs = max(1, (os.cpu_count() or 1) // inner)
    chunk = max(1, int(_CHUNK_SECONDS / max(mean, 1e-9)))
    if spread > 0.5:
        chunk = max(1, int(chunk * max(0.25, 1 - spread / 2)))
    chunk = min(chunk, max(1, n_items // 10))
    pickling = n_items * (statistics.fmean(pickled) + (statistics.fmean(returned) if returned else 0.0))
    parallel = n_jobs * _START_SECONDS + mean * n_items / n_jobs + pickling
    parallel += -(-n_items // chunk) * _PER_CHUNK_SECONDS
    if cpu_share < 0.5 and n_jobs > 1:
        return {"executor": "thread", "n_jobs": n_jobs, "chunksize": chunk}
    if n_jobs == 1 or mean * n_items / parallel < _LEAST_SPEEDUP:
        return serial
    return {"executor": "process", "n_jobs": n_jobs, "chunksize": chunk}


def pool_default(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    began = time.perf_counter()
    with multiprocessing.Pool() as pool:
        pool.map(func, data)
    return {"seconds": time.perf_counter() - began}


def executor_default(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    from concurrent.futures import ProcessPoolExecutor

    began = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        list(pool.map(func, data))
    return {"seconds": time.perf_counter() - began}


def joblib_auto(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    import joblib

    began = time.perf_counter()
    joblib.Parallel(n_jobs=-1)(joblib.delayed(func)(item) for item in data)
    return {"seconds": time.perf_counter() - began}


def mpire_default(func: Func, data: Iterable[Any]) -> dict[str, Any]:
    from mpire import WorkerPool

    items = data if hasattr(data, "__len__") else list(data)
    # Else it would spread tuples and arrays over several arguments or tasks.
    wrapped = [(item,) for item in items]
    began = time.perf_counter()
    with WorkerPool() as pool:
        pool.map(func, wrapped)
    return {"seconds": time.perf_counter() - began}


WAYS = {
    "ours-advice": ours_advice,
    "ours-whole": ours_whole,
    "plan": plan,
    "serial": serial,
    "amorsize-advice": amorsize_advice,
    "pool": pool_default,
    "executor": executor_default,
    "joblib": joblib_auto,
    "mpire": mpire_default,
}

if __name__ == "__main__":
    way, name, *words = sys.argv[1:]
    workload = sampler_workloads.find(name)
    options = {"is_safe": workload.is_safe} if way.startswith("ours") else {}
    print(json.dumps(WAYS[way](*workload.make(), *words, **options)))
