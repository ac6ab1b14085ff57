"""Lists that share no piece: jointly optimal where that is proved, otherwise by priority."""

import csv
import itertools
import json
import random
from decimal import Decimal

import pytest
from batch_folder import config, equipment_rows, files, make_folder, write_equipment

import equipment_optimizer as eo
from equipment_optimizer.batch import disjoint
from equipment_optimizer.batch.disjoint import Choice, best_together
from equipment_optimizer.cli import main


def menus_of(seed, n_menus=3, n_choices=6, n_pieces=7):
    dice = random.Random(seed)
    menus = []
    for _ in range(n_menus):
        menu = [
            Choice(Decimal(dice.randint(-3, 6)), frozenset(("e", p) for p in dice.sample(range(n_pieces), 2)))
            for _ in range(dice.randint(0, n_choices) if dice.random() < 0.1 else n_choices)
        ]
        menus.append(sorted(menu, key=lambda choice: -choice.score))
    return menus


def best_of(menu):
    """The function of one list that `best_together` takes."""
    return lambda without: next((choice for choice in menu if not choice.pieces & without), None)


@pytest.mark.parametrize("seed", range(200))
def test_the_best_together_is_that_of_trying_all(seed):
    menus = menus_of(seed)
    best = None
    for choices in itertools.product(*menus):
        pieces = [piece for choice in choices for piece in choice.pieces]
        if len(set(pieces)) == len(pieces):
            total = sum(choice.score for choice in choices)
            best = total if best is None else max(best, total)
    found, why_not = best_together([best_of(menu) for menu in menus], 10**6)
    if best is None:
        assert (found, why_not) == ((), "there is not a build for every list")
    else:
        assert sum(choice.score for choice in found) == best
        taken = [piece for choice in found for piece in choice.pieces]
        assert len(set(taken)) == len(taken)


def test_too_many_searches_are_given_up():
    menus = [menus_of(1)[0]] * 3
    found = best_together([best_of(menu) for menu in menus], 4)
    assert found == ((), "no joint optimum was proved within 4 searches")


def first_rows(folder, names):
    """Score and pieces of each list's best build."""
    rows = {}
    for name in names:
        with open(folder / f"{name}.csv", newline="") as file:
            row = next(csv.DictReader(file))
        rows[name] = (Decimal(row["Score"]), {row[part] for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm")})
    return rows


def brute_force(folder, names):
    """The highest sum of scores of builds that share no piece, by trying all."""
    menus = []
    for name in names:
        table, own, _ = eo.load_job(folder / "equipment.csv", folder / f"{name}.json", limit=10**6)
        results = eo.optimize(table, own)
        menus.append(
            [
                (results.score(k), frozenset(piece.name for piece in results.combinations[k].equipment))
                for k in range(len(results))
            ]
        )
    return max(
        sum(score for score, _ in choices)
        for choices in itertools.product(*menus)
        if len(frozenset().union(*(pieces for _, pieces in choices))) == sum(len(pieces) for _, pieces in choices)
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_joint_optimum_is_that_of_trying_all(tmp_path, capsys, seed):
    names = make_folder(tmp_path, 2)
    rows = equipment_rows(2, seed)
    write_equipment(tmp_path / "equipment.csv", rows)
    assert main(["batch", str(tmp_path), "--disjoint"]) == 0
    best = first_rows(tmp_path, names)
    assert not best["list0"][1] & best["list1"][1]
    total = sum(score for score, _ in best.values())
    assert total == brute_force(tmp_path, names)
    assert f"jointly optimal: the best scores add up to {total:f}, and no more is possible" in capsys.readouterr().err


def test_priority_gives_the_first_list_its_best_build(tmp_path, capsys):
    names = make_folder(tmp_path, 3)
    assert main(["batch", str(tmp_path), "--quiet"]) == 0
    alone = first_rows(tmp_path, names)
    assert main(["batch", str(tmp_path), "--disjoint", "--priority"]) == 0
    assert "disjoint, by priority in file order\n" in capsys.readouterr().err
    best = first_rows(tmp_path, names)
    assert best["list0"] == alone["list0"]
    pieces = [piece for _, own in best.values() for piece in own]
    assert len(set(pieces)) == len(pieces)


def test_every_row_leaves_what_the_others_wear(tmp_path):
    names = make_folder(tmp_path, 3)
    assert main(["batch", str(tmp_path), "--disjoint", "--quiet"]) == 0
    best = first_rows(tmp_path, names)
    for name in names:
        others = set().union(*(own for other, (_, own) in best.items() if other != name))
        with open(tmp_path / f"{name}.csv", newline="") as file:
            for row in csv.DictReader(file):
                assert not others & set(row.values())


def test_equal_names_are_different_pieces(tmp_path):
    rows = [["Same", row[1], *row[2:]] for row in equipment_rows(2)]
    make_folder(tmp_path, 2)
    write_equipment(tmp_path / "equipment.csv", rows)
    assert main(["batch", str(tmp_path), "--disjoint", "--quiet"]) == 0


def test_a_wardrobe_that_is_too_small_is_told(tmp_path, capsys):
    make_folder(tmp_path, 3, 2)
    assert main(["batch", str(tmp_path), "--disjoint"]) == 3
    out, err = capsys.readouterr()
    assert "disjoint, by priority in file order: there is not a build for every list\n" in err
    assert "error in list2:\nthe lists before took the last pieces of Head\n" in err
    assert [line.split("\t")[3] for line in out.splitlines()[1:]] == ["made", "made", "infeasible"]


def test_a_large_case_falls_back_to_priority_and_says_why(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(disjoint, "_MOST_SEARCHES", 3)
    make_folder(tmp_path, 3)
    assert main(["batch", str(tmp_path), "--disjoint"]) == 0
    told = "disjoint, by priority in file order: no joint optimum was proved within 3 searches"
    assert told in capsys.readouterr().err


def test_one_changed_list_remakes_all_of_them(tmp_path, capsys):
    make_folder(tmp_path, 3)
    assert main(["batch", str(tmp_path), "--disjoint", "--quiet"]) == 0
    assert main(["batch", str(tmp_path), "--disjoint"]) == 0
    assert "3 up to date" in capsys.readouterr().err
    (tmp_path / "list1.json").write_text(json.dumps(config(12)))
    before = files(tmp_path)
    assert main(["batch", str(tmp_path), "--disjoint", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert out.count("to make") == 3
    assert "list0: to make (its options changed)" in out
    assert files(tmp_path) == before


def test_a_faulty_list_does_not_stop_the_others(tmp_path, capsys):
    make_folder(tmp_path, 3)
    (tmp_path / "list1.json").write_text("{")
    assert main(["batch", str(tmp_path), "--disjoint"]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[3] for line in out.splitlines()[1:]] == ["made", "failed", "made"]
    assert "jointly optimal" in err
