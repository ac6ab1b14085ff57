"""Too little memory, whoever sets the limit: the right bytes, or exit code 4 and a sentence; never half of anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, write_equipment
from process_checks import in_session, wait_until

from equipment_optimizer.batch import _list_maker as batch_maker
from equipment_optimizer.system import address_space
from equipment_optimizer.system.stopping import StopFlag
from equipment_optimizer.workers.pool import WorkerPool
from equipment_optimizer.workers.process import EXIT_NO_MEMORY

ROOT = Path(__file__).resolve().parents[2]
FULL = ROOT / "example_data" / "full"
OLD = b"Old,Proved,Score\n"
MIB = 1 << 20

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")


def environment():
    """This process's; measuring coverage would take memory of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return {**own, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def limited(command, mib):
    """The command below a limit of the address space."""
    shell = "ulimit -c 0; " + ("" if mib is None else f"ulimit -v {mib * 1024}; ")
    return ["sh", "-c", shell + 'exec "$0" "$@"', *command]


def run(folder, mib, *options):
    """The job in `folder` below a limit of the address space; nothing may be left of it but whole files."""
    (folder / "out.csv").write_bytes(OLD)
    process = subprocess.Popen(
        limited([sys.executable, str(ROOT / "main.py"), "equipment.csv", "out.csv", "config.json", *options], mib),
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _, err = process.communicate(timeout=300)
    assert wait_until(lambda: not in_session(process.pid))
    assert [path.name for path in folder.glob(".*.tmp")] == []
    assert "Traceback" not in err
    return process.returncode, err, (folder / "out.csv").read_bytes()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    write_equipment(folder / "equipment.csv", equipment_rows(8))
    (folder / "config.json").write_text(json.dumps(config(3, limit=200)))
    return folder


@pytest.fixture(scope="module")
def decorated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decorated")
    for name in ("equipment.csv", "decorations.csv", "set_bonuses.csv", "skills.csv"):
        (folder / name).write_bytes((FULL / name).read_bytes())
    text = (FULL / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(re.sub(r'"limit": *[0-9]+', '"limit": 1', text), encoding="utf-8")
    return folder


@cache
def expected(folder, *options):
    code, err, data = run(folder, None, *options)
    assert code == 0, err
    return data


KINDS = {
    "exhaustive": ("plain", ("--engine", "exhaustive", "--workers", "1")),
    "parallel": ("plain", ("--engine", "exhaustive", "--workers", "2")),
    "bounded": ("plain", ("--engine", "bounded")),
    "decorated": ("decorated", ("--engine", "bounded")),
}


@on_linux
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("mib", [100, 118, 160])
def test_below_any_limit_of_the_address_space_a_run_is_right_or_refused(request, kind, mib):
    folder, options = request.getfixturevalue(KINDS[kind][0]), KINDS[kind][1]
    code, err, data = run(folder, mib, *options)
    if code == 0:
        assert data == expected(folder, *options)
        return
    assert code == 4, err
    assert data == OLD
    *_, first, mend = err.splitlines()
    assert first.startswith("error: ")
    assert "memory" in first or "address space" in first
    assert mend.startswith("  mend: ")


@on_linux
def test_a_limit_too_low_to_load_numpy_is_refused_with_its_number(plain):
    code, err, data = run(plain, 60)
    assert (code, data) == (4, OLD)
    assert err == (
        "error: the address space is limited to 60.0 MiB (ulimit -v), too little to load NumPy\n  mend: allow more\n"
    )


@on_linux
def test_an_ample_limit_changes_nothing(plain):
    code, _, data = run(plain, 4096)
    assert (code, data) == (0, expected(plain))


@on_linux
def test_numpy_is_loaded_before_threads_take_the_space(tmp_path):
    code = "import sys; from equipment_optimizer.system.address_space import *; fit_address_space(); "
    code += "print('numpy' in sys.modules)"
    for mib, loaded in ((200, "True\n"), (None, "False\n")):
        done = subprocess.run(
            limited([sys.executable, "-c", code], mib), env=environment(), capture_output=True, text=True, timeout=300
        )
        assert (done.stdout, done.stderr) == (loaded, "")


@pytest.mark.parametrize(("limit", "tight"), [(None, False), (4096 * MIB, False), (200 * MIB, True)])
def test_a_worker_that_ends_below_a_low_limit_had_no_memory(monkeypatch, limit, tight):
    monkeypatch.setattr(address_space, "_limit_bytes", lambda: limit)
    pool = WorkerPool(0)
    assert not pool.crew.lacked_memory
    pool.crew.last_exit = 1
    assert pool.crew.lacked_memory is tight
    pool.crew.last_exit = EXIT_NO_MEMORY
    assert pool.crew.lacked_memory


def test_a_list_whose_import_finds_no_memory_has_exit_code_4(monkeypatch, tmp_path):
    def fail(*_):
        raise ImportError("libx.so: failed to map segment from shared object")

    monkeypatch.setattr(batch_maker, "_make", fail)
    outcome = batch_maker.make_list(batch_maker.ListMaker({}), None, flag=StopFlag()).outcome
    assert (outcome.exit_code, outcome.message.splitlines()[0]) == (4, "out of memory")


@on_linux
@pytest.mark.parametrize("mib", [106, 112, 118, 124])
def test_a_batch_below_a_low_limit_says_so_for_each_list(tmp_path, mib):
    from batch_folder import files, make_folder, strays

    folder = tmp_path / "lists"
    make_folder(folder, 3, 4)
    done = subprocess.run(
        limited([sys.executable, "-m", "equipment_optimizer", "batch", str(folder), "--workers", "2"], mib),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert strays(folder) == []
    assert len(files(folder)) - 1 in (0, 1, 2, 3)


# --- control groups ---------------------------------------------------------------


def own_group():
    """Folder of this process's control group (version 2); None where its children can have no limits."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("0::"):
            folder = Path("/sys/fs/cgroup") / line[3:].lstrip("/")
            try:
                if "memory" in (folder / "cgroup.subtree_control").read_text().split():
                    return folder
            except OSError:
                return None
    return None


@pytest.fixture
def group():
    """A control group with a limit of memory: a function that makes one of so many MiB and returns its folder."""
    parent, made = own_group(), []
    if parent is None:
        pytest.skip("no control group (version 2) of this process hands out memory")

    def make(mib):
        folder = parent / f"equipment-optimizer-test-{os.getpid()}-{len(made)}"
        try:
            folder.mkdir()
            made.append(folder)
            (folder / "memory.max").write_text(str(mib * MIB))
            (folder / "memory.swap.max").write_text("0")
        except OSError as error:
            pytest.skip(f"no control group can be made here: {error}")
        return folder

    yield make
    for folder in made:
        wait_until(lambda folder=folder: not (folder / "cgroup.procs").read_text().strip(), 10)
        folder.rmdir()


@pytest.mark.parametrize("kind", ["exhaustive", "parallel", "bounded"])
@pytest.mark.parametrize("mib", [30, 60, 300])
def test_in_a_small_control_group_files_stay_whole(request, group, kind, mib):
    name, options = KINDS[kind]
    folder = request.getfixturevalue(name)
    limit = group(mib)
    (folder / "out.csv").write_bytes(OLD)
    line = f'echo $$ > {limit}/cgroup.procs && exec "$0" "$@"'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable, str(ROOT / "main.py"), "equipment.csv", "out.csv", "config.json", *options],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    data = (folder / "out.csv").read_bytes()
    # The system kills without asking: then the old file is there, and the next run cleans up.
    assert done.returncode in (0, 1, 4, -9), done.stderr
    assert data == (expected(folder, *options) if done.returncode == 0 else OLD)
    assert "Traceback" not in done.stderr
    run(folder, None, *options)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_that_tries_out_numpy_says_nothing(capfd):
    assert address_space._numpy_loads()
    assert capfd.readouterr() == ("", "")
