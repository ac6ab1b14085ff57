"""How the program starts: under a Python that is too old, without its packages, and interrupted while it is loaded."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
JOB = ["example_data/equipment.csv", "-", "example_data/config.json", "--quiet"]

#: Older interpreters, wherever version managers and systems keep them.
OLD = sorted(
    {
        str(path)
        for pattern in (".pyenv/versions/*/bin/python", ".local/share/uv/python/*/bin/python")
        for path in Path.home().glob(pattern)
    }
    | {f"/usr/bin/python{version}" for version in ("2.7", "3.6", "3.8", "3.9", "3.10")}
)


def version_of(python):
    try:
        done = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    except OSError:
        return None
    return ast.literal_eval(done.stdout) if done.returncode == 0 else None


def test_the_script_can_be_read_by_any_python():
    text = (ROOT / "main.py").read_text(encoding="ascii")
    tree = ast.parse(text, feature_version=(3, 7))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Starred, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in ast.walk(tree))


def test_older_pythons_are_told_apart():
    tried = 0
    for python in OLD:
        version = version_of(python)
        if version is None or version >= (3, 11):
            continue
        done = subprocess.run([python, "main.py", *JOB], cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 2, done.stderr
        assert done.stderr == (
            f"error: Python 3.11 or newer is needed, and this is Python {version[0]}.{version[1]}\n"
            "  mend: run it with a newer one, such as: python3.11 main.py ...\n"
        )
        tried += 1
    if not tried:
        pytest.skip("no older Python on this machine")


@pytest.mark.parametrize("package", ["numpy"])
@pytest.mark.parametrize("start", [["main.py"], ["-m", "equipment_optimizer", "optimize"]])
def test_a_missing_package_is_named_with_a_mend(tmp_path, package, start):
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    full = ["example_data/full/equipment.csv", "-", "example_data/full/config.json"]
    done = subprocess.run(
        [sys.executable, *start, *full], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (2, "")
    error, mend = done.stderr.splitlines()[-2:]
    assert error == f"error: the package {package} is not installed"
    assert mend.startswith("  mend: run '")
    assert f"-m pip install {package}'" in mend


#: The installed command, with a Ctrl-C the moment a module is asked for.
SCRIPT = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
"""
CONSOLE = """
from equipment_optimizer.cli import console
sys.exit(console())
"""
MODULE = """
import runpy
sys.orig_argv[1:] = ["-m", "equipment_optimizer", *sys.argv[1:]]
runpy.run_module("equipment_optimizer", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "module",
    [
        "equipment_optimizer._version",
        "equipment_optimizer.cli",
        "argparse",
        "equipment_optimizer.errors",
        "equipment_optimizer.output.terminal",
        "equipment_optimizer.commands.optimize",
        "equipment_optimizer.pipeline",
        "equipment_optimizer.loading.jobs",
        "numpy",
        "equipment_optimizer.search.engines",
        "equipment_optimizer.output.builds_file",
    ],
)
@pytest.mark.parametrize("start", [CONSOLE, MODULE], ids=["installed", "module"])
def test_an_interrupt_while_it_is_loaded_prints_no_traceback(tmp_path, start, module):
    script = tmp_path / "equipment-optimizer"
    script.write_text(SCRIPT.format(module=module) + start)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), "optimize", *JOB],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    # Ended by the signal, aborted, stopped with what was best by then, or done already.
    assert done.returncode in (-signal.SIGINT, 0, 1, 5), done.stderr
    assert done.stderr in ("", "error: aborted; outputs that were not finished are as they were before\n")


def test_a_library_leaves_the_signals_of_its_user_alone():
    code = "import signal, equipment_optimizer; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout == "True\n"


def test_the_main_job_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys\nfrom equipment_optimizer.cli import main\n"
        f"assert main(['optimize', *{JOB}]) == 0\n"
        "print(*({'numpy.ma', 'highspy', 'pandas', 'rich', 'multiprocessing'} & set(sys.modules)), file=sys.stderr)"
    )
    # Measuring coverage would load modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "\n")
