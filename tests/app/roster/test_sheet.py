"""CSV files as newsletter tools write them."""

import pytest

from digest.app.roster.sheet import read_sheet
from digest.errors import BadRequest


def addresses(data: bytes) -> list[str]:
    return [row.values["address"] for row in read_sheet(data).rows]


@pytest.mark.parametrize(
    "head",
    ["email", "Email", "EMAIL ADDRESS", "e-mail", "Mail", '"Subscriber Email"', "address", "邮箱"],
)
def test_the_column_of_addresses_has_many_names(head: str) -> None:
    assert addresses(f"{head},Name\nann@example.org,Ann\n".encode()) == ["ann@example.org"]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_found(sign: str) -> None:
    data = sign.join(("name", "email", "note")) + "\n" + sign.join(("Ann", "ann@example.org", '"a, b; c"'))

    assert addresses(data.encode()) == ["ann@example.org"]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("gb18030", "GB18030")],
)
def test_encodings_are_told_or_guessed(encoding: str, note: str) -> None:
    sheet = read_sheet("email,姓名\nann@example.org,王小明\n".encode(encoding))

    assert sheet.rows[0].values["address"] == "ann@example.org"
    assert note in sheet.note
    assert bool(sheet.note) == bool(note)


def test_western_names_are_not_taken_for_chinese() -> None:
    sheet = read_sheet("email,name,domains\nann@example.org,Jürgen Müller,Größe\n".encode("cp1252"))

    assert "cp1252" in sheet.note
    assert sheet.rows[0].values["domains"] == "Größe"


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("status", "unsubscribed"),
        ("State", "cleaned"),
        ("Subscription Status", "Bounced"),
        ("status", "complained"),
        ("status", "pending"),
        ("UNSUB_TIME", "2024-05-01 08:00"),
        ("blacklisted", "1"),
        ("confirmed", "0"),
        ("subscribed_to_emails", "FALSE"),
    ],
)
def test_who_left_there_is_not_taken(head: str, cell: str) -> None:
    (row,) = read_sheet(f"email,{head}\nann@example.org,{cell}\n".encode()).rows

    assert cell in row.left


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("status", "Subscribed"),
        ("status", "enabled"),
        ("status", ""),
        ("UNSUB_TIME", ""),
        ("blacklisted", "0"),
        ("confirmed", "1"),
        ("State", "CA"),
    ],
)
def test_who_is_subscribed_there_is_taken(head: str, cell: str) -> None:
    (row,) = read_sheet(f"email,{head}\nann@example.org,{cell}\n".encode()).rows

    assert row.left == ""


def test_a_street_is_no_address_where_there_is_a_column_of_mail() -> None:
    assert addresses(b"Address,Email Address\nMain Street 1,ann@example.org\n") == ["ann@example.org"]


def test_our_own_columns_keep_their_meaning() -> None:
    sheet = read_sheet(
        b"subscriber,channel,address,state\n7,telegram,42,active\n7,email,a@example.org,gone\n"
    )

    first, second = sheet.rows
    assert sheet.ours
    assert first.values == {"subscriber": "7", "channel": "telegram", "address": "42", "state": "active"}
    assert "gone" in second.left


def test_lines_are_numbered_and_empty_ones_left_out() -> None:
    sheet = read_sheet(b'email,note\r\na@example.org,"two\r\nlines"\r\n,\r\nb@example.org,\r\n')

    assert [row.line for row in sheet.rows] == [3, 5]


@pytest.mark.parametrize(
    "data",
    [b"", b"name,phone\nAnn,5\n", b"\xff\xfe\x00", b"email\n" + b'"' + b"x" * 200_000, b"\x81\x8d\xff"],
)
def test_what_is_no_table_of_addresses_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        read_sheet(data)
