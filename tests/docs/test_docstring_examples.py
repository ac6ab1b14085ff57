"""Every public name has an example in its docstring, and all examples of the package do what they say."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import equipment_optimizer
from equipment_optimizer import sampling

PACKAGE = Path(equipment_optimizer.__file__).parent

PUBLIC = [
    (module.__name__, name)
    for module in (equipment_optimizer, sampling)
    for name in module.__all__
    if not name.startswith("__")
]

#: Modules with an example.
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda value: value)
def test_a_public_name_has_an_example(module, name):
    text = inspect.getdoc(getattr(import_module(module), name))
    assert doctest.DocTestParser().get_examples(text or ""), f"{module}.{name} has no example"


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda value: value)
def test_a_public_name_says_what_it_takes_or_has(module, name):
    public = getattr(import_module(module), name)
    takes_nothing = inspect.isclass(public) and issubclass(public, Exception)
    if not takes_nothing and inspect.signature(public).parameters:
        assert {"Parameters", "Attributes"} & {*inspect.getdoc(public).splitlines()}, f"{module}.{name}"


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_show(name, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    module = import_module(name)
    # As in a session that has imported what is public.
    public = {key: getattr(equipment_optimizer, key) for key in equipment_optimizer.__all__}
    result = doctest.testmod(module, extraglobs={**public, **vars(module)})
    assert result.failed == 0
    assert result.attempted > 0
