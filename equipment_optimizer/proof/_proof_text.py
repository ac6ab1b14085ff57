"""A proof as text: what it claims, the price vectors, the boxes in preorder (docs/proof.md).

Numbers in base ten and names as they stand in the inputs; everything else the checker
makes anew from the inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..errors import UsageError
from ..problem.problem import Feature, Problem
from ..records.config import Config
from .prove import Proof

__all__ = ["VERSION", "check_provable", "proof_lines"]

VERSION = "equipment-optimizer proof 1"

_KINDS = {"skill": "skill", "defence": "point", "resistance": "point", "total": "column"}
_KINDS |= {kind: kind for kind in ("count", "value", "pin")}


def check_provable(problem: Problem, config: Config) -> None:
    """Refuse what the format has no words for yet."""
    others = [feature.path for feature in problem.features if feature.kind not in _KINDS]
    given = {
        "formula": config.formula is not None,
        "variants": config.variants is not None,
        "different": config.different_skills or config.different_pieces is not None,
        "share": config.share is not None,
        "front": bool(config.front),
    }
    others += [f"$.{key}" for key, is_given in given.items() if is_given]
    others += [f"$.body_parts.{part}.from" for part, rule in config.body_parts.items() if rule.drawn_from]
    if others:
        raise UsageError(f"a proof cannot be had yet for a job with {others[0]}", "leave --proof out")


def proof_lines(problem: Problem, proof: Proof, *, limit: int, inputs: Sequence[str], builds: str | None) -> list[str]:
    """The lines of a proof.

    `inputs`, of equipment, config and the files beside it, and `builds` are hexadecimal
    SHA-256; None where no build fits.
    """
    stock = [] if problem.decorations is None else problem.decorations.stock.tolist()
    limited = [d for d, n in enumerate(stock) if n >= 0]
    equipment, config, *beside = inputs
    lines = [VERSION, f"equipment {equipment}", f"config {config}", *(f"file {sha256}" for sha256 in beside)]
    lines += [f"list {builds or 'none'}", f"limit {limit}"]
    lines.append(f"scale {proof.precision} {problem.digits}")
    lines += [f"total {_KINDS[feature.kind]} {_step(feature)}{_name(feature.name)}" for feature in problem.features]
    lines += [f"bonus {_name(name)}" for name in problem.bonus_names]
    lines += [f"stock {problem.decorations.index[d]}" for d in limited if problem.decorations is not None]
    for vector in proof.vectors:
        of_stock = [vector.stock_price[d] if vector.stock_price else 0 for d in limited]
        lines.append(_line("prices", (*vector.price, *of_stock)))
    lines += [_line(kind, numbers) for kind, numbers in proof.tree]
    return [*lines, "end"]


def _line(word: str, numbers: Sequence[int]) -> str:
    return " ".join([word, *map(str, numbers)])


def _step(feature: Feature) -> str:
    """What one of a column's total is of what is written; nothing for other totals."""
    return f"{Fraction(feature.unit, 10**feature.digits)} " if feature.kind == "total" else ""


def _name(name: str) -> str:
    """A name on one line."""
    return " ".join(name.split())
