"""What a test arranges reaches the requests that are meant, whatever comes before them, and no other."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.plain_http import NO_TLS
from tests.support.smtp_faults import RECIPIENT_STAGES, SmtpFaultStage
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_faults import TelegramRefusal
from tests.support.telegram_proxy_replies import AMBIGUOUS_REPLIES, FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer

MAIL = b"Subject: hi\r\n\r\nhello\r\n"


class BotApiClient:
    """Calls the Bot API of a stand-in."""

    def __init__(self, http: httpx.AsyncClient, telegram: TelegramServer) -> None:
        self.http = http
        self.address = f"{telegram.url}/bot{telegram.token}"

    async def __call__(self, method: str, **params: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a method."""
        return (await self.http.post(f"{self.address}/{method}", json=params)).json()


@pytest.fixture
async def call(telegram: TelegramServer) -> AsyncIterator[BotApiClient]:
    """Return a client; three people know the bot."""
    for number in (41, 42, 43):
        telegram.user(number)
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        yield BotApiClient(http, telegram)


async def test_a_refusal_meets_its_chat_though_others_come_first(telegram: TelegramServer, call: BotApiClient) -> None:
    telegram.plan_refusal(403, "Forbidden: bot was blocked by the user", chat=42)

    me = await call("getMe")
    answers = [(await call("sendMessage", chat_id=chat, text="x"))["ok"] for chat in (41, 43, 42, 42)]

    assert me["ok"]
    assert answers == [True, True, False, True]


async def test_a_refusal_can_be_meant_for_certain_words(telegram: TelegramServer, call: BotApiClient) -> None:
    refusal = telegram.plan_refusal(400, "Bad Request: no", when=lambda sent: sent.text == "second")

    answers = [(await call("sendMessage", chat_id=42, text=text))["ok"] for text in ("first", "second")]

    assert answers == [True, False]
    await refusal.wait_until_met()


async def test_who_arranges_waits_until_it_is_met(telegram: TelegramServer, call: BotApiClient) -> None:
    refusal = telegram.plan_refusal(400, "Bad Request: no", chat=42, times=2)
    waiting = asyncio.create_task(refusal.wait_until_met())

    await call("sendMessage", chat_id=42, text="x")
    early = waiting.done()
    await call("sendMessage", chat_id=42, text="x")
    await waiting

    assert not early


async def test_one_call_of_many_chats_must_be_named(telegram: TelegramServer) -> None:
    for method in ("sendMessage", "editMessageText", "getChatMember", "sendPhoto"):
        with pytest.raises(ValueError, match=f"which {method} is meant"):
            telegram.plan_refusal(403, "Forbidden: no", method=method)


async def test_what_was_arranged_and_never_asked_for_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="sendMessage to 42, 2 times, used 0 times"):
        async with TelegramServer() as telegram:
            telegram.plan_refusal(403, "Forbidden: no", chat=42, times=2)


async def test_a_failure_of_the_test_itself_is_not_covered_up() -> None:
    async def failing() -> None:
        async with TelegramServer() as telegram:
            telegram.plan_refusal(403, "Forbidden: no", chat=42)
            raise RuntimeError("the test's own")

    with pytest.raises(RuntimeError, match="the test's own"):
        await failing()


async def test_somebody_in_between_answers_everything_as_arranged_and_is_gone_afterwards(
    telegram: TelegramServer, call: BotApiClient
) -> None:
    for answer in (*FOREIGN_REPLIES.values(), *AMBIGUOUS_REPLIES.values()):
        with telegram.replaced_by(answer):
            met = [
                await call.http.post(f"{call.address}/{method}", json={"chat_id": 42, "text": "x"})
                for method in ("getMe", "sendMessage")
            ]
        assert [(one.status_code, one.content) for one in met] == [(answer.status, answer.body)] * 2
        assert not [name for name, value in answer.headers if {one.headers[name] for one in met} != {value}]

    assert (await call("sendMessage", chat_id=42, text="y"))["ok"]
    assert [message.text for message in telegram.user(42).messages] == ["y"]


async def test_telegram_itself_can_refuse_everything(telegram: TelegramServer, call: BotApiClient) -> None:
    with telegram.replaced_by(TelegramRefusal(status=401, description="Unauthorized")):
        answers = [await call(method) for method in ("getMe", "getUpdates")]

    assert [answer["error_code"] for answer in answers] == [401, 401]


async def test_a_mail_is_refused_at_its_recipient_though_others_come_before(mail: SmtpServer) -> None:
    for stage in (SmtpFaultStage.RCPT, SmtpFaultStage.END):
        mail.plan_reply(stage, 550, "5.1.1", "Nobody", to=f"{stage}@example.org")
    people = ["first@example.org", "rcpt@example.org", "second@example.org", "end@example.org"]

    def hand_over() -> list[str]:
        refused = []
        with smtplib.SMTP(mail.host, mail.port, local_hostname="client.example") as client:
            for one in people:
                try:
                    client.sendmail("us@example.org", [one], MAIL)
                except smtplib.SMTPException:
                    refused.append(one)
        return refused

    refused = await asyncio.to_thread(hand_over)

    assert refused == ["rcpt@example.org", "end@example.org"]


async def test_one_mail_of_many_must_be_named_by_what_is_known_at_its_stage(mail: SmtpServer) -> None:
    for stage in SmtpFaultStage:
        with pytest.raises(ValueError, match=f"which {stage} is meant"):
            mail.plan_reply(stage, 550)
        if stage not in RECIPIENT_STAGES:
            with pytest.raises(ValueError, match=f"at {stage} nobody knows the recipient"):
                mail.plan_reply(stage, 550, to="ada@example.org")


async def test_a_mail_that_was_arranged_for_and_never_came_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"rcpt to ada@example\.org, 1 times, used 0 times"):
        async with SmtpServer() as mail:
            mail.plan_reply(SmtpFaultStage.RCPT, 550, to="ada@example.org")
