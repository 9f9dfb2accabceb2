"""Broadcasts over HTTP, as an admin makes them: written, looked at, aimed, confirmed, steered."""

import re
from datetime import timedelta

import pytest

from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.admin_actions import ask_for_broadcast, queued_addresses, send_broadcast, typed_confirmation
from tests.telegram.chat_app import ADMIN, ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def test_an_admin_sees_the_message_before_anybody_gets_it(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")

    shown, question = await ask_for_broadcast(admin, "/broadcast Hello <all>,\n\nwe move on Friday & Sunday 👩‍🔬")

    assert shown.text == "Hello <all>,\n\nwe move on Friday & Sunday 👩‍🔬"
    assert "1 in Telegram" in question.text
    assert question.buttons[:2] == ["Send to one", "Cancel"]
    assert await queued_addresses(chat_app) == []


async def test_a_confirmed_broadcast_goes_out_once(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    await send_and_wait(telegram.user(43), "/subscribe video")
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    data = question.find_button("Send to 2")["callback_data"]

    first = admin.send_callback(data, on=question)
    again = admin.send_callback(data, on=question)

    assert not (await first.wait_for_answer()).alert
    assert (await again.wait_for_answer()).alert
    await admin.wait_for_edit(question, "is being sent")
    assert await queued_addresses(chat_app) == ["42", "43"]


async def test_a_broadcast_can_be_confirmed_by_words(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    typed = typed_confirmation(question)

    done = await send_and_wait(admin, typed)
    replayed = await send_and_wait(admin, typed)

    assert "is being sent" in done.text
    assert "already answered" in replayed.text
    assert await queued_addresses(chat_app) == ["42"]


async def test_a_cancelled_broadcast_is_gone(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    data = question.find_button("Send to one")["callback_data"]

    await admin.tap("Cancel", on=question).wait_for_answer()
    late = await admin.send_callback(data, on=question).wait_for_answer()

    assert late.alert
    assert "Nothing was sent" in question.text
    assert await queued_addresses(chat_app) == []


async def test_a_confirmation_dies_after_ten_minutes(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    chat_app.clock.advance(timedelta(minutes=10, seconds=1))

    late = await admin.tap("Send to one", on=question).wait_for_answer()

    assert late.alert
    assert await queued_addresses(chat_app) == []


async def test_a_new_preview_closes_the_one_before(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    _, first = await ask_for_broadcast(admin, "/broadcast Helo")
    await ask_for_broadcast(admin, "/broadcast Hello")

    late = await admin.tap("Send to one", on=first).wait_for_answer()

    assert late.alert
    assert await queued_addresses(chat_app) == []


async def test_an_audience_is_named_before_the_text(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    await send_and_wait(telegram.user(43), "/subscribe video")

    shown, question = await ask_for_broadcast(admin, "/broadcast domain:机器人 channel:telegram Hello robots")
    await admin.tap("Send to one", on=question).wait_for_answer()
    await admin.wait_for_edit(question)

    assert shown.text == "Hello robots"
    assert await queued_addresses(chat_app) == ["42"]


async def test_an_audience_of_nobody_is_told_without_a_button_to_send(telegram: TelegramServer, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")

    _, answer = await ask_for_broadcast(admin, "/broadcast channel:email Hello")

    assert answer.buttons[0] == "Cancel"
    assert "nobody" in answer.text


async def test_the_text_can_be_a_message_that_is_answered(telegram: TelegramServer, admin: Person) -> None:
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    draft = admin.send("The seminar is at noon.")
    await admin.wait_for_message()

    admin.send("/broadcast", reply_to=draft)
    shown = await admin.wait_for_message()

    assert shown.text == "The seminar is at noon."


async def test_what_makes_no_sense_is_told(admin: Person) -> None:
    for words, told in (
        ("/broadcast", "What do you want to send to everybody?"),
        ("/broadcast domain:robotics", "What do you want to send to everybody?"),
        ("/broadcast domain:nonsense Hello", "domain:nonsense"),
        ("/broadcast channel:pigeon Hello", "channel:pigeon"),
        ("/broadcast yes 00000000", "already answered"),
        (f"/broadcast {'x' * 3501}", "3500"),
        ("广播", "What do you want to send to everybody?"),
    ):
        answer = await send_and_wait(admin, words)

        assert told in answer.text, words


async def add_subscribers(telegram: TelegramServer) -> None:
    """Let three people read: robotics, video in Chinese, everything."""
    await send_and_wait(telegram.user(42), "/subscribe robotics")
    await send_and_wait(telegram.user(43, language_code="zh"), "/subscribe video")
    await send_and_wait(telegram.user(44), "/subscribe all")


async def test_the_question_says_whom_how_many_how_long_and_how_that_is_estimated(
    telegram: TelegramServer, admin: Person
) -> None:
    await add_subscribers(telegram)

    _, question = await ask_for_broadcast(admin, "/broadcast Hello")

    assert "Audience: all subscribers (3 in Telegram)." in question.text
    assert "This takes 1 second, at 28 Telegram messages per second." in question.text
    assert "exactly as it appears in Telegram" in question.text


async def test_every_choice_of_an_audience_shows_its_live_count(telegram: TelegramServer, admin: Person) -> None:
    await add_subscribers(telegram)

    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    await admin.tap("choose…", on=question).wait_for_answer()
    await admin.wait_for_edit(question)
    domains = list(question.buttons)
    await admin.tap("Back", on=question).wait_for_answer()
    await admin.wait_for_edit(question, after=1)

    assert question.buttons[2:5] == ["All channels ✓ · 3", "Telegram · 3", "Email · 0"]
    assert question.buttons[5:8] == ["All languages ✓ · 3", "English · 2", "中文 · 1"]
    assert "All domains ✓ · 3" in domains
    assert "Robotics, embodied… · 2" in domains
    assert "Medicine & health · 1" in domains


async def test_the_audience_is_changed_in_place_and_is_what_gets_the_message(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    before = len(admin.messages)

    for button in ("choose…", "Video understanding…", "Back", "中文"):
        edits = question.edit_count
        await admin.tap(button, on=question).wait_for_answer()
        await admin.wait_for_edit(question, after=edits)
    assert "中文 only" in question.text
    await admin.tap("Send to one", on=question).wait_for_answer()

    await admin.wait_for_edit(question, "is being sent")
    assert await queued_addresses(chat_app) == ["43"]
    assert len(admin.messages) == before


async def test_the_last_domain_switched_off_is_everybody_again(telegram: TelegramServer, admin: Person) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast domain:robotics Hello")
    await admin.tap("1 domain", on=question).wait_for_answer()
    await admin.wait_for_edit(question)

    await admin.tap("Robotics, embodied… ✓", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "Audience: all subscribers (3", after=1)

    assert question.find_button("Send to 3")


async def test_another_audience_has_another_key_and_the_one_before_is_dead(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    send, narrow = (question.find_button(one)["callback_data"] for one in ("Send to 3", "English"))
    typed = typed_confirmation(question)
    await admin.tap("English", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "English only")

    sent = await admin.send_callback(send, on=question).wait_for_answer()
    chosen = await admin.send_callback(narrow, on=question).wait_for_answer()
    said = await send_and_wait(admin, typed)

    assert (sent.alert, chosen.alert, "already answered" in said.text) == (True, True, True)
    assert typed_confirmation(question) != typed
    assert await queued_addresses(chat_app) == []


@pytest.mark.parametrize(
    "words",
    [
        "/broadcast domain:video language:zh channel:telegram Hello",
        "/broadcast channel:telegram lang:Chinese domains:video Hello",
        "广播 领域：视频 语言：中文 渠道：telegram Hello",
    ],
)
async def test_an_audience_can_be_typed_in_any_order_and_language(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str
) -> None:
    await add_subscribers(telegram)

    shown, question = await ask_for_broadcast(admin, words)
    await admin.tap("Send to one", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "is being sent")

    assert shown.text == "Hello"
    assert await queued_addresses(chat_app) == ["43"]


async def test_a_forged_button_gets_an_alert_and_steers_nothing(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")

    for data in (
        "1:c:who:00000000:channel:email",
        "1:c:pause:99",
        "1:c:pause:x",
        "1:c:pause",
        "1:c:burn:1",
        "1:c:",
        "1:c:pause:1:2:3:4",
    ):
        answer = await admin.send_callback(data, on=question).wait_for_answer()

        assert answer.alert, data
        assert await queued_addresses(chat_app) == [], data


@pytest.mark.parametrize("value", ["channel:pigeon", "language:xx", "domain:nonsense", "colour:red"])
async def test_a_forged_choice_of_an_open_question_changes_nothing(
    telegram: TelegramServer, admin: Person, value: str
) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    key = re.findall(r"yes ([0-9a-f]{8})", question.text)[0]

    answer = await admin.send_callback(f"1:c:who:{key}:{value}", on=question).wait_for_answer()
    await admin.tap("Send to 3", on=question).wait_for_answer()

    assert answer.alert
    await admin.wait_for_edit(question, "is being sent")


async def test_every_button_of_a_question_is_one_that_telegram_takes(telegram: TelegramServer, admin: Person) -> None:
    await add_subscribers(telegram)
    _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    await admin.tap("choose…", on=question).wait_for_answer()
    await admin.wait_for_edit(question)

    data = [button["callback_data"] for row in question.keyboard for button in row]

    assert max(len(one.encode()) for one in data) <= 64
    assert len(data) < 100


async def test_a_broadcast_is_steered_by_words_too(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await add_subscribers(telegram)
    number = await send_broadcast(admin, "/broadcast Hello", "Send to 3")

    paused = await send_and_wait(admin, f"/broadcast pause {number}")
    looked = await send_and_wait(admin, f"/broadcast look #{number}")
    went = await send_and_wait(admin, f"广播 继续 {number}")
    stopped = await send_and_wait(admin, f"/broadcast stop {number}")
    again = await send_and_wait(admin, f"/broadcast stop {number}")

    assert "Paused." in paused.text
    assert "Continue" in paused.buttons
    assert "is paused" in looked.text
    assert "Resumed." in went.text
    assert "Cancelled: 3 messages" in stopped.text
    assert "cancelled: 3" in stopped.text
    assert "nothing left to cancel" in again.text
    assert {row.state.value for row in await chat_app.store.outbox.list_deliveries()} == {"cancelled"}


async def test_a_look_can_be_repeated_in_place(telegram: TelegramServer, admin: Person) -> None:
    await add_subscribers(telegram)
    number = await send_broadcast(admin, "/broadcast Hello", "Send to 3")
    looked = await send_and_wait(admin, f"/broadcast look {number}")

    await admin.tap("Pause", on=looked).wait_for_answer()
    await admin.wait_for_edit(looked, "is paused")
    await admin.tap("Show progress", on=looked).wait_for_answer()

    assert "0 of 3 sent" in looked.text


async def test_broadcasts_are_listed_with_their_state(telegram: TelegramServer, admin: Person) -> None:
    await add_subscribers(telegram)
    none = await send_and_wait(admin, "/broadcast list")
    number = await send_broadcast(admin, "/broadcast Hello <there>", "Send to 3")
    await send_and_wait(admin, f"/broadcast pause {number}")

    listed = await send_and_wait(admin, "广播 列表")
    unknown = await send_and_wait(admin, "/broadcast pause 99")

    assert "No broadcasts yet" in none.text
    assert f"{number} · paused · 0 of 3 sent" in listed.text
    assert "Hello <there>" in listed.text
    assert "no broadcast 99" in unknown.text


async def test_what_looks_like_steering_and_is_none_goes_to_nobody(telegram: TelegramServer) -> None:
    admin, reader = telegram.user(ADMIN), telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    for words in ("go", "pause", "pause x", "stop 1 2", "list 2", "yes", "yes 1234", "colour:red Hello", "domain: hi"):
        answer = await send_and_wait(admin, f"/broadcast {words}")

        assert "/broadcast list" in answer.text or "Unknown audience" in answer.text, words
        assert answer.buttons == [], words


async def test_an_ordinary_sentence_is_a_broadcast(telegram: TelegramServer) -> None:
    admin, reader = telegram.user(ADMIN), telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    for words in ("Pause tonight at 22:00, sorry", "https://example.org is new", "Note: maintenance"):
        preview, _ = await ask_for_broadcast(admin, f"/broadcast {words}")

        assert preview.text == words, words
