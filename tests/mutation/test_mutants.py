"""Mutants are wrong programs that can be run, drawn by a seed, and the lists beside them are of what there is."""

from __future__ import annotations

import ast

from mutants import LISTS, PACKAGE, ROOT, drawn, equivalents, stages_by_module
from mutations import mutants_of

SOURCE = '''
def smallest(values: list[int], limit: int = 3) -> int:
    """What is below a limit."""
    found = min(values)
    if not values or found + 1 >= limit:
        raise ValueError(f"{found - 1}")
    return -found
'''


def test_each_mutant_is_another_program() -> None:
    source = SOURCE.encode()
    mutants = mutants_of("some.py", source)
    made = {ast.dump(ast.parse(mutant.applied(source))) for mutant in mutants}
    assert len(made) == len({mutant.key for mutant in mutants}) == len(mutants)
    assert ast.dump(ast.parse(source)) not in made
    changes = {(source[mutant.start : mutant.stop].decode(), mutant.after) for mutant in mutants}
    assert {("3", "(4)"), ("min", "(max)"), ("found + 1", "(found - 1)"), ("not values", "(values)")} <= changes
    assert {("-found", "(found)"), ("found + 1 >= limit", "(found + 1 > limit)")} <= changes
    assert not any("int" in before or before == "found - 1" for before, _ in changes)
    assert "some.py\n- return -found\n+ return (found)" in {mutant.change for mutant in mutants}


def test_a_seed_draws_the_same_and_fewer_are_the_first_of_more() -> None:
    modules = ["search/best/best_list.py", "verify/_matching.py"]
    assert drawn(modules, 1, 20) == drawn(modules[::-1], 1, 40)[:20]
    assert drawn(modules, 1, 20) != drawn(modules, 2, 20)


def test_modules_of_sampler_workers_and_what_came_later_are_all_listed() -> None:
    folders = ("sampling", "sampling/prediction", "workers", "search/by_value", "search/by_state")
    there = {path for folder in folders for path in (ROOT / PACKAGE / folder).glob("*.py")}
    there |= set((ROOT / PACKAGE / "verify" / "tables").glob("_possible_*.py"))
    alone = ("search/filling/tables/whole_table.py", "search/bounded/in_rank_order.py")
    there |= {ROOT / PACKAGE / name for name in alone}
    # Nothing but numbers.
    without_logic = {"__init__.py", "tuning.py"}
    names = {path.relative_to(ROOT / PACKAGE).as_posix() for path in there if path.name not in without_logic}
    assert set(stages_by_module("later_modules.txt")) == names


def test_the_lists_name_modules_tests_and_lines_that_are_there() -> None:
    every = [stages_by_module(name) for name in LISTS]
    assert not every[0].keys() & every[1].keys()
    for module, stages in (item for each in every for item in each.items()):
        assert (ROOT / PACKAGE / module).exists(), module
        tests = [test.removeprefix("--deselect=tests/").partition("::")[0] for stage in stages for test in stage]
        assert all((ROOT / "tests" / test).exists() for test in tests), module
    for change, why in equivalents().items():
        module, before, after = change.split("\n")
        source = " ".join((ROOT / PACKAGE / module).read_text(encoding="utf-8").split())
        assert before[:2] == "- " and before[2:] in source, change
        assert (after[:2], why[:2]) == ("+ ", "= "), change
