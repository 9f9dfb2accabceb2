"""TELEGRAM.md's table "what an error means", row by row: Telegram answers so, and this is written down."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from telegram.ext import ExtBot

from digest.clock import SetClock
from digest.courier import Courier, Hold
from digest.deliver.pacing import Pace, Pacing
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot, build_request
from digest.edition import EditionDesk
from digest.errors import ChannelStopped
from digest.message import ChatPart
from digest.model import Channel, Delivery, DeliveryState, EndpointState, Target
from digest.overview import Listed
from digest.reasons import Reason, ReasonCode, server_reply, telegram_error
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in
from tests.support.telegram_faults import Answer, Cut, Fault, Foreign, Half, Hang
from tests.support.telegram_proxies import INSTEAD
from tests.support.telegram_server import TelegramServer

CHATS = (101, 102)
MANY = (101, 102, 103, 104)
DAY = timedelta(days=1)
End = DeliveryState


async def as_chat(delivery: Delivery) -> Sequence[ChatPart]:
    """Render a delivery as one message with style."""
    return (ChatPart(html=f"<b>{delivery.key}</b>", plain=delivery.key),)


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Pace]]:
    """Give a bot at our pace that does not wait long for an answer."""
    pacing = Pacing(1000, private_spacing=0, group_spacing=0)
    request = build_request(read_timeout=0.5)
    async with build_bot(telegram.token, telegram.url, rate_limiter=pacing, request=request) as ready:
        yield ready


def courier_of(bot: ExtBot[Pace], store: Store, clock: SetClock) -> Courier[ChatPart]:
    """Give a courier that sends one message after the other, as a program that was just started has it."""
    return Courier(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        postbox=TelegramPostbox(bot),
        render=as_chat,
        clock=clock,
        width=1,
    )


async def digests_for(
    telegram: TelegramServer, store: Store, clock: SetClock, *chats: int, day: int = 0
) -> None:
    """Let each chat have a digest waiting."""
    await take_in(store, TODAY + day * DAY, a_paper(day + 1))
    for chat in chats:
        if chat > 0:
            telegram.user(chat)
        await membership_on(store, clock).subscribe(Target.telegram(chat), None)
    clock.at = NOW + day * DAY + timedelta(hours=1)
    await EditionDesk(editions=store.editions, clock=clock).serve()


async def row_of(store: Store, chat: int) -> Listed:
    """Give the newest row of a chat."""
    return next(row for row in await store.outbox.rows() if row.target.address == str(chat))


async def sent_once(bot: ExtBot[Pace], store: Store, clock: SetClock) -> Courier[ChatPart]:
    """Send what is due; give the courier that did."""
    courier = courier_of(bot, store, clock)
    async with asyncio.timeout(120):
        await courier.drain()
    return courier


def refused(status: int, description: str) -> Answer:
    """Give a refusal."""
    return Answer(status=status, description=description)


@pytest.mark.parametrize(
    "answer",
    [
        refused(403, "Forbidden: bot was blocked by the user"),
        refused(403, "Forbidden: user is deactivated"),
        refused(403, "Forbidden: bot was kicked from the supergroup chat"),
        refused(403, "Forbidden: the group chat was deleted"),
        refused(400, "Bad Request: chat not found"),
    ],
    ids=lambda answer: answer.description,
)
async def test_who_is_gone_stops_is_told_nothing_and_comes_back_with_start(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, answer: Answer
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(answer, chat=101)

    await sent_once(bot, store, clock)

    people = membership_on(store, clock)
    gone = await people.reader(Target.telegram(101))
    back = await people.join(Target.telegram(101))
    assert [(row.target.address, row.state) for row in await store.outbox.rows()] == [
        ("102", End.SENT),
        ("101", End.GONE),
    ]
    assert gone is not None
    assert (gone.endpoints[0].state, gone.subscriber.next_at) == (EndpointState.GONE, None)
    assert back.endpoints[0].state is EndpointState.ACTIVE
    assert back.subscriber.next_at == clock() + DAY


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: CHAT_WRITE_FORBIDDEN",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: TOPIC_CLOSED",
    ],
)
async def test_a_chat_that_forbids_us_to_write_is_tried_daily_and_left_alone_after_seven(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, words: str
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(refused(400, words), chat=101, times=None)
    states = []

    for _ in range(8):
        await sent_once(bot, store, clock)
        states.append((await row_of(store, 101)).state)
        clock.forward(DAY)

    assert states == [End.DUE] * 6 + [End.GONE] * 2
    assert (await row_of(store, 102)).state is End.SENT
    assert len([call for call in telegram.calls("sendMessage") if call["chat_id"] == "101"]) == 7


async def test_seven_days_count_through_daily_digests_and_a_success_forgives(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    telegram.user(101)
    states = []

    for day in range(11):
        if day != 3:
            telegram.say(refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), chat=101)
        await digests_for(telegram, store, clock, *(CHATS[:1] if day == 0 else ()), day=day)
        await sent_once(bot, store, clock)
        states.append((await row_of(store, 101)).state)

    assert states == [End.DUE] * 3 + [End.SENT] + [End.DUE] * 6 + [End.GONE]


@pytest.mark.parametrize("there", [False, True])
async def test_a_chat_that_moved_gets_its_digest_once_at_its_new_id(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, *, there: bool
) -> None:
    group = telegram.group(-5, kind="group")
    supergroup = group.migrate(-1005)
    await digests_for(telegram, store, clock, -5, *([-1005] if there else []))

    await sent_once(bot, store, clock)

    rows = await store.outbox.rows()
    (reader,) = await store.people.readers()
    assert len(supergroup.messages) == 1
    assert sorted(row.state for row in rows) == ([End.CANCELLED] if there else []) + [End.SENT]
    assert reader.addresses(Channel.TELEGRAM) == ("-1005",)


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: can't parse entities: unsupported start tag",
        "Bad Request: message is too long",
        "Bad Request: BUTTON_DATA_INVALID",
    ],
)
async def test_our_bug_goes_out_once_more_as_plain_text(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, words: str
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(refused(400, words), chat=101)

    await sent_once(bot, store, clock)

    assert [(await row_of(store, chat)).state for chat in CHATS] == [End.SENT, End.SENT]
    assert "<b>" not in telegram.user(101).messages[0].text


async def test_what_fails_as_plain_text_too_is_refused_and_unsubscribes_nobody(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(refused(400, "Bad Request: something new"), chat=101, times=2)

    courier = await sent_once(bot, store, clock)

    reader = await store.people.reader(Target.telegram(101))
    assert reader is not None
    assert [(await row_of(store, chat)).state for chat in CHATS] == [End.REFUSED, End.SENT]
    assert reader.endpoints[0].state is EndpointState.ACTIVE
    assert courier.waits_because is None


async def test_a_flood_of_one_chat_holds_its_row_and_nobody_elses(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.flood_next(12 * 3600, chat=101)

    courier = await sent_once(bot, store, clock)

    first, second = await row_of(store, 101), await row_of(store, 102)
    assert (first.state, first.attempts) == (End.DUE, 0)
    assert first.not_before - clock() == timedelta(hours=12)
    assert second.state is End.SENT
    assert courier.waits_because is None
    assert await store.outbox.held(Channel.TELEGRAM, clock()) is None


async def test_a_row_that_waits_for_its_chat_is_not_asked_for_earlier_by_the_next_program(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.flood_next(12 * 3600, chat=101)
    await sent_once(bot, store, clock)
    clock.forward(timedelta(hours=11, minutes=59))

    async with build_bot(telegram.token, telegram.url, rate_limiter=Pacing(1000)) as fresh:
        await sent_once(fresh, store, clock)
        calls = len(telegram.calls("sendMessage"))
        clock.forward(timedelta(minutes=1))
        await sent_once(fresh, store, clock)

    assert calls == 2, "one to each chat"
    assert [(await row_of(store, chat)).state for chat in CHATS] == [End.SENT, End.SENT]


async def test_a_short_flood_of_several_chats_makes_everybody_wait_and_is_nobodys_try(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *MANY)
    for chat in MANY[:3]:
        telegram.flood_next(60, chat=chat)

    courier = await sent_once(bot, store, clock)

    rows = [await row_of(store, chat) for chat in MANY]
    assert [(row.state, row.attempts) for row in rows] == [(End.DUE, 0)] * 4
    assert rows[2].not_before - clock() == timedelta(seconds=60)
    assert courier.waits_because == telegram_error("Flood control exceeded. Retry in 60 seconds")
    assert await store.outbox.held(Channel.TELEGRAM, clock()) is None
    assert len(telegram.calls("sendMessage")) == 3


async def test_a_flood_wait_of_twelve_hours_for_everybody_outlives_the_program(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *MANY)
    for chat in MANY[:3]:
        telegram.flood_next(12 * 3600, chat=chat)
    await sent_once(bot, store, clock)
    clock.forward(timedelta(hours=11, minutes=59))

    async with build_bot(telegram.token, telegram.url, rate_limiter=Pacing(1000)) as fresh:
        early = await sent_once(fresh, store, clock)
        waits = early.waits_because
        calls = len(telegram.calls("sendMessage"))
        clock.forward(timedelta(minutes=1))
        late = await sent_once(fresh, store, clock)

    assert (waits, calls) == (telegram_error("Flood control exceeded. Retry in 43200 seconds"), 3)
    assert late.waits_because is None
    assert [(await row_of(store, chat)).state for chat in MANY] == [End.SENT] * 4


async def test_a_wait_that_is_kept_is_never_shortened_and_forgotten_when_it_is_over(
    store: Store, clock: SetClock
) -> None:
    long = Hold(until=clock() + timedelta(hours=12), reason=server_reply("flood"))
    await store.outbox.hold(Channel.TELEGRAM, long)
    await store.outbox.hold(
        Channel.TELEGRAM, Hold(until=clock() + timedelta(hours=1), reason=server_reply("less"))
    )

    kept = await store.outbox.held(Channel.TELEGRAM, clock())
    mail = await store.outbox.held(Channel.EMAIL, clock())
    over = await store.outbox.held(Channel.TELEGRAM, long.until)
    forgotten = await store.outbox.held(Channel.TELEGRAM, clock())

    assert kept == long
    assert (mail, over, forgotten) == (None, None, None)


async def test_telegram_out_of_reach_makes_everybody_wait(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock
) -> None:
    await digests_for(telegram, store, clock, *CHATS)

    async with telegram.unreachable():
        courier = await sent_once(bot, store, clock)

    assert [(row.state, row.attempts) for row in await store.outbox.rows()] == [(End.DUE, 0)] * 2
    assert courier.waits_because == Reason(ReasonCode.TELEGRAM_UNREACHABLE, "ConnectError")


@pytest.mark.parametrize(
    "fault",
    [
        Cut(stored=True),
        Cut(stored=False),
        Half(),
        Hang(seconds=2),
        refused(500, "Internal Server Error"),
        refused(502, "Bad Gateway"),
    ],
    ids=repr,
)
async def test_what_may_have_arrived_is_held_and_never_repeated(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, fault: Fault
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(fault, chat=101)

    await sent_once(bot, store, clock)
    clock.forward(timedelta(hours=3))
    await sent_once(bot, store, clock)

    assert [(await row_of(store, chat)).state for chat in CHATS] == [End.UNCERTAIN, End.SENT]
    assert len([call for call in telegram.calls("sendMessage") if call["chat_id"] == "101"]) == 1


FOREIGN = {name: INSTEAD[name] for name in ("API gateway 403", "nginx 404", "proxy 401", "portal page")}


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
async def test_while_somebody_else_answers_everybody_waits_and_then_all_is_sent(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, answer: Foreign
) -> None:
    await digests_for(telegram, store, clock, *CHATS)

    with telegram.behind(answer):
        courier = await sent_once(bot, store, clock)
        waits = courier.waits_because
    rows = [(row.state, row.attempts) for row in await store.outbox.rows()]
    clock.forward(timedelta(minutes=1))
    await sent_once(bot, store, clock)

    assert rows == [(End.DUE, 0)] * 2
    assert waits is not None
    assert waits.code is ReasonCode.TELEGRAM_FOREIGN_ANSWER
    assert waits.detail.startswith(str(answer.status))
    assert [(await row_of(store, chat)).state for chat in CHATS] == [End.SENT, End.SENT]


@pytest.mark.parametrize("answer", [refused(401, "Unauthorized"), refused(409, "Conflict: other getUpdates")])
async def test_a_refused_token_and_a_second_poller_stop_the_channel_and_lose_nobody(
    telegram: TelegramServer, bot: ExtBot[Pace], store: Store, clock: SetClock, answer: Answer
) -> None:
    await digests_for(telegram, store, clock, *CHATS)
    telegram.say(answer, chat=101)

    with pytest.raises(ChannelStopped):
        await sent_once(bot, store, clock)

    assert [(row.state, row.attempts) for row in await store.outbox.rows()] == [(End.DUE, 0)] * 2
