"""What is loaded quickly pickles as `pickle` does."""

from __future__ import annotations

import builtins
import importlib
import io
import pickle
from fractions import Fraction

import pytest

from equipment_optimizer.system import quick_pickle

THINGS = [None, "ö", [1, 2.5, {"a": (b"x",)}], Fraction(1, 3), ValueError("no"), range(3)]


@pytest.mark.parametrize("thing", THINGS, ids=repr)
def test_what_is_pickled_is_the_same(thing: object) -> None:
    # How other libraries have exceptions pickled gives them a state the first time, where they are loaded.
    pickle.dumps(thing)
    assert quick_pickle.dumps(thing, 5) == pickle.dumps(thing, 5)
    sink = io.BytesIO()
    quick_pickle.Pickler(sink, 5).dump(thing)
    assert sink.getvalue() == pickle.dumps(thing, 5)
    assert repr(quick_pickle.loads(pickle.dumps(thing))) == repr(thing)


def test_buffers_go_out_of_band() -> None:
    buffers: list[quick_pickle.PickleBuffer] = []
    body = quick_pickle.dumps(quick_pickle.PickleBuffer(bytearray(b"abc")), 5, buffer_callback=buffers.append)
    assert bytes(quick_pickle.loads(body, buffers=buffers)) == b"abc"


def test_an_interpreter_without_the_part_in_c_has_that_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "_pickle":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert importlib.reload(quick_pickle).dumps is pickle.dumps
    monkeypatch.undo()
    importlib.reload(quick_pickle)
