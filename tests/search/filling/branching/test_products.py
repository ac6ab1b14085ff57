"""Products in parts are the products."""

import numpy as np
import pytest

from equipment_optimizer.search.filling.branching import _products
from equipment_optimizer.search.filling.branching._products import product


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9])
@pytest.mark.parametrize("shape", [(3, 4), (3,)])
def test_parts_are_put_together_in_order(rows, shape, monkeypatch):
    monkeypatch.setattr(_products, "_MATRIX", 48)
    monkeypatch.setattr(_products, "_VECTOR", 12)
    left, right = np.arange(rows * 3.0).reshape(rows, 3), np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    assert product(left, right).tolist() == (left @ right).tolist()
