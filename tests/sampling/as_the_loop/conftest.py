"""What tests of maps that give what a loop gives have in common."""

from __future__ import annotations

import functools

import pytest
from costs import Takes, stand_in_clock
from process_checks import children

from equipment_optimizer.sampling import _serial_first as serial_first
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.workers import kept_pool


@pytest.fixture
def shared(monkeypatch, two_cores):
    """What makes a function one that is shared with workers from its second call on."""
    clock = stand_in_clock(monkeypatch, serial_first, pickle_cost)
    before = children()
    yield functools.partial(Takes, clock)
    kept_pool.close_waiting()
    assert children() <= before
