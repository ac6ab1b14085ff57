"""Products in parts are the products."""

import numpy as np
import pytest

from equipment_optimizer.search.filling.branching import _products
from equipment_optimizer.search.filling.branching._products import product

SHAPES = [(1, 1, None), (200, 3, 5), (200, 3, None), (0, 4, 2), (7, 0, 3)]


@pytest.mark.parametrize(("n_rows", "n_inner", "n_columns"), SHAPES)
@pytest.mark.parametrize("limit", [1, 10, 2**18])
def test_products_in_parts_are_exact(monkeypatch, n_rows, n_inner, n_columns, limit):
    monkeypatch.setattr(_products, "_MATRIX", limit)
    monkeypatch.setattr(_products, "_VECTOR", limit)
    dice = np.random.default_rng(n_rows)
    left = dice.integers(-99, 99, (n_rows, n_inner)).astype(float)
    right = dice.integers(-99, 99, (n_inner,) if n_columns is None else (n_inner, n_columns)).astype(float)
    assert product(left, right).tolist() == (left @ right).tolist()
