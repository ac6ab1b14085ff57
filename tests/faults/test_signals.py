"""Signals through the real command: files stay whole, no process is left, and the exit code says what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batch_folder import equipment_rows, write_equipment
from fault_job import ROOT, environment, run
from process_checks import in_session, wait_until


def test_signals_at_random_moments_leave_whole_files_and_no_processes():
    import long_faults

    modes = {mode.name: mode for mode in long_faults.MODES}
    wanted = [modes[name] for name in ("single", "parallel", "batch")]
    # The moments differ from run to run as it is.
    text, n_wrong = long_faults.run(wanted, seconds=3600, seed=1, shots=6)
    assert n_wrong == 0, text


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("reason", [signal.SIGINT, signal.SIGTERM, "--time-limit"])
def test_a_command_whose_workers_are_all_stopped_can_still_be_ended(job, reason):
    write_equipment(job / "many.csv", equipment_rows(30))
    options = ["--engine", "exhaustive", "--workers", "2", "--manifest", "out/m.json"]
    # A time limit that is over before there are workers is tried again, longer.
    for seconds in (1, 5, 25, 125):
        limit = ["--time-limit", str(seconds)] if reason == "--time-limit" else []
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "many.csv", "out/out.csv", "in/config.json", *options, *limit],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        wait_until(lambda process=process: process.poll() is not None or len(in_session(process.pid)) >= 3, 300)
        if process.poll() is None:
            break
        process.communicate()
    for worker in in_session(process.pid) - {process.pid}:
        os.kill(worker, signal.SIGSTOP)
    if reason != "--time-limit":
        process.send_signal(reason)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 5, err
    assert "notice: stopped early by " in err
    assert json.loads(Path("out/m.json").read_text())["proved"] is False
    assert Path("out/out.csv").read_text().splitlines()[0].endswith(",Proved,Score")
    assert wait_until(lambda: not in_session(process.pid))


def test_no_worker_outlives_a_killed_command(job):
    write_equipment(job / "many.csv", equipment_rows(30))
    arguments = [sys.executable, str(ROOT / "main.py"), "many.csv", "out/out.csv", "in/config.json"]
    process = subprocess.Popen(
        [*arguments, "--engine", "exhaustive", "--workers", "2"],
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert wait_until(lambda: len(in_session(process.pid)) >= 3)
    finally:
        process.kill()
        process.wait()
    assert wait_until(lambda: not in_session(process.pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_outside_the_search_aborts_without_a_traceback(number):
    code = (
        "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "from equipment_optimizer import cli\nfrom equipment_optimizer.commands import verify\n"
        f"verify.run = lambda *_: os.kill(os.getpid(), {int(number)})\n"
        "code = cli.main(['verify', 'a', 'b', 'c'])\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "sys.exit(code)"
    )
    done = run([sys.executable, "-c", code])
    assert done.returncode == 1
    assert done.stderr == "error: aborted; outputs that were not finished are as they were before\n"
