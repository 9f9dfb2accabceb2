"""The message that tells how far a broadcast is, with a real courier behind it and the stand-in before it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from digest.model import Announcement, Channel, Delivery, DeliveryState
from digest.model.clock import system_clock
from digest.model.message import TelegramMessage
from digest.services.delivery import DeliveryWorker
from digest.telegram.broadcast_progress import ProgressMessages
from digest.telegram.client import build_bot
from digest.telegram.sender import TelegramSender
from tests.support.telegram_faults import HangReply
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.admin_actions import ask_for_broadcast, send_broadcast, typed_confirmation
from tests.telegram.chat_app import ADMIN, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

FAST_INTERVAL = 0.1
CHAT_IDS = range(100, 106)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


@asynccontextmanager
async def run_chat_with_progress(
    telegram: TelegramServer, chat_app: ChatApp, *, min_interval: float = FAST_INTERVAL
) -> AsyncIterator[None]:
    """Run the chat; progress is told as quickly as a test wants."""
    async with run_chat(
        telegram, replace(chat_app.deps, progress_messages=ProgressMessages(min_interval=min_interval))
    ):
        yield


async def drain_outbox(telegram: TelegramServer, chat_app: ChatApp) -> None:
    """Send what is due, one message after the other; a courier claims four of them at once."""

    async def render(delivery: Delivery) -> Sequence[TelegramMessage]:
        assert isinstance(delivery.content, Announcement)
        return chat_app.deps.renderer.render_announcement(delivery.content)

    async with build_bot(telegram.token, telegram.url) as bot:
        worker = DeliveryWorker(
            channel=Channel.TELEGRAM,
            owner="a test",
            outbox=chat_app.store.outbox,
            sender=TelegramSender(bot),
            render=render,
            clock=system_clock,
            concurrency=1,
        )
        await worker.drain()


async def add_subscribers(telegram: TelegramServer) -> list[Person]:
    """Let six people read."""
    people = [telegram.user(number) for number in CHAT_IDS]
    for person in people:
        await send_and_wait(person, "/subscribe robotics")
    return people


def count_received(people: Sequence[Person], text: str = "Hello") -> int:
    """Count how many times these words arrived."""
    return sum(one.text == text for person in people for one in person.messages)


def latest_controllable_message(admin: Person) -> ChatMessage:
    """Return the newest message of an admin's that can still be steered."""
    return next(one for one in reversed(admin.messages) if one.buttons)


async def test_the_question_becomes_the_progress_and_the_end_is_reported(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        telegram.plan_refusal(403, "Forbidden: bot was blocked by the user", chat=CHAT_IDS[0])
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        await admin.tap("Send to 6", on=question).wait_for_answer()
        await admin.wait_for_edit(question, "0 of 6 sent")
        assert question.buttons == ["Pause", "Cancel"]

        await drain_outbox(telegram, chat_app)
        report = await admin.wait_for_message("is finished")

    for told in ("sent: 5", "uncertain, on hold: 0", "rejected: 0", "address does not exist: 1", "cancelled: 0"):
        assert told in report.text
    assert "Duration:" in report.text
    assert "is finished" in question.text
    assert question.buttons == []
    assert count_received(people) == 5


async def test_a_pause_during_a_run_finishes_what_is_under_way_and_nothing_more_until_it_goes_on(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        question = latest_controllable_message(admin)
        answered = asyncio.Event()
        third = telegram.plan_fault(HangReply(until=answered), chat=CHAT_IDS[2])
        sending = asyncio.create_task(drain_outbox(telegram, chat_app))
        await third.wait_until_met()
        paused = await admin.tap("Pause", on=question).wait_for_answer()
        await admin.wait_for_edit(question, "is paused")
        answered.set()
        await sending
        rested = count_received(people)

        await admin.tap("Continue", on=question).wait_for_answer()
        await drain_outbox(telegram, chat_app)
        await admin.wait_for_message("is finished")

    assert "Paused." in (paused.text or "")
    assert rested == 4
    assert count_received(people) == 6


async def test_a_cancel_during_a_run_lets_nothing_more_begin(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        answered = asyncio.Event()
        second = telegram.plan_fault(HangReply(until=answered), chat=CHAT_IDS[1])
        sending = asyncio.create_task(drain_outbox(telegram, chat_app))
        await second.wait_until_met()
        cancelled = await admin.tap("Cancel", on=latest_controllable_message(admin)).wait_for_answer()
        answered.set()
        await sending
        report = await admin.wait_for_message("is finished")

    assert "Cancelled: 4 messages" in (cancelled.text or "")
    assert "sent: 2" in report.text
    assert "cancelled: 4" in report.text
    assert count_received(people) == 2


async def test_progress_goes_on_in_the_same_message_after_a_restart(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        question = latest_controllable_message(admin)
        before = len(admin.messages)
        await chat_app.store.outbox.cancel(
            [row.id for row in await chat_app.store.outbox.list_deliveries()][:1], chat_app.clock()
        )
    edits = question.edit_count

    async with run_chat_with_progress(telegram, chat_app):
        await admin.wait_for_edit(question, "cancelled: 1", after=edits)
        await drain_outbox(telegram, chat_app)
        report = await admin.wait_for_message("is finished")

    assert "sent: 5" in report.text
    assert [one.id for one in admin.messages[before:]] == [report.id]
    assert count_received(people) == 5


async def test_a_pause_outlives_a_restart(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        question = latest_controllable_message(admin)
        await admin.tap("Pause", on=question).wait_for_answer()

    async with run_chat_with_progress(telegram, chat_app):
        await admin.wait_for_edit(question, "is paused")
        await drain_outbox(telegram, chat_app)
        rested = count_received(people)
        await admin.tap("Continue", on=question).wait_for_answer()
        await drain_outbox(telegram, chat_app)
        await admin.wait_for_message("is finished")

    assert (rested, count_received(people)) == (0, 6)


async def test_an_end_that_came_while_nobody_watched_is_reported_once(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        await add_subscribers(telegram)
        number = await send_broadcast(admin, "/broadcast Hello", "Send to 6")
    await chat_app.deps.broadcasts.cancel(number)

    async with run_chat_with_progress(telegram, chat_app), asyncio.timeout(20):
        while not (await chat_app.store.broadcasts.find_status(number)).reported:  # type: ignore[union-attr] # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.02)
    async with run_chat_with_progress(telegram, chat_app):
        await send_and_wait(admin, "/help")

    assert sum("is finished" in one.text for one in admin.messages) == 2
    assert sum(one.keyboard == [] and "is finished" in one.text for one in admin.messages) == 2


async def test_a_flood_in_the_middle_delays_progress_and_loses_nothing(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        people = await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        telegram.plan_flood(1, chat=CHAT_IDS[2])
        telegram.plan_flood(1, method="editMessageText", chat=ADMIN)
        async with asyncio.timeout(30):
            while count_received(people) < len(people):
                await drain_outbox(telegram, chat_app)
        report = await admin.wait_for_message("is finished")

    assert "sent: 6" in report.text
    assert [count_received([person]) for person in people] == [1] * 6


async def test_no_two_edits_come_within_the_interval(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    interval = 0.4
    async with run_chat_with_progress(telegram, chat_app, min_interval=interval):
        await add_subscribers(telegram)
        number = await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        question = latest_controllable_message(admin)
        for press in ("Pause", f"1:c:go:{number}", f"1:c:pause:{number}", f"1:c:go:{number}"):
            data = press if ":" in press else question.find_button(press)["callback_data"]
            await admin.send_callback(data, on=question).wait_for_answer()
        await chat_app.store.outbox.cancel(
            [row.id for row in await chat_app.store.outbox.list_deliveries()][:1], chat_app.clock()
        )
        await admin.wait_for_edit(question, "cancelled: 1")
        await chat_app.deps.broadcasts.cancel(number)
        await admin.wait_for_message("is finished")

    at = [entry.at for entry in telegram.wire.accepted("editMessageText") if entry.to == str(ADMIN)]
    gaps = [after - before for before, after in pairwise(at)]
    assert len(at) >= 3
    assert min(gaps) >= interval - 0.01, "a busy machine can only be slower"
    assert ProgressMessages().min_interval == 3


async def test_a_progress_that_was_deleted_comes_again(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        await add_subscribers(telegram)
        await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        question = latest_controllable_message(admin)
        question.deleted = True
        await chat_app.store.outbox.cancel(
            [row.id for row in await chat_app.store.outbox.list_deliveries()][:1], chat_app.clock()
        )

        again = await admin.wait_for_message("is being sent")

    assert again.id != question.id
    assert again.buttons == ["Pause", "Cancel"]


async def test_words_that_confirm_get_a_progress_of_their_own(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        await add_subscribers(telegram)
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        admin.send(typed_confirmation(question))
        progress = await admin.wait_for_message("0 of 6 sent")
        await drain_outbox(telegram, chat_app)
        await admin.wait_for_message("is finished")

    assert "is finished" in progress.text


async def test_progress_speaks_the_admins_language(telegram: TelegramServer, chat_app: ChatApp) -> None:
    boss = telegram.user(ADMIN, language_code="zh")
    async with run_chat_with_progress(telegram, chat_app):
        await add_subscribers(telegram)
        _, question = await ask_for_broadcast(boss, "/broadcast Hello")
        boss.send(typed_confirmation(question))
        progress = await boss.wait_for_message("群发")

    assert "6" in progress.text
    assert "Broadcast" not in progress.text


async def test_an_admin_who_blocks_the_bot_stops_no_broadcast(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat_with_progress(telegram, chat_app):
        await add_subscribers(telegram)
        number = await send_broadcast(admin, "/broadcast Hello", "Send to 6")
        admin.block()
        await drain_outbox(telegram, chat_app)

    known = await chat_app.store.broadcasts.find_status(number)
    assert known is not None
    assert known.count(DeliveryState.SENT) == 6
