"""CSV files as newsletter tools write them; an open quote swallows no row in silence."""

import csv
import io
import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.app.subscriber_csv.reader import TOO_FEW_CELLS, TOO_MANY_CELLS, UNCLOSED_QUOTE, CsvRow, parse_csv
from digest.model.errors import InvalidInput


def addresses_in(data: bytes) -> list[str]:
    return [row.values["address"] for row in parse_csv(data).rows]


@pytest.mark.parametrize(
    "head",
    [
        *("email", "Email", "EMAIL ADDRESS", "e-mail", "Mail", '"Subscriber Email"', "address", "邮箱"),
        *("E-mail 1 - Value", "Email (required)", "電子郵件", "\u200bemail", "Primary Email", "Subscriber"),
    ],
)
def test_the_column_of_addresses_has_many_names(head: str) -> None:
    assert addresses_in(f"{head},Name\nann@example.org,Ann\n".encode()) == ["ann@example.org"]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(sign: str) -> None:
    data = sign.join(("name", "email", "note")) + "\n" + sign.join(("Ann", "ann@example.org", '"a, b; c"'))

    assert addresses_in(data.encode()) == ["ann@example.org"]


@pytest.mark.parametrize(
    ("encoding", "note"), [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("gb18030", "GB18030")]
)
def test_encodings_are_told_or_guessed(encoding: str, note: str) -> None:
    sheet = parse_csv("email,姓名\nann@example.org,王小明\n".encode(encoding))

    assert sheet.rows[0].values["address"] == "ann@example.org"
    assert note in " ".join(sheet.notes)
    assert bool(sheet.notes) == bool(note)


def test_western_names_are_not_taken_for_chinese() -> None:
    sheet = parse_csv("email,name,domains\nann@example.org,Jürgen Müller,Größe\n".encode("cp1252"))

    assert "cp1252" in sheet.notes[0]
    assert sheet.rows[0].values["domains"] == "Größe"


def test_a_street_is_no_address_where_there_is_a_column_of_mail() -> None:
    assert addresses_in(b"Address,Email Address\nMain Street 1,ann@example.org\n") == ["ann@example.org"]


def test_our_own_columns_keep_their_meaning() -> None:
    sheet = parse_csv(b"subscriber,channel,address,state\n7,telegram,42,active\n7,email,a@example.org,gone\n")

    first, second = sheet.rows
    assert sheet.is_own_export
    assert first.values == {"subscriber": "7", "channel": "telegram", "address": "42", "state": "active"}
    assert second.rejection
    assert "gone" in second.rejection.detail


def test_lines_are_numbered_and_empty_ones_left_out() -> None:
    sheet = parse_csv(b'email,note\r\na@example.org,"two\r\nlines"\r\n,\r\nb@example.org,\r\n')

    assert [row.line for row in sheet.rows] == [2, 5]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "^"])
def test_excels_first_line_tells_the_delimiter(sign: str) -> None:
    sheet = parse_csv(f"sep={sign}\r\nemail{sign}name\r\nann@example.org{sign}Ann\r\n".encode())

    assert [(row.line, row.values["address"]) for row in sheet.rows] == [(3, "ann@example.org")]
    assert sheet.notes == []


@pytest.mark.parametrize("above", ["Subscribers of My List\n\n", "Export,2026-01-01\nby,bob@example.org\n", "\n"])
def test_lines_above_the_names_are_left_out_and_told(above: str) -> None:
    sheet = parse_csv(f"{above}email,name\nann@example.org,A\n".encode())

    assert [row.values["address"] for row in sheet.rows] == ["ann@example.org"]
    assert bool(sheet.notes) == bool(above.strip())


def test_names_of_columns_in_the_middle_begin_a_new_table() -> None:
    sheet = parse_csv(
        b"Email,Name\nann@example.org,Email\nEmail,UNSUB_TIME,Name\nbob@example.org,2024-01-01,B\n"
        b"Email,Name\ncat@example.org,C\n"
    )

    assert [(row.values["address"], bool(row.rejection)) for row in sheet.rows] == [
        ("ann@example.org", False),
        ("bob@example.org", True),
        ("cat@example.org", False),
    ]


@pytest.mark.parametrize("title", ["Unsubscribed members", "Newsletter: bounced", "退订名单"])
def test_a_file_with_a_title_of_people_who_left_is_refused(title: str) -> None:
    with pytest.raises(InvalidInput, match="its title says"):
        parse_csv(f"{title}\n\nemail,name\nann@example.org,A\n".encode())


def test_a_file_called_after_people_who_left_needs_a_column_that_says_otherwise() -> None:
    with pytest.raises(InvalidInput, match="its name says"):
        parse_csv(b"email\nann@example.org\n", file_name="unsubscribed_members.csv")
    sheet = parse_csv(b"email,status\nann@example.org,active\n", file_name="unsubscribed_members.csv")

    assert sheet.rows[0].rejection is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"name,phone\nAnn,5\n",
        b"\xff\xfe\x00",
        b"email\n" + b'"' + b"x" * 200_000,
        b"\x81\x8d\xff",
        b"ann@example.org\n",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_table_of_addresses_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_csv(data)


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
