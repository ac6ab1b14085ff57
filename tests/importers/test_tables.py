"""Tables that importers write: columns for as many skills and bonuses as any row has."""

from equipment_optimizer.importers._tables import Jewel, Piece, bonuses_text, decorations_text, pieces_text, skills_text


def test_pieces_have_as_many_columns_as_the_fullest_needs():
    text = pieces_text(
        [
            Piece("A", "Head", 5, [1, 1, 4], (("Fury", 2), ("Calm", 1)), bonuses=("Oath",), other=("x",)),
            Piece("B", "Charm", other=("",)),
        ],
        ["Rarity"],
    )
    header, first, second = text.splitlines()
    assert header.startswith("Name,Body Part,Base Defence,Num Lvl 1 Deco Slots,")
    assert header.endswith("Skill 2 Level,Fire Res,Water Res,Thunder Res,Ice Res,Dragon Res,Set Bonus 1,Rarity")
    assert first == "A,Head,5,2,0,0,1,Fury,2,Calm,1,,,,,,Oath,x"
    assert second == "B,Charm,,0,0,0,0,,,,,,,,,,,"


def test_side_files_have_the_columns_of_the_format():
    assert decorations_text([Jewel("J", 2, (("Fury", 1),), 3, "weapon")]) == (
        "Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On,Rarity\nJ,2,Fury,1,weapon,3\n"
    )
    assert bonuses_text([("Oath", 2, "Fury", 1)]) == "Bonus Name,Pieces Required,Skill,Level\nOath,2,Fury,1\n"
    assert skills_text([("Fury", 5)]) == "Name,Max Level\nFury,5\n"
