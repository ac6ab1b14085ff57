"""What docstrings and comments of the package name is there: names in backticks, and paths of files."""

import ast
import builtins
import importlib.util
import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "equipment_optimizer"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: A name in single backticks; text in double ones is code, a value or a format.
_NAME = re.compile(r"(?<![`\w])`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)")

#: A file of the repository.
_PATH = re.compile(r"\b(?:tests|benchmarks|equipment_optimizer|example_data)/[\w./-]*\.(?:py|md|csv|json)\b")


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def names_in(tree):
    """Everything that some code gives a name: functions, classes, parameters, variables, attributes, imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return names


@cache
def names_of_the_package():
    names = set(dir(builtins))
    for path in MODULES:
        names |= names_in(tree_of(path)) | {path.stem, path.parent.name}
    return names


@cache
def classes():
    """Every class of the package."""
    return [node for path in MODULES for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]


@cache
def parts_of(name):
    """For a module or folder (by its last name) or a class of the package, everything that has a name in it."""
    parts = [names_in(tree_of(path)) for path in MODULES if path.stem == name]
    for path in MODULES:
        if path.stem == "__init__" and path.parent.name == name:
            parts.append(names_in(tree_of(path)) | {inside.stem for inside in path.parent.iterdir()})
    for node in classes():
        if node.name == name:
            bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id != name]
            parts.append(names_in(node).union(*(names for base in bases for names in parts_of(base))))
    return parts


@cache
def imported_from():
    """The library that the package has a name from."""
    return {
        alias.asname or alias.name: node.module
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }


def is_of_a_library(name):
    """Whether a library has it; None where the name is no library's."""
    first, *attributes = name.split(".")
    if first in imported_from():
        value = getattr(importlib.import_module(imported_from()[first]), first)
    elif importlib.util.find_spec(first) is not None:
        value = importlib.import_module(first)
    else:
        return None
    for attribute in attributes:
        if not hasattr(value, attribute):
            return False
        value = getattr(value, attribute)
    return True


@cache
def is_there(name):
    first, *more = name.split(".")
    if more and (parts := parts_of(first)):
        return any(more[0] in names for names in parts) and (len(more) == 1 or is_there(".".join(more)))
    of_a_library = is_of_a_library(name)
    return all(part in names_of_the_package() for part in (first, *more)) if of_a_library is None else of_a_library


def texts(path):
    """Line and text of every docstring and comment."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            yield node.body[0].lineno, ast.get_docstring(node)
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_a_text_names_is_there(path):
    missing = []
    for line, text in texts(path):
        missing += [f"{path}:{line}: `{name}`" for name in _NAME.findall(text) if not is_there(name)]
        missing += [f"{path}:{line}: {file}" for file in _PATH.findall(text) if not (ROOT / file).exists()]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Problem", True),
        ("problem.Problem", True),
        ("TopK.add", True),
        ("TopK.may_add", False),
        ("problem.Puzzle", False),
        ("numpy.load", True),
        ("numpy.lead", False),
        ("a_module_that_never_was", False),
        ("None", True),
    ],
)
def test_names_are_known(name, there):
    assert is_there(name) is there


@pytest.mark.parametrize("document", [*ROOT.glob("*.md"), *ROOT.glob("*/*.md")], ids=lambda path: path.name)
def test_a_file_that_a_document_names_is_there(document):
    # What is gone may be spoken of in the history only.
    if document.name != "CHANGELOG.md":
        text = document.read_text(encoding="utf-8")
        assert [file for file in _PATH.findall(text) if not (ROOT / file).exists()] == []


#: A section of a numpydoc docstring.
_SECTION = re.compile(r"^[A-Z][A-Za-z ]*\n *-{3,} *$", re.M)

#: Where the public names are said, each with the module that defines it.
FACES = (PACKAGE, PACKAGE / "sampling")


@cache
def defined(path):
    """The functions and classes of a module."""
    return {node.name: node for node in tree_of(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def imported(path):
    """Where a module has names of the package from: the file and the name there."""
    return {
        alias.asname or alias.name: (path.parents[node.level - 1].joinpath(*node.module.split(".")), alias.name)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level and node.module
        for alias in node.names
    }


def place_of(path, name):
    """The file in which what a module knows by a name is defined, and its name there; None for what is not ours."""
    while path.is_file() and name not in defined(path):
        if name not in imported(path):
            return None
        folder, name = imported(path)[name]
        path = folder.with_suffix(".py")
    return (path, name) if path.is_file() else None


def handed_out(node):
    """The annotations of what a function returns, or of what a class shows."""
    if isinstance(node, ast.ClassDef):
        shown = [part for part in node.body if not getattr(part, "name", "").startswith("_")]
        yield from (part.annotation for part in shown if isinstance(part, ast.AnnAssign))
        yield from (part.returns for part in shown if isinstance(part, ast.FunctionDef) and part.returns)
    elif node.returns:
        yield node.returns


@cache
def public():
    """What the two faces export, and every class that these return or show, and so on."""
    waiting = []
    for face in FACES:
        for name, module in importlib.import_module(".".join(face.relative_to(ROOT).parts))._HOME.items():
            home = PACKAGE if module.startswith(".") else face
            waiting.append(place_of(home.joinpath(*module.strip(".").split(".")).with_suffix(".py"), name))
    places = set()
    while waiting:
        place = waiting.pop()
        # What has no place is the version: no docstring.
        if place and place not in places:
            places.add(place)
            path, name = place
            names = [
                part.id for shown in handed_out(defined(path)[name]) for part in ast.walk(shown) if hasattr(part, "id")
            ]
            waiting += filter(None, (place_of(path, name) for name in names))
    return places


def internal(path):
    """Functions and classes, those within others too, that nobody outside is handed."""
    for name, node in defined(path).items():
        for part in ast.walk(node):
            if isinstance(part, ast.FunctionDef | ast.ClassDef):
                is_private = part is not node and part.name.startswith("_")
                if is_private or (path, name) not in public():
                    yield part


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_internal_has_no_numpydoc_sections(path):
    """Sections are for what is public: what `FACES` export, the classes that these hand out, and their methods.

    A door without an underscore is internal all the same. Lines of prose, and comments beside fields, say what the
    signature does not.
    """
    assert not [
        f"{path}:{node.lineno}: {node.name}"
        for node in internal(path)
        if _SECTION.search(ast.get_docstring(node) or "")
    ]


def test_what_is_public_is_told_from_what_is_internal():
    names = {name for _, name in public()}
    assert {"optimize", "Build", "SkillRule", "Explanation", "PieceValue", "Verdict", "Recommendation"} <= names
    assert not {"Problem", "Filler", "WorkerPool", "Scorer", "read_output"} & names
    assert _SECTION.search("What it is.\n\nParameters\n----------\nx : int\n")
