"""The head that a batch gives a page: it can be set, replaced, and taken for nothing."""

from page_jobs import NASTY, example

from equipment_optimizer.output.pages.page_frame import Frame, set_frame, unframed


def test_a_page_is_what_it_was_whatever_its_head_says(tmp_path):
    path, text = tmp_path / "a.html", example(3)[1].encode()
    path.write_bytes(text)
    assert unframed(text) == text
    for frame in (
        Frame(index="index.html", previous=("b c.html", NASTY)),
        Frame(index="index.html", following=("d.html", "d"), stale="It is old."),
    ):
        assert set_frame(str(path), frame)
        raw = path.read_bytes()
        assert raw != text
        assert NASTY.encode() not in raw
        assert unframed(raw) == text
    assert b"It is old." in path.read_bytes()
    assert b"b%20c.html" not in path.read_bytes()


def test_what_is_no_page_is_left_alone(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    assert not set_frame(str(path), Frame(index="index.html"))
    assert path.read_text() == "mine"
    assert not set_frame(str(tmp_path / "none.html"), Frame(index="index.html"))


def test_a_framed_page_works_in_a_browser(page, tmp_path):
    path = tmp_path / "framed.html"
    path.write_text(example(3)[1], encoding="utf-8")
    set_frame(str(path), Frame(index="index.html", following=("d.html", "d"), stale="It is old."))
    opened = page(path.read_text(encoding="utf-8"))
    assert opened.texts(".frame a") == ["All lists", "d \u2192"]
    assert opened.texts(".banner") == ["Out of date. It is old."]
