"""Frames through pipes of every kind."""

from __future__ import annotations

import functools
import os
import pickle

import numpy as np
import pytest

from equipment_optimizer.workers.channel import FrameReader, FrameWriter, decode, encode, receive_frame, send_frame


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
