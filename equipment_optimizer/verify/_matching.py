"""Which decoration may be in which slot.

In: the slots of a build and what is said to fill them. Out: a decoration for each
slot, or that there is no way. Plain: a perfect matching by augmenting paths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ._definition import Definition, Slot

__all__ = ["may_hold", "place_decorations"]


def may_hold(definition: Definition, slot: Slot, number: int) -> bool:
    """Whether a slot takes a decoration."""
    on_weapon, level = slot
    decoration = definition.decorations[number]
    place = {"any": True, "weapon": on_weapon, "armor": not on_weapon}[decoration.allowed_on]
    return place and decoration.slot_level <= level


def place_decorations(
    definition: Definition, slots: Sequence[Slot], filling: Mapping[int, int], free_slots: Sequence[int]
) -> list[int] | None:
    """A decoration for each slot, -1 where it stays free, or None where they do not fit.

    `filling` counts decorations by number, `free_slots` by level the slots of exactly that
    level that stay free. H. W. Kuhn, "The Hungarian method for the assignment problem" (1955).
    """
    # A token -l stands for a slot of level l that stays free.
    tokens = [number for number, count in filling.items() for _ in range(min(count, len(slots) + 1))]
    tokens += [-level for level, count in enumerate(free_slots, 1) for _ in range(min(max(count, 0), len(slots) + 1))]
    if len(tokens) != len(slots) or min(free_slots) < 0:
        return None
    # Decoration 0 and free level 0 would collide: levels start at 1.
    held: list[int | None] = [None] * len(slots)

    def goes_in(token: int, slot: Slot) -> bool:
        return slot[1] == -token if token < 0 else may_hold(definition, slot, token)

    def place(i: int, tried: set[int]) -> bool:
        for s, slot in enumerate(slots):
            if s in tried or not goes_in(tokens[i], slot):
                continue
            tried.add(s)
            owner = held[s]
            if owner is None or place(owner, tried):
                held[s] = i
                return True
        return False

    if not all(place(i, set()) for i in range(len(tokens))):
        return None
    return [-1 if owner is None or tokens[owner] < 0 else tokens[owner] for owner in held]
