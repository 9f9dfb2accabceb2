"""TELEGRAM.md's table "what an error means", row by row: Telegram answers so, and this is written down."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from telegram.ext import ExtBot

from digest.model import Channel, Delivery, DeliveryState, EndpointState, Target
from digest.model.clock import FixedClock
from digest.model.errors import ChannelMisconfigured
from digest.model.message import TelegramMessage
from digest.model.reasons import Reason, ReasonCode, server_reply, telegram_error
from digest.services.admin import DeliveryRow
from digest.services.delivery import ChannelPause, DeliveryWorker
from digest.services.editions import EditionService
from digest.storage import Store
from digest.telegram.client import build_bot, build_request
from digest.telegram.rate_limiter import Priority, TelegramRateLimiter
from digest.telegram.sender import TelegramSender
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service
from tests.support.telegram_faults import (
    DropReply,
    ForeignReply,
    HangReply,
    TelegramFault,
    TelegramRefusal,
    TruncateReply,
)
from tests.support.telegram_proxy_replies import FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer

CHATS = (101, 102)
MORE_CHATS = (101, 102, 103, 104)
DAY = timedelta(days=1)
State = DeliveryState


async def render_html(delivery: Delivery) -> Sequence[TelegramMessage]:
    """Render a delivery as one message with style."""
    return (TelegramMessage(html=f"<b>{delivery.key}</b>", plain=delivery.key),)


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Priority]]:
    """Return a bot at our pace that does not wait long for an answer."""
    pacing = TelegramRateLimiter(1000, private_interval=0, group_interval=0)
    request = build_request(read_timeout=0.5)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing, request=request) as ready:
        yield ready


def build_telegram_worker(bot: ExtBot[Priority], store: Store, clock: FixedClock) -> DeliveryWorker[TelegramMessage]:
    """Return a courier that sends one message after the other, as a program that was just started has it."""
    return DeliveryWorker(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        sender=TelegramSender(bot),
        render=render_html,
        clock=clock,
        concurrency=1,
    )


async def queue_chat_digests(
    telegram: TelegramServer, store: Store, clock: FixedClock, *chats: int, day: int = 0
) -> None:
    """Let each chat have a digest waiting."""
    await save_report(store, TODAY + day * DAY, make_paper(day + 1))
    for chat in chats:
        if chat > 0:
            telegram.user(chat)
        await subscription_service(store, clock).subscribe(Target.telegram(chat), None)
    clock.now = NOW + day * DAY + timedelta(hours=1)
    await EditionService(store=store.editions, clock=clock).queue_due_digests()


async def newest_row(store: Store, chat: int) -> DeliveryRow:
    """Return the newest row of a chat."""
    return next(row for row in await store.outbox.list_deliveries() if row.target.address == str(chat))


async def send_once(bot: ExtBot[Priority], store: Store, clock: FixedClock) -> DeliveryWorker[TelegramMessage]:
    """Send what is due; give the courier that did."""
    courier = build_telegram_worker(bot, store, clock)
    async with asyncio.timeout(120):
        await courier.drain()
    return courier


def refusal(status: int, description: str) -> TelegramRefusal:
    """Return a refusal."""
    return TelegramRefusal(status=status, description=description)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(403, "Forbidden: bot was blocked by the user"),
        refusal(403, "Forbidden: user is deactivated"),
        refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
        refusal(403, "Forbidden: the group chat was deleted"),
        refusal(400, "Bad Request: chat not found"),
    ],
    ids=lambda answer: answer.description,
)
async def test_who_is_gone_stops_is_told_nothing_and_comes_back_with_start(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, answer: TelegramRefusal
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(answer, chat=101)

    await send_once(bot, store, clock)

    people = subscription_service(store, clock)
    gone = await people.find_profile(Target.telegram(101))
    back = await people.get_or_create(Target.telegram(101))
    assert [(row.target.address, row.state) for row in await store.outbox.list_deliveries()] == [
        ("102", State.SENT),
        ("101", State.UNREACHABLE),
    ]
    assert gone is not None
    assert (gone.endpoints[0].state, gone.subscriber.next_digest_at) == (EndpointState.UNREACHABLE, None)
    assert back.endpoints[0].state is EndpointState.ACTIVE
    assert back.subscriber.next_digest_at == clock() + DAY


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: CHAT_WRITE_FORBIDDEN",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: TOPIC_CLOSED",
    ],
)
async def test_a_chat_that_forbids_us_to_write_is_tried_daily_and_left_alone_after_seven(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, words: str
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(refusal(400, words), chat=101, times=None)
    states = []

    for _ in range(8):
        await send_once(bot, store, clock)
        states.append((await newest_row(store, 101)).state)
        clock.advance(DAY)

    assert states == [State.DUE] * 6 + [State.UNREACHABLE] * 2
    assert (await newest_row(store, 102)).state is State.SENT
    assert len([call for call in telegram.calls("sendMessage") if call["chat_id"] == "101"]) == 7


async def test_seven_days_count_through_daily_digests_and_a_success_forgives(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    telegram.user(101)
    states = []

    for day in range(11):
        if day != 3:
            telegram.plan_fault(refusal(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), chat=101)
        await queue_chat_digests(telegram, store, clock, *(CHATS[:1] if day == 0 else ()), day=day)
        await send_once(bot, store, clock)
        states.append((await newest_row(store, 101)).state)

    assert states == [State.DUE] * 3 + [State.SENT] + [State.DUE] * 6 + [State.UNREACHABLE]


@pytest.mark.parametrize("there", [False, True])
async def test_a_chat_that_moved_gets_its_digest_once_at_its_new_id(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, *, there: bool
) -> None:
    group = telegram.group(-5, kind="group")
    supergroup = group.migrate(-1005)
    await queue_chat_digests(telegram, store, clock, -5, *([-1005] if there else []))

    await send_once(bot, store, clock)

    rows = await store.outbox.list_deliveries()
    (reader,) = await store.subscribers.list_profiles()
    assert len(supergroup.messages) == 1
    assert sorted(row.state for row in rows) == ([State.CANCELLED] if there else []) + [State.SENT]
    assert reader.active_addresses(Channel.TELEGRAM) == ("-1005",)


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: can't parse entities: unsupported start tag",
        "Bad Request: message is too long",
        "Bad Request: BUTTON_DATA_INVALID",
    ],
)
async def test_our_bug_goes_out_once_more_as_plain_text(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, words: str
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(refusal(400, words), chat=101)

    await send_once(bot, store, clock)

    assert [(await newest_row(store, chat)).state for chat in CHATS] == [State.SENT, State.SENT]
    assert "<b>" not in telegram.user(101).messages[0].text


async def test_what_fails_as_plain_text_too_is_refused_and_unsubscribes_nobody(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(refusal(400, "Bad Request: something new"), chat=101, times=2)

    courier = await send_once(bot, store, clock)

    reader = await store.subscribers.find_profile(Target.telegram(101))
    assert reader is not None
    assert [(await newest_row(store, chat)).state for chat in CHATS] == [State.REFUSED, State.SENT]
    assert reader.endpoints[0].state is EndpointState.ACTIVE
    assert courier.pause_reason is None


async def test_a_flood_of_one_chat_holds_its_row_and_nobody_elses(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_flood(12 * 3600, chat=101)

    courier = await send_once(bot, store, clock)

    first, second = await newest_row(store, 101), await newest_row(store, 102)
    assert (first.state, first.attempts) == (State.DUE, 0)
    assert first.not_before - clock() == timedelta(hours=12)
    assert second.state is State.SENT
    assert courier.pause_reason is None
    assert await store.outbox.active_pause(Channel.TELEGRAM, clock()) is None


async def test_a_row_that_waits_for_its_chat_is_not_asked_for_earlier_by_the_next_program(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_flood(12 * 3600, chat=101)
    await send_once(bot, store, clock)
    clock.advance(timedelta(hours=11, minutes=59))

    async with build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(1000)) as fresh:
        await send_once(fresh, store, clock)
        calls = len(telegram.calls("sendMessage"))
        clock.advance(timedelta(minutes=1))
        await send_once(fresh, store, clock)

    assert calls == 2, "one to each chat"
    assert [(await newest_row(store, chat)).state for chat in CHATS] == [State.SENT, State.SENT]


async def test_a_short_flood_of_several_chats_makes_everybody_wait_and_is_nobodys_try(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *MORE_CHATS)
    for chat in MORE_CHATS[:3]:
        telegram.plan_flood(60, chat=chat)

    courier = await send_once(bot, store, clock)

    rows = [await newest_row(store, chat) for chat in MORE_CHATS]
    assert [(row.state, row.attempts) for row in rows] == [(State.DUE, 0)] * 4
    assert rows[2].not_before - clock() == timedelta(seconds=60)
    assert courier.pause_reason == telegram_error("Flood control exceeded. Retry in 60 seconds")
    assert await store.outbox.active_pause(Channel.TELEGRAM, clock()) is None
    assert len(telegram.calls("sendMessage")) == 3


async def test_a_flood_wait_of_twelve_hours_for_everybody_outlives_the_program(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *MORE_CHATS)
    for chat in MORE_CHATS[:3]:
        telegram.plan_flood(12 * 3600, chat=chat)
    await send_once(bot, store, clock)
    clock.advance(timedelta(hours=11, minutes=59))

    async with build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(1000)) as fresh:
        early = await send_once(fresh, store, clock)
        waits = early.pause_reason
        calls = len(telegram.calls("sendMessage"))
        clock.advance(timedelta(minutes=1))
        late = await send_once(fresh, store, clock)

    assert (waits, calls) == (telegram_error("Flood control exceeded. Retry in 43200 seconds"), 3)
    assert late.pause_reason is None
    assert [(await newest_row(store, chat)).state for chat in MORE_CHATS] == [State.SENT] * 4


async def test_a_wait_that_is_kept_is_never_shortened_and_forgotten_when_it_is_over(
    store: Store, clock: FixedClock
) -> None:
    long = ChannelPause(until=clock() + timedelta(hours=12), reason=server_reply("flood"))
    await store.outbox.save_pause(Channel.TELEGRAM, long)
    await store.outbox.save_pause(
        Channel.TELEGRAM, ChannelPause(until=clock() + timedelta(hours=1), reason=server_reply("less"))
    )

    kept = await store.outbox.active_pause(Channel.TELEGRAM, clock())
    mail = await store.outbox.active_pause(Channel.EMAIL, clock())
    over = await store.outbox.active_pause(Channel.TELEGRAM, long.until)
    forgotten = await store.outbox.active_pause(Channel.TELEGRAM, clock())

    assert kept == long
    assert (mail, over, forgotten) == (None, None, None)


async def test_telegram_out_of_reach_makes_everybody_wait(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)

    async with telegram.unreachable():
        courier = await send_once(bot, store, clock)

    assert [(row.state, row.attempts) for row in await store.outbox.list_deliveries()] == [(State.DUE, 0)] * 2
    assert courier.pause_reason == Reason(ReasonCode.TELEGRAM_UNREACHABLE, "ConnectError")


@pytest.mark.parametrize(
    "fault",
    [
        DropReply(processed=True),
        DropReply(processed=False),
        TruncateReply(),
        HangReply(seconds=2),
        refusal(500, "Internal Server Error"),
        refusal(502, "Bad Gateway"),
    ],
    ids=repr,
)
async def test_what_may_have_arrived_is_held_and_never_repeated(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, fault: TelegramFault
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(fault, chat=101)

    await send_once(bot, store, clock)
    clock.advance(timedelta(hours=3))
    await send_once(bot, store, clock)

    assert [(await newest_row(store, chat)).state for chat in CHATS] == [State.UNCERTAIN, State.SENT]
    assert len([call for call in telegram.calls("sendMessage") if call["chat_id"] == "101"]) == 1


FOREIGN_SAMPLE = {name: FOREIGN_REPLIES[name] for name in ("API gateway 403", "nginx 404", "proxy 401", "portal page")}


@pytest.mark.parametrize("answer", FOREIGN_SAMPLE.values(), ids=FOREIGN_SAMPLE)
async def test_while_somebody_else_answers_everybody_waits_and_then_all_is_sent(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, answer: ForeignReply
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)

    with telegram.replaced_by(answer):
        courier = await send_once(bot, store, clock)
        waits = courier.pause_reason
    rows = [(row.state, row.attempts) for row in await store.outbox.list_deliveries()]
    clock.advance(timedelta(minutes=1))
    await send_once(bot, store, clock)

    assert rows == [(State.DUE, 0)] * 2
    assert waits is not None
    assert waits.code is ReasonCode.TELEGRAM_FOREIGN_ANSWER
    assert waits.detail.startswith(str(answer.status))
    assert [(await newest_row(store, chat)).state for chat in CHATS] == [State.SENT, State.SENT]


@pytest.mark.parametrize("answer", [refusal(401, "Unauthorized"), refusal(409, "Conflict: other getUpdates")])
async def test_a_refused_token_and_a_second_poller_stop_the_channel_and_lose_nobody(
    telegram: TelegramServer, bot: ExtBot[Priority], store: Store, clock: FixedClock, answer: TelegramRefusal
) -> None:
    await queue_chat_digests(telegram, store, clock, *CHATS)
    telegram.plan_fault(answer, chat=101)

    with pytest.raises(ChannelMisconfigured):
        await send_once(bot, store, clock)

    assert [(row.state, row.attempts) for row in await store.outbox.list_deliveries()] == [(State.DUE, 0)] * 2
