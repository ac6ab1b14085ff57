"""What became of a list, and records as plain JSON values that anybody may have damaged."""

from __future__ import annotations

import types
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import EXIT_DONE

__all__ = ["Outcome", "record_of"]

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a list."""

    #: "to make", "up to date", "made", "stopped" (by a time limit, with an output), "infeasible", "failed",
    #: or "interrupted" (without an output).
    status: str = "to make"
    exit_code: int = EXIT_DONE
    message: str = ""  # the error, as the single command would tell it
    n_results: int | None = None
    best_score: str | None = None
    seconds: float | None = None  # spent on making it, in whatever process
    #: What the best build's pieces are known by among the lists of a batch (`sharing.wardrobe.piece_ids`).
    worn_rows: list[int] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)  # pieces and key skills, as `batch_index.best_of` gives them
    news: str = ""  # what changed since it was made before, in a sentence


def record_of(cls: type[Record], value: object, *, optional: Collection[str] = ()) -> Record | None:
    """The record that a JSON value holds; None where a field is missing, is too many or has another type.

    Fields that are `optional` have a default: older files lack them.
    """
    names = {member.name for member in fields(cls)}  # type: ignore[arg-type]
    if not isinstance(value, dict) or not names - {*optional} <= set(value) <= names:
        return None
    hints = get_type_hints(cls)
    return cls(**value) if all(_has_type(value[name], hints[name]) for name in value) else None


def _has_type(value: object, kind: Any) -> bool:
    """Whether a JSON value is of a type made of plain ones, lists, dicts of them and unions."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(_has_type(value, member) for member in arguments)
    if origin is list:
        return isinstance(value, list) and all(_has_type(member, arguments[0]) for member in value)
    if origin is dict:
        return isinstance(value, dict) and all(_has_type(member, arguments[1]) for member in value.values())
    if kind is Any:
        return True
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
