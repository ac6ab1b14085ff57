"""What libraries print from C is no result."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from equipment_optimizer.system.standard_output import prints_to_standard_error

ROOT = Path(__file__).resolve().parents[2]

#: A solver of the newest kind: it announces itself from below Python, whenever one is made.
BANNER = b"Running HiGHS 9.9: a banner\n"
LOUD = f"""
import os
from highspy_itself import *
from highspy_itself import Highs as Quiet
os.write(1, {BANNER!r})
class Highs(Quiet):
    def __init__(self):
        os.write(1, {BANNER!r})
        super().__init__()
"""


def test_what_c_prints_goes_to_standard_error(capfd):
    with prints_to_standard_error():
        os.write(1, b"a banner\n")
    os.write(1, b"a result\n")
    assert capfd.readouterr() == ("a result\n", "a banner\n")


def test_an_error_leaves_standard_output_as_it_was(capfd):
    with pytest.raises(ZeroDivisionError), prints_to_standard_error():
        os.write(1, b"a banner\n")
        _ = 1 // 0
    os.write(1, b"a result\n")
    assert capfd.readouterr() == ("a result\n", "a banner\n")


def test_blocks_inside_blocks_and_in_several_threads(capfd):
    interval, open_files = sys.getswitchinterval(), len(os.listdir("/proc/self/fd"))

    def work():
        for _ in range(50):
            with prints_to_standard_error(), prints_to_standard_error():
                os.write(1, b"x")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"a result")
    assert capfd.readouterr() == ("a result", "x" * 200)
    assert (sys.getswitchinterval(), len(os.listdir("/proc/self/fd"))) == (interval, open_files)


def test_a_thread_that_is_always_busy_holds_up_no_block():
    """A block that lets go of the interpreter has it back soon, although turns are long meanwhile."""
    is_over, interval = False, sys.getswitchinterval()

    def be_busy():
        while not is_over:
            pass

    busy = threading.Thread(target=be_busy)
    busy.start()
    try:
        for _ in range(20):
            with prints_to_standard_error():
                assert sys.getswitchinterval() < 1
                time.sleep(0)
    finally:
        is_over = True
        busy.join()
    assert sys.getswitchinterval() == interval


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_that_is_forked_meanwhile_has_its_own_standard_output(capfd):
    """Another thread forks while the descriptor leads elsewhere: it waits until it does not."""
    inside, done = threading.Event(), threading.Event()

    def print_slowly():
        with prints_to_standard_error():
            inside.set()
            done.wait(0.2)

    printer = threading.Thread(target=print_slowly)
    printer.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        os.write(1, b"of the child")
        os._exit(0)
    os.waitpid(child, 0)
    done.set()
    printer.join()
    assert capfd.readouterr().out == "of the child"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(closed, tmp_path):
    code = (
        "import os\nfrom equipment_optimizer.system.standard_output import prints_to_standard_error\n"
        f"file = os.open({str(tmp_path / 'file')!r}, os.O_WRONLY | os.O_CREAT)\n"
        "with prints_to_standard_error():\n"
        "    try:\n"
        "        os.write(1, b'a banner')\n"
        "    except OSError:\n"
        "        pass\n"
        "os.write(file, b'of the file')\n"
    )
    done = subprocess.run(["bash", "-c", f'"$0" -c "$1" {closed}', sys.executable, code], cwd=ROOT, timeout=300)
    assert done.returncode == 0
    assert (tmp_path / "file").read_bytes() == b"of the file"


@pytest.mark.parametrize(
    "arguments",
    [
        ["optimize", "example_data/equipment.csv", "-", "example_data/config.json", "--engine", "bounded"],
        ["optimize", "example_data/full/equipment.csv", "-", "example_data/full/config.json"],
        ["extras", "example_data/full/equipment.csv", "example_data/full/config.json", "--workers", "2"],
    ],
)
def test_a_loud_solver_changes_no_byte_of_standard_output(tmp_path, arguments):
    """The solver under another name, and a stand-in for it that prints."""
    import highspy

    (tmp_path / "highspy_itself").symlink_to(Path(highspy.__file__).parent)
    (tmp_path / "highspy.py").write_text(LOUD)

    def run(path, *more):
        command = [sys.executable, "-m", "equipment_optimizer", *arguments, *more]
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300)

    with_loud = os.pathsep.join([str(tmp_path), str(ROOT)])
    quiet, loud = run(str(ROOT)), run(with_loud)
    assert (loud.returncode, loud.stdout) == (quiet.returncode, quiet.stdout)
    assert loud.returncode == 0
    assert BANNER in loud.stderr
    hushed = run(with_loud, "--quiet")
    assert (hushed.stdout, hushed.stderr) == (quiet.stdout, b"")
