"""What machine the sampler's tests run on."""

from __future__ import annotations

import pytest

from equipment_optimizer.sampling import advice
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system import machine


@pytest.fixture
def fresh_calibration():
    """Nobody has measured anything: what a busy machine took for the workers of other tests is nothing to these."""
    calibration.forget_calibration()
    yield
    calibration.forget_calibration()


@pytest.fixture
def two_cores(monkeypatch, fresh_calibration):
    """Two cores about which nobody has measured anything."""
    for module in (calibration, machine):
        monkeypatch.setattr(module, "available_cores", lambda: 2)


@pytest.fixture
def two_free_cores(monkeypatch, two_cores):
    """A machine of two idle cores, whatever this one is and does."""
    monkeypatch.setattr(advice, "_free_cores", lambda *_: None)
