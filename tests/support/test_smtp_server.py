"""The mail server of the tests keeps what it promised and does what it was ordered, seen with smtplib."""

import asyncio
import smtplib
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.support.certificate import Certificate
from tests.support.smtp_faults import DelayReply, DropConnection, RawReply, SmtpFaultStage, TrickleReply
from tests.support.smtp_server import SmtpServer

T = TypeVar("T")
MAIL = b"Subject: hi\r\nMessage-ID: <1@example.org>\r\n\r\n.a line\r\n..two\r\n"


async def with_client(server: SmtpServer, work: Callable[[smtplib.SMTP], T], timeout: float = 60) -> T:  # noqa: ASYNC109 - smtplib's own
    def run() -> T:
        with smtplib.SMTP(server.host, server.port, local_hostname="client.example", timeout=timeout) as client:
            return work(client)

    return await asyncio.to_thread(run)


def send_one(client: smtplib.SMTP) -> None:
    client.sendmail("us@example.org", ["ada@example.org"], MAIL)


async def test_a_message_is_kept_as_it_was_sent(mail: SmtpServer) -> None:
    await with_client(mail, send_one)

    (kept,) = mail.messages
    assert kept.raw == MAIL
    assert (kept.sender, kept.recipients, kept.bare_line_ends) == ("us@example.org", ("ada@example.org",), 0)
    assert [(one.to, one.text, one.accepted) for one in mail.wire] == [("ada@example.org", "<1@example.org>", True)]
    assert mail.messages_per_connection() == [1]


@pytest.mark.parametrize("stage", [SmtpFaultStage.MAIL, SmtpFaultStage.RCPT, SmtpFaultStage.DATA, SmtpFaultStage.END])
async def test_an_ordered_answer_comes_at_its_stage(mail: SmtpServer, stage: SmtpFaultStage) -> None:
    mail.plan_reply(stage, 550, "5.1.1", "Nobody", connection=1)

    with pytest.raises(smtplib.SMTPException, match="Nobody"):
        await with_client(mail, send_one)

    assert mail.messages == []


async def test_an_answer_can_be_meant_for_one_recipient(mail: SmtpServer) -> None:
    mail.plan_reply(SmtpFaultStage.RCPT, 550, "5.1.1", "Nobody", to="gone@example.org", times=None)

    refused = await with_client(
        mail, lambda client: client.sendmail("us@example.org", ["gone@example.org", "ada@example.org"], MAIL)
    )

    assert list(refused) == ["gone@example.org"]
    assert mail.messages[0].recipients == ("ada@example.org",)


@pytest.mark.parametrize(("fault", "kept"), [(DropConnection(), 0), (DropConnection(stored=True), 1)])
async def test_a_connection_cut_at_the_dot_is_kept_or_not_as_ordered(
    mail: SmtpServer, fault: DropConnection, kept: int
) -> None:
    mail.plan_fault(SmtpFaultStage.END, fault, connection=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        await with_client(mail, send_one)

    assert len(mail.messages) == kept


async def test_a_server_can_be_silent_and_slow(mail: SmtpServer) -> None:
    mail.plan_fault(SmtpFaultStage.EHLO, TrickleReply(seconds=0.001), connection=1)
    await with_client(mail, send_one)
    mail.plan_fault(SmtpFaultStage.DATA, DelayReply(seconds=3), connection=2)

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        await with_client(mail, send_one, timeout=0.2)

    assert len(mail.messages) == 1


async def test_a_server_can_talk_nonsense(mail: SmtpServer) -> None:
    mail.plan_fault(SmtpFaultStage.MAIL, RawReply(raw=b"what?\r\n"), connection=1)

    with pytest.raises(smtplib.SMTPException):
        await with_client(mail, send_one)

    assert mail.messages == []


async def test_login_is_needed_where_it_is_set(certificate: Certificate) -> None:
    async with SmtpServer(security="starttls", certificate=certificate, username="ada", password="right") as mail:

        def encrypted(client: smtplib.SMTP, password: str) -> None:
            client.starttls(context=certificate.client_context())
            client.login("ada", password)
            send_one(client)

        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            await with_client(mail, send_one)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            await with_client(mail, lambda client: encrypted(client, "wrong"))
        await with_client(mail, lambda client: encrypted(client, "right"))

        assert [(one.encrypted, one.user) for one in mail.messages] == [(True, "ada")]
