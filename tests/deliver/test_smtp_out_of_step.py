"""A mail server that answers something else than it was asked, on the wire."""

import pytest

from digest.channel import Later, Uncertain
from digest.deliver.smtp import SmtpPostbox
from digest.deliver.smtp_opening import Account
from tests.deliver.sending import mail_part, mail_to
from tests.support.mail_faults import MailStage, Say
from tests.support.mail_server import MailServer

REPLIES = [b"199 hm\r\n", b"600 no\r\n", b"999 5.7.1 no\r\n", b"220 mx.example.org ESMTP\r\n"]


@pytest.mark.parametrize(
    ("stage", "raw"),
    [
        *((stage, raw) for stage in (MailStage.MAIL, MailStage.RCPT, MailStage.DATA) for raw in REPLIES),
        (MailStage.MAIL, b"354 go ahead\r\n"),
        (MailStage.RCPT, b"354 go ahead\r\n"),
        (MailStage.DATA, b"250 2.1.5 Ok\r\n"),
    ],
)
async def test_before_the_dot_everybody_waits_and_nobodys_try_is_counted(
    mail: MailServer, stage: MailStage, raw: bytes
) -> None:
    postbox = SmtpPostbox(Account(host=mail.host, port=mail.port, security="none"), sender="us@example.org")
    mail.order(stage, Say(raw=raw))

    outcome = await postbox.send(mail_to("ada@example.org"), mail_part())
    await postbox.close()

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, True)
    assert mail.messages == []


@pytest.mark.parametrize("raw", [*REPLIES, b"354 go ahead\r\n", b"334 VXNlcm5hbWU6\r\n"])
async def test_after_the_dot_nobody_can_know(mail: MailServer, raw: bytes) -> None:
    postbox = SmtpPostbox(Account(host=mail.host, port=mail.port, security="none"), sender="us@example.org")
    mail.order(MailStage.END, Say(raw=raw))

    outcome = await postbox.send(mail_to("ada@example.org"), mail_part())
    await postbox.close()

    assert isinstance(outcome, Uncertain)
