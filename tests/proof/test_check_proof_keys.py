"""What a config may say, judged: each key, raised maxima, bonuses, stock; and lists without a row of theirs."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from proof_jobs import BONUSES, CAPS, FREE, GEMS, ODD, PROVED, REFUTED, SETS, Job

from equipment_optimizer.proof import check_proof


def prove_and_leave_out(job: Job, *limits: int) -> None:
    """Lists of so many builds are proved; the last of them is not, whichever row before its last is missing."""
    for limit in limits:
        job.builds.unlink(missing_ok=True)
        job.proof.unlink(missing_ok=True)
        assert job.prove(limit) == 0
        assert job.check() == PROVED
    rows = job.builds.read_text(encoding="utf-8").splitlines()
    for left_out in range(1, len(rows) - 1):
        kept = [row for number, row in enumerate(rows) if number != left_out]
        job.write_proof(job.said(), "\n".join(kept) + "\n", limit=len(kept) - 1)
        assert job.check() != PROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"pin": {"Head": {"all of": ["Hood"]}}},
        {"pin": {"Head": "Hood", "Body": ["Mail", "Vest"]}},
        {"exclude": ["Cap", "Vest"]},
        {"filter": {"Colour": {"min": 1}, "Fire Res": {"in": [0, 1, 2, 3], "parts": ["Legs"]}}},
        {"counts": {"bright": {"where": {"Colour": {"min": 2}}, "max": 1, "weight": 0.5}}},
        {"counts": {"each": {"each": "Colour", "max": 1}, "oaths": {"same": "Set Bonus 1"}}},
        {"totals": {"Colour": {"weight": 0.25, "max": 4}}},
        {"body_parts": {"Head": {"count": 2}, "Body": {"optional": True}, "Legs": {"decorations": "weapon"}}},
        {"weapon": {"skills": {"Guard": 1}, "slots": [1], "set_bonuses": "Vow"}},
        {"texts": {"weapons": "Name,Skill 1 Name,Skill 1 Level\nBlade,Guard,2\nBow,Haste,3\n"}},
    ],
)
def test_every_key_is_judged_and_not_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    texts = {"set_bonuses": BONUSES, "decorations": ODD, **changes.pop("texts", {})}
    parts = {"body_parts": {"Head": 1, "Body": 1, "Legs": 1}}
    job = Job(tmp_path, SETS, texts=texts, **{**parts, **changes})
    assert job.prove(3) == 0
    assert job.check() == PROVED
    rows = job.builds.read_text(encoding="utf-8").splitlines()
    job.write_proof(job.said(), "\n".join([rows[0], *rows[2:]]) + "\n", limit=len(rows) - 2)
    assert job.check() == REFUTED


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"resistances": {"fire": {"min": 0}}},
        {"totals": {"Colour": {"weight": 1.5, "min": 2}}},
        {"skills": {"Guard": {"max": 1, "weight": 2}, "Haste": {"max": 1, "weight": 3}}},
        {"skills": {"Guard": {"weight": 2}, "Haste": {"weight": 0}}, "texts": {"skills": CAPS}, "over_max": "cap"},
        {"unlisted_skill_weight": 0.25, "texts": {"decorations": GEMS}},
        {"unlisted_skill_weight": 0.25, "texts": {"decorations": ODD}},
        {"texts": {"set_bonuses": "Bonus Name,Pieces Required,Skill,Level\nOath,1,Guard,1\n"}},
        {"unlisted_skill_weight": 0.25, "texts": {"decorations": GEMS, "skills": CAPS}, "over_max": "cap",
         "skills": {"Guard": {"weight": 2}, "Haste": {"weight": 0.5}}},
    ],
)  # fmt: skip
def test_bonuses_caps_stock_and_columns_are_judged(changes: dict[str, Any], tmp_path: Path) -> None:
    texts = {"set_bonuses": BONUSES, **changes.pop("texts", {})}
    job = Job(tmp_path, SETS, body_parts={"Head": 1, "Body": 1, "Legs": 1}, texts=texts, **changes)
    prove_and_leave_out(job, 1, 3, 8)


def test_pieces_of_two_parts_may_be_alike_in_everything(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Base Defence\nSame,Head,2\nSame,Body,2\n"
    job = Job(tmp_path, equipment, defence=1)
    assert job.prove() == 0
    assert job.check() == PROVED


def test_a_raised_maximum_that_raises_another_is_bounded_by_what_it_is(tmp_path: Path) -> None:
    # Haste raises what Luck may have, Guard what Haste may have; a decoration gives Luck alone.
    caps = "Name,Max Level,Cap Without Unlock,Cap Raised By\nLuck,4,1,Haste\nHaste,3,1,Guard\nGuard,3,,\n"
    head = "Name,Body Part,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Num Lvl 1 Deco Slots\n"
    equipment = head + "Cap,Head,Haste,3,Guard,1,2\nHood,Head,Haste,3,,,3\n"
    equipment += "Mail,Body,Luck,1,Guard,1,0\nVest,Body,Luck,2,,,0\n"
    gems = "Name,Slot Level,Skill 1 Name,Skill 1 Level\nLuck Gem,1,Luck,1\n"
    skills = {"Luck": {"weight": 3}, "Haste": {"weight": 2}, "Guard": {"weight": 1}}
    job = Job(tmp_path, equipment, skills=skills, over_max="cap", texts={"skills": caps, "decorations": gems})
    prove_and_leave_out(job, 1, 3, 4)


def test_a_maximum_is_raised_from_level_1_of_what_raises_it(tmp_path: Path) -> None:
    head = "Name,Body Part,Skill 1 Name,Skill 1 Level\n"
    equipment = head + "Cap,Head,Guard,4\nHood,Head,Guard,6\nMail,Body,Haste,1\nVest,Body,Haste,2\nRags,Body,Haste,-1\n"
    skills = {"Guard": {"weight": 2}, "Haste": {"weight": 0.5}}
    job = Job(tmp_path, equipment, skills=skills, over_max="cap", texts={"skills": CAPS})
    assert job.prove(6) == 0
    assert job.check() == PROVED
    rows = job.builds.read_text(encoding="utf-8").splitlines()
    assert [row.rpartition(",")[2] for row in rows[1:]] == ["11", "10.5", "9", "8.5", "3.5", "3.5"]


def test_a_slot_that_is_worth_more_when_free_stays_free(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Num Lvl 1 Deco Slots,Num Lvl 2 Deco Slots\nCap,Head,1,1\n"
    gem = "Name,Slot Level,Skill 1 Name,Skill 1 Level\nGuard Gem,1,Guard,1\n"
    slots, skills = {"deco_1": 5, "deco_2": 1, "num_decos": 0}, {"Guard": {"max": 3, "weight": 3}}
    job = Job(tmp_path, equipment, decorations=slots, skills=skills, body_parts={"Head": 1}, texts={"decorations": gem})
    for row, answer in (("1x Guard Gem,8", PROVED), (",6", REFUTED), ("2x Guard Gem,6", REFUTED)):
        job.write_proof(("prices", "leaf 0"), f"Head,Decorations,Score\nCap,{row}\n")
        assert job.check() == answer


def test_a_decoration_goes_to_the_weapon_where_another_one_needs_the_armour(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Num Lvl 1 Deco Slots,Num Lvl 2 Deco Slots\nCap,Head,1,1\nBow,Weapon,1,0\n"
    head = "Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On\n"
    gems = f"{head}Guard Gem,1,Guard,1,any\nHaste Gem,1,Haste,1,armor\n"
    skills = {"Guard": {"max": 1, "weight": 2}, "Haste": {"max": 2, "weight": 3}}
    parts = {"Head": 1, "Weapon": 1}
    job = Job(tmp_path, equipment, skills=skills, over_max="cap", body_parts=parts, texts={"decorations": gems})
    for row, answer in (("1x Guard Gem; 2x Haste Gem,8", PROVED), ("2x Haste Gem,6", REFUTED)):
        job.write_proof(("prices", "leaf 0"), f"Head,Weapon,Decorations,Score\nCap,Bow,{row}\n")
        assert job.check() == answer


def test_the_file_is_a_program(tmp_path: Path) -> None:
    job = Job(tmp_path)
    job.write_proof(("prices", "leaf 0"), "Head,Body,Score\nCap,Mail,8\n")
    files = [job.builds, job.equipment, job.config, job.proof]
    for given, code, said in ((files, PROVED, "proved: 1 rows\n"), (files[:3], 2, "unreadable: usage: ")):
        run = subprocess.run([sys.executable, check_proof.__file__, *given], capture_output=True, text=True)
        assert (run.returncode, run.stderr) == (code, "")
        assert run.stdout.startswith(said)


def test_a_total_is_of_pieces_whatever_columns_decorations_have(tmp_path: Path) -> None:
    gems = "Name,Slot Level,Skill 1 Name,Skill 1 Level,Colour\nGuard Gem,1,Guard,1,2\n"
    parts, skills = {"Head": 1, "Body": 1, "Legs": 1}, {"Guard": {"max": 9, "weight": 2}}
    for rule in ({"weight": 0.25}, {"max": 4}, {"weight": -1, "min": 1}):
        job = Job(tmp_path, SETS, body_parts=parts, skills=skills, totals={"Colour": rule}, texts={"decorations": gems})
        job.builds.unlink(missing_ok=True)
        job.proof.unlink(missing_ok=True)
        assert job.prove(3) == 0
        assert "Gem" in job.builds.read_text(encoding="utf-8")
        assert job.check() == PROVED


@pytest.mark.parametrize(("weight", "unit"), [(2, 200), (0.25, 25), (0, 1)])
def test_scores_are_multiples_of_what_divides_all_weights(weight: float, unit: int) -> None:
    skills = {"Guard": {"max": 3, "weight": Fraction(weight), "penalty": 0}}
    given = {"skills": skills, "decorations": FREE, "body_parts": {"Head": 1}}
    config = {**given, "defence": 0, "unlisted_skill_weight": 0}
    tables = {"equipment": (["name", "bodypart"], [{"name": "Cap", "bodypart": "Head"}])}
    assert check_proof.read_job(config, tables, 100, {}).unit == unit
