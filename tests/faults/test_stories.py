"""Some stories of a world that goes wrong, and that what is lost or false in one would be found."""

from __future__ import annotations

import dataclasses
import signal

import pytest
import stories
from stories import KINDS, Disturbance, Story

COMPLETE = b"Head,Skill,Score\nCap,2,9\nHood,,8\n"
STOPPED = b"Head,Skill,Proved,Score\nCap,2,yes,9\n"
KIND = dataclasses.replace(KINDS[0], expected={"out.csv": COMPLETE})


def test_the_same_seed_is_the_same_story() -> None:
    drawn = [stories.draw(seed) for seed in range(200)]
    assert drawn == [stories.draw(seed) for seed in range(200)]
    assert {story.kind.name for story in drawn} == {kind.name for kind in KINDS}
    assert len({each.name for story in drawn for each in story.disturbances}) == 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name in ("checkpoint", "batch, two workers")])
def test_nothing_is_lost_in_a_story(kind: stories.Kind) -> None:
    story = Story(
        seed=1,
        kind=kind,
        has_old=True,
        disturbances=(
            Disturbance("kill point", {"seed": 1, "eager": True, "signals": [signal.SIGKILL], "signals_at": 9}),
            Disturbance("full disk", {"seed": 2, "eager": True, "room": 700}),
            Disturbance("short writes", {"seed": 3, "eager": True, "short_writes": 0.5, "clock": 1e6}),
        ),
    )
    ends, wrong = stories.play(story)
    assert not wrong
    assert [end for _, end in ends] == ["killed", "failed", "done"]


@pytest.mark.parametrize(
    ("old", "new", "code", "sentence"),
    [
        (COMPLETE, STOPPED, 5, "out.csv was complete and is not"),
        (COMPLETE, None, 1, "out.csv was complete and is not"),
        (None, COMPLETE[:20], 1, "out.csv: torn"),
        (None, STOPPED.replace(b"9", b"8"), 5, "out.csv: rows are called proved that do not belong there"),
        (None, STOPPED + 2 * b"Hood,,no,8\n", 5, "out.csv: more rows than there are"),
        (None, STOPPED, 0, "exit code 0 without the lists"),
    ],
)
def test_what_is_lost_or_false_is_found(old: bytes | None, new: bytes | None, code: int, sentence: str) -> None:
    before, after = ({} if data is None else {"out.csv": data} for data in (old, new))
    assert sentence in stories._wrong_lists(KIND, before, after, code)


def test_what_may_be_is_not_called_wrong() -> None:
    assert not stories._wrong_lists(KIND, {}, {"out.csv": STOPPED}, 5)
    assert not stories._wrong_lists(KIND, {"out.csv": COMPLETE}, {"out.csv": COMPLETE, "out.partial.csv": STOPPED}, 5)
    assert not stories._wrong_end(5, "notice: stopped early")


@pytest.mark.parametrize(
    ("code", "error", "n_wrong"),
    [
        (None, "", 1),
        (1, "", 1),
        (3, "x", 1),
        (1, 'Traceback File "cli.py", line 9, in main\nKeyboardInterrupt', 1),
        (0, "", 0),
    ],
)
def test_ends_that_nothing_documents(code: int | None, error: str, n_wrong: int) -> None:
    assert len(stories._wrong_end(code, error)) == n_wrong
