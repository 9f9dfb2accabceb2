"""What the bot knows about a reader, over HTTP: all of it, to themselves, and to nobody else."""

import json

import pytest

from tests.support.telegram_server import TelegramServer
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


async def test_a_reader_gets_every_row_about_them_as_a_file(telegram: TelegramServer) -> None:
    reader, other = telegram.user(42), telegram.user(43)
    await send_and_wait(other, "/subscribe video")
    await send_and_wait(reader, "/subscribe robotics")
    await send_and_wait(reader, "/settings mute survey")
    await send_and_wait(reader, "/saved add 2601.15876")

    answer = await send_and_wait(reader, "/mydata")

    record = json.loads(telegram.world.files[f"file-{answer.id}"])
    assert [one["slug"] for one in record["domains"]] == ["robotics"]
    assert record["subscriber"][0]["mute_keywords"] == ["survey"]
    assert [one["paper"] for one in record["saved"]] == ["2601.15876"]
    assert [one["address"] for one in record["endpoints"]] == ["42"]
    assert "1 saved paper" in answer.text
    assert "/forget" in answer.text


async def test_a_stranger_is_told_that_nothing_is_known(telegram: TelegramServer) -> None:
    answer = await send_and_wait(telegram.user(42), "我的数据")

    assert "No data is stored about you" in answer.text


async def test_in_a_group_nobody_sees_it(telegram: TelegramServer) -> None:
    person, group = telegram.user(42), telegram.group(-100)
    group.add_member(person, "administrator")

    person.send("/mydata@paper_digest_test_bot", to=group)
    answer = await group.wait_for_message()

    assert answer.document is None
    assert "private chat" in answer.text
