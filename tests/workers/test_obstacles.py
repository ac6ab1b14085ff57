"""What keeps a job out of other processes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.machinery import ModuleSpec

import pytest

from equipment_optimizer.workers import obstacles as job_module


class Piece:
    """An item whose class a fresh main module does not have."""


@pytest.mark.parametrize(
    ("spec", "file", "expected"),
    [
        (ModuleSpec("job", None), None, True),
        (ModuleSpec("package.job", None), None, True),
        (ModuleSpec("package.__main__", None), __file__, False),
        (ModuleSpec("__main__", None), __file__, False),
        (None, __file__, True),
        (None, "/no/such/script.py", False),
        (None, "<stdin>", False),
        (None, None, False),
    ],
)
def test_what_makes_a_main_importable(monkeypatch, spec, file, expected):
    main = type(sys)("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert job_module.main_is_importable() is expected


def test_items_of_a_class_of_main_stay_where_it_is(monkeypatch):
    main = type(sys)("__main__")
    main.Piece = Piece
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(Piece, "__module__", "__main__")
    assert job_module.main_items_blocker(abs, [Piece()], "fork") is None
    assert job_module.main_items_blocker(abs, [1], "spawn") is None
    reason = "new processes cannot import the class of items from __main__"
    assert job_module.main_items_blocker(abs, [1, Piece()], "spawn") == reason


#: Long enough for workers to be worth their start, were they allowed.
PROGRAM = """
import os, time
from equipment_optimizer.sampling import map_parallel

def own_process(item):
    time.sleep(2e-3)
    return os.getpid()

if __name__ == "__main__":
    found = map_parallel(own_process, range(600), start_method={method!r}, verbose=True)
    print(len(found), set(found) == {{os.getpid()}})
"""


def as_package(folder, program):
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "__main__.py").write_text(program)
    return ["-m", "package"]


def as_folder(folder, program):
    (folder / "__main__.py").write_text(program)
    return [str(folder)]


def as_archive(folder, program):
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        archive.writestr("__main__.py", program)
    return [str(folder / "app.zip")]


@pytest.mark.parametrize(
    ("make", "method"), [(as_package, "spawn"), (as_package, "forkserver"), (as_folder, "spawn"), (as_archive, "spawn")]
)
def test_a_main_of_a_package_folder_or_archive_runs_here_and_says_so(tmp_path, make, method):
    arguments = make(tmp_path, PROGRAM.format(method=method))
    done = subprocess.run([sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["600", "True"]
    assert "cannot import the function from __main__" in done.stderr


class SaysNoClass:
    """As a proxy of what is not there does."""

    @property
    def __class__(self):
        raise RuntimeError("nobody is here")


def test_whatever_a_function_says_of_its_class_is_no_obstacle():
    assert job_module.function_blocker(SaysNoClass(), "spawn") is None
