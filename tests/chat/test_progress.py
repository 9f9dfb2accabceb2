"""The message that tells how far a broadcast is, with a real courier behind it and the stand-in before it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from digest.chat.progress import SHORTEST, Progress
from digest.clock import system_clock
from digest.courier import Courier
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot
from digest.message import ChatPart
from digest.model import Announcement, Channel, Delivery, DeliveryState
from tests.chat.admins import broadcast_to, preview, typed_yes
from tests.chat.conftest import running
from tests.chat.household import ADMIN, Household
from tests.chat.talking import ask
from tests.support.telegram_faults import Hang
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage

QUICK = 0.1
READERS = range(100, 106)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


@asynccontextmanager
async def chatting(
    telegram: TelegramServer, home: Household, *, shortest: float = QUICK
) -> AsyncIterator[None]:
    """Run the chat; progress is told as quickly as a test wants."""
    async with running(telegram, replace(home.house, progress=Progress(shortest=shortest))):
        yield


@asynccontextmanager
async def sending(telegram: TelegramServer, home: Household, width: int = 1) -> AsyncIterator[None]:
    """Run a courier of Telegram."""
    bot = build_bot(telegram.token, telegram.url)
    await bot.initialize()

    async def render(delivery: Delivery) -> Sequence[ChatPart]:
        assert isinstance(delivery.content, Announcement)
        return home.house.renderer.announcement(delivery.content)

    courier = Courier(
        channel=Channel.TELEGRAM,
        owner="a test",
        outbox=home.store.outbox,
        postbox=TelegramPostbox(bot),
        render=render,
        clock=system_clock,
        width=width,
    )
    running_courier = asyncio.create_task(courier.run())
    try:
        yield
    finally:
        courier.stop()
        await running_courier
        await bot.shutdown()


async def some_read(telegram: TelegramServer) -> list[Person]:
    """Let six people read."""
    people = [telegram.user(number) for number in READERS]
    for person in people:
        await ask(person, "/subscribe robotics")
    return people


def got(people: Sequence[Person], words: str = "Hello") -> int:
    """Count how many times these words arrived."""
    return sum(one.text == words for person in people for one in person.messages)


def the_question(admin: Person) -> ChatMessage:
    """Give the newest message of an admin's that can still be steered."""
    return next(one for one in reversed(admin.messages) if one.buttons)


async def test_the_question_becomes_the_progress_and_the_end_is_reported(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        telegram.refuse_next(403, "Forbidden: bot was blocked by the user", chat=READERS[0])
        _, question = await preview(admin, "/broadcast Hello")
        await admin.tap("Send to 6", on=question).answered()
        await admin.wait_for_edit(question, "0 of 6 sent")
        assert question.buttons == ["Pause", "Cancel"]

        async with sending(telegram, home):
            report = await admin.wait_for_message("is over")

    for told in ("sent: 5", "uncertain, held for you: 0", "refused: 0", "address gone: 1", "cancelled: 0"):
        assert told in report.text
    assert "It took" in report.text
    assert "is over" in question.text
    assert question.buttons == []
    assert got(people) == 5


async def test_a_pause_during_a_run_finishes_what_is_under_way_and_nothing_more_until_it_goes_on(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        question = the_question(admin)
        telegram.say(Hang(seconds=1.0), chat=READERS[2])
        # A courier claims four deliveries for each it may send at once.
        async with sending(telegram, home):
            await telegram.world.until(lambda: got(people) >= 2, 10, lambda: "nothing is sent")
            paused = await admin.tap("Pause", on=question).answered()
            await admin.wait_for_edit(question, "is paused")
            await telegram.world.until(lambda: got(people) >= 4, 10, lambda: "what was claimed is sent")
            await asyncio.sleep(2.5)
            rested = got(people)

            await admin.tap("Go on", on=question).answered()
            await admin.wait_for_message("is over")

    assert "Paused." in (paused.text or "")
    assert rested == 4
    assert got(people) == 6


async def test_a_cancel_during_a_run_lets_nothing_more_begin(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        telegram.say(Hang(seconds=1.5), chat=READERS[1])
        async with sending(telegram, home):
            await telegram.world.until(lambda: got(people) >= 2, 10, lambda: "nothing is sent")
            cancelled = await admin.tap("Cancel", on=the_question(admin)).answered()
            report = await admin.wait_for_message("is over")

    assert "Cancelled: 4 messages" in (cancelled.text or "")
    assert "sent: 2" in report.text
    assert "cancelled: 4" in report.text
    assert got(people) == 2


async def test_progress_goes_on_in_the_same_message_after_a_restart(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        question = the_question(admin)
        before = len(admin.messages)
        await home.store.outbox.cancel([row.id for row in await home.store.outbox.rows()][:1], home.clock())
    edits = question.edits

    async with chatting(telegram, home):
        await admin.wait_for_edit(question, "cancelled: 1", after=edits)
        async with sending(telegram, home):
            report = await admin.wait_for_message("is over")

    assert "sent: 5" in report.text
    assert [one.id for one in admin.messages[before:]] == [report.id]
    assert got(people) == 5


async def test_a_pause_outlives_a_restart(telegram: TelegramServer, home: Household, admin: Person) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        question = the_question(admin)
        await admin.tap("Pause", on=question).answered()

    async with chatting(telegram, home), sending(telegram, home):
        await admin.wait_for_edit(question, "is paused")
        await asyncio.sleep(2.5)
        rested = got(people)
        await admin.tap("Go on", on=question).answered()
        await admin.wait_for_message("is over")

    assert (rested, got(people)) == (0, 6)


async def test_an_end_that_came_while_nobody_watched_is_reported_once(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        await some_read(telegram)
        number = await broadcast_to(admin, "/broadcast Hello", "Send to 6")
    await home.house.broadcaster.stop(number)

    for _ in range(2):
        async with chatting(telegram, home):
            await asyncio.sleep(QUICK * 5)

    assert sum("is over" in one.text for one in admin.messages) == 2
    assert sum(one.keyboard == [] and "is over" in one.text for one in admin.messages) == 2


async def test_a_flood_in_the_middle_delays_progress_and_loses_nothing(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        telegram.flood_next(1, chat=READERS[2])
        telegram.flood_next(1, method="editMessageText", chat=ADMIN)
        async with sending(telegram, home):
            report = await admin.wait_for_message("is over", timeout=30)

    assert "sent: 6" in report.text
    assert [got([person]) for person in people] == [1] * 6


async def test_no_two_edits_come_within_three_seconds(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home, shortest=SHORTEST):
        await some_read(telegram)
        number = await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        question = the_question(admin)
        for press in ("Pause", f"1:c:go:{number}", f"1:c:pause:{number}", f"1:c:go:{number}"):
            data = press if ":" in press else question.button(press)["callback_data"]
            await admin.press(data, on=question).answered()
            await asyncio.sleep(0.3)
        await home.store.outbox.cancel([row.id for row in await home.store.outbox.rows()][:1], home.clock())
        await admin.wait_for_edit(question, "cancelled: 1")
        await home.house.broadcaster.stop(number)
        await admin.wait_for_message("is over")

    at = [entry.at for entry in telegram.wire.accepted("editMessageText") if entry.to == str(ADMIN)]
    gaps = [after - before for before, after in pairwise(at)]
    assert len(at) >= 3
    assert min(gaps) >= SHORTEST - 0.05


async def test_a_progress_that_was_deleted_comes_again(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        await some_read(telegram)
        await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        question = the_question(admin)
        question.deleted = True
        await home.store.outbox.cancel([row.id for row in await home.store.outbox.rows()][:1], home.clock())

        again = await admin.wait_for_message("on its way")

    assert again.id != question.id
    assert again.buttons == ["Pause", "Cancel"]


async def test_words_that_confirm_get_a_progress_of_their_own(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        await some_read(telegram)
        _, question = await preview(admin, "/broadcast Hello")
        admin.send(typed_yes(question))
        progress = await admin.wait_for_message("0 of 6 sent")
        async with sending(telegram, home):
            await admin.wait_for_message("is over")

    assert "is over" in progress.text


async def test_progress_speaks_the_admins_language(telegram: TelegramServer, home: Household) -> None:
    boss = telegram.user(ADMIN, language_code="zh")
    async with chatting(telegram, home):
        await some_read(telegram)
        _, question = await preview(boss, "/broadcast Hello")
        boss.send(typed_yes(question))
        progress = await boss.wait_for_message("广播")

    assert "6" in progress.text
    assert "Broadcast" not in progress.text


async def test_an_admin_who_blocks_the_bot_stops_no_broadcast(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with chatting(telegram, home):
        people = await some_read(telegram)
        number = await broadcast_to(admin, "/broadcast Hello", "Send to 6")
        admin.block()
        async with sending(telegram, home):
            await telegram.world.until(lambda: got(people) == 6, 10, lambda: "not sent")

    known = await home.store.broadcasts.standing(number)
    assert known is not None
    assert known.of(DeliveryState.SENT) == 6
