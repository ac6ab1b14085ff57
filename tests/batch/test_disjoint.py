"""Lists that share no piece: jointly optimal where that is proved, otherwise by priority."""

import csv
import itertools
import json
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, files, make_folder, strays, write_equipment

import equipment_optimizer as eo
from equipment_optimizer.cli import main
from equipment_optimizer.sharing import share_out as sharing

ROOT = Path(__file__).resolve().parents[2]


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
    monkeypatch.setattr(sharing, "_MOST_SEARCHES", 3)
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


def write_groups(folder, n_files, n_lists, n_pieces=3):
    """A batch of several equipment files with lists each; returns the batch file and the lists of each file."""
    groups, builds = [], []
    for f in range(n_files):
        write_equipment(folder / f"e{f}.csv", equipment_rows(n_pieces, 10 + f))
        groups.append([f"list{f}{k}" for k in range(n_lists)])
        for k, name in enumerate(groups[-1]):
            (folder / f"{name}.json").write_text(json.dumps(config(7 * f + k)))
            builds.append({"name": name, "equipment": f"e{f}.csv", "config": f"{name}.json"})
    (folder / "B.json").write_text(json.dumps({"builds": builds}))
    return folder / "B.json", groups


@pytest.mark.parametrize(("n_files", "n_lists"), [(2, 2), (3, 2), (4, 3)])
def test_files_that_nobody_shares_are_decided_apart(tmp_path, capsys, n_files, n_lists):
    path, groups = write_groups(tmp_path, n_files, n_lists)
    assert main(["batch", str(path), "--disjoint"]) == 0
    err = capsys.readouterr().err
    total = sum(score for names in groups for score, _ in first_rows(tmp_path, names).values())
    assert f"disjoint, jointly optimal: the best scores add up to {total:f}, and no more is possible\n" in err
    for names in groups[:2] if n_lists == 2 else []:
        best = first_rows(tmp_path, names)
        menu_file = f"e{names[0][4]}.csv"
        (tmp_path / "equipment.csv").write_text((tmp_path / menu_file).read_text())
        assert sum(score for score, _ in best.values()) == brute_force(tmp_path, names)


def test_a_file_whose_joint_optimum_is_not_proved_takes_nothing_from_the_others(tmp_path, capsys):
    path, groups = write_groups(tmp_path, 2, 2)
    write_equipment(tmp_path / "e1.csv", equipment_rows(1, 3))
    assert main(["batch", str(path), "--disjoint"]) == 3
    err = capsys.readouterr().err
    total = sum(score for score, _ in first_rows(tmp_path, groups[0]).values())
    assert f"jointly optimal for list00, list01: the best scores add up to {total:f}, and no more is possible; " in err
    assert "by priority in file order for list10, list11: there is not a build for every list\n" in err


def test_no_search_of_a_joint_choice_is_given_to_a_process(tmp_path, monkeypatch):
    make_folder(tmp_path, 4, 5)
    monkeypatch.setattr("equipment_optimizer.parallel.ordered_map.ordered_map", None)
    assert main(["batch", str(tmp_path), "--disjoint", "--workers", "2", "--quiet"]) == 0
    assert main(["batch", str(tmp_path), "--disjoint", "--priority", "--workers", "2", "--quiet"]) == 0


#: The command, which says when a search begins.
TOLD = """
import sys
from equipment_optimizer.cli import main
from equipment_optimizer.search.bounded.run import BoundedSearch
honest = BoundedSearch.run
def told(search):
    print("a search begins", file=sys.stderr, flush=True)
    return honest(search)
BoundedSearch.run = told
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_joint_choice_ends_when_it_is_asked_to(tmp_path, number):
    folder = tmp_path / "lists"
    # Half a minute of searches and more.
    names = make_folder(folder, 24, 40)
    line = [sys.executable, "-c", TOLD, "batch", str(folder), "--disjoint", "--workers", "2"]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # In the midst of the joint choice: each list alone was searched before.
    for _ in range(40):
        assert "a search begins\n" in iter(process.stderr.readline, "")
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 5, err
    assert f"{len(names)} interrupted" in err or "made" in out
    assert strays(folder) == []
