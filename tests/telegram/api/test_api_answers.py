"""Whose answer it was: Telegram's alone ends a subscription, and every answer ends in one outcome."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from telegram.error import NetworkError
from telegram.ext import ExtBot

from digest.model.errors import ChannelMisconfigured
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Sent, Uncertain, Unreachable
from digest.model.reasons import telegram_error
from digest.telegram.api_answers import ForeignResponse, TooManyRequests, UnreadableResponse, parse_refusal
from digest.telegram.client import BotRequest, build_bot
from digest.telegram.rate_limiter import Priority
from digest.telegram.sender import TelegramSender
from digest.text.reason_texts import reason_in_english
from tests.support.deliveries import make_delivery, make_telegram_message
from tests.support.telegram_faults import ForeignReply, TelegramRefusal
from tests.support.telegram_proxy_replies import AMBIGUOUS_REPLIES, FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import TOKEN

ERROR_PREFIXES = {
    400: "Bad Request: ",
    401: "Unauthorized",
    403: "Forbidden: ",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict: ",
    413: "Request Entity Too Large",
    421: "Misdirected Request: ",
    429: "Too Many Requests",
}
MESSAGE = {"message_id": 7, "date": 1_760_000_000, "chat": {"id": 42, "type": "private"}, "text": "hello"}
HUGE_NUMBER = 10**400


@dataclass(slots=True)
class NetworkEdge:
    """Everything between a real bot and the network: whatever is asked, this is the answer."""

    status: int = 200
    body: bytes = b""
    call_count: int = 0

    def answer(self, _request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.call_count += 1
        return httpx.Response(self.status, content=self.body)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Return one loop for all examples: a bot's client belongs to the loop that it was first used in."""
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module")
def network_edge() -> NetworkEdge:
    """Return the network's edge."""
    return NetworkEdge()


@pytest.fixture(scope="module")
def edge_sender(network_edge: NetworkEdge) -> TelegramSender:
    """Return a postbox whose bot meets the edge."""
    request = BotRequest(httpx_kwargs={"transport": httpx.MockTransport(network_edge.answer)})
    return TelegramSender(build_bot(TOKEN, "http://edge.example", request=request))


NUMBERS = st.one_of(
    st.integers(-5, 1000),
    st.sampled_from([0, -1, True, 2**31, 2**52, 2**63, HUGE_NUMBER, -HUGE_NUMBER, 0.5, 1e18, 1e308]),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.floats(), st.text(max_size=8), st.sampled_from(["soon", "\ud800", "\0"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
DESCRIPTIONS = st.one_of(
    st.sampled_from(list(ERROR_PREFIXES.values())).flatmap(
        lambda kind: st.text(max_size=12).map(lambda end: kind + end)
    ),
    st.sampled_from(["Forbidden", "Forbidden: bot was blocked by the user", "Bad Request: chat not found"]),
)
PARAMETERS = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({}, optional={"retry_after": ANYTHING, "migrate_to_chat_id": ANYTHING}),
    st.sampled_from([{"retry_after": HUGE_NUMBER}, {"migrate_to_chat_id": -1005}, {"retry_after": float("nan")}]),
)
MESSAGES = st.one_of(
    st.just(MESSAGE),
    st.sampled_from(sorted({*MESSAGE, "entities", "from", "reply_markup", "photo", "via_bot"})).flatmap(
        lambda name: ANYTHING.map(lambda value: {**MESSAGE, name: value})
    ),
)
ALMOST_VALID = st.fixed_dictionaries(
    {},
    optional={
        "ok": st.sampled_from([True, True, False, False, 1, 0, None, "true"]),
        "result": st.one_of(MESSAGES, ANYTHING),
        "error_code": st.one_of(st.sampled_from(list(ERROR_PREFIXES)), ANYTHING),
        "description": st.one_of(DESCRIPTIONS, ANYTHING),
        "parameters": PARAMETERS,
    },
)
GENUINE_REFUSALS = st.sampled_from(list(ERROR_PREFIXES)).flatmap(
    lambda code: st.fixed_dictionaries(
        {
            "ok": st.sampled_from([False]),
            "error_code": st.just(code),
            "description": st.just(ERROR_PREFIXES[code] + ": x"),
        },
        optional={"parameters": PARAMETERS},
    )
)
BODIES = st.one_of(
    st.one_of(ALMOST_VALID, GENUINE_REFUSALS, ANYTHING).map(lambda value: json.dumps(value).encode()),
    st.just(json.dumps({"ok": True, "result": MESSAGE}).encode()).flatmap(
        lambda whole: st.integers(0, len(whole)).map(lambda cut: whole[:cut])
    ),
    st.binary(max_size=40),
    st.sampled_from([b"[" * 100_000, b'{"ok":' * 20_000, b'{"ok": true, "result": ' + b"9" * 5000 + b"}"]),
)
STATUSES = st.one_of(st.sampled_from([200, 302, *ERROR_PREFIXES, 500, 502, 511]), st.integers(200, 999))
SUCCESSFUL_REPLIES = st.builds(lambda message: {"ok": True, "result": message}, MESSAGES)
ANSWERS = st.one_of(
    st.tuples(STATUSES, BODIES),
    GENUINE_REFUSALS.map(lambda answer: (answer["error_code"], json.dumps(answer).encode())),
    SUCCESSFUL_REPLIES.map(lambda answer: (200, json.dumps(answer).encode())),
)


def is_telegram_refusal(status: int, body: bytes) -> bool:
    """Return whether a refusal has Telegram's form, as the Bot API's page describes it."""
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(answer, dict)
        and answer.get("ok") is False
        and type(answer.get("error_code")) is int
        and answer["error_code"] == status
        and str(answer.get("description")).startswith(ERROR_PREFIXES.get(status, "none"))
    )


@given(answer=ANSWERS)
@example(answer=(429, b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5"}'))
@example(answer=(403, b'{"message":"Forbidden"}'))
@example(answer=(200, b'{"ok": true}'))
def test_every_answer_is_one_outcome_and_only_telegrams_own_ends_anything(
    runner: asyncio.Runner, network_edge: NetworkEdge, edge_sender: TelegramSender, answer: tuple[int, bytes]
) -> None:
    status, body = network_edge.status, network_edge.body = answer

    try:
        outcome: Outcome | ChannelMisconfigured = runner.run(edge_sender.send(make_delivery(), make_telegram_message()))
    except ChannelMisconfigured as stopped:
        outcome = stopped

    assert isinstance(outcome, Outcome | ChannelMisconfigured)
    if isinstance(outcome, Unreachable | Refused | Migrated | ChannelMisconfigured):
        assert is_telegram_refusal(status, body)
    if isinstance(outcome, Migrated):
        assert int(outcome.new_target.address) < 0
    if isinstance(outcome, Sent):
        assert status == 200
        assert outcome.receipt == str(json.loads(body)["result"]["message_id"])
    if isinstance(outcome, RetryLater) and outcome.retry_after is not None:
        assert 0 < outcome.retry_after.total_seconds() <= 86_400
    if not isinstance(outcome, Sent | ChannelMisconfigured):
        assert outcome.reason.detail.isprintable()
        outcome.reason.detail.encode()


def test_a_flood_waits_as_told_within_a_day_and_half_a_minute_where_nothing_sane_is_told() -> None:
    rows: list[tuple[object, int]] = [
        ({"retry_after": 7}, 7),
        ({"retry_after": 1.5}, 2),
        ({"retry_after": 1e18}, 86_400),
        ({"retry_after": HUGE_NUMBER}, 86_400),
        ({"retry_after": float("inf")}, 30),
        ({"retry_after": float("nan")}, 30),
        ({"retry_after": -3}, 30),
        ({"retry_after": 0}, 30),
        ({"retry_after": True}, 30),
        ({"retry_after": "soon"}, 30),
        ({"retry_after": [5]}, 30),
        ({}, 30),
        (None, 30),
        ("soon", 30),
        ([], 30),
    ]

    for parameters, seconds in rows:
        answer = {"ok": False, "error_code": 429, "description": "Too Many Requests: x", "parameters": parameters}
        refusal = parse_refusal(429, json.loads(json.dumps(answer)))
        assert refusal is not None, parameters
        assert TooManyRequests(refusal["parameters"]["retry_after"]).retry_after.total_seconds() == seconds, parameters


def test_a_group_that_moved_to_nonsense_is_not_moved() -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    nonsense: tuple[object, ...] = ("-1005", 5, 0, -HUGE_NUMBER, 1.5, True, None, [], {"id": -5})
    for moved in nonsense:
        answer = {"ok": False, "error_code": 400, "description": words, "parameters": {"migrate_to_chat_id": moved}}
        refusal = parse_refusal(400, json.loads(json.dumps(answer)))
        assert refusal == {"ok": False, "error_code": 400, "description": words}, moved


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Priority]]:
    """Return a bot that has not yet asked anything."""
    bot = build_bot(telegram.token, telegram.url)
    yield bot
    await bot.shutdown()
    for request in bot._request:  # noqa: SLF001 - PTB closes what it has initialized alone
        await request.shutdown()


async def test_what_answers_in_telegrams_place_makes_everybody_wait_and_ends_nobody(
    telegram: TelegramServer, bot: ExtBot[Priority], caplog: pytest.LogCaptureFixture
) -> None:
    telegram.user(42)
    caplog.set_level(logging.WARNING)
    all_wait = RetryLater(reason=telegram_error(""), counts_as_attempt=False, pause_channel=True)
    for name, answer in FOREIGN_REPLIES.items():
        with telegram.replaced_by(answer):
            outcome = await TelegramSender(bot).send(make_delivery(), make_telegram_message())

        assert isinstance(outcome, RetryLater), name
        assert replace(outcome, reason=all_wait.reason) == all_wait, name
        assert reason_in_english(outcome.reason).startswith(f"the response is not from the Bot API ({answer.status}")
    afterwards = await TelegramSender(bot).send(make_delivery(), make_telegram_message())

    assert isinstance(afterwards, Sent)
    assert caplog.records == []


async def test_what_may_have_passed_the_message_on_leaves_a_doubt_and_no_traceback(
    telegram: TelegramServer, bot: ExtBot[Priority], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    outcomes = {}
    for name, answer in AMBIGUOUS_REPLIES.items():
        with telegram.replaced_by(answer):
            outcomes[name] = await TelegramSender(bot).send(make_delivery(), make_telegram_message())

    assert not [name for name, outcome in outcomes.items() if not isinstance(outcome, Uncertain)]
    assert caplog.records == []


async def test_no_other_call_takes_a_foreign_answer_for_telegrams(
    telegram: TelegramServer, bot: ExtBot[Priority]
) -> None:
    for answer in (*FOREIGN_REPLIES.values(), *AMBIGUOUS_REPLIES.values()):
        with telegram.replaced_by(answer):
            for call in (bot.get_updates, bot.get_webhook_info, lambda: bot.get_file("x")):
                with pytest.raises((ForeignResponse, UnreadableResponse)) as error:
                    await call()
                assert isinstance(error.value, NetworkError)
    with telegram.replaced_by(FOREIGN_REPLIES["firewall 403"]), pytest.raises(ForeignResponse):
        await bot.initialize()


async def test_a_foreign_answer_is_told_in_its_own_first_words_without_the_token(
    telegram: TelegramServer, bot: ExtBot[Priority]
) -> None:
    html = f"<style>p {{}}</style><h1>Blocked</h1>\n<p>/bot{telegram.token}/sendMessage</p>" + "x" * 9999
    with telegram.replaced_by(ForeignReply(status=403, body=html.encode())):
        outcome = await TelegramSender(bot).send(make_delivery(), make_telegram_message())

    assert isinstance(outcome, RetryLater)
    assert reason_in_english(outcome.reason).startswith(
        "the response is not from the Bot API (403 Blocked /bot***/sendMessage"
    )
    assert len(reason_in_english(outcome.reason)) < 200


async def test_telegrams_own_answers_mean_what_they_did(telegram: TelegramServer, bot: ExtBot[Priority]) -> None:
    rows: list[tuple[int, str, type[Outcome]]] = [
        (403, "Forbidden: something that Telegram says from tomorrow on", Unreachable),
        (400, "Bad Request: chat not found", Unreachable),
        (400, "Bad Request: something new", Refused),
        (413, "Request Entity Too Large", Refused),
        (421, "Misdirected Request: unallowed token specified", RetryLater),
        (500, "Internal Server Error: restart", Uncertain),
        (502, "Bad Gateway", Uncertain),
    ]
    for status, words, kind in rows:
        with telegram.replaced_by(TelegramRefusal(status=status, description=words)):
            outcome = await TelegramSender(bot).send(make_delivery(), make_telegram_message())
        assert isinstance(outcome, kind), words


async def test_telegrams_own_refusal_of_the_token_stops_the_channel(
    telegram: TelegramServer, bot: ExtBot[Priority]
) -> None:
    refusals = {401: "Unauthorized", 404: "Not Found", 409: "Conflict: terminated by other getUpdates request"}
    for status, words in refusals.items():
        refusal = TelegramRefusal(status=status, description=words)
        with telegram.replaced_by(refusal), pytest.raises(ChannelMisconfigured):
            await TelegramSender(bot).send(make_delivery(), make_telegram_message())
