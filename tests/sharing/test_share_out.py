"""The lists of one file: decided together only where they collide, and as good as trying all."""

import itertools
import json
import random

import pytest
from batch_folder import config, make_folder, write_equipment

import equipment_optimizer as eo
from equipment_optimizer.sharing import share_out as sharing
from equipment_optimizer.sharing.share_out import share_out
from equipment_optimizer.sharing.wardrobe import Wardrobe

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")


def wardrobes_of(folder, names):
    wardrobes = []
    for name in names:
        table, own, _ = eo.load_job(folder / "equipment.csv", folder / f"{name}.json")
        settings = {"time_limit": None, "memory_bytes": None, "should_stop": lambda: False}
        wardrobes.append(Wardrobe(name, "equipment.csv", table, own, **settings))
    return wardrobes


def menus_of(folder, names):
    menus = []
    for name in names:
        table, own, _ = eo.load_job(folder / "equipment.csv", folder / f"{name}.json", limit=10**6)
        results = eo.optimize(table, own)
        rows = [
            frozenset(int(table.line[results.combinations[k : k + 1].rows(p)[0]]) for p in range(6))
            for k in range(len(results))
        ]
        menus.append([(results.score(k), own) for k, own in enumerate(rows)])
    return menus


def best_by_trying_all(menus):
    return max(
        sum(score for score, _ in choices)
        for choices in itertools.product(*menus)
        if len(frozenset().union(*(rows for _, rows in choices))) == 6 * len(menus)
    )


def specialists(folder, n_lists, n_shared=0):
    """Lists each of which wants a skill that pieces of its own give, and the first few one more in common."""
    folder.mkdir(exist_ok=True)
    names = [f"list{k}" for k in range(n_lists)]
    rows = [[f"{part} {name}", part, 10, name, 3, 0] for part in PARTS for name in (*names, "common")]
    write_equipment(folder / "equipment.csv", rows)
    for k, name in enumerate(names):
        skills = {name: {"max": 18, "weight": 1, "penalty": 0}}
        if k < n_shared:
            skills["common"] = {"max": 18, "weight": 2 + k, "penalty": 0}
        (folder / f"{name}.json").write_text(json.dumps({**config(), "skills": skills, "unlisted_skill_weight": 0}))
    return names


@pytest.mark.parametrize("seed", range(4))
def test_the_shares_are_as_good_as_trying_all(tmp_path, seed):
    names = make_folder(tmp_path, 2, 3)
    dice = random.Random(seed)
    write_equipment(
        tmp_path / "equipment.csv",
        [[f"{part} {k}", part, dice.randint(1, 9), f"S{dice.randint(1, 2)}", 1, 0] for part in PARTS for k in range(2)],
    )
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert share.why_not == ""
    assert share.total == best_by_trying_all(menus_of(tmp_path, names))
    worn = [row for rows in share.worn.values() for row in rows]
    assert len(set(worn)) == len(worn) == 12


LIMITED_PARTS = {"Head": 1, "Ring": {"count": 2, "optional": True}, "Flex": {"from": ["Ring"], "optional": True}}


def limited_lists(folder, seed):
    """Two lists with places that may stay empty or draw, limits, and weapons of their own file or of one."""
    dice = random.Random(seed)
    names = ["list0", "list1"]
    rows = [f"Head {k},Head,{dice.randint(1, 9)},{dice.randint(0, 3)}" for k in range(3)]
    rows += [f"Ring {k},Ring,{dice.randint(1, 9)},{dice.randint(0, 3)}" for k in range(4)]
    (folder / "equipment.csv").write_text("\n".join(["Name,Body Part,Defence,Weight", *rows]) + "\n")
    for k in range(2):
        blades = [f"Blade {n},{dice.randint(1, 9)},1" for n in range(2)]
        (folder / f"weapons{k}.csv").write_text("\n".join(["Name,Defence,Weight", *blades]) + "\n")
    for k, name in enumerate(names):
        settings = {
            **config(), "defence": k + 1, "body_parts": LIMITED_PARTS,
            "totals": {"Weight": {"max": dice.randint(5, 8)}},
            "files": {"weapons": f"weapons{k if seed % 2 else 0}.csv"},
        }  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(settings))
    return names


@pytest.mark.parametrize("seed", range(12))
def test_places_that_may_stay_empty_or_draw_are_shared_too(tmp_path, seed):
    names = limited_lists(tmp_path, seed)
    menus = []
    for k, name in enumerate(names):
        table, own, _ = eo.load_job(tmp_path / "equipment.csv", tmp_path / f"{name}.json", limit=10**6)
        results = eo.optimize(table, own)
        file = k if seed % 2 else 0
        menus.append(
            [
                (results.score(n), [(p.name, p.body_part == "Weapon" and file) for p in build.equipment if p.name])
                for n, build in enumerate(results.combinations)
            ]
        )
    best = max(first + second for (first, a), (second, b) in itertools.product(*menus) if not set(a) & set(b))
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert (share.why_not, share.total) == ("", best)
    worn = [row for rows in share.worn.values() for row in rows]
    assert len(set(worn)) == len(worn)


def test_lists_that_want_nothing_of_each_other_are_decided_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "JointChoice", None)
    names = specialists(tmp_path, 4)
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert share.why_not == ""
    assert set(share.worn) == set(names)


def test_only_lists_that_collide_are_decided_together(tmp_path, monkeypatch):
    groups = []

    class Counted(sharing.JointChoice):
        def __init__(self, choosers, *arguments, **options):
            groups.append([own.name for own in choosers])
            super().__init__(choosers, *arguments, **options)

    monkeypatch.setattr(sharing, "JointChoice", Counted)
    names = specialists(tmp_path, 4, n_shared=2)
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert share.why_not == ""
    assert groups == [["list0", "list1"]]


def test_more_lists_than_pieces_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "JointChoice", None)
    names = make_folder(tmp_path, 3, 2)
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert (share.worn, share.why_not) == ({}, "there is not a build for every list")


def test_a_list_without_a_build_is_left_out(tmp_path):
    names = make_folder(tmp_path, 3, 3)
    (tmp_path / "list1.json").write_text(json.dumps(config(1, min_defence=10**6)))
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    assert set(share.worn) == {"list0", "list2"}


def test_every_list_wears_the_first_of_its_equal_builds(tmp_path):
    # All pieces are worth the same: in file order everybody gets what the others leave.
    names = make_folder(tmp_path, 2, 3)
    write_equipment(
        tmp_path / "equipment.csv", [[f"{part} {k}", part, 5, "S", 1, 0] for part in PARTS for k in range(3)]
    )
    share = share_out(wardrobes_of(tmp_path, names), lambda: False)
    worn = sorted(row for rows in share.worn.values() for row in rows)
    # Lines 2 to 4 are heads, and so on: the last of each part stays.
    assert worn == [line for part in range(6) for line in (2 + 3 * part, 3 + 3 * part)]
