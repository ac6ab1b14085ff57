"""What functions of another module come upon here."""

from __future__ import annotations

import functools
from contextvars import ContextVar

import numpy as np

VAR = ContextVar("elsewhere", default="unset")
RNG = np.random.default_rng(11)


class Place:
    var = VAR


def decorated(func):
    @functools.wraps(func)
    def call(*args):
        return func(*args)

    return call


def draw_here():
    return float(RNG.random())
