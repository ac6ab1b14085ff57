"""What a page claims of a condition that decorations may meet, against real runs that demand it."""

import json
import re
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
from page_jobs import full_example, small_page

import equipment_optimizer as eo
from equipment_optimizer.cli import main
from equipment_optimizer.errors import InfeasibleError

FULL = Path(__file__).resolve().parents[4] / "example_data" / "full"
SMALL_HEADER = "Name,Body Part,Base Defence,Num Lvl 1 Deco Slots,Skill 1 Name,Skill 1 Level"


@pytest.fixture
def small(tmp_path):
    """Two jewels that share the slots of few pieces, and a page of all builds but some."""
    (tmp_path / "d.csv").write_text(
        "Name,Slot Level,Skill 1 Name,Skill 1 Level\nMight Jewel,1,Might,1\nSwift Jewel,1,Swift,1\n"
    )
    skills = {"Might": {"max": 9, "weight": 3}, "Swift": {"max": 9, "weight": 2}}
    own = {"limit": 3, "skills": skills, "defence": 1, "files": {"decorations": "d.csv"}}
    rows = ["Cap,Head,5,2,Might,1", "Hat,Head,4,3,Swift,1", "Coat,Body,9,1,Swift,1", "Vest,Body,1,2,Might,1"]
    return tmp_path, own, small_page(tmp_path, rows, own, SMALL_HEADER)


def best_of(equipment, own, demand):
    """The best score of all builds under a demand, None where no build keeps it."""
    path = equipment.parent / "demanded.json"
    path.write_text(json.dumps(own | {"skills": own["skills"] | demand, "limit": 1}))
    table, config, _ = eo.load_job(equipment, path)
    try:
        return eo.optimize(table, config).score(0)
    except InfeasibleError:
        return None


@lru_cache(maxsize=1)
def full_config():
    own = json.loads((FULL / "config.json").read_text())
    return own | {"files": {key: str(FULL / name) for key, name in own["files"].items()}}


def figure(text):
    """The decimal behind words of a limit."""
    return Decimal(re.search(r"\d+(?:\.\d+)?", text).group()) if "nothing" not in text else Decimal(0)


def check_claims(opened, results, equipment, own):
    """Every claim about each skill, less and more of it, in the table of costs and of a condition."""
    names, *told = (opened.texts(f"#costs-table tbody {cell}") for cell in ("th", "td:nth-child(3)", "td:nth-child(4)"))
    best, last, levels = results.score(0), results.score(len(results) - 1), results.skill_levels(0, 1)
    loose = []
    for name, less, more in zip(names, *told, strict=True):
        level = int(levels[name][0])
        rule = own["skills"][name] if isinstance(own["skills"][name], dict) else {"weight": own["skills"][name]}
        for text, key, bound, sign in ((less, "at_most", level - 1, "<="), (more, "min", level + 1, ">=")):
            if text in ("has none", "at its maximum"):
                continue
            true = best_of(equipment, own, {name: rule | {key: bound}} if key == "at_most" or bound else {})
            if text.startswith("not known"):
                assert "build" not in text
            else:
                assert true is not None and best - true <= figure(text.split(" build")[0])
                if "nothing" not in text:
                    assert text.startswith("at most ")
            opened.type("#find", f"{name} {sign} {bound}")
            (said,) = opened.texts("#find-told")
            assert "No better one" not in said and "scores no more" not in said
            if "below the list's best" in said:
                gap = Decimal(re.search(r"([\d.]+) below the list's best", said).group(1))
                assert "each with its best decorations" in said and "more may be possible" in said
                assert true is not None and best - true <= gap
                loose.append(best - true < gap)
            elif said.startswith("None of these"):
                assert "each with its best decorations" in said and "With other decorations one may" in said
                loose.append(true is not None and true > last)
            if sign == ">=" and "Exactly" in said:
                assert said.endswith(f'1 --skill "{name}={bound}"')
    return loose


def test_no_claim_is_made_that_a_run_with_the_condition_refutes(page, tmp_path):
    results, text = full_example()
    equipment = tmp_path / "equipment.csv"
    equipment.write_bytes((FULL / "equipment.csv").read_bytes())
    loose = check_claims(page(text), results, equipment, full_config())
    # Other fillings do better than the list knows, and builds beyond its end: what the words are for.
    assert any(loose) and len(loose) > 8


def test_no_claim_is_made_of_a_small_list_with_two_jewels_either(page, small):
    folder, own, (results, text) = small
    assert any(check_claims(page(text), results, folder / "e.csv", own))


def test_what_pieces_decide_is_certain_and_what_decorations_share_with_them_is_not(page, small):
    opened = page(small[2][1])
    opened.type("#find", "not Cap")
    assert opened.texts("#find-told")[0].endswith("No better one is missing from the list.")
    opened.type("#find", "not Might")
    (said,) = opened.texts("#find-told")
    assert "each with its best decorations" in said and "taken out of their file" in said
    opened.type("#find", "Free level 1 slots >= 1")
    assert "Copy as config" not in opened.texts("#find-told")[0]
    opened.type("#find", "Score >= 1, Defence >= 14")
    assert "decorations" not in opened.texts("#find-told")[0]
    opened.type("#find", "Score <= 29")
    assert "No better one" not in opened.texts("#find-told")[0]


def test_the_command_says_what_a_level_costs(page, small):
    folder, _, (_, text) = small
    opened = page(text)
    opened.type("#find", "Swift >= 4")
    command = re.search(r"explain .*", opened.texts("#find-told")[0]).group()
    verb, _, _, _, row, flag, asked = re.match(r'(\S+) (\S+) (\S+) (\S+) (\S+) (\S+) "(.*)"$', command).groups()
    files = [str(folder / name) for name in ("b.csv", "e.csv", "c.json")]
    assert main(["optimize", files[1], files[0], files[2], "--quiet"]) == 0
    assert main([verb, *files, row, flag, asked, "--quiet"]) == 0
