"""SMTP smuggling: whatever stands for a line's end in a mail, one mail stays one mail on the wire."""

import pytest

from digest.mail.sender import SmtpSender
from digest.model.outcome import Refused, Sent
from tests.support.deliveries import make_email, make_email_delivery
from tests.support.smtp_server import SmtpServer

LINE_ENDS = (
    *(b"\r\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n\n", b"\n\n", b"\r\r"),
    *(b"\x00\r\n", b"\x0b", b"\x0c", "\u2028".encode()),
)
SMUGGLED_MAIL = (
    b"MAIL FROM:<evil@example.org>",
    b"RCPT TO:<victim@example.org>",
    b"DATA",
    b"Subject: forged",
    b"",
    b"forged",
)


def smuggling_bodies(end: bytes) -> dict[str, bytes]:
    """Return a mail with another one behind a dot between line ends of this kind, by where that stands."""
    another = end.join((b"", b".", *SMUGGLED_MAIL, b".", b""))
    return {
        "headers": b"Subject: a" + another + b"\r\n\r\nbody\r\n",
        "first line": b"Subject: a\r\n\r\n" + another.removeprefix(end) + b"body\r\n",
        "middle": b"Subject: a\r\n\r\nbody" + another + b"more\r\n",
        "end": b"Subject: a\r\n\r\nbody" + end + b"." + end,
    }


@pytest.mark.parametrize("place", list(smuggling_bodies(b"")))
async def test_no_line_end_in_any_place_makes_two_mails_of_one(mail: SmtpServer, place: str) -> None:
    sender = SmtpSender(mail.account, sender="digest@example.org", max_connections=1)

    outcomes = [
        await sender.send(make_email_delivery("ada@example.org", key=str(at)), make_email(smuggling_bodies(end)[place]))
        for at, end in enumerate(LINE_ENDS)
    ]
    await sender.close()

    assert len(LINE_ENDS) == 12
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert [kept.recipients for kept in mail.messages] == [("ada@example.org",)] * len(LINE_ENDS)
    assert [kept.bare_line_ends for kept in mail.messages] == [0] * len(LINE_ENDS)
    assert not [command for command in mail.commands if "evil" in command or "victim" in command]
    for kept, end in zip(mail.messages, LINE_ENDS, strict=True):
        assert b"\r" not in kept.raw.replace(b"\r\n", b""), end
        assert b"\n" not in kept.raw.replace(b"\r\n", b""), end


async def test_no_address_carries_a_command(mail: SmtpServer) -> None:
    ends = [end.decode() for end in LINE_ENDS]
    addresses = [f"ada@example.org>{end}RCPT TO:<victim@example.org" for end in ends]
    addresses += [f"ada{end}@example.org" for end in ends]
    sender = SmtpSender(mail.account, sender="digest@example.org")

    outcomes = [await sender.send(make_email_delivery(address), make_email()) for address in addresses]
    await sender.close()

    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert mail.messages == []
    assert not [command for command in mail.commands if command.startswith("RCPT")]
