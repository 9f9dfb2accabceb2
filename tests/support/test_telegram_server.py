"""The Bot API stand-in refuses what Telegram refuses, and acts as people do."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.plain_http import NO_TLS
from tests.support.telegram_faults import DropReply, HangReply, TelegramFault, TruncateReply
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_server import TelegramServer


class BotApiCaller:
    """Calls the Bot API without any library of bots."""

    def __init__(self, server: TelegramServer, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        response = await self.client.post(f"{self.server.url}/bot{self.server.token}/{method}", json=params)
        body: dict[str, Any] = response.json()
        return body


@pytest.fixture
async def call(telegram: TelegramServer) -> AsyncIterator[BotApiCaller]:
    async with httpx.AsyncClient(trust_env=False, timeout=5, verify=NO_TLS) as client:
        yield BotApiCaller(telegram, client)


def keyboard(*buttons: dict[str, str]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


async def test_a_message_that_telegram_refuses_is_refused(telegram: TelegramServer, call: BotApiCaller) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"chat_id": 99, "text": "x"}, "Bad Request: chat not found"),
        ({"text": "x"}, "Bad Request: chat_id is empty"),
        ({"chat_id": 42, "text": ""}, "Bad Request: message text is empty"),
        ({"chat_id": 42, "text": " <b> </b> ", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
        ({"chat_id": 42, "text": "🏟" * 2049}, "Bad Request: message is too long"),
        ({"chat_id": 42, "text": "x" * 32769}, "Bad Request: text is too long"),
        (
            {"chat_id": 42, "text": "1 < 2", "parse_mode": "HTML"},
            'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2',
        ),
        (
            {"chat_id": 42, "text": "x", "reply_markup": keyboard({"text": "y", "callback_data": "é" * 33})},
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"chat_id": 42, "text": "x", "reply_markup": keyboard({"text": "y", "url": "ftp://a.example"})},
            "Bad Request: inline keyboard button URL 'ftp://a.example' is invalid: Unsupported URL protocol",
        ),
        (
            {"chat_id": 42, "text": "x", "reply_markup": keyboard({"text": "y", "url": "http://localhost/"})},
            "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
        (
            {"chat_id": 42, "text": "x", "reply_markup": keyboard(*[{"text": "y", "callback_data": "z"}] * 9)},
            "Bad Request: reply markup is too long",
        ),
        (
            {"chat_id": 42, "text": "x", "reply_parameters": {"message_id": 7}},
            "Bad Request: message to be replied not found",
        ),
        ({"chat_id": 42, "text": "x", "message_thread_id": 5}, "Bad Request: message thread not found"),
    ]
    reader = telegram.user(42)

    for params, refusal in rows:
        answer = await call("sendMessage", **params)
        assert (answer["ok"], answer["description"]) == (False, refusal)
    assert reader.messages == []
    assert not telegram.wire.accepted()


async def test_a_message_at_every_limit_arrives(telegram: TelegramServer, call: BotApiCaller) -> None:
    reader = telegram.user(42)
    button = {"text": "open", "callback_data": "d" * 64}

    answer = await call("sendMessage", chat_id=42, text="🏟" * 2048, reply_markup=keyboard(*[button] * 8))

    assert answer["ok"]
    assert reader.messages[0].buttons == ["open"] * 8
    assert [entry.to for entry in telegram.wire.accepted("sendMessage")] == ["42"]


async def test_tokens_are_told_apart_as_telegram_does(telegram: TelegramServer) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        wrong = await client.get(f"{telegram.url}/bot1:other/getMe")
        malformed = await client.get(f"{telegram.url}/botnonsense/getMe")

    assert (wrong.status_code, malformed.status_code) == (401, 404)


async def test_an_edit_must_change_something(telegram: TelegramServer, call: BotApiCaller) -> None:
    reader = telegram.user(42)
    await call("sendMessage", chat_id=42, text="one")

    same = await call("editMessageText", chat_id=42, message_id=reader.messages[0].id, text="one")
    other = await call("editMessageText", chat_id=42, message_id=reader.messages[0].id, text="two")

    assert same["description"].startswith("Bad Request: message is not modified")
    assert other["ok"]
    assert [message.text for message in reader.messages] == ["two"]


async def test_a_person_speaks_taps_and_is_answered(telegram: TelegramServer, call: BotApiCaller) -> None:
    reader = telegram.user(42, language_code="zh")
    reader.send("/start now")
    started = (await call("getUpdates"))["result"][0]
    await call("sendMessage", chat_id=42, text="hi", reply_markup=keyboard({"text": "All", "callback_data": "a"}))
    tap = reader.tap("All", on=await reader.wait_for_message("hi"))
    tapped = (await call("getUpdates", offset=started["update_id"] + 1))["result"][0]["callback_query"]
    await call("answerCallbackQuery", callback_query_id=tapped["id"], text="done", show_alert=True)

    answer = await tap.wait_for_answer()

    assert started["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert started["message"]["from"]["language_code"] == "zh"
    assert tapped["data"] == "a"
    assert (answer.text, answer.alert) == ("done", True)


async def test_answers_to_taps_are_bounded_and_need_a_tap(telegram: TelegramServer, call: BotApiCaller) -> None:
    reader = telegram.user(42)
    await call("sendMessage", chat_id=42, text="hi")
    tap = reader.send_callback("a", on=reader.messages[0])

    long = await call("answerCallbackQuery", callback_query_id=tap.id, text="x" * 201)
    unknown = await call("answerCallbackQuery", callback_query_id="other")

    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert unknown["description"].startswith("Bad Request: query is too old")


async def test_updates_stay_until_confirmed_and_wait_for_a_long_poll(
    telegram: TelegramServer, call: BotApiCaller
) -> None:
    reader = telegram.user(42)
    poll = asyncio.create_task(call("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    reader.send("one")
    first = (await poll)["result"]

    again = (await call("getUpdates"))["result"]
    confirmed = (await call("getUpdates", offset=first[-1]["update_id"] + 1))["result"]

    assert [one["message"]["text"] for one in first] == ["one"]
    assert again == first
    assert confirmed == []


async def test_a_second_poller_ends_the_first(telegram: TelegramServer, call: BotApiCaller) -> None:
    telegram.user(42)
    first = asyncio.create_task(call("getUpdates", timeout=5))
    await asyncio.sleep(0.05)

    await call("getUpdates", timeout=0)

    assert (await first)["error_code"] == 409


async def test_a_person_who_blocked_the_bot_gets_nothing_until_they_return(
    telegram: TelegramServer, call: BotApiCaller
) -> None:
    reader = telegram.user(42)
    reader.block()
    refused = await call("sendMessage", chat_id=42, text="x")

    reader.send("/start")

    assert refused["description"] == "Forbidden: bot was blocked by the user"
    assert (await call("sendMessage", chat_id=42, text="y"))["ok"]


async def test_a_forum_knows_its_topics(telegram: TelegramServer, call: BotApiCaller) -> None:
    group = telegram.group(-100, forum=True)
    group.add_topic(7)
    group.add_topic(8, closed=True)

    answers = [await call("sendMessage", chat_id=-100, text="x", message_thread_id=one) for one in (1, 7, 8)]

    assert [one.get("description") for one in answers] == [
        "Bad Request: message thread not found",
        None,
        "Bad Request: TOPIC_CLOSED",
    ]


async def test_commands_are_kept_by_language(telegram: TelegramServer, call: BotApiCaller) -> None:
    telegram.user(42)
    commands = [{"command": "start", "description": "开始"}]

    await call("setMyCommands", commands=commands, language_code="zh")
    bad = await call("setMyCommands", commands=[{"command": "Start", "description": "x"}])

    assert (await call("getMyCommands", language_code="zh"))["result"] == commands
    assert (await call("getMyCommands"))["result"] == []
    assert bad["description"] == "Bad Request: BOT_COMMAND_INVALID"


async def test_forms_and_files_are_read_as_well_as_json(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    address = f"{telegram.url}/bot{telegram.token}"
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        await client.post(f"{address}/sendMessage", data={"chat_id": "42", "text": "a form 论文"})
        await client.post(
            f"{address}/sendDocument", data={"chat_id": "42"}, files={"document": ("a.txt", b"\r\nhello\r\n")}
        )
        path = reader.messages[1].document
        assert path is not None
        content = await client.get(f"{telegram.url}/file/bot{telegram.token}/documents/{path['file_id']}")

    assert reader.messages[0].text == "a form 论文"
    assert content.content.strip() == b"hello"


async def test_ordered_faults_come_once_each_and_in_order(telegram: TelegramServer, call: BotApiCaller) -> None:
    reader = telegram.user(42)
    telegram.plan_flood(7, chat=42)
    telegram.plan_refusal(500, "Internal Server Error", chat=42)

    answers = [await call("sendMessage", chat_id=42, text="x") for _ in range(3)]

    assert answers[0]["parameters"] == {"retry_after": 7}
    assert [one.get("error_code") for one in answers] == [429, 500, None]
    assert len(reader.messages) == 1


async def test_a_cut_leaves_the_wire_log_as_the_only_witness(
    telegram: TelegramServer, call: BotApiCaller, tmp_path: Path
) -> None:
    faults: list[TelegramFault] = [
        DropReply(processed=True),
        DropReply(processed=False),
        TruncateReply(),
        HangReply(seconds=9),
    ]
    call.client.timeout = httpx.Timeout(0.3)

    for chat, fault in enumerate(faults, start=1):
        telegram.user(chat)
        telegram.plan_fault(fault, chat=chat)
        with pytest.raises(httpx.TransportError):
            await call("sendMessage", chat_id=chat, text="x")

    lines = (tmp_path / "telegram-wire.jsonl").read_text().splitlines()
    assert [json.loads(line)["accepted"] for line in lines] == [True, False, True, True]
    assert [len(telegram.user(chat).messages) for chat in range(1, 5)] == [1, 0, 1, 1]


async def test_an_unreachable_server_refuses_connections_and_returns(
    telegram: TelegramServer, call: BotApiCaller
) -> None:
    telegram.user(42)
    async with telegram.unreachable():
        with pytest.raises(httpx.ConnectError):
            await call("getMe")

    assert (await call("getMe"))["ok"]


async def test_a_webhook_gets_every_update_with_its_secret(telegram: TelegramServer, call: BotApiCaller) -> None:
    heads: list[bytes] = []
    got = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        got.set()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as hook:
        url = f"http://127.0.0.1:{hook.sockets[0].getsockname()[1]}/hook"
        await call("setWebhook", url=url, secret_token="s3cret")
        refused = await call("getUpdates")
        telegram.user(42).send("hi")
        await asyncio.wait_for(got.wait(), 5)

    assert refused["error_code"] == 409
    assert b"x-telegram-bot-api-secret-token: s3cret" in heads[0].lower()


def test_the_flood_limits_hold_in_any_window() -> None:
    limits = FloodLimits()

    private = [limits.register(1, at) for at in (0.0, 0.1, 0.2, 0.3, 3.1)]
    group = [limits.register(-1, float(at)) for at in range(21)]
    everybody = [limits.register(chat, 100.0) for chat in range(10, 41)]

    assert private == [0, 0, 0, 3, 0]
    assert [wait > 0 for wait in group] == [False] * 20 + [True]
    assert [wait > 0 for wait in everybody] == [False] * 30 + [True]
