"""A limit of the address space is looked at, and NumPy fitted below it or the run refused; without one nothing is done.

Runs below real limits: tests/faults/test_memory_faults.py.
"""

import os
import sys

import numpy  # noqa: F401
import pytest

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.system import address_space

MIB = 1 << 20

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the address space is limited on Linux")


def test_without_a_limit_nothing_is_tried_out(monkeypatch):
    monkeypatch.setattr(address_space, "_numpy_loads", lambda: pytest.fail("looked"))
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: None)
    address_space.fit_address_space()
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: 1 << 40)
    address_space.fit_address_space()


@on_linux
def test_a_low_limit_means_one_thread_for_linear_algebra(monkeypatch):
    for name in address_space._THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: 200 * MIB)
    address_space.fit_address_space()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"
    monkeypatch.setattr(address_space, "_numpy_loads", lambda: False)
    with pytest.raises(MemoryBudgetError, match=r"limited to 200\.0 MiB"):
        address_space.fit_address_space()


def test_linear_algebra_that_is_not_loaded_yet_starts_no_threads_of_its_own(monkeypatch):
    for name in address_space._THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")
        monkeypatch.delenv(name)
    address_space.use_one_thread()
    assert "OPENBLAS_NUM_THREADS" not in os.environ  # too late: this process has NumPy
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delitem(sys.modules, "numpy")
    address_space.use_one_thread()
    assert [os.environ[name] for name in address_space._THREAD_VARIABLES] == ["1", "1", "3"]


def test_numpy_that_does_not_load_after_all_is_refused_too(monkeypatch):
    for name in address_space._THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: 200 * MIB)
    monkeypatch.setattr(address_space, "_numpy_loads", lambda: True)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MemoryBudgetError, match="too little to load NumPy"):
        address_space.fit_address_space()


@pytest.mark.parametrize(("limit", "tight"), [(None, False), (768 * MIB, False), (768 * MIB - 1, True)])
def test_a_limit_is_tight_below_what_is_ample(monkeypatch, limit, tight):
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: limit)
    assert address_space.is_tight() is tight


def test_a_system_without_limits_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert address_space._limit_bytes() is None


@on_linux
def test_the_limit_is_the_systems(monkeypatch):
    resource = pytest.importorskip("resource")
    for soft, limit in ((resource.RLIM_INFINITY, None), (123, 123)):
        monkeypatch.setattr(resource, "getrlimit", lambda which, soft=soft: (soft, resource.RLIM_INFINITY))
        assert address_space._limit_bytes() == limit
