"""Being forgotten, over HTTP."""

import pytest

from digest.model import Target
from tests.chat.household import Household
from tests.chat.talking import ask
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")


async def is_known(home: Household) -> bool:
    """Tell whether reader 42 is known."""
    return await home.house.membership.reader(Target.telegram(42)) is not None


async def test_nothing_is_erased_before_the_reader_said_yes(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")

    question = await ask(reader, "/forget")

    assert "cannot be undone" in question.text
    assert await is_known(home)


@pytest.mark.parametrize("words", ["/forget yes", "/forget YES", "忘记我 确认"])
async def test_a_reader_is_erased_by_words(telegram: TelegramServer, home: Household, words: str) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")

    answer = await ask(reader, words)

    assert "/start" in answer.text
    assert not await is_known(home)


async def test_a_reader_is_erased_by_a_button(telegram: TelegramServer, home: Household) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")
    question = await ask(reader, "/forget")

    await reader.tap("Erase everything", on=question).answered()
    await reader.wait_for_edit(question, "erased")

    assert question.buttons == []
    assert not await is_known(home)


async def test_a_reader_may_think_again(telegram: TelegramServer, home: Household) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")
    question = await ask(reader, "/forget")
    data = question.button("Erase everything")["callback_data"]

    await reader.tap("Keep it", on=question).answered()
    late = await reader.press(data, on=question).answered()

    assert late.alert
    assert await is_known(home)


async def test_nobody_else_can_erase_a_reader(telegram: TelegramServer, home: Household) -> None:
    reader, stranger = telegram.user(42), telegram.user(43)
    await ask(reader, "/subscribe robotics")
    question = await ask(reader, "/forget")
    data = question.button("Erase everything")["callback_data"]
    other = await ask(stranger, "/start")

    answer = await stranger.press(data, on=other).answered()

    assert answer.alert
    assert await is_known(home)


async def test_a_stranger_has_nothing_to_erase(telegram: TelegramServer) -> None:
    stranger = telegram.user(42)

    answers = [await ask(stranger, words) for words in ("/forget", "/forget yes")]

    assert all("nothing about you" in answer.text for answer in answers)
