"""What the sampler's benchmark says of its measurements: a line for each workload, and what all of them come to.

In: rows as `measure` of `sampler_regret` makes them, with the seconds of every way by round. Out: two tables and a
few lines on standard output.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sampler_workloads import Workload

__all__ = ["PEERS", "over_serial", "print_head", "print_row", "print_summary", "regret", "smallest_regret"]

PEERS = ("pool", "executor", "joblib", "mpire")

#: What the sampler may take beside the job, seconds.
_FREE_SECONDS = 1e-3

_HEAD = (
    "workload|best|best ms|serial|whole job|over serial|serial again|best again|advice|regret|beside, ms|share|"
    "in interval|Amorsize's rule"
)

_METHODS = {
    "the sampler, whole job": "whole",
    "always serial": "serial",
    "the sampler's advice alone": "advised",
    "Amorsize's rule, advice alone": "rule",
    **{peer: peer for peer in PEERS},
}


def best_way(row: dict[str, Any]) -> str:
    """The best plan: serial, the grid's best or one that was advised, whichever took least in the median."""
    return min(row["plans"], key=lambda way: statistics.median(row["calls"][way]))


def _median_ratio(row: dict[str, Any], way: str, base: str, *, less: float = 0.0) -> float:
    """Median over the rounds of one way's seconds, so many taken off, over another's; infinity for what failed."""
    calls = row["calls"]
    pairs = zip(calls.get(way, ()), calls[base], strict=False)
    return statistics.median([max(0.0, seconds - less) / others for seconds, others in pairs] or [math.inf])


def regret(row: dict[str, Any], way: str) -> float:
    """One way over the best plan, in fresh processes, round by round."""
    return _median_ratio(row, way, best_way(row))


def smallest_regret(row: dict[str, Any], way: str) -> float:
    """The same of the smallest times of all rounds."""
    calls = row["calls"]
    return min(calls.get(way, (math.inf,))) / min(min(calls[plan]) for plan in row["plans"])


def over_serial(row: dict[str, Any]) -> float:
    """The whole job over plain serial, a millisecond taken off."""
    return _median_ratio(row, "whole", "serial", less=_FREE_SECONDS)


def beside_seconds(row: dict[str, Any]) -> float:
    """What advice took beside the calls that it made, in the median."""
    return statistics.median(row["beside"])


def advice_share(row: dict[str, Any]) -> float:
    """The same over plain serial; 0 up to a millisecond."""
    seconds = beside_seconds(row)
    return 0.0 if seconds <= _FREE_SECONDS else seconds / statistics.median(row["calls"]["serial"])


def _short(config: Sequence[Any]) -> str:
    executor, n_workers, chunksize, *native = config
    limit = f"/{native[0]}" if native else ""
    return "serial" if executor == "serial" else f"{executor[0]}{n_workers}:{chunksize}{limit}"


def print_head() -> None:
    head = [*_HEAD.split("|"), *PEERS]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")


def print_row(row: dict[str, Any]) -> None:
    """One line of the table: times in milliseconds, everything else over another time."""
    best, is_advised = best_way(row), bool(row["ours"])
    cells = [
        row["workload"],
        _short(row["plans"][best]),
        f"{statistics.median(row['calls'][best]) * 1e3:.1f}",
        f"{regret(row, 'serial'):.2f}",
        f"{regret(row, 'whole'):.2f}",
        f"{over_serial(row):.2f}",
        *(f"{_median_ratio(row, f'{way} again', way):.2f}" for way in ("serial", "best")),
        _short(row["plans"]["advised"]) if is_advised else "failed",
        f"{regret(row, 'advised'):.2f}",
        f"{beside_seconds(row) * 1e3:.1f}" if is_advised else "",
        f"{advice_share(row):.0%}" if is_advised else "",
        "{} of {}".format(*row["in_interval"]),
        *(f"{regret(row, way):.2f}" for way in ("rule", *PEERS)),
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


def print_summary(rows: list[dict[str, Any]], groups: dict[str, Iterable[Workload]]) -> None:
    """Geometric mean, median, maximum and shares of the regrets of every method; the whole job first."""
    _print_methods(rows, regret, "round by round")
    _print_methods(rows, smallest_regret, "smallest times")
    worst = max(rows, key=over_serial)
    print(f"\nwhole job over plain serial, 1 ms taken off: worst {over_serial(worst):.2f} ({worst['workload']})")
    for way in ("serial", "best"):
        ratios = {row["workload"]: _median_ratio(row, f"{way} again", way) for row in rows}
        most, least = (choose(ratios, key=lambda name: ratios[name]) for choose in (max, min))
        print(f"the same plan twice ({way}): {ratios[least]:.2f} ({least}) to {ratios[most]:.2f} ({most})")
    if advised := [row for row in rows if row["ours"]]:
        dear = max(advised, key=advice_share)
        print(f"advice beside its own calls, share of serial: worst {advice_share(dear):.0%} ({dear['workload']})")
        longest = max(advised, key=lambda row: max(row["beside"]))
        print(f"the longest of all calls for advice: {max(longest['beside']) * 1e3:.0f} ms ({longest['workload']})")
    n_right, n_runs = (sum(row["in_interval"][place] for row in rows) for place in (0, 1))
    if n_runs:
        print(f"runs in the predicted interval: {n_right} of {n_runs}, {n_right / n_runs:.0%}")
    for group, workloads in groups.items():
        names = {each.name for each in workloads}
        if some := [row for row in rows if row["workload"] in names]:
            print(
                f"{group}: {len(some)} workloads, whole job {_geometric_mean(regret(row, 'whole') for row in some):.2f}"
            )


def _print_methods(rows: list[dict[str, Any]], measured: Callable[[dict[str, Any], str], float], how: str) -> None:
    print(f"\n| {how} | failed | geometric mean | median | worst | <= 1.10 | <= 1.25 |\n|---|---|---|---|---|---|---|")
    for name, way in _METHODS.items():
        regrets = [measured(row, way) for row in rows]
        finite = [each for each in regrets if math.isfinite(each)]
        if not finite:
            continue
        figures = (f"{of(finite):.2f}" for of in (_geometric_mean, statistics.median, max))
        shares = (f"{sum(each <= bound for each in regrets)}/{len(rows)}" for bound in (1.10, 1.25))
        print("| " + " | ".join([name, str(len(regrets) - len(finite)), *figures, *shares]) + " |")


def _geometric_mean(ratios: Iterable[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))
