"""Frames through pipes of every kind."""

from __future__ import annotations

import functools
import os
import pickle

import numpy as np
import pytest

from equipment_optimizer.workers.channel import (
    FrameReader,
    FrameWriter,
    decode,
    encode,
    receive_frame,
    send_frame,
    with_gaps,
)
from equipment_optimizer.workers.pool import WorkerPool


def test_frames_are_read_and_written_a_few_bytes_at_a_time():
    import multiprocessing

    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        os.set_blocking(receiver.fileno(), False)
        os.set_blocking(sender.fileno(), False)
        reader, writer = FrameReader(receiver), FrameWriter(sender)
        content = [bytes([number]) * 100_000 for number in range(20)]
        for number, data in enumerate(content):
            writer.put(encode(1, number, bytearray(data)))
        got = []
        assert reader.read() is None
        while len(got) < len(content):
            writer.flush()
            if (frame := reader.read()) is not None:
                got.append(frame.number)
        assert writer.is_empty
        assert got == list(range(20))


def test_frames_cross_pipes_that_keep_the_boundaries_of_messages(monkeypatch):
    import multiprocessing

    from equipment_optimizer.workers import channel

    monkeypatch.setattr(channel, "_POSIX", False)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        send_frame(sender, encode(1, 2, np.arange(5000)))
        frame = receive_frame(receiver)
    assert (frame.kind, frame.number, len(frame.buffers)) == (1, 2, 1)
    assert np.array_equal(decode(frame), np.arange(5000))


@pytest.mark.parametrize(
    "content", [object(), [1, {"none": object()}], functools.partial(max, object()), [np.arange(9000), object()]]
)
def test_a_plain_object_does_not_travel_for_it_would_be_another_one(content):
    with pytest.raises(TypeError, match="another one in another process"):
        encode(1, 2, content)


def test_what_only_looks_like_a_plain_object_travels():
    class_and_text = [object, "object", b"object", pickle.dumps(object(), 5), np.arange(9000)]
    back = decode(encode(1, 2, class_and_text))
    assert back[:4] == class_and_text[:4]
    assert np.array_equal(back[4], class_and_text[4])


MATRIX = np.random.default_rng(3).random((400, 60))
CUBE = np.random.default_rng(4).random((20, 30, 40))
VIEWS = {
    "a column": MATRIX[:, 7],
    "a block": MATRIX[5:300, 3:40],
    "a turned block": MATRIX[5:300, 3:40].T,
    "every other one": MATRIX[3, ::2],
    "backwards": MATRIX[::-1, 7],
    "a middle axis": CUBE[:, 4, :],
    "a last axis": CUBE[:, :, 4],
    "axes in turn": CUBE.transpose(2, 0, 1)[3:],
    "steps of all axes": CUBE[::2, ::-1, ::3],
    "one axis of one": MATRIX[:, 7:8],
    "many times the same": np.broadcast_to(MATRIX[:, 7:8], (400, 3)),
    "all alike": np.broadcast_to(MATRIX[3], (4, 60)),
    "a field": np.zeros(50, dtype=[("a", "i4"), ("b", "f8")])["b"],
    "half as wide": MATRIX.astype(np.float32)[:, 7],
}


def laid_out(array):
    """What decides how a library goes through an array: the order of its axes, and which follow without a gap."""
    axes = sorted(range(array.ndim), key=lambda axis: abs(array.strides[axis]))
    sizes = [
        (array.strides[axis] and array.strides[axis] // abs(array.strides[axis]), array.shape[axis]) for axis in axes
    ]
    without_gap, extent = [], array.itemsize
    for axis in axes:
        without_gap.append(abs(array.strides[axis]) == extent)
        extent = abs(array.strides[axis]) * array.shape[axis] or extent
    return axes, sizes, without_gap


@pytest.mark.parametrize("name", VIEWS)
def test_an_array_with_gaps_arrives_with_gaps(name):
    array = VIEWS[name]
    arrived, (same, number) = decode(encode(1, 1, with_gaps([array, (array, 5)])))
    assert np.array_equal(arrived, array)
    assert arrived.dtype == array.dtype
    assert laid_out(arrived) == laid_out(array)
    assert (same is arrived, number) == (True, 5)
    assert arrived.base.nbytes <= 3 * array.nbytes
    assert np.array_equal(np.tensordot(arrived, arrived, arrived.ndim), np.tensordot(array, array, array.ndim))
    assert np.array_equal(arrived.T @ arrived if array.ndim < 3 else 0, array.T @ array if array.ndim < 3 else 0)


def test_what_has_no_gaps_or_cannot_have_smaller_ones_travels_as_it_is():
    window = np.lib.stride_tricks.sliding_window_view(MATRIX[:, 7], 5)
    values = [
        MATRIX,
        MATRIX.T,
        MATRIX[:0],
        np.array(["a", None], dtype=object)[::-1],
        window,
        3,
        (MATRIX, [MATRIX[:, 7]]),
    ]
    assert all(ready is value for ready, value in zip(with_gaps(values)[:-1], values[:-1], strict=True))
    (ready, listed) = with_gaps(values)[-1]
    assert (ready is MATRIX, listed is values[-1][1]) == (True, True)
    without = (3, "a")
    assert with_gaps([MATRIX[:, 7], without])[1] is without
    plain = [1, "a", None]
    assert with_gaps(plain) is plain


def test_workers_compute_with_columns_what_is_computed_here():
    columns = [MATRIX[:, number] for number in range(60)]
    with WorkerPool(1) as pool:
        products = [value for values in pool.run(product_with_itself, [columns]) for value in values]
    assert products == [product_with_itself(column) for column in columns]


def product_with_itself(column):
    return float(column @ column)
