"""What may know what, read from the folders; and that nobody pays for what he does not use."""

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "equipment_optimizer"

#: The folders from the top down: each may import those below it. Modules beside the folders have a name
#: of their own here, as have tables of numbers that a whole wing reads. Folders on one line know nothing
#: of each other.
ORDER = """
    __main__
    cli
    commands
    commands/common
    batch
    answers
    pipeline
    questions  sharing  proof
    search/product  search/front
    search/product/nodes
    search
    search/exhaustive  search/bounded  search/by_state
    search/by_value
    search/filling
    search/filling/cells
    search/filling/branching  search/filling/walking
    search/filling/tables
    search/relaxation
    search/best
    search/tuning
    parallel
    sampling
    sampling/prediction
    sampling/tuning
    workers
    output/pages  verify/tables
    output  verify  importers  manual
    loading  problem
    loading/sections
    files  records  system
    progress
    units  sheet_paths
    errors  _version
"""

LEVEL = {name: -number for number, line in enumerate(ORDER.split("\n")) for name in line.split()}

#: Libraries, and the only modules that may import them.
ONLY_IMPORTER = {
    "dask": {"parallel._dask"},
    "distributed": {"parallel._dask"},
    "guppy": {"system.heap"},
    "highspy": {"search.relaxation.linear_program"},
    "pandas": {"records.combinations", "records.results"},
    "jinja2": {"output.pages._rendering"},
    "rich": {"commands.sample", "output.terminal_table", "output.terminal"},
}

HEAVY = {"dask", "distributed", "guppy", "highspy", "jinja2", "pandas", "rich", "scipy"}
HEAVY |= {"multiprocessing.pool"}

#: Every module by its dotted name below the package; a folder's ``__init__`` by the folder's.
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
FOLDERS = sorted({path.parent for path in MODULES.values()} - {PACKAGE})


def place_of(module):
    """The folder of a module, or the name of one that stands beside the folders."""
    path = MODULES[module]
    own_name, folder = module.replace(".", "/"), "/".join(path.parent.relative_to(PACKAGE).parts)
    return own_name if own_name in LEVEL else folder or module


def imports(module):
    """Modules of the package, and other top-level modules, that a module imports anywhere."""
    path = MODULES[module]
    package = list(path.parent.relative_to(PACKAGE).parts)
    inside, other = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            other.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                name = ".".join([*base, alias.name])
                inside.add(name if name in MODULES else ".".join(base))
        elif isinstance(node, ast.ImportFrom):
            other.add(node.module.partition(".")[0])
    assert "equipment_optimizer" not in other, "the package imports itself relatively"
    return inside - {""}, other


def test_there_are_modules_and_folders():
    assert len(MODULES) > 100
    assert len(FOLDERS) > 15


def test_every_folder_stands_in_the_order_and_says_its_purpose():
    assert {place_of(module) for module in MODULES if module != "__init__"} == set(LEVEL)
    for folder in FOLDERS:
        purpose = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert purpose and purpose.splitlines()[0].endswith("."), folder


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"__init__"}))
def test_a_module_imports_only_from_below(module):
    place = place_of(module)
    for other in imports(module)[0]:
        below = place_of(other)
        is_below = below == place or LEVEL[below] < LEVEL[place]
        assert is_below, f"{module} imports {other}, which is not below it"


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"__init__"}))
def test_what_is_inside_a_folder_is_imported_there_only(module):
    for other in imports(module)[0]:
        is_inside = other.rpartition(".")[2].startswith("_") and other != "_version"
        assert not is_inside or place_of(other) == place_of(module), f"{module} imports {other}, which is no door"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_library_is_imported_where_it_belongs(module):
    _, other = imports(module)
    assert {name for name in other & set(ONLY_IMPORTER) if module not in ONLY_IMPORTER[name]} == set()


def test_there_are_no_cycles():
    TopologicalSorter({module: imports(module)[0] - {module} for module in MODULES}).prepare()


def test_no_public_name_is_also_a_module():
    import equipment_optimizer

    assert {name for name in equipment_optimizer.__all__ if name in MODULES} == set()


def test_every_public_name_is_there_and_listed():
    import equipment_optimizer

    for name in equipment_optimizer.__all__:
        assert getattr(equipment_optimizer, name) is not None
        assert name in dir(equipment_optimizer)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = equipment_optimizer.nothing


def loaded(code):
    """Modules that are loaded after running `code` in a process of its own."""
    code += "\nimport sys\nprint('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    # Measuring coverage in that process would import things of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy():
    modules = loaded("import equipment_optimizer")
    assert not modules & (HEAVY | {"numpy"})
    assert {name for name in modules if name.startswith("equipment_optimizer")} == {"equipment_optimizer"}


def test_bad_usage_is_told_before_anything_heavy_is_imported():
    modules = loaded("from equipment_optimizer.cli import main\nassert main(['optimize', '--limit', '0']) == 2")
    assert not modules & (HEAVY | {"numpy"})


def test_the_main_job_imports_nothing_heavy():
    job = ["optimize", "example_data/equipment.csv", "/dev/null", "example_data/config.json"]
    modules = loaded(f"from equipment_optimizer.cli import main\nassert main({job}) == 0")
    assert "numpy" in modules
    assert not modules & (HEAVY | {"asyncio", "hashlib", "multiprocessing"})
