"""Signals at random moments of whole runs, as often as there is time for, and what is left behind.

    python tests/faults/long_faults.py --seconds 600 --seed 1 [--modes single,parallel,batch]

Every shot starts the real command in a folder of its own, sends it a signal after a
random share of the time that it takes undisturbed, and checks: files are old or
whole, never torn; inputs are as they were; no temporary file is left (one at most
after SIGKILL, and the next run removes it); no process is left; the exit code is a
documented one and its files fit it; no traceback. At the end it prints how often
each outcome was seen, and for everything wrong the shot that repeats it:

    python tests/faults/long_faults.py --seed 1 --modes parallel --shot 17

The exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "batch")]

from batch_folder import config, equipment_rows, make_folder, old_output, write_equipment
from disturbed_runs import OUTSIDE, ROOT, digest, environment, heed_interrupts, scratch
from process_checks import in_session, lives, wait_until

#: What is sent: signals, one after the other, to the command or (as a terminal does) to its whole group.
ATTACKS = {
    "SIGINT": ([signal.SIGINT], False),
    "SIGINT to the group": ([signal.SIGINT], True),
    "SIGINT twice": ([signal.SIGINT, signal.SIGINT], False),
    "SIGTERM": ([signal.SIGTERM], False),
    "SIGKILL": ([signal.SIGKILL], False),
}


@dataclass
class Mode:
    """A kind of run.

    Attributes
    ----------
    name : str
    options : tuple of str
    decorated : bool
        The worked example with decorations, in place of random pieces.
    """

    name: str
    options: tuple[str, ...] = ()
    decorated: bool = False
    seconds: float = 0.0
    expected: dict[str, bytes] = field(default_factory=dict)

    @property
    def is_batch(self) -> bool:
        return self.name == "batch"

    def command(self, folder: Path) -> list[str]:
        """What is run in `folder`."""
        if self.is_batch:
            own = ["-m", "equipment_optimizer", "batch", "lists", "--workers", "2", "--report-dir", "lists"]
        else:
            config_path = "input/config.json"
            outputs = ["--manifest", "m.json", "--report", "r.html"]
            own = [str(ROOT / "main.py"), "input/equipment.csv", "out.csv", config_path, *outputs, *self.options]
        return [sys.executable, *own]

    def make(self, folder: Path) -> None:
        """Inputs, and outputs of an earlier time."""
        if self.is_batch:
            names = make_folder(folder / "lists", 6, 7)
            for name in names:
                (folder / "lists" / f"{name}.csv").write_bytes(old_output("out.csv"))
                (folder / "lists" / f"{name}.html").write_bytes(old_output("r.html"))
            return
        if self.decorated:
            shutil.copytree(ROOT / "example_data" / "full", folder / "input")
        else:
            (folder / "input").mkdir()
            write_equipment(folder / "input" / "equipment.csv", equipment_rows(13))
            (folder / "input" / "config.json").write_text(json.dumps(config(3, limit=2000)))
        for name in ("out.csv", "m.json", "r.html"):
            (folder / name).write_bytes(old_output(name))

    def inputs(self, folder: Path) -> list[Path]:
        """Files that are read."""
        if self.is_batch:
            own = folder / "lists"
            return [own / "equipment.csv", *sorted(own.glob("list?.json"))]
        return sorted((folder / "input").iterdir())

    def outputs(self, folder: Path) -> dict[str, bytes]:
        """Contents of the files that decide."""
        paths = sorted((folder / "lists").glob("list?.csv")) if self.is_batch else [folder / "out.csv"]
        return {path.name: path.read_bytes() for path in paths}


EXHAUSTIVE = ("--engine", "exhaustive")
MODES = [
    Mode("single", (*EXHAUSTIVE, "--workers", "1")),
    Mode("bounded", ("--engine", "bounded")),
    Mode("decorated", decorated=True),
    Mode("parallel", (*EXHAUSTIVE, "--workers", "2")),
    Mode("auto", (*EXHAUSTIVE, "--backend", "processes")),
    Mode("dask", (*EXHAUSTIVE, "--workers", "2", "--backend", "dask")),
    Mode("batch"),
    Mode("checkpoint", (*EXHAUSTIVE, "--workers", "2", "--checkpoint", "c.dat")),
]


def available(mode: Mode) -> bool:
    """Whether what the mode needs is there."""
    if mode.name == "dask":
        return importlib.util.find_spec("distributed") is not None
    if mode.name == "checkpoint":
        return importlib.util.find_spec("equipment_optimizer.search.exhaustive.checkpoint") is not None
    return True


def start(mode: Mode, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*mode.command(folder), *more],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def rehearse(mode: Mode) -> None:
    """Run undisturbed: how long it takes, and what comes out."""
    with scratch() as folder:
        mode.make(folder)
        began = time.monotonic()
        with start(mode, folder) as process:
            _, err = process.communicate()
        mode.seconds = time.monotonic() - began
        if process.returncode != 0:
            raise SystemExit(f"{mode.name} fails undisturbed: {err.decode()}")
        mode.expected = mode.outputs(folder)


def is_whole_list(data: bytes, expected: bytes) -> bool:
    """Whether a file of builds is complete, if it was stopped early."""
    lines = data.decode().split("\n")
    columns = lines[0].split(",")
    if lines[-1] != "" or columns[-2:] != ["Proved", "Score"] or len(lines) - 2 > expected.count(b"\n"):
        return False
    rows = [line.split(",") for line in lines[1:-1]]
    return all(len(row) == len(columns) or '"' in ",".join(row) for row in rows)


def shoot(mode: Mode, attack: str, share: float) -> tuple[str, list[str]]:
    """One run that is disturbed; its outcome, and what is wrong with it."""
    signals, to_group = ATTACKS[attack]
    with scratch() as folder:
        mode.make(folder)
        before = digest(mode.inputs(folder))
        process = start(mode, folder)
        time.sleep(share * mode.seconds)
        for number in signals:
            with contextlib.suppress(ProcessLookupError):
                if to_group:
                    os.killpg(process.pid, number)
                else:
                    process.send_signal(number)
            if len(signals) > 1:
                time.sleep(0.01)
        wrong: list[str] = []
        try:
            _, err_bytes = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "hangs", ["it did not end within 600 s"]
        err = err_bytes.decode(errors="replace")
        code = process.returncode
        if not wait_until(lambda: not in_session(process.pid)):
            left = in_session(process.pid)
            commands = [Path(f"/proc/{one}/cmdline").read_bytes()[:120] for one in left if lives(one)]
            wrong.append(f"processes left: {commands}")
            os.killpg(process.pid, signal.SIGKILL)
        killed = signal.SIGKILL in signals
        wrong += _wrong_files(mode, folder, code)
        wrong += _wrong_end(code, err, attack)
        strays = [path.name for path in folder.rglob(".*.tmp")]
        if len(strays) > (1 if killed and code == -signal.SIGKILL else 0):
            wrong.append(f"temporary files: {strays}")
        if digest(mode.inputs(folder)) != before:
            wrong.append("an input was changed")
        if killed or mode.is_batch or mode.name == "checkpoint":
            wrong += _wrong_again(mode, folder)
        return _outcome(code, err), [f"{line} (exit {code}, standard error {err[-600:]!r})" for line in wrong]


def _outcome(code: int, err: str) -> str:
    if code == -signal.SIGKILL:
        return "killed"
    if code in OUTSIDE or (code == 1 and "Traceback" in err):
        return "outside"
    return {0: "done", 1: "aborted", 5: "stopped"}.get(code, f"exit {code}")


def _wrong_end(code: int, err: str, attack: str) -> list[str]:
    """Exit code and standard error."""
    wrong = []
    allowed = {0, -signal.SIGKILL} if attack == "SIGKILL" else {0, 1, 5, *OUTSIDE}
    if code not in allowed:
        wrong.append(f"exit code {code}")
    if "Traceback" in err and not (code in (1, *OUTSIDE) and "KeyboardInterrupt" in err and _is_outside(err)):
        wrong.append("a traceback")
    if code == 1 and "aborted" not in err and "Traceback" not in err:
        wrong.append("exit code 1 without a word")
    return wrong


def _is_outside(err: str) -> bool:
    """Whether a traceback comes from before our main function or after it."""
    return "cli.py" not in err or "in main\n" not in err


def _wrong_files(mode: Mode, folder: Path, code: int) -> list[str]:
    """Outputs that are torn, or do not fit the exit code."""
    wrong = []
    now = mode.outputs(folder)
    for name, data in now.items():
        # Aborted by a second signal, after the first one has had the best so far written.
        may_be_partial = code in (1, 5)
        expected = mode.expected[name]
        if data not in (old_output(name), expected) and not (may_be_partial and is_whole_list(data, expected)):
            wrong.append(f"{name} is torn: {len(data)} bytes")
    if code == 0 and now != mode.expected:
        wrong.append("exit code 0 without the results")
    if code == 5 and not mode.is_batch and any(data == old_output(name) for name, data in now.items()):
        wrong.append("exit code 5 without results")
    pages = list((folder / "lists").glob("*.html")) if mode.is_batch else [folder / "r.html"]
    for page in pages:
        text = page.read_bytes()
        if text != old_output(page.name) and not text.rstrip().endswith(b"</html>"):
            wrong.append(f"{page.name} is torn")
    documents = [folder / "lists" / "batch-state.json"] if mode.is_batch else [folder / "m.json"]
    for document in documents:
        text = document.read_bytes() if document.exists() else old_output("m.json")
        if text != old_output("m.json"):
            try:
                json.loads(text)
            except ValueError:
                wrong.append(f"{document.name} is torn")
    return wrong


def _wrong_again(mode: Mode, folder: Path) -> list[str]:
    """What the next run of the same command makes of it."""
    more = ("--resume",) if mode.name == "checkpoint" and (folder / "c.dat").exists() else ()
    with start(mode, folder, *more) as process:
        _, err = process.communicate(timeout=300)
    wrong = []
    if process.returncode != 0 or mode.outputs(folder) != mode.expected:
        wrong.append(f"the next run {' '.join(more)} fails: exit {process.returncode}, {err[-300:]!r}")
    if strays := [path.name for path in folder.rglob(".*.tmp")]:
        wrong.append(f"the next run leaves {strays}")
    return wrong


def plan(mode: Mode, seed: int, number: int) -> tuple[str, float]:
    """Attack and moment of a shot; the same for the same seed."""
    dice = random.Random(f"{seed}/{mode.name}/{number}")
    return dice.choice(list(ATTACKS)), dice.uniform(0.0, 1.05)


def run(modes: list[Mode], *, seconds: float, seed: int, shots: int | None = None, first: int = 0) -> tuple[str, int]:
    """Shots in turn through the modes until time or number is up; the table, and how much was wrong."""
    heed_interrupts()
    for mode in modes:
        rehearse(mode)
        print(f"{mode.name}: {mode.seconds:.2f} s undisturbed", flush=True)
    counts: Counter[tuple[str, str, str]] = Counter()
    n_wrong = n_shots = 0
    deadline = time.monotonic() + seconds
    number = first
    while time.monotonic() < deadline and (shots is None or n_shots < shots):
        for mode in modes:
            if shots is not None and n_shots >= shots:
                break
            attack, share = plan(mode, seed, number)
            outcome, wrong = shoot(mode, attack, share)
            n_shots += 1
            counts[mode.name, attack, outcome] += 1
            for line in wrong:
                n_wrong += 1
                print(f"WRONG --seed {seed} --modes {mode.name} --shot {number} ({attack} at {share:.3f}): {line}")
                sys.stdout.flush()
        number += 1
    return table(counts, n_shots, n_wrong), n_wrong


def table(counts: Counter[tuple[str, str, str]], n_shots: int, n_wrong: int) -> str:
    """Outcomes by mode and signal."""
    outcomes = sorted({outcome for _, _, outcome in counts})
    lines = ["| run | signal | shots | " + " | ".join(outcomes) + " |"]
    lines.append("|---|---|--:|" + "--:|" * len(outcomes))
    for mode in dict.fromkeys(mode for mode, _, _ in counts):
        for attack in ATTACKS:
            own = [counts[mode, attack, outcome] for outcome in outcomes]
            if sum(own):
                lines.append(f"| {mode} | {attack} | {sum(own)} | " + " | ".join(map(str, own)) + " |")
    lines.append(f"\n{n_shots} shots, {n_wrong} wrong")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--modes", help="names, separated by commas: " + ", ".join(mode.name for mode in MODES))
    parser.add_argument("--shot", type=int, help="this shot only")
    args = parser.parse_args()
    wanted = None if args.modes is None else args.modes.split(",")
    modes = [mode for mode in MODES if available(mode) and (wanted is None or mode.name in wanted)]
    shots, first = (None, 0) if args.shot is None else (1, args.shot)
    text, n_wrong = run(modes, seconds=args.seconds, seed=args.seed, shots=shots, first=first)
    print(text)
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
