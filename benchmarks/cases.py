"""The frozen registry: cases that benchmarks run on, and phases that are timed.

A case is a size and a severity: how many builds tie, how much a bound prunes, how
often a skill passes its maximum. Tables are made from a seed, so that they are the
same everywhere; ``checksum`` notices if they are not. Real tables come from a
folder that the scripts take as an argument.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import DEFAULT_BODY_PARTS

#: Where the scripts look for real tables unless they are told.
DATA = Path(__file__).resolve().parent.parent / "../shared/data"

SKILLS = [f"Skill {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"]

Job = tuple[EquipmentTable, Config]


def data_folder(name: str) -> Path:
    """A folder of tables named on the command line: configurations that are written elsewhere name its files."""
    return Path(name).resolve()


@dataclass(frozen=True)
class Case:
    """A job made from a seed.

    Attributes
    ----------
    name : str
    sizes : tuple of int
        Pieces of each body part.
    ties : float
        Share of pieces that score like another one.
    spread : str
        ``steep``: few pieces are good at everything, bounds prune almost all;
        ``even``: levels are uniformly random; ``clash``: so are they, in few skills
        that soon pass their maximum and are then worth nothing, which is the worst
        case for bounds.
    listed : int
        Skills with a weight.
    """

    name: str
    sizes: tuple[int, ...]
    ties: float = 0.2
    spread: str = "steep"
    listed: int = 10

    def job(self) -> Job:
        """Table and configuration."""
        rng = random.Random(self.name)
        pieces: list[EquipmentPiece] = []
        for (part, _), size in zip(DEFAULT_BODY_PARTS, self.sizes, strict=False):
            own: list[EquipmentPiece] = []
            for i in range(size):
                name = f"{part} {i}"
                is_twin = bool(own) and rng.random() < self.ties
                own.append(rng.choice(own)._replace(name=name) if is_twin else self._piece(rng, name, part))
            pieces += own
        return EquipmentTable.from_pieces(pieces), self._config(rng)

    def _piece(self, rng: random.Random, name: str, part: str) -> EquipmentPiece:
        if self.spread == "clash":
            skills = tuple((skill, rng.randint(1, 3)) for skill in rng.sample(SKILLS[: self.listed], 4))
            return EquipmentPiece(name, part, rng.randint(0, 63), (0, 0, 0, 0), skills)
        if self.spread == "even":
            skills = tuple((skill, rng.randint(1, 3)) for skill in rng.sample(SKILLS, 4))
            slots = (rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 1), rng.randint(0, 1))
            return EquipmentPiece(name, part, rng.randint(0, 200), slots, skills)
        grade = rng.random() ** 2
        skills = tuple(
            (skill, 1 + int(2.5 * grade * rng.random())) for skill in rng.sample(SKILLS, rng.choice([1, 2, 2]))
        )
        slots = tuple(int(rng.random() < grade / 2) for _ in range(4))
        return EquipmentPiece(name, part, int(150 * grade) + rng.randint(0, 9), slots, skills)  # type: ignore[arg-type]

    def _config(self, rng: random.Random) -> Config:
        # Multiples of 1/64: exact in floating point too, for those that are compared with.
        if self.spread == "clash":
            return self._clashing(rng)
        return Config(
            skills={
                skill: SkillRule(
                    weight=Decimal(rng.randint(64, 256)) / 64,
                    penalty=Decimal(rng.choice([0, 16])) / 64,
                    maximum=rng.randint(3, 7),
                )
                for skill in SKILLS[: self.listed]
            },
            slot_weights=(Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal(2)),
            slot_count_weight=Decimal("0.25"),
            defence_weight=Decimal(1) / 64,
            unlisted_skill_weight=Decimal(0),
            limit=100,
        )

    def _clashing(self, rng: random.Random) -> Config:
        zero = Decimal(0)
        weights = {skill: Decimal(rng.randint(64, 128)) / 64 for skill in SKILLS[: self.listed]}
        return Config(
            skills={skill: SkillRule(weight=weight, penalty=zero, maximum=3) for skill, weight in weights.items()},
            slot_weights=(zero,) * 4,
            slot_count_weight=zero,
            defence_weight=Decimal(1) / 64,
            unlisted_skill_weight=zero,
            limit=100,
        )


#: Small ones for the smoke run, the others for the scripts.
CASES = {
    case.name: case
    for case in (
        Case("tiny", (5, 5, 5, 5, 4, 4)),
        Case("tiny ties", (5, 5, 5, 5, 4, 4), ties=0.8, listed=3),
        Case("tiny even", (5, 5, 5, 5, 4, 4), ties=0.0, spread="even", listed=24),
        Case("1e6", (10, 10, 10, 10, 10, 10)),
        Case("1e6 ties", (10, 10, 10, 10, 10, 10), ties=0.8, listed=3),
        Case("1e6 even", (10, 10, 10, 10, 10, 10), ties=0.0, spread="even", listed=24),
        Case("tiny clash", (5, 5, 5, 5, 4, 4), ties=0.0, spread="clash", listed=12),
        Case("1e9 clash", (32, 32, 32, 32, 32, 32), ties=0.0, spread="clash", listed=12),
        Case("1e10 clash", (47, 47, 47, 47, 46, 46), ties=0.0, spread="clash", listed=12),
        Case("1e11 clash", (68, 68, 68, 68, 68, 69), ties=0.0, spread="clash", listed=18),
        Case("1e12 clash", (100, 100, 100, 100, 100, 100), ties=0.0, spread="clash", listed=24),
        Case("1e9 even", (32, 32, 32, 32, 32, 32), ties=0.0, spread="even", listed=24),
        Case("1e10 even", (47, 47, 47, 47, 46, 46), ties=0.0, spread="even", listed=24),
        Case("1e11 even", (68, 68, 68, 68, 68, 69), ties=0.0, spread="even", listed=24),
        Case("1e12 even", (100, 100, 100, 100, 100, 100), ties=0.0, spread="even", listed=24),
    )
}

SMOKE_CASES = ("tiny", "tiny ties", "tiny even", "tiny clash")

PHASES = ("load", "score", "search", "export", "whole")


def cut(table: EquipmentTable, sizes: Sequence[int]) -> EquipmentTable:
    """Pieces of each body part at even distances, file order kept."""
    keep = np.zeros(table.n_pieces, dtype=bool)
    for start, stop, size in zip(table.part_start[:-1], table.part_start[1:], sizes, strict=True):
        keep[np.unique(np.linspace(start, stop - 1, min(size, stop - start)).astype(int))] = True
    return table.select(keep)


def cut_to(table: EquipmentTable, n_combinations: float) -> EquipmentTable:
    """About `n_combinations` combinations of the table's pieces, parts of equal size."""
    size = round(n_combinations ** (1 / len(table.parts)))
    return cut(table, [size] * len(table.parts))


def real_job(data: Path, folder: str, file: str = "seed.csv") -> Job:
    """A real table with its configuration."""
    table, config, _ = load_job(data / folder / file, data / folder / "config.json")
    return table, config


def with_penalty(config: Config, penalty: str) -> Config:
    """The configuration with one penalty for all skills."""
    skills = {name: replace(rule, penalty=Decimal(penalty)) for name, rule in config.skills.items()}
    return replace(config, skills=skills)


def weightless(config: Config) -> Config:
    """The configuration with every weight 0: all builds tie."""
    zero = Decimal(0)
    skills = {name: replace(rule, weight=zero, penalty=zero) for name, rule in config.skills.items()}
    return replace(
        config, skills=skills, slot_weights=(zero,) * 4, slot_count_weight=zero, defence_weight=zero,
        unlisted_skill_weight=zero,
    )  # fmt: skip


def checksum(table: EquipmentTable) -> str:
    """A hash of the pieces, eight digits: whether two transcripts speak of the same input."""
    # Columns that came later count where they are used: figures of different days go on to speak of the same input.
    lines = [repr(piece).replace(", weapon_slots=(0, 0, 0, 0)", "") for piece in table]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def write_job(job: Job, folder: Path) -> tuple[str, str]:
    """Write a job made from a seed as an equipment file and a configuration file; returns their paths."""
    import csv
    import json

    table, config = job
    equipment, settings = folder / "equipment.csv", folder / "config.json"
    n_skills = max(len(piece.skills) for piece in table)
    with equipment.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        skill_headers = [f"Skill {k} {what}" for k in range(1, n_skills + 1) for what in ("Name", "Level")]
        slot_headers = [f"Num Lvl {level} Deco Slots" for level in range(1, 5)]
        writer.writerow(["Name", "Body Part", "Base Defence", *slot_headers, *skill_headers])
        for piece in table:
            skills = [cell for pair in piece.skills for cell in pair]
            skills += [""] * (2 * n_skills - len(skills))
            writer.writerow([piece.name, piece.body_part, piece.defence, *piece.slots, *skills])
    slot_weights = {f"deco_{level}": float(weight) for level, weight in enumerate(config.slot_weights, 1)}
    document = {
        "decorations": {**slot_weights, "num_decos": float(config.slot_count_weight)},
        "skills": {
            name: {"max": rule.maximum, "weight": float(rule.weight), "penalty": float(rule.penalty)}
            for name, rule in config.skills.items()
        },
        "defence": float(config.defence_weight),
        "unlisted_skill_weight": float(config.unlisted_skill_weight),
        "limit": config.limit,
    }
    settings.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return str(equipment), str(settings)
