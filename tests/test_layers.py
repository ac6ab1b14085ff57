"""Which module may know which other, and that nobody pays for what he does not use."""

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "equipment_optimizer"

#: The modules in groups, from the ground up. A group is: its purpose, its modules,
#: and the groups that it may import besides itself.
GROUPS = {
    "ground": (
        "errors, quantities, and reporting on a run: knows of no equipment",
        {
            "_version",
            "address_space",
            "checkpoint",
            "errors",
            "units",
            "progress",
            "stopping",
            "process_memory",
            "memory_plan",
        },
        set(),
    ),
    "records": (
        "equipment, configuration, combinations and results as records and columns",
        {"combinations", "config", "equipment", "results"},
        {"ground"},
    ),
    "loading": (
        "files into records: the only code that sees their text",
        {
            "config_sections",
            "csv_values",
            "findings",
            "json_text",
            "json_values",
            "load_config",
            "load_equipment",
            "load_side_files",
            "loading",
            "text_input",
        },
        {"ground", "records"},
    ),
    "compiling": (
        "records into integer arrays",
        {"compilation", "decoration_choice", "exact_weights", "problem", "selection", "totals", "valuefunction"},
        {"ground", "records"},
    ),
    "machine": (
        "what the machine offers, and ordered parallel work on it: knows of no equipment",
        {
            "advice",
            "calibration",
            "channel",
            "cost_model",
            "dask_backend",
            "decision",
            "dry_run",
            "gil_probe",
            "machine",
            "ordered",
            "parallel",
            "parallel_plan",
            "pickle_cost",
            "sampling",
            "timed_run",
            "worker_answers",
            "worker_handle",
            "worker_pool",
            "worker_process",
            "worker_run",
        },
        {"ground"},
    ),
    "searching": (
        "integer arrays into the best builds",
        {
            "bounded",
            "bounds",
            "classes",
            "cuts",
            "decorate",
            "dividing",
            "exhaustive",
            "filling_lp",
            "filling_options",
            "filling_prices",
            "filling_values",
            "packing",
            "quick_filling",
            "filling_model",
            "filling_walk",
            "layout",
            "linear_program",
            "listing",
            "memory_limit",
            "offers",
            "relaxation_lp",
            "relaxation_model",
            "scoring",
            "search",
            "search_options",
            "separable",
            "splitting",
            "topk",
        },
        {"ground", "records", "compiling", "machine"},
    ),
    "asking": (
        "what builds can reach, and why none is there",
        {"branching", "branching_lp", "dominance", "extras", "infeasible", "level_problem", "reach"},
        {"ground", "records", "compiling", "machine", "searching"},
    ),
    "importing": (
        "other programs' data into the text of our files",
        {"import_mhworlddata", "import_rows", "import_sheets", "import_talismans", "starter_config"},
        {"ground", "records", "loading"},
    ),
    "wiring": (
        "the stages joined",
        {"pipeline"},
        {"ground", "records", "compiling", "searching", "asking"},
    ),
    "output": (
        "records into files and onto the terminal",
        {"atomic_file", "temporary_file", "checkpoint_file", "export", "manifest", "search_checkpoint", "terminal"},
        {"ground", "records"},
    ),
    "judging": (
        "an output file held against the definitions: shares nothing with what made it",
        {"challenge", "definition", "listed", "output_rows", "verify"},
        {"ground", "records"},
    ),
    "showing": (
        "results as pages and tables that people look at",
        {"report", "report_data", "score_terms", "show"},
        {"ground", "records", "output"},
    ),
    "batching": (
        "many lists: what is out of date, made side by side, and what changed",
        {
            "batch",
            "batch_checkpoint",
            "batch_file",
            "batch_maker",
            "batch_outputs",
            "batch_state",
            "changes",
            "changes_page",
            "disjoint",
        },
        {"ground", "records", "loading", "machine", "wiring", "output", "showing"},
    ),
    "commands": (
        "what a user starts",
        {
            "__init__",
            "__main__",
            "arguments",
            "batch_command",
            "cli",
            "extras_command",
            "heap",
            "heap_command",
            "import_command",
            "optimize_arguments",
            "optimize_command",
            "sample_command",
            "verify_command",
        },
        {
            "ground",
            "records",
            "loading",
            "compiling",
            "machine",
            "wiring",
            "output",
            "showing",
            "batching",
            "judging",
            "asking",
            "importing",
        },
    ),
}

#: Libraries that only these modules may import.
ONLY_IMPORTER = {
    "dask": {"dask_backend"},
    "distributed": {"dask_backend"},
    "guppy": {"heap"},
    "highspy": {"linear_program"},
    "pandas": {"combinations", "results"},
    "jinja2": {"report"},
    "rich": {"sample_command", "show", "terminal"},
}

HEAVY = {"dask", "distributed", "guppy", "highspy", "jinja2", "pandas", "rich", "scipy"}
HEAVY |= {"multiprocessing.pool"}

MODULES = {path.stem: path for path in PACKAGE.glob("*.py")}
GROUP_OF = {module: group for group, (_, modules, _) in GROUPS.items() for module in modules}


def imports(module):
    """Modules of the package, and other top-level modules, that a module imports anywhere."""
    own, other = set(), set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            other.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            own.update([node.module] if node.module else [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            other.add(node.module.partition(".")[0])
    assert "equipment_optimizer" not in other, "the package imports itself relatively"
    return own, other


def test_there_are_modules():
    assert len(MODULES) > 20


def test_every_module_has_a_group_and_nobody_is_in_two():
    assert set(MODULES) <= set(GROUP_OF), "add the new module to a group"
    assert len(GROUP_OF) == sum(len(modules) for _, modules, _ in GROUPS.values())


def test_every_module_of_the_table_exists():
    assert set(GROUP_OF) <= set(MODULES), "take the old module out of the table"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_its_group_may(module):
    group = GROUP_OF.get(module, "(none: add the module to a group)")
    assert group in GROUPS
    allowed = {group, *GROUPS[group][2]}
    own, _ = imports(module)
    assert {other for other in own if GROUP_OF.get(other) not in allowed} == set()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_library_is_imported_where_it_belongs(module):
    _, other = imports(module)
    assert {name for name in other & set(ONLY_IMPORTER) if module not in ONLY_IMPORTER[name]} == set()


def test_there_are_no_cycles():
    TopologicalSorter({module: imports(module)[0] for module in MODULES}).prepare()
    TopologicalSorter({group: needs for group, (_, _, needs) in GROUPS.items()}).prepare()


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
    assert {name for name in modules if name.startswith("equipment_optimizer")} == {
        "equipment_optimizer",
        "equipment_optimizer._version",
    }


def test_bad_usage_is_told_before_anything_heavy_is_imported():
    modules = loaded("from equipment_optimizer.cli import main\nassert main(['optimize', '--limit', '0']) == 2")
    assert not modules & (HEAVY | {"numpy"})


def test_the_main_job_imports_nothing_heavy():
    job = ["optimize", "example_data/equipment.csv", "/dev/null", "example_data/config.json"]
    modules = loaded(f"from equipment_optimizer.cli import main\nassert main({job}) == 0")
    assert "numpy" in modules
    assert not modules & (HEAVY | {"asyncio", "hashlib", "multiprocessing"})
