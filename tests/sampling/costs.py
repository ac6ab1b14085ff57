"""Costs of an ordinary job and of an ordinary machine with two cores."""

from __future__ import annotations

from equipment_optimizer.sampling._cost_model import JobCosts, MachineCosts

MS, US, MB = 1e-3, 1e-6, 1 << 20


def machine(**changes) -> MachineCosts:
    values = {
        "n_cores": 2,
        "free_cores": 2.0,
        "start_seconds": 3 * MS,
        "start_seconds_each": 2 * MS,
        "message_seconds": 60 * US,
        "in_seconds_per_byte": 2e-9,
        "out_seconds_per_byte": 2e-9,
        "worker_bytes": 16 * MB,
        "available_bytes": 8 << 30,
        **changes,
    }
    return MachineCosts(**values)


def job(n_items=1000, mean_seconds=1 * MS, **changes) -> JobCosts:
    values = {"max_seconds": mean_seconds, **changes}
    return JobCosts(n_items=n_items, mean_seconds=mean_seconds, **values)
