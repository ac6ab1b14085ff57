"""What keeps a job out of other processes."""

from __future__ import annotations

import sys

import pytest

from equipment_optimizer.workers import obstacles as job_module


class Piece:
    """An item whose class a fresh main module does not have."""


@pytest.mark.parametrize(
    ("spec", "file", "expected"),
    [
        (object(), None, True),
        (None, __file__, True),
        (None, "/no/such/script.py", False),
        (None, "<stdin>", False),
        (None, None, False),
    ],
)
def test_what_makes_a_main_importable(monkeypatch, spec, file, expected):
    main = type(sys)("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert job_module.main_is_importable() is expected


def test_items_of_a_class_of_main_stay_where_it_is(monkeypatch):
    main = type(sys)("__main__")
    main.Piece = Piece
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(Piece, "__module__", "__main__")
    assert job_module.main_items_blocker(abs, [Piece()], "fork") is None
    assert job_module.main_items_blocker(abs, [1], "spawn") is None
    reason = "new processes cannot import the class of items from __main__"
    assert job_module.main_items_blocker(abs, [1, Piece()], "spawn") == reason
