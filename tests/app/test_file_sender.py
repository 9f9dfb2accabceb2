"""The folder channel: files that say what would have been sent."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from digest.app.file_sender import FileSender, file_stem
from digest.model import Announcement, Channel, Delivery, Target
from digest.model.message import Button
from digest.model.outcome import RetryLater, Sent
from digest.text.reason_texts import reason_in_english
from tests.support.deliveries import make_delivery, make_email, make_email_delivery, make_telegram_message


def read_file(path: str) -> str:
    return Path(path).read_text("utf-8")


def email_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.eml"))


async def test_an_email_becomes_three_files(tmp_path: Path) -> None:
    outcome = await FileSender(tmp_path / "out").send(make_email_delivery("ada@example.org"), make_email())

    name = "2026-01-24_ada@example.org_d-1_1"
    assert outcome == Sent(receipt=str(tmp_path / "out" / f"{name}.eml"))
    assert sorted(os.listdir(tmp_path / "out")) == [f"{name}.eml", f"{name}.html", f"{name}.txt"]  # noqa: PTH208 - names are what is asked
    assert (tmp_path / "out" / f"{name}.eml").read_bytes() == b"Subject: hi\r\n\r\nhello\r\n"


async def test_a_chat_message_becomes_the_parameters_that_telegram_would_get(tmp_path: Path) -> None:
    part = make_telegram_message(
        keyboard=((Button(text="1", callback_data="v1:p"),),), silent=True, reply_to_first=True
    )

    outcome = await FileSender(tmp_path).send(make_delivery(Target.telegram(-100, 7), receipts=("5",)), part)

    assert isinstance(outcome, Sent)
    assert json.loads(read_file(outcome.receipt)) == {
        "chat_id": -100,
        "text": "<b>hello</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "v1:p"}]]},
        "disable_notification": True,
        "message_thread_id": 7,
        "reply_parameters": {"message_id": 5, "allow_sending_without_reply": True},
    }
    assert read_file(outcome.receipt.removesuffix("json") + "txt") == "hello\n"


async def test_receipts_of_the_folder_channel_do_not_break_the_next_part(tmp_path: Path) -> None:
    box = FileSender(tmp_path)
    first = await box.send(make_delivery(), make_telegram_message())
    assert isinstance(first, Sent)

    second = await box.send(make_delivery(receipts=(first.receipt,)), make_telegram_message(reply_to_first=True))

    assert isinstance(second, Sent)
    assert second.receipt.endswith("_2.json")


async def test_a_part_sent_again_overwrites_its_own_files(tmp_path: Path) -> None:
    box = FileSender(tmp_path)
    await box.send(make_email_delivery("ada@example.org"), make_email(b"old\r\n"))
    await box.send(make_email_delivery("ada@example.org", key="d-2"), make_email(b"other\r\n"))

    await box.send(make_email_delivery("ada@example.org"), make_email(b"new\r\n"))

    assert [read_file(str(tmp_path / name)) for name in email_names(tmp_path)] == ["new\n", "other\n"]


async def test_a_folder_that_cannot_be_written_makes_everybody_wait(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    outcome = await FileSender(tmp_path / "file").send(make_email_delivery("ada@example.org"), make_email())

    assert isinstance(outcome, RetryLater)
    assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, True)
    assert "MAIL_DIR" in reason_in_english(outcome.reason)


ADDRESSES = st.one_of(
    st.text(min_size=1, max_size=120),
    st.sampled_from(["../../etc/passwd", "..", ".", "/", "a/b", "a\\b", "-100", "x" * 300, "\0", "a\n", "A", "a"]),
)


def file_name_for(address: str, key: str) -> str:
    return file_stem(
        Delivery(
            id=1,
            key=key,
            endpoint_id=1,
            subscriber_id=1,
            target=Target(channel=Channel.EMAIL, address=address),
            content=Announcement(text=""),
            created_at=datetime(2026, 1, 24, tzinfo=UTC),
        )
    )


@given(ADDRESSES, ADDRESSES)
def test_no_address_leaves_the_folder(address: str, key: str) -> None:
    name = file_name_for(address, key) + ".html"

    assert name == Path(name).name
    assert name.startswith("2026-01-24_")
    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 200


@given(ADDRESSES, ADDRESSES)
def test_two_addresses_never_share_a_file(one: str, other: str) -> None:
    assert (file_name_for(one, "k") == file_name_for(other, "k")) == (one == other)
