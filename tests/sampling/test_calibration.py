"""Costs of the machine: measured once, kept by start method."""

from __future__ import annotations

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling import _calibration as calibration
from equipment_optimizer.sampling import advice as advice_module
from equipment_optimizer.sampling import optimize


@pytest.fixture(autouse=True)
def fresh_calibration():
    calibration.forget_calibration()
    yield
    calibration.forget_calibration()


@pytest.fixture
def two_free_cores(monkeypatch):
    """A machine of two idle cores, whatever this one is and does."""
    monkeypatch.setattr(calibration, "available_cores", lambda: 2)
    monkeypatch.setattr(advice_module, "_free_cores", lambda *_: None)


def test_constants_of_the_machine_are_measured_once(monkeypatch, two_free_cores):
    optimize(tasks.spin_1ms, range(500))
    monkeypatch.setattr(advice_module, "calibrate", None)
    assert optimize(tasks.spin_1ms, range(500)).executor == "process"


def test_constants_are_kept_by_start_method(two_free_cores):
    costs, pool = calibration.calibrate(1, bandwidth=True)
    pool.close()
    assert costs.in_seconds_per_byte > 0
    assert costs.out_seconds_per_byte > 0
    method = calibration.start_method()
    assert calibration.known_costs(method, bandwidth=True) is not None
    assert calibration.known_costs("another", bandwidth=False) is None
    # Measuring again without the bandwidth keeps the one known.
    again, pool = calibration.calibrate(1, bandwidth=False)
    pool.close()
    assert again.in_seconds_per_byte == costs.in_seconds_per_byte
