"""My Game: its list of gear into an equipment list."""

from __future__ import annotations

from equipment_optimizer.importers._job_files import Piece, notices_of, pieces_text
from equipment_optimizer.importers._json_source import JsonSource

_PARTS = {"skull": "Head", "trunk": "Body"}


def mygame_files(path: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Texts by file name, and notices for the user."""
    source = JsonSource(path)
    pieces = []
    for item in source.root.elements() if source.root is not None else ():
        name, where, armor = item.member("title"), item.member("where"), item.member("armor")
        gems, perks = item.member("gems"), item.member("perks")
        part = _PARTS.get((where and where.text()) or "")
        levels = perks.members() if perks is not None else ()
        if where is not None and part is None:
            where.fault("an unknown place", f"known: {', '.join(_PARTS)}")
        pieces.append(
            Piece(
                name=(name and name.text()) or "",
                body_part=part or "",
                defence=(armor and armor.whole()) or 0,
                slots=[gem.whole(0) or 0 for gem in gems.elements()] if gems is not None else [],
                skills=tuple((perk, level.whole() or 0) for perk, level in levels),
            )
        )
    notices = notices_of(source.findings)
    return {"equipment.csv": pieces_text(pieces, ())}, notices
