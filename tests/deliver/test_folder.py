"""The folder channel: files that say what would have been sent."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from digest.channel import Later, Sent
from digest.deliver.folder import FolderPostbox, name_of
from digest.message import Button
from digest.model import Announcement, Channel, Delivery, Target
from digest.reason_texts import reason_in_english
from tests.deliver.sending import chat_part, delivery, mail_part, mail_to


def content_of(path: str) -> str:
    return Path(path).read_text("utf-8")


def mails_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.eml"))


async def test_an_email_becomes_three_files(tmp_path: Path) -> None:
    outcome = await FolderPostbox(tmp_path / "out").send(mail_to("ada@example.org"), mail_part())

    name = "2026-01-24_ada@example.org_d-1_1"
    assert outcome == Sent(receipt=str(tmp_path / "out" / f"{name}.eml"))
    assert sorted(os.listdir(tmp_path / "out")) == [f"{name}.eml", f"{name}.html", f"{name}.txt"]  # noqa: PTH208 - names are what is asked
    assert (tmp_path / "out" / f"{name}.eml").read_bytes() == b"Subject: hi\r\n\r\nhello\r\n"


async def test_a_chat_message_becomes_the_parameters_that_telegram_would_get(tmp_path: Path) -> None:
    part = chat_part(keyboard=((Button(text="1", data="v1:p"),),), silent=True, reply_to_first=True)

    outcome = await FolderPostbox(tmp_path).send(delivery(Target.telegram(-100, 7), receipts=("5",)), part)

    assert isinstance(outcome, Sent)
    assert json.loads(content_of(outcome.receipt)) == {
        "chat_id": -100,
        "text": "<b>hello</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "v1:p"}]]},
        "disable_notification": True,
        "message_thread_id": 7,
        "reply_parameters": {"message_id": 5, "allow_sending_without_reply": True},
    }
    assert content_of(outcome.receipt.removesuffix("json") + "txt") == "hello\n"


async def test_receipts_of_the_folder_channel_do_not_break_the_next_part(tmp_path: Path) -> None:
    box = FolderPostbox(tmp_path)
    first = await box.send(delivery(), chat_part())
    assert isinstance(first, Sent)

    second = await box.send(delivery(receipts=(first.receipt,)), chat_part(reply_to_first=True))

    assert isinstance(second, Sent)
    assert second.receipt.endswith("_2.json")


async def test_a_part_sent_again_overwrites_its_own_files(tmp_path: Path) -> None:
    box = FolderPostbox(tmp_path)
    await box.send(mail_to("ada@example.org"), mail_part(b"old\r\n"))
    await box.send(mail_to("ada@example.org", key="d-2"), mail_part(b"other\r\n"))

    await box.send(mail_to("ada@example.org"), mail_part(b"new\r\n"))

    assert [content_of(str(tmp_path / name)) for name in mails_in(tmp_path)] == ["new\n", "other\n"]


async def test_a_folder_that_cannot_be_written_makes_everybody_wait(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    outcome = await FolderPostbox(tmp_path / "file").send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, True)
    assert "MAIL_DIR" in reason_in_english(outcome.reason)


ADDRESSES = st.one_of(
    st.text(min_size=1, max_size=120),
    st.sampled_from(
        ["../../etc/passwd", "..", ".", "/", "a/b", "a\\b", "-100", "x" * 300, "\0", "a\n", "A", "a"]
    ),
)


def named(address: str, key: str) -> str:
    return name_of(
        Delivery(
            id=1,
            key=key,
            endpoint=1,
            subscriber=1,
            target=Target(channel=Channel.EMAIL, address=address),
            content=Announcement(text=""),
            created_at=datetime(2026, 1, 24, tzinfo=UTC),
        )
    )


@given(ADDRESSES, ADDRESSES)
def test_no_address_leaves_the_folder(address: str, key: str) -> None:
    name = named(address, key) + ".html"

    assert name == Path(name).name
    assert name.startswith("2026-01-24_")
    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 200


@given(ADDRESSES, ADDRESSES)
def test_two_addresses_never_share_a_file(one: str, other: str) -> None:
    assert (named(one, "k") == named(other, "k")) == (one == other)
