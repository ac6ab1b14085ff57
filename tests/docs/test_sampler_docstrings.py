"""The examples in the docstrings of what people call."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "sampling",
        "sampling.advice",
        "sampling.recommendation",
        "sampling.parallel_map",
        "sampling._kept_pool",
        "sampling.dry_run",
        "sampling.pickle_cost",
        "parallel.ordered_map",
    ],
)
def test_an_example_gives_what_it_says(module):
    result = doctest.testmod(import_module(f"equipment_optimizer.{module}"))
    assert result.failed == 0
    assert result.attempted > 0
