"""Records as named tuples are, without what those cost."""

from __future__ import annotations

import pickle

import pytest

from equipment_optimizer.system.quick_named_tuples import LightRecord


class Point(LightRecord):
    x: int
    y: int = 2

    @property
    def total(self):
        return self.x + self.y


def test_it_is_made_read_and_taken_apart_like_a_named_tuple():
    assert (Point(1), Point(x=1), Point(1, y=2)) == ((1, 2),) * 3
    x, y = point = Point(3)
    assert (x, y, point.x, point.y, point.total) == (3, 2, 3, 2, 5)
    assert point._fields == ("x", "y")
    assert repr(point) == "Point(x=3, y=2)"
    assert point._asdict() == {"x": 3, "y": 2}
    assert point._replace(y=5) == Point(3, 5)
    assert isinstance(point._replace(y=5), Point)


def test_it_travels():
    copy = pickle.loads(pickle.dumps(Point(7)))
    assert (type(copy), copy) == (Point, (7, 2))


@pytest.mark.parametrize("values", [(), (1, 2, 3)])
def test_fields_are_neither_missing_nor_too_many(values):
    with pytest.raises(TypeError, match="Point"):
        Point(*values)
    with pytest.raises(TypeError, match="Point has the fields x, y"):
        Point(1, z=3)


def test_it_does_not_change():
    with pytest.raises(AttributeError):
        Point(1).x = 2
