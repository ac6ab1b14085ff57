"""Every public name has an example in its docstring, and it does what it says."""

import doctest
import inspect
import sys

import pytest

import equipment_optimizer
from equipment_optimizer import sampling

PUBLIC = [
    (module.__name__, name)
    for module in (equipment_optimizer, sampling)
    for name in module.__all__
    if not name.startswith("__")
]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda value: value)
def test_the_example_of_a_public_name_runs(module, name, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    names = {public: getattr(sys.modules[module], public) for public in sys.modules[module].__all__}
    text = inspect.getdoc(names[name])
    test = doctest.DocTestParser().get_doctest(text, names, f"{module}.{name}", None, None)
    assert test.examples, f"{module}.{name} has no example"
    runner = doctest.DocTestRunner()
    said = []
    runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


def test_there_are_public_names():
    assert len(PUBLIC) > 15
