"""Progress: words that are right at any size, drawn on a terminal and nowhere else."""

import io
import subprocess
import sys

import pytest

from equipment_optimizer.output import terminal
from equipment_optimizer.output.terminal import Notices, describe, is_terminal, progress_display
from equipment_optimizer.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("progress", "seconds", "words"),
    [
        (Progress("s", 0, 200), 0.0, "0 of 200 combinations"),
        (Progress("s", 0, None), 1.0, "0 combinations"),
        (Progress("s", 50, 200), 2.0, "50 of 200 combinations, 25/s, 6.00 s left"),
        (Progress("s", 200, 200, "rows"), 2.0, "200 of 200 rows, 100/s"),
        (Progress("s", 1_000_000, None, "nodes", "gap 0.5"), 0.5, "1,000,000 nodes, 2,000,000/s, gap 0.5"),
        (Progress("s", 0, 0, "rows"), 1.0, "0 of 0 rows"),
        (Progress("s", 7, None, "seconds"), 7.0, "7 seconds"),
        (
            Progress("s", 10**400, 4 * 10**400),
            10.0,
            "1.000e400 of 4.000e400 combinations, 1.000e399/s, 30.00 s left",
        ),
    ],
)
def test_counts_rate_and_time_left_in_words(progress, seconds, words):
    assert describe(progress, seconds) == words


def test_only_a_terminal_is_a_terminal():
    closed = io.StringIO()
    closed.close()
    assert [is_terminal(stream) for stream in (None, io.StringIO(), closed, Terminal())] == [False, False, False, True]


def test_nothing_is_drawn_without_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_display() as on_progress:
        assert on_progress is None


def test_nothing_is_drawn_where_nobody_wants_it(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_display(wanted=False) as on_progress:
        assert on_progress is None


def test_the_three_stages_appear_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_display() as on_progress:
        assert on_progress is not None
        for stage in ("creating", "scoring and filtering", "exporting"):
            on_progress(Progress(stage, 0, 2**70))
            on_progress(Progress(stage, 2**69, 2**70))
            on_progress(Progress(stage, 2**70, 2**70))
        on_progress(Progress("[odd] stage", 5, None, "[bold]rows"))
    text = screen.getvalue()
    for words in ("creating", "scoring and filtering", "exporting", "1.181e21 of 1.181e21 combinations"):
        assert words in text
    assert "5 [bold]rows" in text
    assert text.endswith("\x1b[?25h")  # the cursor is back


def test_drawing_is_limited_to_ten_times_a_second(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    drawn = []
    with progress_display() as on_progress:
        assert on_progress is not None
        monkeypatch.setattr(terminal._Display, "close", lambda self: self._bars.stop())
        bars = on_progress.__self__._bars
        monkeypatch.setattr(bars, "refresh", lambda: drawn.append(1))
        clock = iter([10.0, 10.01, 10.02, 10.11, 10.12, 10.13])
        monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
        for done in (0, 1, 2, 3, 4, 5):
            on_progress(Progress("s", done, 100))
        monkeypatch.undo()
    assert len(drawn) == 1 + 2  # rich itself draws a new line once


def test_rich_is_imported_only_for_a_terminal():
    code = (
        "import sys\nfrom equipment_optimizer.output.terminal import progress_display\n"
        "with progress_display() as on_progress: pass\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, timeout=300)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_is_told_is_said_and_kept_and_what_is_mentioned_is_said(capsys):
    notices = Notices(are_wanted=True)
    notices.tell("the file is old")
    notices.mention("going on")
    assert notices.sentences == ["the file is old"]
    assert capsys.readouterr().err == "notice: the file is old\nnotice: going on\n"


def test_in_a_quiet_run_notices_are_only_kept(capsys):
    notices = Notices(are_wanted=False)
    notices.tell("the file is old")
    notices.mention("going on")
    assert notices.sentences == ["the file is old"]
    assert capsys.readouterr().err == ""
