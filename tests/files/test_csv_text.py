"""CSV text into records, and what stands above the header."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.files.csv_text import CsvTable, Header, open_csv
from equipment_optimizer.files.findings import Findings

#: Cells with everything that CSV gives a meaning to; trimmed and not blank.
CELLS = st.text(st.sampled_from('ab"\n,;\t é😀'), min_size=1, max_size=8).map(lambda text: f"x{text}y")


def opened(
    raw: bytes, known: Sequence[str] = (), findings: Findings | None = None, required: Sequence[str] = ()
) -> CsvTable | None:
    """The table of a file in which the headers `known` mean themselves."""

    def understand(titles: Sequence[str]) -> list[Header]:
        return [Header(title, title, title if title in known else None) for title in titles]

    return open_csv(raw, findings or Findings("f.csv"), understand, required=required)


def records_of(raw: bytes, known: Sequence[str] = ()) -> list[list[str] | None]:
    table = opened(raw, known)
    return [] if table is None else [list(table.titles), *(cells for _, cells in table.records)]


def faults_of(raw: bytes) -> list[str]:
    findings = Findings("f.csv")
    table = opened(raw, findings=findings)
    if table is not None:
        list(table.records)
    return [str(fault) for fault in findings.faults()]


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    bom=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_what_the_csv_module_writes_is_read_back(rows, delimiter, line_end, quoting, bom) -> None:
    if line_end == "\r":
        quoting = csv.QUOTE_ALL  # the module leaves a line feed bare where lines end otherwise
    out = io.StringIO()
    header = ["Name", "Part"]
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([header, *rows])
    assert records_of(bom + out.getvalue().encode(), ("Name", "Part")) == [header, *rows]


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=5),
    gaps=st.lists(st.sampled_from(["", "\n", " \n", ",,\n", '"\n \n",""\n']), min_size=5, max_size=5),
)
def test_records_know_the_line_they_start_on(rows, gaps) -> None:
    text = "header\n"
    expected = []
    for row, gap in zip(rows, gaps, strict=False):
        text += gap
        expected.append(text.count("\n") + 1)
        text += ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
    table = opened(text.encode(), ("header",))
    assert table is not None
    assert [line for line, _ in table.records] == expected


@given(st.text(st.sampled_from('a",;\t\n\r é'), max_size=60))
def test_any_text_gives_trimmed_records_or_faults(text: str) -> None:
    for cells in records_of(text.encode()):
        assert cells is None or (any(cells) and all(cell == cell.strip() for cell in cells))


def test_the_delimiter_that_gives_known_headers_wins_over_the_one_that_gives_more_cells() -> None:
    raw = b"Name;Part;a,b,c,d,e,f,g\nx;Head;1\n"
    assert records_of(raw, ("Name", "Part")) == [["Name", "Part", "a,b,c,d,e,f,g"], ["x", "Head", "1"]]
    assert records_of(raw)[0] == ["Name;Part;a", "b", "c", "d", "e", "f", "g"]


def test_a_quote_that_is_never_closed_is_reported_where_it_opens() -> None:
    [fault] = faults_of(b'a,b\n\nc,"d\n' + b"e,f\n" * 1000)
    assert fault.startswith("f.csv:3:2: a quoted cell is never closed")


def test_a_cell_of_megabytes_is_read() -> None:
    wide = b"x" * 3_000_000
    assert records_of(b'a,"' + wide + b'"\n' + wide + b",b\n") == [["a", wide.decode()], [wide.decode(), "b"]]


def test_quotes_by_the_million_are_read() -> None:
    assert records_of(b'a,"' + b'""' * 1_000_000 + b'"\n') == [["a", '"' * 1_000_000]]


def test_a_header_of_very_many_columns_is_read() -> None:
    [header] = records_of(b",".join(b"c%d" % i for i in range(200_000)))
    assert header is not None
    assert len(header) == 200_000
