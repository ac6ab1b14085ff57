"""Codes as text: what a page's script reads is what was written, and no longer than it has to be."""

from collections import Counter
from math import log

import numpy as np
import pytest
from page_jobs import codes_of, numbers_of

from equipment_optimizer.output.pages._code_text import ALPHABET, coded, numbers


@pytest.mark.parametrize("n_codes", [0, 1, 2, 7, 1000])
@pytest.mark.parametrize("n_values", [1, 2, 3, 9, 50, len(ALPHABET), len(ALPHABET) + 1, 500, 10**6, 10**9])
def test_codes_that_come_equally_often_are_given_back(n_values, n_codes):
    codes = np.random.default_rng(n_values).integers(0, n_values, n_codes).tolist()
    told = coded(codes, n_values)
    assert codes_of(told, n_codes) == codes
    assert len(told["codes"]) <= 1.01 * n_codes * log(n_values, len(ALPHABET)) + 6


@pytest.mark.parametrize("rare", [0.5, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("n_values", [2, 5, 40])
def test_codes_that_come_seldom_take_the_room(n_values, rare):
    random = np.random.default_rng(1)
    codes = (random.integers(1, n_values, 3000) * (random.random(3000) < rare)).tolist()
    told = coded(codes, n_values)
    assert codes_of(told, 3000) == codes
    entropy = sum(count * log(3000 / count, len(ALPHABET)) for count in Counter(codes).values())
    assert len(told["codes"]) <= max(1.01 * entropy, entropy + 6) or "size" in told


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], list),
        ([5, 6], list),
        ([0] * 9, dict),
        ([-3, 7] * 50, dict),
        ([2**60, 1] * 50, dict),
        ([10**11 + k for k in range(30)], dict),
        ([10**13 + k for k in range(30)], list),
        ([2**60 + k for k in range(30)], list),
        ([-k for k in range(30)], list),
    ],
)
def test_numbers_are_given_back_in_whichever_form_is_shortest(values, kind):
    told = numbers(values)
    assert isinstance(told, kind)
    assert numbers_of(told, len(values)) == values
