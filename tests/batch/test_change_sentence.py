"""What changed since a list was made before, in a sentence."""

from types import SimpleNamespace

import pytest

from equipment_optimizer.batch._change_sentence import news_sentence

OLD = {"pieces": [["Head", "Cap"], ["Body", "Coat"]]}


def old(score="5", best=None, status="made"):
    return SimpleNamespace(status=status, best_score=score, best=OLD if best is None else best)


def made(score="5", names=("Cap", "Coat"), status="made"):
    pieces = [[part, name] for part, name in zip(("Head", "Body"), names, strict=True)]
    return SimpleNamespace(outcome=SimpleNamespace(status=status, best_score=score, best={"pieces": pieces}))


@pytest.mark.parametrize(
    ("before", "now", "changes", "words"),
    [
        (None, made(), {}, "new"),
        (old(), made(), {}, "the best build is as before"),
        (old(), made("5.37", ("Patch Helm", "Coat")), {}, "+0.37, thanks to Patch Helm"),
        (old(), made("5.370", ("Helm", "Coat")), {("head", "Helm"): "new"}, "+0.37, thanks to Helm (new)"),
        (
            old(),
            made("4.5", ("Hat", "Coat")),
            {("head", "Cap"): "gone"},
            "\u22120.5, now with Hat instead of Cap (gone)",
        ),
        (old(), made("6"), {("body", "Coat"): "Defence 1 \u2192 2"}, "+1, from Coat (Defence 1 \u2192 2)"),
        (old(), made("6"), {}, "+1: not its pieces, but what they are worth"),
        (old(), made("5", ("Hat", "Vest")), {}, "the same score, thanks to Hat and Vest"),
        (old(), made(None, status="infeasible"), {}, "fits no more"),
        (old(status="infeasible", score=None), made(None, status="infeasible"), {}, ""),
        (old(status="infeasible", score=None), made(), {}, "fits again"),
        (old(), made(status="stopped"), {}, ""),
        (old(score="damaged"), made("6"), {}, ""),
        (old(best={"pieces": 3}), made("6"), {}, "+1"),
    ],
)
def test_the_sentence_says_what_changed_and_thanks_to_what(before, now, changes, words):
    assert news_sentence(before, now, changes) == words


def test_many_pieces_are_counted():
    names = [f"New {k}" for k in range(5)]
    pieces = [[f"P{k}", name] for k, name in enumerate(names)]
    now = SimpleNamespace(outcome=SimpleNamespace(status="made", best_score="9", best={"pieces": pieces}))
    assert news_sentence(old(), now, {}) == "+4, thanks to New 0, New 1, New 2 and 2 more"
