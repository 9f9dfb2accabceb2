"""CSV files as newsletter tools write them."""

import pytest

from digest.app.subscriber_csv.reader import parse_csv
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
