"""Small jobs for the checker of proofs: their files, what the command makes of them, and proofs by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from equipment_optimizer.cli import main
from equipment_optimizer.proof import check_proof

PROVED, REFUTED, UNREADABLE, BEYOND = 0, 1, 2, 6

EQUIPMENT = """Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots,Num Lvl 2 Deco Slots,Colour
Cap,Head,1,Guard,1,1,0,3
Helm,Head,3,,,0,1,5
Mail,Body,4,Haste,2,0,0,3
"""
DECORATIONS = "Name,Slot Level,Skill 1 Name,Skill 1 Level\nGuard Gem,1,Guard,1\nHaste Gem,2,Haste,1\n"
FREE = {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0}
CONFIG: dict[str, Any] = {
    "skills": {"Guard": {"max": 3, "weight": 2, "penalty": 0}, "Haste": {"max": 3, "weight": 3, "penalty": 0}},
    "decorations": FREE, "defence": 0, "unlisted_skill_weight": 0, "body_parts": {"Head": 1, "Body": 1},
}  # fmt: skip


class Job:
    """The files of a job, list and proof."""

    def __init__(self, folder: Path, equipment: str = EQUIPMENT, **changes: Any) -> None:
        self.builds, self.proof = folder / "builds.csv", folder / "builds.proof"
        self.equipment, self.config = folder / "equipment.csv", folder / "config.json"
        self.equipment.write_bytes(equipment.encode("latin-1" if "\xe9" in equipment else "utf-8"))
        config = {**CONFIG, **changes}
        self.beside = []
        for key, text in config.pop("texts", {}).items():
            (folder / f"{key}.csv").write_text(text, encoding="utf-8")
            config.setdefault("files", {})[key] = f"{key}.csv"
            self.beside.append(folder / f"{key}.csv")
        self.config.write_text(json.dumps(config), encoding="utf-8")

    def prove(self, limit: int = 1) -> int:
        """Let the command make list and proof; its exit code."""
        files = [str(self.equipment), str(self.builds), str(self.config)]
        return main(["optimize", *files, "--quiet", "--limit", str(limit), "--proof", str(self.proof)])

    def check(self) -> int:
        """The checker's exit code."""
        return check_proof.main([str(self.builds), str(self.equipment), str(self.config), str(self.proof)])

    def said(self) -> tuple[str, ...]:
        """What the proof says beside its claim: totals, prices, boxes."""
        return tuple(self.proof.read_text(encoding="utf-8").partition("\nscale ")[2].splitlines()[1:-1])

    def write_proof(self, lines: tuple[str, ...] = (), rows: str | None = None, limit: int = 1) -> None:
        """A proof by hand with hashes that fit, of a list with these rows or of none."""

        def hashed(path: Path) -> str:
            return hashlib.sha256(path.read_bytes()).hexdigest()

        if rows is not None:
            self.builds.write_text(rows, encoding="utf-8")
        listed = "none" if rows is None else hashed(self.builds)
        head = [check_proof.VERSION, f"equipment {hashed(self.equipment)}", f"config {hashed(self.config)}"]
        head += [*(f"file {hashed(path)}" for path in self.beside), f"list {listed}", f"limit {limit}", "scale 1024 2"]
        self.proof.write_text("\n".join([*head, *lines, "end", ""]), encoding="utf-8")


BONUSES = """Bonus Name,Pieces Required,Skill,Level
Oath,1,Guard,1
Oath,2,Haste,1
Vow,1,Haste,2
Vow,3,Guard,3
"""
SETS = """Name,Body Part,Set Bonus 1,Skill 1 Name,Skill 1 Level,Fire Res,Num Lvl 1 Deco Slots,Colour
Cap,Head,Oath,Guard,2,1,2,1.5
Hood,Head,Vow,Haste,3,3,0,2
Mail,Body,Oath,Guard,1,-2,1,0.5
Vest,Body,Vow,,,2,2,1
Greaves,Legs,Oath,Haste,1,0,0,2.5
Boots,Legs,Vow,Guard,1,1,1,0
"""
CAPS = "Name,Max Level,Cap Without Unlock,Cap Raised By\nGuard,5,2,Haste\nHaste,3,,\n"
#: Worth what nothing lists, a decoration of which there are few, and one that gives nothing.
ODD = "Name,Slot Level,Skill 1 Name,Skill 1 Level\nOdd Gem,1,Odd,1\nStone,1,,\n"
GEMS = """Name,Slot Level,Skill 1 Name,Skill 1 Level,Available
Guard Gem,1,Guard,1,1
Odd Gem,1,Odd,1,
Stone,1,,,
"""
