"""The outbox in the chat, over HTTP: admins see what is held and decide; nobody else can."""

import re
from datetime import timedelta

import pytest

from digest.model import Channel, DeliveryState, Target
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ADMIN, OTHER_ADMIN, ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")

UNCERTAIN_END = Settlement(
    state=DeliveryState.UNCERTAIN, reason=server_reply("no answer from <Telegram> (ReadTimeout)")
)
REFUSED_END = Settlement(
    state=DeliveryState.REFUSED, reason=server_reply("greylisted").as_cause_of(ReasonCode.GIVEN_UP)
)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def broadcast_with_ends(telegram: TelegramServer, chat_app: ChatApp, *ends: Settlement | None) -> list[int]:
    """Let readers of a broadcast have these ends, None for one that waits; give the rows' numbers."""
    for number in range(len(ends)):
        await send_and_wait(telegram.user(100 + number), "/subscribe robotics")
    await chat_app.deps.broadcasts.send("Hello", Audience(), author="a test")
    later = chat_app.clock() + timedelta(hours=1)
    claimed = await chat_app.store.outbox.claim(
        Channel.TELEGRAM, "a test", due_at=chat_app.clock(), now=chat_app.clock(), until=later, limit=10
    )
    numbers = sorted(one.id for one in claimed)
    for number, end in zip(numbers, ends, strict=True):
        if end:
            await chat_app.store.outbox.settle(number, "a test", end, chat_app.clock())
    await chat_app.store.outbox.release("a test")
    return numbers


async def load_state(chat_app: ChatApp, number: int) -> DeliveryState:
    """Return the state of a row."""
    return next(row.state for row in await chat_app.store.outbox.list_deliveries() if row.id == number)


async def test_an_admin_sees_what_is_held_and_why(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    doubtful, refused, waiting = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END, REFUSED_END, None)

    answer = await send_and_wait(admin, "/outbox")

    assert f"#{doubtful} · broadcast 1 · Telegram 100 · uncertain, on hold since" in answer.text
    assert "no answer from <Telegram> (ReadTimeout)" in answer.text
    assert f"#{refused} · broadcast 1 · Telegram 101 · rejected since" in answer.text
    assert f"#{waiting} · broadcast 1 · Telegram 102 · waiting since" in answer.text
    assert answer.buttons == [f"Resend {doubtful}", f"Cancel {doubtful}"]


@pytest.mark.parametrize(
    ("button", "told", "state"),
    [("Resend", "Queued again", DeliveryState.DUE), ("Cancel", "Cancelled", DeliveryState.CANCELLED)],
)
async def test_a_doubtful_one_is_decided_by_a_button(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, button: str, told: str, state: DeliveryState
) -> None:
    (number,) = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END)
    shown = await send_and_wait(admin, "/outbox")

    await admin.tap(f"{button} {number}", on=shown).wait_for_answer()

    await admin.wait_for_edit(shown, f"{told}: #{number}.")
    assert shown.buttons == []
    assert await load_state(chat_app, number) is state


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("/outbox resend {n}", DeliveryState.DUE),
        ("/outbox resend #{n}, 999", DeliveryState.DUE),
        ("发件箱 重发 {n}", DeliveryState.DUE),
        ("/outbox cancel {n}", DeliveryState.CANCELLED),
        ("/outbox 取消 {n}", DeliveryState.CANCELLED),
    ],
)
async def test_a_doubtful_one_is_decided_by_words(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str, state: DeliveryState
) -> None:
    (number,) = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END)

    answer = await send_and_wait(admin, words.format(n=number))

    assert f"#{number}." in answer.text
    assert ("Unchanged: #999." in answer.text) == ("999" in words)
    assert await load_state(chat_app, number) is state


async def test_one_state_alone_can_be_asked_for(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    doubtful, refused = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END, REFUSED_END)

    english, chinese = (await send_and_wait(admin, "/outbox refused"), await send_and_wait(admin, "/outbox 拒收"))

    assert f"#{refused}" in english.text
    assert f"#{doubtful} " not in english.text
    assert english.text == chinese.text


async def test_what_makes_no_sense_is_told(admin: Person) -> None:
    for words in ("/outbox resend", "/outbox resend x", "/outbox mine", "/outbox resend 1 x"):
        answer = await send_and_wait(admin, words)

        assert "/outbox resend 12 13" in answer.text, words


async def test_an_empty_outbox_says_so(admin: Person) -> None:
    answer = await send_and_wait(admin, "/outbox")

    assert "Nothing to show." in answer.text


async def test_a_stranger_finds_no_such_command(telegram: TelegramServer, chat_app: ChatApp) -> None:
    (number,) = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END)
    stranger = telegram.user(42)

    answer = await send_and_wait(stranger, f"/outbox resend {number}")
    unknown = await send_and_wait(stranger, "/no_such_command")

    assert answer.text == unknown.text
    assert await load_state(chat_app, number) is DeliveryState.UNCERTAIN


async def test_a_strangers_forged_press_does_nothing(telegram: TelegramServer, chat_app: ChatApp) -> None:
    (number,) = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END)
    stranger = telegram.user(42)
    mine = await send_and_wait(stranger, "/help")

    for data in ("1:r:{n}", "1:g:{n}", "1:r:x", "1:r"):
        refused = await stranger.send_callback(data.format(n=number), on=mine).wait_for_answer()

        assert refused.alert, data
        assert await load_state(chat_app, number) is DeliveryState.UNCERTAIN, data


async def test_an_admins_press_in_a_group_does_nothing(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    (number,) = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END)
    group = telegram.group(-100)
    group.add_member(admin, "creator")
    admin.send("/help", to=group)
    shown = await group.wait_for_message()

    refused = await admin.send_callback(f"1:r:{number}", on=shown).wait_for_answer()

    assert refused.alert
    assert await load_state(chat_app, number) is DeliveryState.UNCERTAIN


async def test_a_chinese_admin_reads_why_in_chinese(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    refused, cancelled = await broadcast_with_ends(telegram, chat_app, REFUSED_END, None)
    await send_and_wait(admin, f"/outbox cancel {cancelled}")
    await send_and_wait(admin, "/settings language zh")

    told = (await send_and_wait(admin, "/outbox")).text

    assert "已放弃：greylisted" in told
    assert f"#{cancelled}" in (chinese := (await send_and_wait(admin, "/outbox cancelled")).text)
    assert "已由管理员取消" in chinese
    assert f"#{refused}" in told


async def add_uncertain_deliveries(telegram: TelegramServer, chat_app: ChatApp, n: int = 3) -> list[int]:
    """Let a broadcast be in doubt at so many readers; give the rows' numbers."""
    return await broadcast_with_ends(telegram, chat_app, *[UNCERTAIN_END] * n)


async def test_all_that_is_uncertain_is_resent_by_a_button_after_a_question(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app)
    shown = await send_and_wait(admin, "/outbox")

    await admin.tap("Resend the 3 uncertain", on=shown).wait_for_answer()
    await admin.wait_for_edit(shown, "Resend 3 deliveries?")
    asked = shown.text
    before = (await chat_app.store.stats.load_stats()).deliveries
    await admin.tap("Resend 3", on=shown).wait_for_answer()
    await admin.wait_for_edit(shown, "Queued again: 3 deliveries.")

    assert "broadcast 1: 3 in Telegram" in asked
    assert "3 may have arrived already; their recipients would get them twice." in asked
    assert before == {DeliveryState.UNCERTAIN: 3}
    assert (await chat_app.store.stats.load_stats()).deliveries == {DeliveryState.DUE: 3}
    assert shown.buttons == []


@pytest.mark.parametrize(
    ("words", "yes"),
    [
        ("/outbox resend uncertain", "/outbox yes {key}"),
        ("/outbox resend uncertain broadcast:1", "/outbox YES {key}"),
        ("发件箱 重发 不确定", "发件箱 确认 {key}"),
    ],
)
async def test_all_that_is_uncertain_is_resent_by_words(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str, yes: str
) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 2)

    question = await send_and_wait(admin, words)
    done = await send_and_wait(admin, yes.format(key=confirmation_key(question)))
    again = await send_and_wait(admin, yes.format(key=confirmation_key(question)))

    assert "Queued again: 2 deliveries." in done.text
    assert "This request was already answered" in again.text
    assert (await chat_app.store.stats.load_stats()).deliveries == {DeliveryState.DUE: 2}


def confirmation_key(question: ChatMessage) -> str:
    """Return the key that a question says may be typed."""
    found = re.search(r"/outbox (?:yes|确认) ([0-9a-f]{8})", question.text)
    assert found is not None
    return found[1]


async def test_a_second_press_does_nothing(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    first, *_ = await add_uncertain_deliveries(telegram, chat_app)
    question = await send_and_wait(admin, "/outbox resend uncertain")
    data = question.find_button("Resend 3")["callback_data"]

    await admin.send_callback(data, on=question).wait_for_answer()
    await admin.wait_for_edit(question, "Queued again: 3 deliveries.")
    await settle_again(chat_app, first, UNCERTAIN_END)
    again = await admin.send_callback(data, on=question).wait_for_answer()

    assert again.alert
    assert await load_state(chat_app, first) is DeliveryState.UNCERTAIN


async def settle_again(chat_app: ChatApp, number: int, end: Settlement) -> None:
    """Let everything be claimed, and one row end."""
    later = chat_app.clock() + timedelta(hours=1)
    await chat_app.store.outbox.claim(
        Channel.TELEGRAM, "a test", due_at=chat_app.clock(), now=chat_app.clock(), until=later, limit=10
    )
    await chat_app.store.outbox.settle(number, "a test", end, chat_app.clock())
    await chat_app.store.outbox.release("a test")


async def test_what_becomes_uncertain_after_the_question_is_not_resent(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    counted, waiting = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END, None)
    question = await send_and_wait(admin, "/outbox resend uncertain")

    await settle_again(chat_app, waiting, UNCERTAIN_END)
    await admin.tap("Resend 1", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "Queued again: 1 delivery.")

    assert await load_state(chat_app, counted) is DeliveryState.DUE
    assert await load_state(chat_app, waiting) is DeliveryState.UNCERTAIN


async def test_what_another_admin_decided_meanwhile_is_told_and_left(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    first, *_ = await add_uncertain_deliveries(telegram, chat_app)
    question = await send_and_wait(admin, "/outbox resend uncertain")

    await send_and_wait(telegram.user(OTHER_ADMIN), f"/outbox cancel {first}")
    await admin.tap("Resend 3", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "Queued again: 2 deliveries.")

    assert "Unchanged: 1, whose state changed in the meantime." in question.text
    assert await load_state(chat_app, first) is DeliveryState.CANCELLED


@pytest.mark.parametrize("no", ["button", "words"])
async def test_a_no_changes_nothing_and_closes_the_question(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, no: str
) -> None:
    await add_uncertain_deliveries(telegram, chat_app)
    question = await send_and_wait(admin, "/outbox resend uncertain")
    key = confirmation_key(question)

    if no == "button":
        await admin.tap("Keep as they are", on=question).wait_for_answer()
        await admin.wait_for_edit(question, "Nothing was changed.")
    else:
        assert "Nothing was changed." in (await send_and_wait(admin, f"/outbox no {key}")).text
    late = await send_and_wait(admin, f"/outbox yes {key}")

    assert "This request was already answered" in late.text
    assert (await chat_app.store.stats.load_stats()).deliveries == {DeliveryState.UNCERTAIN: 3}


async def test_another_admin_a_stranger_and_a_late_yes_change_nothing(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app)
    question = await send_and_wait(admin, "/outbox resend uncertain")
    yes = f"/outbox yes {confirmation_key(question)}"
    theirs = await send_and_wait(telegram.user(42), "/help")

    other = await send_and_wait(telegram.user(OTHER_ADMIN), yes)
    pressed = await telegram.user(42).send_callback(f"1:y:{confirmation_key(question)}", on=theirs).wait_for_answer()
    asked = await telegram.user(42).send_callback("1:r:uncertain", on=theirs).wait_for_answer()
    chat_app.clock.advance(timedelta(minutes=10, seconds=1))
    late = await send_and_wait(admin, yes)

    assert "This request was already answered" in other.text
    assert pressed.alert
    assert asked.alert
    assert "This request was already answered" in late.text
    assert (await chat_app.store.stats.load_stats()).deliveries == {DeliveryState.UNCERTAIN: 3}


async def test_a_key_of_another_question_is_not_used_up_by_the_outbox(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 1)
    admin.send("/broadcast Hello")
    await admin.wait_for_message()
    question = await admin.wait_for_message()
    found = re.search(r"yes ([0-9a-f]{8})", question.text)
    assert found is not None

    wrong = await send_and_wait(admin, f"/outbox yes {found[1]}")
    right = await send_and_wait(admin, f"/broadcast yes {found[1]}")

    assert "This request was already answered" in wrong.text
    assert "is being sent" in right.text


async def test_one_edition_is_chosen_by_a_button_and_all_of_them_again(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 2)
    second = await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END, UNCERTAIN_END)
    question = await send_and_wait(admin, "/outbox resend uncertain")
    asked, buttons = question.text, question.buttons

    await admin.tap("Only broadcast 2 · 2", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "uncertain, on hold · broadcast 2")
    narrowed = question.buttons
    await admin.tap("Resend 2", on=question).wait_for_answer()
    await admin.wait_for_edit(question, "Queued again: 2 deliveries.")

    assert "Resend 4 deliveries?" in asked
    assert buttons == ["Resend 4", "Keep as they are", "Only broadcast 2 · 2", "Only broadcast 1 · 2"]
    assert narrowed == ["Resend 2", "Keep as they are", "All editions"]
    assert {row.id for row in await chat_app.store.outbox.list_deliveries(DeliveryState.DUE)} == set(second)


async def test_what_cannot_be_resent_is_counted_with_its_reason(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 2)
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(100), Reason(ReasonCode.BOT_BLOCKED))

    some = await send_and_wait(admin, "/outbox resend uncertain")
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(101), Reason(ReasonCode.BOT_BLOCKED))
    none = await send_and_wait(admin, "/outbox resend uncertain")

    assert "Resend 1 delivery?" in some.text
    assert "1 cannot be resent: the endpoint is not active." in some.text
    assert "Nothing to resend" in none.text
    assert "2 cannot be resent" in none.text
    assert none.buttons == []


async def test_an_edition_that_does_not_exist_is_told(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 1)

    answer = await send_and_wait(admin, "/outbox resend uncertain 2020-02-02")

    assert "There is no edition 2020-02-02." in answer.text


async def test_all_that_is_uncertain_or_waits_can_be_cancelled(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await broadcast_with_ends(telegram, chat_app, UNCERTAIN_END, UNCERTAIN_END, None, None)
    shown = await send_and_wait(admin, "/outbox")

    await admin.tap("Cancel the 2 uncertain", on=shown).wait_for_answer()
    await admin.wait_for_edit(shown, "Cancel 2 deliveries?")
    await admin.tap("Cancel 2", on=shown).wait_for_answer()
    await admin.wait_for_edit(shown, "Cancelled: 2 deliveries.")
    question = await send_and_wait(admin, "/outbox cancel waiting")
    done = await send_and_wait(admin, f"/outbox yes {confirmation_key(question)}")

    assert "Cancelled: 2 deliveries." in done.text
    assert (await chat_app.store.stats.load_stats()).deliveries == {DeliveryState.CANCELLED: 4}


async def test_all_that_was_refused_is_offered_where_refused_ones_are_shown(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    await broadcast_with_ends(telegram, chat_app, REFUSED_END, REFUSED_END)

    shown = await send_and_wait(admin, "/outbox refused")
    question = await send_and_wait(admin, "/outbox resend refused")

    assert shown.buttons == ["Resend the 2 rejected"]
    assert "Resend 2 deliveries?" in question.text
    assert "twice" not in question.text


async def test_a_chinese_admin_is_asked_in_chinese(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    await add_uncertain_deliveries(telegram, chat_app, 2)
    await send_and_wait(admin, "/settings language zh")

    question = await send_and_wait(admin, "发件箱 重发不确定")
    done = await send_and_wait(admin, f"发件箱 确认 {confirmation_key(question)}")

    assert "重新发送 2 条消息？" in question.text
    assert "可能已经送达" in question.text
    assert "将重新发送 2 条消息。" in done.text


async def test_an_admin_says_that_addresses_are_really_gone(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    answer = await send_and_wait(admin, "/outbox allow-gone email")
    await send_and_wait(telegram.user(42), "/outbox allow-gone telegram")

    assert "deactivated again on email" in answer.text
    assert await chat_app.store.outbox.unreachable_allowed_until(Channel.EMAIL, chat_app.clock()) is not None
    assert await chat_app.store.outbox.unreachable_allowed_until(Channel.TELEGRAM, chat_app.clock()) is None
