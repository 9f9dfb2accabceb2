"""An open quote swallows no row in silence."""

import csv
import io
import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.app.subscriber_csv import CsvRow, parse_csv
from digest.app.subscriber_csv.reader import TOO_FEW_CELLS, TOO_MANY_CELLS, UNCLOSED_QUOTE
from digest.model.errors import InvalidInput

NAMES = ["email", "name", "status"]


def parsed_rows(text: str) -> list[tuple[int, str, str]]:
    """Return line, address and reason of each row."""
    return [(row.line, row.values.get("address", ""), refusal_reason(row)) for row in parse_csv(text.encode()).rows]


def refusal_reason(row: CsvRow) -> str:
    return row.rejection.reason if row.rejection else ""


def test_an_open_quote_is_told_with_its_line_and_every_row_that_it_swallowed() -> None:
    sheet = parse_csv(
        b'email,name,status\nann@example.org,A,subscribed\ncat@example.org,"open,unsubscribed\n'
        b"dan@example.org,D,subscribed\neve@example.org,E,subscribed\n"
    )

    assert [(row.line, row.values["address"], refusal_reason(row)) for row in sheet.rows] == [
        (2, "ann@example.org", ""),
        (3, "cat@example.org", UNCLOSED_QUOTE),
        (4, "dan@example.org", UNCLOSED_QUOTE),
        (5, "eve@example.org", UNCLOSED_QUOTE),
    ]
    assert all(row.rejection and "line 3" in row.rejection.detail for row in sheet.rows[1:])


def test_rows_after_the_quote_that_closes_it_are_read() -> None:
    text = (
        'email,name,status\nann@example.org,"A,unsubscribed\nbob@example.org,B,subscribed\n'
        'cat@example.org,"Cat, C",subscribed\ndan@example.org,D,unsubscribed\neve@example.org,E,subscribed\n'
    )

    assert [(address, bool(why)) for _, address, why in parsed_rows(text)] == [
        ("ann@example.org", True),
        ("bob@example.org", True),
        ("cat@example.org", True),
        ("dan@example.org", True),
        ("eve@example.org", False),
    ]


@pytest.mark.parametrize(
    "note", ["two\nlines", "write to bob@example.org,\nplease", "a\r\nb", "5, 6\n7, 8", "Regards\nAnn <ann@x.org>"]
)
def test_a_note_of_several_lines_is_a_note(note: str) -> None:
    into = io.StringIO()
    csv.writer(into).writerows([["email", "note"], ["ann@example.org", note], ["bob@example.org", ""]])

    assert [(address, why) for _, address, why in parsed_rows(into.getvalue())] == [
        ("ann@example.org", ""),
        ("bob@example.org", ""),
    ]


@pytest.mark.parametrize("text", ['email,"name\nann@example.org,A\n', 'email\n"' + "x" * 200_000])
def test_a_file_that_cannot_be_read_row_by_row_is_refused_with_the_line(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"line [12]: a quote opens there"):
        parse_csv(text.encode())


def test_a_row_with_more_cells_than_columns_is_not_trusted() -> None:
    assert parsed_rows("email,name\nann@example.org,A,,\nbob@example.org,Doe, Bob\n") == [
        (2, "ann@example.org", ""),
        (3, "bob@example.org", TOO_MANY_CELLS),
    ]


ADDRESS = re.compile(r"r\d+@example\.org")


def test_a_row_that_ends_before_its_state_is_not_trusted() -> None:
    assert parsed_rows("email,name,status\nann@example.org,A\nbob@example.org,\n") == [
        (2, "ann@example.org", TOO_FEW_CELLS),
        (3, "bob@example.org", TOO_FEW_CELLS),
    ]


QUOTING: st.SearchStrategy[Literal[0, 1]] = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])

csv_people = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Doe, Ann", 'Ann "A" Doe', "", "two\nlines", "王小明"]),
        st.sampled_from(["subscribed", "unsubscribed"]),
    ),
    min_size=1,
    max_size=12,
)


@given(people=csv_people, where=st.floats(0, 1), quoting=QUOTING)
def test_a_quote_anywhere_brings_nobody_back_and_loses_nobody(
    people: list[tuple[str, str]], where: float, quoting: Literal[0, 1]
) -> None:
    states = {f"r{at}@example.org": state for at, (_, state) in enumerate(people)}
    into = io.StringIO()
    writer = csv.writer(into, quoting=quoting)
    writer.writerow(NAMES)
    begin = into.tell()
    writer.writerows([f"r{at}@example.org", *one] for at, one in enumerate(people))
    text = into.getvalue()
    inside = {at for found in ADDRESS.finditer(text) for at in range(found.start() + 1, found.end())}
    places = [at for at in range(begin, len(text)) if at not in inside]
    at = places[int(where * (len(places) - 1))]

    rows = parsed_rows(f'{text[:at]}"{text[at:]}')

    told = " ".join(address for _, address, _ in rows)
    taken = {address for _, address, why in rows if not why}
    assert not {address for address, state in states.items() if state != "subscribed"} & taken
    assert set(states) <= set(ADDRESS.findall(told))
