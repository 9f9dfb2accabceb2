"""Telegram's pace: laws of the timetable, and the limiter between a real bot and a strict server."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from digest.telegram.api_answers import TooManyRequests
from digest.telegram.client import build_bot
from digest.telegram.rate_limiter import PendingCall, Priority, SendSchedule, TelegramRateLimiter
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_server import TelegramServer

CHATS = st.sampled_from(["1", "2", "3", "-100", "@channel"])


def departure_times(table: SendSchedule, tickets: list[PendingCall]) -> list[tuple[float, PendingCall]]:
    """Let all tickets go, waking exactly when the table says."""
    for ticket in tickets:
        table.add(ticket)
    gone: list[tuple[float, PendingCall]] = []
    now = 0.0
    while (at := table.next_send_at()) is not None:
        now = max(now, at)
        if (taken := table.pop_ready(now)) is not None:
            gone.append((now, taken))
    return gone


@given(st.lists(st.builds(PendingCall, CHATS, st.sampled_from(Priority)), max_size=60))
def test_everybody_goes_once_evenly_and_each_chat_at_its_own_pace(tickets: list[PendingCall]) -> None:
    gone = departure_times(SendSchedule(rate=28), tickets)

    assert {id(ticket) for _, ticket in gone} == {id(ticket) for ticket in tickets}
    assert len(gone) == len(tickets)
    times = [at for at, _ in gone]
    assert all(later - at >= 0.5 / 28 - 1e-9 for at, later in pairwise(times))
    for chat, spacing in (("1", 1.05), ("-100", 3.1), ("@channel", 3.1)):
        own = [at for at, ticket in gone if ticket.chat == chat]
        assert all(later - at >= spacing - 1e-9 for at, later in pairwise(own))


@given(st.lists(st.builds(PendingCall, CHATS, st.sampled_from(Priority)), max_size=60))
def test_what_leaves_draws_no_flood_from_a_strict_server(tickets: list[PendingCall]) -> None:
    limits = FloodLimits()

    for at, ticket in departure_times(SendSchedule(rate=28), tickets):
        limits.register(-1 if ticket.chat.startswith(("-", "@")) else int(ticket.chat), at)

    assert limits.violations == 0


def test_a_reply_overtakes_bulk_that_came_before_it() -> None:
    bulk, reply = PendingCall("1", Priority.BULK), PendingCall("2", Priority.REPLY)

    gone = departure_times(SendSchedule(rate=28), [bulk, reply])

    assert [ticket for _, ticket in gone] == [reply, bulk]


def test_nothing_goes_to_a_chat_that_is_held_and_a_shorter_hold_does_not_end_it() -> None:
    table = SendSchedule(rate=28)
    table.pause_chat("1", until=10.0)
    table.pause_chat("1", until=5.0)

    gone = departure_times(table, [PendingCall("1", Priority.REPLY), PendingCall("2", Priority.REPLY)])

    assert [(ticket.chat, at) for at, ticket in gone] == [("2", 0.0), ("1", 10.0)]


def test_a_rest_earns_no_burst() -> None:
    table = SendSchedule(rate=10)
    for number in range(20):
        table.add(PendingCall(str(number), Priority.BULK))

    at_once = 0
    while table.pop_ready(1000.0) is not None:
        at_once += 1

    assert at_once <= 1


async def test_a_bot_keeps_the_pace_in_bulk(telegram: TelegramServer) -> None:
    for number in range(1, 13):
        telegram.user(number)
    async with build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(28)) as bot:
        began = time.monotonic()
        await asyncio.gather(*(send_bulk(bot, number) for number in range(1, 13)))
        took = time.monotonic() - began

    assert took > 11 / 29, "a busy machine can only be slower"
    assert len(sent_chats(telegram)) == 12


def sent_chats(telegram: TelegramServer) -> list[str]:
    """Return the chats of all messages that reached the server, taken or not."""
    return [entry.to for entry in telegram.wire if entry.kind == "sendMessage"]


async def send_bulk(bot: ExtBot[Priority], chat: int) -> None:
    await bot.send_message(chat, "bulk", rate_limit_args=Priority.BULK)


@pytest.fixture
async def paced_bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Priority]]:
    """Return a bot that obeys floods and keeps nobody waiting otherwise; six people know it."""
    for number in range(1, 7):
        telegram.user(number)
    pacing = TelegramRateLimiter(1000, private_interval=0)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing) as bot:
        yield bot


async def send_until_flooded(bot: ExtBot[Priority], chat: int) -> TooManyRequests:
    """Send bulk that ends in a flood; give that."""
    with pytest.raises(TooManyRequests) as met:
        await send_bulk(bot, chat)
    return met.value


async def test_a_flood_of_one_chat_holds_its_bulk_and_nobody_elses(
    telegram: TelegramServer, paced_bot: ExtBot[Priority]
) -> None:
    telegram.plan_flood(60, chat=1)

    met = await send_until_flooded(paced_bot, 1)
    again = await send_until_flooded(paced_bot, 1)
    await send_bulk(paced_bot, 2)
    await paced_bot.send_message(3, "reply")
    await paced_bot.send_message(1, "reply")

    assert (met.all_chats, again.all_chats) == (False, False)
    assert sent_chats(telegram) == ["1", "2", "3", "1"], "the second bulk was not sent"


async def test_a_flood_of_several_chats_stops_all_bulk_for_the_longest_wait_and_no_reply(
    telegram: TelegramServer, paced_bot: ExtBot[Priority]
) -> None:
    for chat, seconds in ((1, 60), (2, 3600), (3, 5)):
        telegram.plan_flood(seconds, chat=chat)

    met = [await send_until_flooded(paced_bot, chat) for chat in (1, 2, 3, 4)]
    for chat in (5, 1, 2, 3):
        await paced_bot.send_message(chat, "reply")

    assert [one.all_chats for one in met] == [False, False, True, True]
    assert [round(one.retry_after.total_seconds(), -2) for one in met[2:]] == [3600, 3600]
    assert sent_chats(telegram) == ["1", "2", "3", "5", "1", "2", "3"]


async def test_bulk_that_waits_for_its_turn_is_turned_away_when_a_flood_comes(telegram: TelegramServer) -> None:
    for number in range(1, 5):
        telegram.user(number)
    for chat in (1, 2, 3):
        telegram.plan_flood(60, chat=chat)
    pacing = TelegramRateLimiter(1000, private_interval=3600)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing) as bot:
        await send_bulk(bot, 4)
        waiting = [asyncio.create_task(send_until_flooded(bot, 4)) for _ in range(3)]
        await asyncio.sleep(0)

        for chat in (1, 2, 3):
            await send_until_flooded(bot, chat)
        met = await asyncio.gather(*waiting)

    assert all(one.all_chats for one in met)
    assert sent_chats(telegram) == ["4", "1", "2", "3"]


async def test_replies_that_are_refused_stop_bulk_as_well(
    telegram: TelegramServer, paced_bot: ExtBot[Priority]
) -> None:
    for chat in (1, 2, 3):
        telegram.plan_flood(60, chat=chat)
        with pytest.raises(RetryAfter):
            await paced_bot.send_message(chat, "reply")

    met = await send_until_flooded(paced_bot, 4)
    await paced_bot.send_message(5, "reply")

    assert met.all_chats
    assert sent_chats(telegram) == ["1", "2", "3", "5"]


async def test_a_reply_that_met_a_short_flood_is_repeated_once_and_a_long_one_is_told(telegram: TelegramServer) -> None:
    reader = telegram.user(1)
    async with build_bot(
        telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(1000, private_interval=0)
    ) as bot:
        telegram.plan_flood(1, chat=1)
        await bot.send_message(1, "short")
        telegram.plan_flood(60, chat=1)
        with pytest.raises(RetryAfter):
            await bot.send_message(1, "long")
        with pytest.raises(RetryAfter):
            await bot.send_message(1, "while halted")

    assert [message.text for message in reader.messages] == ["short"]
    assert len(telegram.calls("sendMessage")) == 3


async def test_a_halt_that_the_program_before_was_told_holds_bulk_and_no_reply(telegram: TelegramServer) -> None:
    telegram.user(1)
    pacing = TelegramRateLimiter(1000)
    pacing.pause_bulk_for(3600)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing) as bot:
        await send_until_flooded(bot, 1)
        await bot.send_message(1, "reply")

    assert len(telegram.calls("sendMessage")) == 1


async def test_answers_to_taps_and_questions_pass_a_halt(telegram: TelegramServer) -> None:
    reader = telegram.user(1)
    pacing = TelegramRateLimiter(1000, private_interval=0)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing) as bot:
        message = await bot.send_message(1, "x")
        tap = reader.send_callback("data", on=reader.messages[0])
        telegram.plan_flood(60, method="editMessageText", chat=1)
        with pytest.raises(RetryAfter):
            await bot.edit_message_text("y", 1, message.message_id, rate_limit_args=Priority.BULK)

        await bot.answer_callback_query(tap.id, "here")
        await bot.send_chat_action(1, "typing")
        await bot.get_chat(1)

    assert tap.answer.text == "here"


async def test_a_request_that_was_given_up_takes_nobodys_turn(telegram: TelegramServer) -> None:
    reader = telegram.user(1)
    async with build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(10, private_interval=0)) as bot:
        await bot.send_message(1, "first")
        given_up = asyncio.create_task(bot.send_message(1, "given up"))
        await asyncio.sleep(0)
        given_up.cancel()
        await bot.send_message(1, "second")

    assert [message.text for message in reader.messages] == ["first", "second"]
