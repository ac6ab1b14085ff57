"""Nothing that is read is run: no code, no pickles, no formulas, no markup, no connection nobody asked for."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from equipment_optimizer.batch._state_file import STATE_NAME, State
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.output.pages.report import RunFacts, render_report
from equipment_optimizer.pipeline import optimize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "equipment_optimizer"
PACKAGE = sorted(FOLDER.rglob("*.py"))


def module_of(path: Path) -> str:
    """A module's dotted name below the package."""
    return ".".join(path.relative_to(FOLDER).with_suffix("").parts)


#: Calls that run what they are given, or whose data may.
RUNNING = {
    *("eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "pickle.Unpickler", "os.system"),
    *("os.popen", "ast.literal_eval", "importlib.import_module", "import_module", "runpy.run_path"),
}

#: Modules that may, and why no file can reach it.
ALLOWED = {
    ("__init__", "__import__"): "names of this package's own modules",
    ("commands.__init__", "import_module"): "names of this package's own commands",
    ("workers.channel", "pickle.loads"): "frames of worker processes that this process started",
    ("workers.carried_error", "pickle.loads"): "what this process pickled a line before",
    ("importers.__init__", "import_module"): "names of this folder's own modules",
    ("sampling.__init__", "__import__"): "names of this folder's own modules",
    ("commands.sample", "importlib.import_module"): "the user names the function to measure, on the command line",
    ("commands.sample", "ast.literal_eval"): "a value on the command line",
}

NEVER_IMPORTED = {"marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xml", "urllib.request", "requests"}


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name or attribute."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", PACKAGE, ids=module_of)
def test_no_module_runs_or_unpickles_what_it_reads(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not NEVER_IMPORTED & set(names)
            if isinstance(node, ast.ImportFrom):
                # Otherwise a call of `loads` would not be recognised; `quick_pickle` calls nothing.
                module = (node.module or "").rpartition(".")[2]
                hides = module in ("pickle", "_pickle", "quick_pickle", "os", "subprocess")
                hides = hides and module_of(path) != "system.quick_pickle"
                assert not hides or {a.name for a in node.names} <= {"PathLike"}
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            assert name not in RUNNING or (module_of(path), name) in ALLOWED, f"line {node.lineno}: {name}"
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            assert "shell" not in keywords
            # NumPy's files may hold pickles: they are refused in so many words.
            if name in ("np.load", "numpy.load", "np.lib.format.read_array"):
                allowed = keywords.get("allow_pickle")
                assert isinstance(allowed, ast.Constant) and allowed.value is False, f"line {node.lineno}"
            assert not ("allow_pickle" in keywords and getattr(keywords["allow_pickle"], "value", True))


def test_every_exception_to_that_is_still_needed() -> None:
    calls = {
        (module_of(path), dotted(node.func))
        for path in PACKAGE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert set(ALLOWED) <= calls


# --- names that are formulas or markup in every position ---------------------------

FORMULAS = ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201")
MARKUP = "<script>harm()</script><img src=x onerror=harm()>"


def named_job(folder: Path, name: str) -> object:
    """Results of a job in which everything that can be named begins with `name`."""
    quoted = '"' + name.replace('"', '""')
    (folder / "e.csv").write_text(
        "Name,Body Part,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots,Set Bonus\n"
        f'{quoted}piece",{quoted}part",{quoted}skill",-2,2,{quoted}set"\n',
        encoding="utf-8",
    )
    (folder / "d.csv").write_text(
        f'Name,Slot Level,Skill 1 Name,Skill 1 Level\n{quoted}jewel",1,{quoted}jewel skill",1\n', encoding="utf-8"
    )
    (folder / "b.csv").write_text(
        f'Bonus Name,Pieces Required,Skill,Level\n{quoted}set",1,{quoted}bonus skill",1\n', encoding="utf-8"
    )
    config = {
        "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
        "skills": {f"{name}skill": {"max": 1, "weight": 1, "penalty": 1, "min": -9}},
        "defence": 0,
        "limit": 3,
        "body_parts": {f"{name}part": 1},
        "files": {"decorations": "d.csv", "set_bonuses": "b.csv"},
        "weapon": {"skills": {f"{name}weapon skill": 1}, "set_bonuses": [f"{name}set"]},
        "exclude": [],
    }
    (folder / "c.json").write_text(json.dumps(config))
    table, loaded, _ = load_job(folder / "e.csv", folder / "c.json")
    return optimize(table, loaded)


@pytest.mark.parametrize("start", FORMULAS)
def test_no_cell_of_a_safe_file_is_a_formula_unless_it_is_a_number(start: str, tmp_path: Path) -> None:
    results = named_job(tmp_path, start)
    for safe in (False, True):
        write_csv(results, str(tmp_path / "out.csv"), spreadsheet_safe=safe)  # type: ignore[arg-type]
        header, row = csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"), newline=""))
        dangerous = {
            name: cell
            for name, cell in zip([*header, *header], [*header, *row], strict=True)
            if cell[:1] in {formula[0] for formula in FORMULAS} and not cell.removeprefix("-").isdecimal()
        }
        assert not dangerous if safe else dangerous
        # Every position is there: part, four skills, decorations and bonuses.
        assert sum(start in name for name in header) == 5
        assert sum(start in cell for cell in row) == 3


def test_cells_that_begin_with_a_tab_or_a_line_end_are_safe_too() -> None:
    # Names from files are trimmed; those of a session's own pieces are not.
    from equipment_optimizer.output import csv_file as export

    assert [export._neutralised(f"{start}=1") for start in "\t\r"] == ["'\t=1", "'\r=1"]
    assert export._neutralised(-5) == -5


class Tags(HTMLParser):
    """Elements of a page, and the handlers on them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attributes if name.startswith("on")]


def test_markup_in_every_name_stays_text_on_a_page(tmp_path: Path) -> None:
    results = named_job(tmp_path, MARKUP)
    facts = RunFacts(
        title=MARKUP, inputs=[{"path": MARKUP.replace("/", ""), "sha256": MARKUP}], elapsed_seconds=1, peak_rss_bytes=1
    )
    page = render_report(results, facts).decode()  # type: ignore[arg-type]
    for name in ("piece", "part", "skill", "jewel", "jewel skill", "set", "bonus skill", "weapon skill"):
        assert f"&gt;{name}" in page or f"\\u003e{name}" in page, name
        assert f"harm()>{name}" not in page
    tags = Tags(page)
    assert tags.tags.count("script") == 2
    assert "img" not in tags.tags
    assert tags.handlers == []
    assert MARKUP not in page


# --- files that steer the program ----------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"format": ' + "9" * 10_000 + "}",
        '{"format": 1, "lists": {"a": {"__class__": "os.system"}}, "pieces": {}, "patches": {}}',
        "cos\nsystem\n(S'true'\ntR.",
        "\x80\x04\x95",
        '{"format": 1, "lists": [], "pieces": 1e999, "patches": NaN}',
    ],
    ids=["deep", "huge number", "class", "pickle", "binary", "not finite"],
)
def test_a_state_file_from_elsewhere_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / STATE_NAME).write_bytes(text.encode("latin-1"))
    state = State(str(tmp_path))
    assert state.is_damaged
    assert state.lists == {}


DASK_RUN = """
from equipment_optimizer.parallel._dask import DaskRun

if __name__ == "__main__":
    with DaskRun(None, 1) as run:
        print(run.where, run.n_workers, *run.in_order(abs, (), [[-1, 2]]))
"""


def test_dask_does_not_connect_where_only_its_own_settings_say(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    script = tmp_path / "script.py"
    script.write_text(DASK_RUN)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"tcp://127.0.0.1:{elsewhere.getsockname()[1]}"
        environment = {**os.environ, "DASK_SCHEDULER_ADDRESS": address, "DASK_SCHEDULER__ADDRESS": address}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == "a cluster on this machine 1 [1, 2]\n"
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
