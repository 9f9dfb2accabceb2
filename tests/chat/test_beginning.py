"""The first minute of a reader, over HTTP: choosing, the first digest at once, hour and place asked once."""

from datetime import timedelta

import pytest

from digest.edition import Served
from digest.model import Channel, Target
from tests.chat.household import Household
from tests.chat.talking import ask, preferences
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage

pytestmark = pytest.mark.usefixtures("bot")


async def chosen(reader: Person, *taps: str) -> ChatMessage:
    """Say hello, tap these buttons, and give the message that they stand below."""
    hello = await ask(reader, "/start")
    for tap in taps:
        edits = hello.edits
        await reader.tap(tap, on=hello).answered()
        await reader.wait_for_edit(hello, after=edits)
    return hello


async def test_everything_brings_the_days_digest_at_once_and_one_question(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42)

    hello = await chosen(reader, "Everything")
    digest = await reader.wait_for_message("27 new papers")
    question = await reader.wait_for_message("Does that suit you?")

    assert "everything" in hello.text
    assert digest.buttons[:2] == ["1", "2"]
    assert "Yes, 08:00" in question.buttons
    assert (await preferences(home, reader)).domains is None


async def test_domains_are_toggled_in_place_until_done(telegram: TelegramServer, home: Household) -> None:
    reader = telegram.user(42)

    await chosen(reader, "Robotics", "Video", "Robotics", "Medicine", "Done")
    await reader.wait_for_message("Does that suit you?")

    assert (await preferences(home, reader)).domains == ("video", "medical")
    assert len(reader.messages) == 3


async def test_done_without_a_choice_says_what_comes_first(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    hello = await ask(reader, "/start")

    answer = await reader.tap("Done", on=hello).answered()

    assert answer.alert
    assert "Everything" in (answer.text or "")


async def test_what_was_shown_at_once_does_not_come_again_at_the_hour(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42)
    await chosen(reader, "Everything")
    await reader.wait_for_message("Does that suit you?")

    home.clock.forward(timedelta(days=1))
    served = await home.house.desk.serve()

    assert served == Served(subscribers=1, deliveries=0)
    now = home.clock()
    waiting = await home.store.outbox.claim(
        Channel.TELEGRAM, "a test", due=now, now=now, until=now + timedelta(hours=1), most=9
    )
    assert waiting == []


async def test_the_place_is_guessed_from_the_language_and_asked(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42, language_code="de")
    await chosen(reader, "Everything")
    question = await reader.wait_for_message("Does that suit you?")

    await reader.tap("Yes, 08:00", on=question).answered()
    await reader.wait_for_edit(question)

    assert (await preferences(home, reader)).zone == "Europe/Berlin"
    assert "Sun 25 Jan, 08:00 (Europe/Berlin)" in question.text
    assert "/settings" in question.text


async def test_another_hour_and_another_place_are_a_tap_away(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42)
    await chosen(reader, "Everything")
    question = await reader.wait_for_message("Does that suit you?")

    for tap in ("My clock", "Tokyo", "21:00"):
        edits = question.edits
        await reader.tap(tap, on=question).answered()
        await reader.wait_for_edit(question, after=edits)

    kept = await preferences(home, reader)
    assert (kept.zone, kept.minute) == ("Asia/Tokyo", 21 * 60)
    assert "Sat 24 Jan, 21:00 (Asia/Tokyo)" in question.text
    assert question.buttons == []


async def test_a_second_hello_is_shorter_and_asks_nothing(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await chosen(reader, "Everything")
    await reader.wait_for_message("Does that suit you?")

    again = await ask(reader, "/start")

    assert "Good to see you" in again.text
    assert "Today's papers" in again.buttons


async def test_a_double_tap_gives_a_digest_to_look_at_again_and_counts_once(
    telegram: TelegramServer, home: Household
) -> None:
    reader = telegram.user(42)
    hello = await ask(reader, "/start")

    for _ in range(2):
        await reader.press("1:h:all", on=hello).answered()
    await reader.wait_for_message("Does that suit you?")

    found = await home.house.membership.reader(Target.telegram(42))
    assert found is not None
    assert not await home.house.membership.is_new(found)


async def test_in_a_group_the_keyboard_has_no_first_minute(telegram: TelegramServer) -> None:
    group = telegram.group(-1001)
    admin = telegram.user(43)
    group.member(admin, "administrator")

    admin.send("/start@paper_digest_test_bot", to=group)
    hello = await group.wait_for_message()

    assert "Today's papers" in hello.buttons
