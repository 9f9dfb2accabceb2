"""Being forgotten, over HTTP."""

import pytest

from digest.model import Target
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


async def is_subscriber(chat_app: ChatApp) -> bool:
    """Return whether reader 42 is known."""
    return await chat_app.deps.subscriptions.find_profile(Target.telegram(42)) is not None


async def test_nothing_is_erased_before_the_reader_said_yes(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    question = await send_and_wait(reader, "/forget")

    assert "cannot be undone" in question.text
    assert await is_subscriber(chat_app)


async def test_a_reader_is_erased_by_words(telegram: TelegramServer, chat_app: ChatApp) -> None:
    rows = ["/forget yes", "/forget YES", "忘记我 确认"]
    for number, words in enumerate(rows, start=1000):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")

        answer = await send_and_wait(reader, words)

        assert "/start" in answer.text, words
        assert not await is_subscriber(chat_app), words


async def test_a_reader_is_erased_by_a_button(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    question = await send_and_wait(reader, "/forget")

    await reader.tap("Erase everything", on=question).wait_for_answer()
    await reader.wait_for_edit(question, "erased")

    assert question.buttons == []
    assert not await is_subscriber(chat_app)


async def test_a_reader_may_think_again(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    question = await send_and_wait(reader, "/forget")
    data = question.find_button("Erase everything")["callback_data"]

    await reader.tap("Keep", on=question).wait_for_answer()
    late = await reader.send_callback(data, on=question).wait_for_answer()

    assert late.alert
    assert await is_subscriber(chat_app)


async def test_nobody_else_can_erase_a_reader(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader, stranger = telegram.user(42), telegram.user(43)
    await send_and_wait(reader, "/subscribe robotics")
    question = await send_and_wait(reader, "/forget")
    data = question.find_button("Erase everything")["callback_data"]
    other = await send_and_wait(stranger, "/start")

    answer = await stranger.send_callback(data, on=other).wait_for_answer()

    assert answer.alert
    assert await is_subscriber(chat_app)


async def test_a_stranger_has_nothing_to_erase(telegram: TelegramServer) -> None:
    stranger = telegram.user(42)

    answers = [await send_and_wait(stranger, words) for words in ("/forget", "/forget yes")]

    assert all("No data is stored about you" in answer.text for answer in answers)
