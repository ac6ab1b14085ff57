"""Costs of the machine: measured once, kept by start method."""

from __future__ import annotations

import sys

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


@pytest.mark.parametrize(
    ("spec", "file", "expected"),
    [(object(), None, True), (None, "/some/script.py", True), (None, "<stdin>", False), (None, None, False)],
)
def test_what_makes_a_main_importable(monkeypatch, spec, file, expected):
    main = type(sys)("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert calibration.main_is_importable() is expected
