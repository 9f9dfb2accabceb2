"""The Telegram channel against the Bot API stand-in."""

import asyncio
import logging
import struct
import traceback

import pytest
import structlog
from telegram import Message
from telegram.ext import ExtBot

from digest.model import Target
from digest.model.errors import ChannelMisconfigured
from digest.model.message import Attachment, Button, ChatRequestButton, TelegramMessage
from digest.model.outcome import Migrated, Refused, RetryLater, SendCancelled, Sent, Uncertain, Unreachable
from digest.telegram.client import build_bot, build_request
from digest.telegram.rate_limiter import Priority, TelegramRateLimiter
from digest.telegram.sender import TelegramSender, edit, edit_by_id, send
from digest.text.redact import secret_redactor
from tests.support.deliveries import make_delivery, make_telegram_message
from tests.support.telegram_faults import DropReply, HangReply, TelegramFault, TelegramRefusal, TruncateReply
from tests.support.telegram_server import ChatMessage, TelegramServer

FORUM = -1001


PICTURE = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 90, 90)
ARXIV = Button(text="arXiv", url="https://arxiv.org/abs/2601.15876")
PAPER = Button(text="1", callback_data="v1:paper:1")
SHOWN = {"text": "hello", "styles": [], "buttons": [], "silent": False, "preview": False}
CAPTION = SHOWN | {"preview": True}
"""Captions have no preview that could be switched off."""

MESSAGES: list[tuple[TelegramMessage, dict[str, object]]] = [
    (make_telegram_message(), SHOWN | {"styles": ["bold"]}),
    (make_telegram_message("hello", keyboard=((PAPER,), (ARXIV,))), SHOWN | {"buttons": ["1", "arXiv"]}),
    (make_telegram_message("hello", silent=True), SHOWN | {"silent": True}),
    (make_telegram_message("a < b", "a < b, plain"), SHOWN | {"text": "a < b, plain"}),
    (make_telegram_message("🏟" * 3000, "🏟" * 3000), SHOWN | {"text": "🏟" * 2047 + "…"}),
    (make_telegram_message("hello", keyboard=((Button(text="x", callback_data="y" * 65),),)), SHOWN),
    (
        TelegramMessage(html="<i>hello</i>", plain="hello", photo=PICTURE, silent=True, keyboard=((PAPER,),)),
        CAPTION | {"styles": ["italic"], "silent": True, "buttons": ["1"], "photo": PICTURE},
    ),
    (
        TelegramMessage(html="x" * 1025, plain="x" * 1025, photo=PICTURE),
        CAPTION | {"text": "x" * 1023 + "…", "photo": PICTURE},
    ),
    (
        TelegramMessage(html="<b>hello</b>", plain="hello", attachment=Attachment(name="a.json", data=b"{}")),
        CAPTION | {"styles": ["bold"], "file": "a.json"},
    ),
    (
        TelegramMessage(html="<p>hello", plain="hello", attachment=Attachment(name="a.json", data=b"{}")),
        CAPTION | {"file": "a.json"},
    ),
    (
        TelegramMessage(html="hello", plain="hello", reply_keyboard=(ChatRequestButton(text="one", is_channel=True),)),
        SHOWN | {"below": ["one"]},
    ),
    (TelegramMessage(html="hello", plain="hello", remove_reply_keyboard=True), SHOWN | {"below": "removed"}),
]


def shown(message: ChatMessage) -> dict[str, object]:
    """Return what a person sees of a message."""
    below = message.reply_markup
    rows = [button["text"] for row in below.get("keyboard", []) for button in row]
    return {
        "text": message.text,
        "styles": [entity["type"] for entity in message.entities],
        "buttons": message.buttons,
        "silent": message.silent,
        "preview": message.link_preview,
        **({"photo": message.photo} if message.photo else {}),
        **({"file": message.document["file_name"]} if message.document else {}),
        **({"below": "removed" if below.get("remove_keyboard") else rows} if below else {}),
    }


async def test_answers_and_deliveries_arrive_alike(
    telegram: TelegramServer, bot: ExtBot[Priority], sender: TelegramSender
) -> None:
    """Each in its style with its buttons; plain, cut or without buttons rather than lost."""
    asker, subscriber = telegram.user(42), telegram.user(43)
    for part, expected in MESSAGES:
        answered = await send(bot, Target.telegram(42), (part,))
        outcome = await sender.send(make_delivery(Target.telegram(43)), part)

        assert (answered, outcome) == (asker.messages[-1].id, Sent(receipt=str(subscriber.messages[-1].id)))
        assert [shown(person.messages[-1]) for person in (asker, subscriber)] == [expected, expected]


async def test_a_later_part_replies_to_the_first_even_if_that_was_deleted(
    telegram: TelegramServer, bot: ExtBot[Priority], sender: TelegramSender
) -> None:
    asker, subscriber = telegram.user(42), telegram.user(43)
    to, reply = Target.telegram(43), make_telegram_message(reply_to_first=True)

    await send(bot, Target.telegram(42), (reply, make_telegram_message(), reply))
    first = await sender.send(make_delivery(to), reply)
    assert isinstance(first, Sent)
    await sender.send(make_delivery(to, receipts=(first.receipt,)), reply)
    subscriber.messages[0].deleted = True
    await sender.send(make_delivery(to, receipts=(first.receipt, "2")), reply)

    assert [message.reply_to_id for message in asker.messages] == [None, None, asker.messages[0].id]
    assert [message.reply_to_id for message in subscriber.messages] == [int(first.receipt), None]


async def test_a_topic_is_named_and_the_general_one_is_not(
    telegram: TelegramServer, bot: ExtBot[Priority], sender: TelegramSender
) -> None:
    telegram.group(FORUM, forum=True).add_topic(7)
    for thread in (7, 1):
        target = Target.telegram(FORUM, thread)
        await send(bot, target, (make_telegram_message(),))
        assert isinstance(await sender.send(make_delivery(target), make_telegram_message()), Sent)

    assert [call.get("message_thread_id") for call in telegram.calls("sendMessage")] == ["7", "7", None, None]


async def test_a_message_that_telegram_cannot_read_raises_an_alarm(
    telegram: TelegramServer, sender: TelegramSender, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.user(42)

    with structlog.contextvars.bound_contextvars(delivery="d-7"):  # as the worker does
        await sender.send(make_delivery(), make_telegram_message("a < b", "a < b, plain"))

    (alarm,) = [line for line in capsys.readouterr().out.splitlines() if "refused the style" in line]
    assert "error" in alarm
    assert "d-7" in alarm


async def test_an_edit_falls_back_to_plain_text_then_to_a_new_message(
    telegram: TelegramServer, bot: ExtBot[Priority]
) -> None:
    reader = telegram.user(42)
    target, keyboard = Target.telegram(42), ((PAPER,),)
    number = await send(bot, target, (make_telegram_message("old", keyboard=keyboard),))
    assert number is not None

    same = await edit_by_id(bot, 42, number, make_telegram_message("old", keyboard=keyboard))
    plain = await edit_by_id(bot, 42, number, make_telegram_message("a < b", "a < b, plain", keyboard=keyboard))
    assert (same, plain) == (True, True)
    assert shown(reader.messages[0]) == SHOWN | {"text": "a < b, plain", "buttons": ["1"]}

    message = Message.de_json(reader.messages[0].as_json(), bot)
    reader.messages[0].deleted = True
    gone = await edit_by_id(bot, 42, number, make_telegram_message("new"))
    await edit(message, make_telegram_message("new"))
    assert gone is False
    assert [one.text for one in reader.messages] == ["new"]
    assert len(telegram.calls("editMessageText")) == 5


async def test_a_part_that_fails_as_plain_text_too_is_our_fault(
    telegram: TelegramServer, sender: TelegramSender
) -> None:
    telegram.user(42)
    telegram.plan_refusal(400, "Bad Request: message is too long", chat=42, times=2)

    outcome = await sender.send(make_delivery(), make_telegram_message())

    assert isinstance(outcome, Refused)
    assert outcome.is_our_fault
    assert len(telegram.calls("sendMessage")) == 2


async def test_a_reader_who_blocked_the_bot_is_gone(telegram: TelegramServer, sender: TelegramSender) -> None:
    telegram.user(42).block()

    assert isinstance(await sender.send(make_delivery(), make_telegram_message()), Unreachable)


async def test_a_chat_that_telegram_does_not_know_is_gone(sender: TelegramSender) -> None:
    assert isinstance(await sender.send(make_delivery(Target.telegram(77)), make_telegram_message()), Unreachable)


async def test_a_group_that_moved_tells_its_new_id(telegram: TelegramServer, sender: TelegramSender) -> None:
    telegram.group(-5, kind="group").migrate(-1005)

    outcome = await sender.send(make_delivery(Target.telegram(-5)), make_telegram_message())

    assert isinstance(outcome, Migrated)
    assert outcome.new_target == Target.telegram(-1005)


async def test_a_flood_is_told_with_its_wait_and_is_not_repeated_here(
    telegram: TelegramServer, sender: TelegramSender
) -> None:
    telegram.user(42)
    telegram.plan_flood(43200, chat=42)

    outcome = await sender.send(make_delivery(), make_telegram_message())

    assert isinstance(outcome, RetryLater)
    assert outcome.retry_after is not None
    assert outcome.retry_after.total_seconds() == 43200
    assert len(telegram.calls("sendMessage")) == 1


async def test_an_answer_that_was_lost_leaves_a_doubt_and_no_repeat(telegram: TelegramServer) -> None:
    faults: list[TelegramFault] = [
        DropReply(processed=True),
        DropReply(processed=False),
        TruncateReply(),
        HangReply(seconds=9),
        TelegramRefusal(status=500, description="Internal Server Error"),
    ]
    async with build_bot(telegram.token, telegram.url, request=build_request(read_timeout=0.3)) as bot:
        for chat, fault in enumerate(faults, start=42):
            telegram.user(chat)
            telegram.plan_fault(fault, chat=chat)
            outcome = await TelegramSender(bot).send(make_delivery(Target.telegram(chat)), make_telegram_message())

            assert isinstance(outcome, Uncertain), fault
    assert [entry.to for entry in telegram.wire if entry.kind == "sendMessage"] == ["42", "43", "44", "45", "46"]


async def test_while_telegram_is_out_of_reach_everybody_waits(telegram: TelegramServer, sender: TelegramSender) -> None:
    telegram.user(42)
    async with telegram.unreachable():
        away = await sender.send(make_delivery(), make_telegram_message())
    back = await sender.send(make_delivery(), make_telegram_message())

    assert isinstance(away, RetryLater)
    assert (away.counts_as_attempt, away.pause_channel) == (False, True)
    assert isinstance(back, Sent)


async def test_a_token_that_was_withdrawn_stops_the_channel_and_is_not_shown(
    telegram: TelegramServer, bot: ExtBot[Priority]
) -> None:
    telegram.world.token = "7000000001:AAnew-token-after-a-revocation_01234"

    with pytest.raises(ChannelMisconfigured) as stopped:
        await TelegramSender(bot).send(make_delivery(), make_telegram_message())

    assert "TELEGRAM_BOT_TOKEN" in str(stopped.value)
    assert bot.token not in "".join(traceback.format_exception(stopped.value))


async def test_bulk_goes_at_the_bulk_pace(telegram: TelegramServer) -> None:
    telegram.user(42)
    seen: list[Priority | None] = []

    class Watching(TelegramRateLimiter):
        async def process_request(self, callback, args, kwargs, endpoint, data, rate_limit_args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - PTB's signature
            seen.append(rate_limit_args)
            return await super().process_request(callback, args, kwargs, endpoint, data, rate_limit_args)

    async with build_bot(telegram.token, telegram.url, rate_limiter=Watching()) as bot:
        seen.clear()
        await TelegramSender(bot).send(make_delivery(), make_telegram_message())

    assert seen == [Priority.BULK]


async def test_the_token_reaches_no_log_line(
    telegram: TelegramServer, bot: ExtBot[Priority], caplog: pytest.LogCaptureFixture
) -> None:
    telegram.user(42)
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(secret_redactor([telegram.token]))
    telegram.plan_fault(DropReply(), chat=42)

    await TelegramSender(bot).send(make_delivery(), make_telegram_message())
    await TelegramSender(bot).send(make_delivery(), make_telegram_message())
    try:
        int(repr(bot))
    except ValueError:
        logging.getLogger("digest").exception("%s and %s", bot, {"bot": bot})

    formatter = logging.Formatter("%(message)s")
    lines = "\n".join(formatter.format(record) for record in caplog.records)
    assert "sendMessage" in lines
    assert "ValueError" in lines
    assert telegram.token not in lines


async def test_a_send_that_is_cut_while_telegram_is_silent_leaves_a_doubt(
    telegram: TelegramServer, sender: TelegramSender
) -> None:
    telegram.user(42)
    silent = telegram.plan_fault(HangReply(seconds=60), method="sendMessage", chat=42)
    sending = asyncio.create_task(sender.send(make_delivery(), make_telegram_message()))
    await silent.wait_until_met()

    sending.cancel()

    with pytest.raises(asyncio.CancelledError) as cut:
        await sending
    assert not isinstance(cut.value, SendCancelled)


async def test_a_send_that_is_cut_before_its_request_left_says_so(telegram: TelegramServer) -> None:
    """The only connection is taken by a message that Telegram does not answer."""
    telegram.user(42)
    telegram.user(43)
    silent = telegram.plan_fault(HangReply(seconds=60), method="sendMessage", chat=42)
    request = build_request(max_connections=1)
    async with build_bot(telegram.token, telegram.url, request=request) as bot:
        postbox = TelegramSender(bot)
        first = asyncio.create_task(postbox.send(make_delivery(), make_telegram_message()))
        await silent.wait_until_met()
        waiting = asyncio.create_task(postbox.send(make_delivery(Target.telegram(43)), make_telegram_message()))
        await asyncio.wait([waiting], timeout=0.1)

        waiting.cancel()

        with pytest.raises(SendCancelled):
            await waiting
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert [entry.to for entry in telegram.wire if entry.kind == "sendMessage"] == ["42"]


async def test_a_send_that_is_cut_while_it_waits_for_its_turn_says_that_nothing_left(telegram: TelegramServer) -> None:
    telegram.user(42)
    async with build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter(rate=0.01)) as bot:
        postbox = TelegramSender(bot)
        await postbox.send(make_delivery(), make_telegram_message())
        waiting = asyncio.create_task(postbox.send(make_delivery(key="d-2"), make_telegram_message()))
        await asyncio.wait([waiting], timeout=0.1)

        waiting.cancel()

        with pytest.raises(SendCancelled):
            await waiting
