"""What a batch says at the head of a list's page: the way to its neighbours, and that it is out of date.

It stands between two marks that nothing else on a page can hold, so that a page can be compared with what was made
whatever was said there since.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...system.atomic_file import atomic_writer

__all__ = ["Frame", "set_frame", "unframed"]

_BEGIN, _END = b"<!--frame-->", b"<!--/frame-->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands at the head of a page: file names and names of the lists before and behind, why it is old.

    `changes` is the way to the page of changes, `command` what makes the batch again; empty where there is none.
    """

    index: str
    previous: tuple[str, str] | None = None
    following: tuple[str, str] | None = None
    stale: str = ""
    changes: str = ""
    command: str = ""


def unframed(raw: bytes) -> bytes:
    """A page as it was made."""
    begin, end = raw.find(_BEGIN), raw.find(_END)
    return raw if begin < 0 or end < begin else raw[: begin + len(_BEGIN)] + raw[end:]


def set_frame(path: str, frame: Frame) -> bool:
    """Write a frame into a page, which is replaced as a whole; false where there is no page, or none of ours."""
    from ._rendering import environment

    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return False
    begin, end = raw.find(_BEGIN), raw.find(_END)
    if begin < 0 or end < begin:
        return False
    text = environment().get_template("_frame.html.j2").render(frame=frame).encode("utf-8", "backslashreplace")
    framed = raw[: begin + len(_BEGIN)] + text + raw[end:]
    if framed != raw:
        with atomic_writer(path) as writer:
            writer.write(framed)
    return True
