"""Stories drawn from a seed: runs in a world that goes wrong, then one in which nothing does.

    python tests/faults/stories.py [--stories N] [--seed S] [--seconds N]

Story number i of seed S is the story of seed S + i. Each is a kind of run (a list by one process, with
decorations, by two workers, with a checkpoint, a batch by one or two workers) and up to three disturbed
runs of it in one folder: kill points, short writes, full disks, calls that fail, workers that die, stop or
lie, clocks that jump, signals at any moment. After each, files are old or whole and never less than they were,
exit codes are documented ones that fit the files, nothing is left over; after the last one everything is
as it would have been. Exit code 1 if a story loses or falsifies anything; it is repeated by its number.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "batch")]

from batch_folder import config, equipment_rows, make_folder, write_equipment
from disturbed_runs import OUTSIDE, ROOT, digest, environment, heed_interrupts, scratch
from faulty_world import Plan
from process_checks import in_session, wait_until

__all__ = ["KINDS", "Story", "draw", "play"]

CHILD = Path(__file__).resolve().with_name("faulty_world.py")
EXHAUSTIVE = ("--engine", "exhaustive")

_LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Kind:
    """A kind of run: what is asked for, and what it reads and writes in the story's folder."""

    name: str
    options: tuple[str, ...] = ()
    is_batch: bool = False
    is_decorated: bool = False
    expected: dict[str, bytes] = field(default_factory=dict, compare=False)

    @property
    def has_checkpoint(self) -> bool:
        return "--checkpoint" in self.options

    def make(self, folder: Path) -> None:
        """The inputs."""
        if self.is_batch:
            make_folder(folder / "in", 4, 6)
        elif self.is_decorated:
            shutil.copytree(ROOT / "example_data" / "full", folder / "in")
        else:
            (folder / "in").mkdir()
            write_equipment(folder / "in" / "equipment.csv", equipment_rows(7))
            (folder / "in" / "config.json").write_text(json.dumps(config(3, limit=300)))

    def arguments(self, folder: Path) -> list[str]:
        """The command's, as things stand."""
        more = ["--resume"] if self.has_checkpoint and (folder / "c.dat").exists() else []
        if self.is_batch:
            return ["batch", "in", *self.options, *more]
        files = ["in/equipment.csv", "out.csv", "in/config.json"]
        return ["optimize", *files, "--manifest", "m.json", "--report", "r.html", *self.options, *more]

    def inputs(self, folder: Path) -> list[Path]:
        if self.is_batch:
            return sorted([folder / "in" / "equipment.csv", *(folder / "in").glob("list?.json")])
        return sorted((folder / "in").iterdir())

    def lists(self, folder: Path) -> dict[str, bytes]:
        """The lists that are there, whole or stopped early."""
        found = (folder / "in").glob("list*.csv") if self.is_batch else folder.glob("out*.csv")
        return {path.name: path.read_bytes() for path in sorted(found)}


KINDS = [
    Kind("one process"),
    Kind("decorations", is_decorated=True),
    Kind("two workers", (*EXHAUSTIVE, "--workers", "2")),
    Kind("checkpoint", (*EXHAUSTIVE, "--workers", "1", "--checkpoint", "c.dat")),
    Kind("checkpoint, two workers", (*EXHAUSTIVE, "--workers", "2", "--checkpoint", "c.dat")),
    Kind("batch", ("--workers", "1"), is_batch=True),
    Kind("batch, checkpoint", ("--workers", "1", "--checkpoint", "c.dat"), is_batch=True),
    Kind("batch, two workers", ("--workers", "2"), is_batch=True),
]


@dataclass(frozen=True)
class Disturbance:
    """A plan for the command's own process, and signals from outside after so many seconds."""

    name: str
    plan: Plan
    signals: tuple[int, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Story:
    """What happens in one folder."""

    seed: int
    kind: Kind
    #: There is a complete list from an earlier time.
    has_old: bool
    disturbances: tuple[Disturbance, ...]


def draw(seed: int) -> Story:
    """The story of a seed."""
    dice = random.Random(seed)
    kind = dice.choice(KINDS)
    disturbances = tuple(_disturbance(dice, kind) for _ in range(dice.randint(1, 3)))
    return Story(seed, kind, dice.random() < 0.5, disturbances)


def _disturbance(dice: random.Random, kind: Kind) -> Disturbance:
    plan: Plan = {"seed": dice.randrange(2**32), "eager": kind.has_checkpoint}
    names = ["kill point", "signal point", "short writes", "full disk", "failing call", "clock", "signal"]
    name = dice.choice(names + 2 * ["worker"] if "two workers" in kind.name else names)
    number = round(10 ** dice.uniform(0, 2))
    if name == "kill point":
        plan.update(signals=[signal.SIGKILL], signals_at=number)
    elif name == "signal point":
        plan.update(signals=dice.choice([[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT] * 2]), signals_at=number)
    elif name == "short writes":
        plan["short_writes"] = 0.5
    elif name == "full disk":
        plan["room"] = round(10 ** dice.uniform(1, 5.5))
    elif name == "failing call":
        plan["fails_at"] = number
    elif name == "clock":
        plan["clock"] = 10 ** dice.uniform(0, 8)
    elif name == "worker":
        plan.update(worker=dice.choice(["dies", "dies", "lies", "lies", "stops"]), worker_at=dice.randint(1, 4))
        name += f" {plan['worker']}"
    else:
        sent = dice.choice([(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGKILL,), (signal.SIGINT, signal.SIGINT)])
        return Disturbance(name, plan, sent, 10 ** dice.uniform(-2, 0.5))
    return Disturbance(name, plan)


def _run(kind: Kind, folder: Path, disturbance: Disturbance | None = None) -> tuple[int | None, str]:
    """Exit code (None: it had to be ended) and standard error of one run."""
    program = ["-m", "equipment_optimizer"]
    if disturbance is not None:
        (folder / "plan.json").write_text(json.dumps(disturbance.plan))
        program = [str(CHILD), "plan.json"]
    process = subprocess.Popen(
        [sys.executable, *program, *kind.arguments(folder)],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    if disturbance is not None and disturbance.signals:
        time.sleep(disturbance.seconds)
        for number in disturbance.signals:
            if process.poll() is None:
                process.send_signal(number)
    try:
        _, error = process.communicate(timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _, error = process.communicate()
        return None, error.decode(errors="replace")
    if not wait_until(lambda: not in_session(process.pid)):
        os.killpg(process.pid, signal.SIGKILL)
        return None, "processes were left"
    return process.returncode, error.decode(errors="replace")


def rehearse(kind: Kind) -> None:
    """What comes of the run when nothing goes wrong."""
    if kind.expected:
        return
    with scratch() as folder:
        kind.make(folder)
        code, error = _run(kind, folder)
        if code:
            raise SystemExit(f"{kind.name} fails undisturbed: {error}")
        kind.expected.update(kind.lists(folder))


def play(story: Story) -> tuple[list[tuple[str, str]], list[str]]:
    """Each disturbance with how the run ended; and what was lost or falsified."""
    kind, ends, wrong = story.kind, list[tuple[str, str]](), list[str]()
    rehearse(kind)
    with scratch() as folder:
        kind.make(folder)
        before, n_allowed = digest(kind.inputs(folder)), 0
        if story.has_old:
            for name, data in kind.expected.items():
                # Complete, of one build: less than the new one, more than what is stopped at once.
                place = folder / "in" / name if kind.is_batch else folder / name
                place.write_bytes(b"\n".join(data.split(b"\n")[:2]) + b"\n")
        for disturbance in story.disturbances:
            old = kind.lists(folder)
            code, error = _run(kind, folder, disturbance)
            ends.append((disturbance.name, _end_of(code)))
            text = f"{disturbance.name}, exit {code}, {error[-500:]!r}"
            wrong += [f"{line} ({text})" for line in _wrong_end(code, error)]
            wrong += [f"{line} ({text})" for line in _wrong_lists(kind, old, kind.lists(folder), code)]
            # What is killed leaves what it was writing; it goes when the same file is written again.
            n_allowed += 2 * (code == -signal.SIGKILL)
            if (n_strays := len(list(folder.rglob(".*.tmp")))) > n_allowed:
                wrong.append(f"{n_strays} temporary files ({text})")
        code, error = _run(kind, folder)
        if code or kind.lists(folder) != kind.expected:
            wrong.append(f"the last run: exit {code}, {sorted(kind.lists(folder))}, {error[-500:]!r}")
        if strays := [path.name for path in folder.rglob(".*.tmp")]:
            wrong.append(f"the last run leaves {strays}")
        if digest(kind.inputs(folder)) != before:
            wrong.append("an input was changed")
    return ends, wrong


def _end_of(code: int | None) -> str:
    names = {0: "done", 1: "failed", 4: "memory", 5: "stopped", -signal.SIGKILL: "killed", None: "hung"}
    return "outside" if code in OUTSIDE else names.get(code, f"exit {code}")


def _wrong_end(code: int | None, error: str) -> list[str]:
    wrong = []
    if code is None or code not in (0, 1, 5, -signal.SIGKILL, *OUTSIDE):
        wrong.append("an end that nothing documents")
    if code == 1 and not error.strip():
        wrong.append("exit code 1 without a word")
    # Before the command has begun, while modules are loaded, the interpreter answers.
    is_outside = "KeyboardInterrupt" in error and not re.search(r'cli\.py", line \d+, in main\b', error)
    if "Traceback" in error and not is_outside:
        wrong.append("a traceback")
    return wrong


def _wrong_lists(kind: Kind, old: dict[str, bytes], new: dict[str, bytes], code: int | None) -> list[str]:
    """Lists that are torn, say what is not so, or are less than there was."""
    wrong = []
    if code == 0 and {name: new.get(name) for name in kind.expected} != kind.expected:
        wrong.append("exit code 0 without the lists")
    for name, data in old.items():
        if b"Proved" not in data.split(b"\n")[0] and new.get(name) not in (data, kind.expected[name]):
            wrong.append(f"{name} was complete and is not")
    for name, data in new.items():
        complete = kind.expected[name.replace(".partial", "")]
        if data not in (complete, old.get(name)):
            wrong += [f"{name}: {line}" for line in _wrong_rows(data, complete)]
    return wrong


def _wrong_rows(data: bytes, complete: bytes) -> list[str]:
    """What is wrong with a list that was stopped early: its columns are those that its own rows need."""
    (head, *rows), (columns, *truth) = (list(csv.reader(text.decode().splitlines())) for text in (data, complete))
    if head[-2:] != ["Proved", "Score"] or not data.endswith(b"\n") or any(len(row) != len(head) for row in rows):
        return ["torn"]
    if len(rows) > len(truth):
        return ["more rows than there are"]

    def cells(names: list[str], row: list[str]) -> dict[str, str]:
        return {name: cell for name, cell in zip(names, row, strict=True) if cell not in ("", "0") and name != "Proved"}

    proved = [cells(head, row) for row in rows if row[-2] == "yes"]
    if proved != [cells(columns, row) for row in truth[: len(proved)]]:
        return ["rows are called proved that do not belong there"]
    return []


def main() -> int:
    """Play stories until number or time is up; exit code 1 where one loses or falsifies something."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stories", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--seconds", type=float, metavar="N", help="no story is begun later")
    arguments = parser.parse_args()
    heed_interrupts()
    begun, tally, n_wrong, n_stories = time.monotonic(), Counter[tuple[str, str]](), 0, 0
    for seed in range(arguments.seed, arguments.seed + arguments.stories):
        if arguments.seconds is not None and time.monotonic() - begun > arguments.seconds:
            break
        story = draw(seed)
        ends, wrong = play(story)
        n_stories += 1
        n_wrong += bool(wrong)
        tally.update(ends)
        for line in wrong:
            print(f"WRONG --seed {seed} --stories 1 ({story.kind.name}): {line}", flush=True)
    outcomes = sorted({end for _, end in tally})
    print("| what goes wrong | runs | " + " | ".join(outcomes) + " |\n|---|" + "--:|" * (len(outcomes) + 1))
    for name in sorted({name for name, _ in tally}):
        counts = [tally[name, end] for end in outcomes]
        print(f"| {name} | {sum(counts)} | " + " | ".join(map(str, counts)) + " |")
    print(f"\n{n_stories} stories, {n_wrong} of them wrong")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
