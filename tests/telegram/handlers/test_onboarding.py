"""The first minute of a reader, over HTTP: choosing, the first digest at once, hour and place asked once."""

from datetime import timedelta

import pytest

from digest.model import Channel, Target
from digest.services.editions import QueueResult
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait, stored_preferences

pytestmark = pytest.mark.usefixtures("bot")


async def tap_buttons(reader: Person, *taps: str) -> ChatMessage:
    """Say hello, tap these buttons, and give the message that they stand below."""
    hello = await send_and_wait(reader, "/start")
    for tap in taps:
        edits = hello.edit_count
        await reader.tap(tap, on=hello).wait_for_answer()
        await reader.wait_for_edit(hello, after=edits)
    return hello


async def test_everything_brings_the_days_digest_at_once_and_one_question(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)

    hello = await tap_buttons(reader, "Everything")
    digest = await reader.wait_for_message("27 new papers")
    question = await reader.wait_for_message("Is that right?")

    assert "everything" in hello.text
    assert digest.buttons[:2] == ["1", "2"]
    assert "Yes, 08:00" in question.buttons
    assert (await stored_preferences(chat_app, reader)).domains is None


async def test_domains_are_toggled_in_place_until_done(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    await tap_buttons(reader, "Robotics", "Video", "Robotics", "Medicine", "Done")
    await reader.wait_for_message("Is that right?")

    assert (await stored_preferences(chat_app, reader)).domains == ("video", "medical")
    assert len(reader.messages) == 3


async def test_done_without_a_choice_says_what_comes_first(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    hello = await send_and_wait(reader, "/start")

    answer = await reader.tap("Done", on=hello).wait_for_answer()

    assert answer.alert
    assert "Everything" in (answer.text or "")


async def test_what_was_shown_at_once_does_not_come_again_at_the_hour(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    await tap_buttons(reader, "Everything")
    await reader.wait_for_message("Is that right?")

    chat_app.clock.advance(timedelta(days=1))
    served = await chat_app.deps.editions.queue_due_digests()

    assert served == QueueResult(subscribers=1, deliveries=0)
    now = chat_app.clock()
    waiting = await chat_app.store.outbox.claim(
        Channel.TELEGRAM, "a test", due_at=now, now=now, until=now + timedelta(hours=1), limit=9
    )
    assert waiting == []


async def test_the_place_is_guessed_from_the_language_and_asked(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42, language_code="de")
    await tap_buttons(reader, "Everything")
    question = await reader.wait_for_message("Is that right?")

    await reader.tap("Yes, 08:00", on=question).wait_for_answer()
    await reader.wait_for_edit(question)

    assert (await stored_preferences(chat_app, reader)).timezone == "Europe/Berlin"
    assert "Sun 25 Jan, 08:00 (Europe/Berlin)" in question.text
    assert "/settings" in question.text


async def test_another_hour_and_another_place_are_a_tap_away(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await tap_buttons(reader, "Everything")
    question = await reader.wait_for_message("Is that right?")

    for tap in ("That is not my time", "Tokyo", "21:00"):
        edits = question.edit_count
        await reader.tap(tap, on=question).wait_for_answer()
        await reader.wait_for_edit(question, after=edits)

    kept = await stored_preferences(chat_app, reader)
    assert (kept.timezone, kept.send_minute) == ("Asia/Tokyo", 21 * 60)
    assert "Sat 24 Jan, 21:00 (Asia/Tokyo)" in question.text
    assert question.buttons == []


async def test_a_second_hello_is_shorter_and_asks_nothing(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await tap_buttons(reader, "Everything")
    await reader.wait_for_message("Is that right?")

    again = await send_and_wait(reader, "/start")

    assert "Welcome back" in again.text
    assert "Today's papers" in again.buttons


async def test_a_double_tap_gives_a_digest_to_look_at_again_and_counts_once(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    hello = await send_and_wait(reader, "/start")

    for _ in range(2):
        await reader.send_callback("1:h:all", on=hello).wait_for_answer()
    await reader.wait_for_message("Is that right?")

    found = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert found is not None
    assert not await chat_app.deps.subscriptions.is_new(found)


async def test_in_a_group_the_keyboard_has_no_first_minute(telegram: TelegramServer) -> None:
    group = telegram.group(-1001)
    admin = telegram.user(43)
    group.add_member(admin, "administrator")

    admin.send("/start@paper_digest_test_bot", to=group)
    hello = await group.wait_for_message()

    assert "Today's papers" in hello.buttons
