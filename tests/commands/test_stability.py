"""The command stability: a row for each weight, its ends exact."""

import signal

import pytest

from equipment_optimizer.answers import stability
from equipment_optimizer.cli import main
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.system import stopping

PIECES = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level
Cap,Head,1,Swift,2
Hat,Head,4,,
Mail,Body,3,Swift,1
"""
CONFIG = (
    '{"decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},'
    ' "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}, "defence": 1, "limit": 2, "unlisted_skill_weight": 0}'
)


def test_a_row_for_each_weight(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(CONFIG)
    session = {}
    assert main(["stability", "equipment.csv", "config.json"], session) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert lines[0] == "Weight,Value,From,To,Next Below,Next Above"
    assert lines[1:3] == ["skills.Swift.weight,2,1.5,,Head: Hat instead of Cap,", "skills.Swift.penalty,0,,,,"]
    assert "defence,1,,4/3,,Head: Hat instead of Cap" in lines
    assert err.splitlines()[-1].startswith(f"{len(lines) - 1} weights, ")
    assert len(session["ranges"]) == len(lines) - 1


def test_of_a_long_list_only_what_may_come_next_is_listed(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    pieces = "\n".join(f"Cap {k},Head,{k}" for k in range(90))
    (tmp_path / "equipment.csv").write_text(f"Name,Body Part,Base Defence\n{pieces}\n")
    (tmp_path / "config.json").write_text('{"skills": {}, "defence": 1, "limit": 80}')
    session = {}
    assert main(["stability", "equipment.csv", "config.json"], session) == 0
    assert len(session["results"]) == stability.MOST_LISTED
    assert "defence,1,0,,Head: Cap 0 instead of Cap 89," in capfd.readouterr().out


class Clock:
    """Stands for `time` where time limits are kept."""

    now = 0.0

    def monotonic(self):
        return self.now


class NeverDone(BoundedSearch):
    """A search that ends when it is told to, and not before; it takes as long as its clock says."""

    signals: tuple[int, ...] = ()
    clock = Clock()

    def run(self, parts=()):
        for number in self.signals:
            signal.raise_signal(number)
        while not self.is_stopped():
            self.clock.now += 1


@pytest.mark.parametrize(
    ("options", "signals", "n_most", "reason"),
    [
        (["--time-limit", "100"], (), 10**9, "the time limit"),
        ([], (signal.SIGINT,), 10**9, "Ctrl-C"),
        ([], (), 40, "the work that a weight may take"),
    ],
    ids=["time limit", "Ctrl-C", "too much work"],
)
def test_what_does_not_end_is_given_up_and_told(tmp_path, monkeypatch, capfd, options, signals, n_most, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(CONFIG)
    monkeypatch.setattr(NeverDone, "signals", signals)
    monkeypatch.setattr(stopping, "time", NeverDone.clock)
    monkeypatch.setattr(stability, "BoundedSearch", NeverDone)
    monkeypatch.setattr(stability, "_MOST_POLLS", n_most)
    assert main(["stability", "equipment.csv", "config.json", *options]) == 5
    out, err = capfd.readouterr()
    header, *rows = (line.split(",") for line in out.splitlines())
    assert header[-1] == "Proved"
    open_weights = [row[0] for row in rows if row[-1] == "no"]
    assert "skills.Swift.weight" in open_weights
    notice = f"notice: stopped early by {reason}; ranges that are not proved may be narrower: {', '.join(open_weights)}"
    assert notice in err.splitlines()
