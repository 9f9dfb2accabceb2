"""The mail channel against a real SMTP server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import aiosmtpd.smtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.channel import Gone, Later, Outcome, Refused, SendCancelled, Sent, Uncertain
from digest.deliver.smtp import SmtpPostbox
from digest.deliver.smtp_line import Timeouts
from digest.deliver.smtp_opening import Account, Security
from digest.reason_texts import reason_in_english
from tests.deliver.sending import mail_part, mail_to
from tests.support.mail_faults import Drip, Drop, MailFault, MailStage, Say, Wait
from tests.support.mail_server import MailServer

SENDER = "digest@example.org"
QUICK = Timeouts(connect=1, command=0.4, data=0.4, block=0.4, end=0.4)

Build = Callable[..., SmtpPostbox]


SECURITIES = get_args(Security)


@pytest.fixture(params=SECURITIES)
async def mail(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MailServer]:
    """Return a server for each way to reach one: whatever holds without TLS holds with it."""
    async with MailServer(security=request.param, wire_file=tmp_path / "mail-wire.jsonl") as server:
        yield server


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    """Give a builder of postboxes, all closed at the end."""
    built: list[SmtpPostbox] = []

    def make(server: MailServer, account: Account | None = None, **options: Any) -> SmtpPostbox:  # noqa: ANN401 - passed on
        built.append(SmtpPostbox(account or server.account, sender=SENDER, **options))
        return built[-1]

    yield make
    for postbox in built:
        await postbox.close()


async def send_all(postbox: SmtpPostbox, *people: str) -> list[Outcome]:
    return list(await asyncio.gather(*(postbox.send(mail_to(one), mail_part()) for one in people)))


def many(count: int) -> list[str]:
    return [f"reader{number}@example.org" for number in range(count)]


async def test_a_message_arrives_byte_for_byte_with_our_envelope(mail: MailServer, build: Build) -> None:
    raw = b"Subject: hi\r\n\r\n.dot\r\n..dots\r\n.\r\nend\r\n"

    outcome = await build(mail).send(mail_to("ada@example.org"), mail_part(raw))

    assert outcome == Sent(receipt="250 2.0.0 Ok: queued as 000001")
    (kept,) = mail.messages
    assert (kept.sender, kept.recipients, kept.raw) == (SENDER, ("ada@example.org",), raw)
    assert kept.options == (f"SIZE={len(raw)}",)


async def test_each_delivery_may_have_an_envelope_sender_of_its_own(mail: MailServer) -> None:
    postbox = SmtpPostbox(mail.account, sender=lambda one: f"bounces+{one.key}@example.org")

    for key in ("d-1", "d-2"):
        await postbox.send(mail_to("ada@example.org", key=key), mail_part())
    await postbox.close()

    assert [kept.sender for kept in mail.messages] == ["bounces+d-1@example.org", "bounces+d-2@example.org"]


@settings(max_examples=25, deadline=None)
@given(
    body=st.lists(st.sampled_from(["", ".", "..", "a", ".b", "\r", "\n", "论文"]), max_size=12),
    security=st.sampled_from(SECURITIES),
)
async def test_no_line_end_ever_stands_alone_and_every_line_arrives(
    body: list[str], security: Security
) -> None:
    raw = "\r\n".join(body).encode()
    async with MailServer(security=security) as mail:
        postbox = SmtpPostbox(mail.account, sender=SENDER)
        outcome = await postbox.send(mail_to("ada@example.org"), mail_part(raw))
        await postbox.close()

        assert isinstance(outcome, Sent)
        (kept,) = mail.messages
        assert kept.bare_line_ends == 0
        assert kept.raw.splitlines() == (raw.splitlines() or [b""])


@pytest.mark.parametrize("size", [1_000, 60_000, 65_536, 65_537, 70_000, 150_000, 300_000])
async def test_messages_of_every_size_arrive_whole_one_after_the_other(
    mail: MailServer, build: Build, size: int
) -> None:
    """Python 3.11's SSL transport paused at every second write, and for ever above 65,536 bytes."""
    line = b"." + b"x" * 77 + b"\r\n"
    raw = b"Subject: digest\r\n\r\n" + line * (size // len(line))
    postbox = build(mail, connections=1)

    outcomes = [await postbox.send(mail_to(one), mail_part(raw)) for one in many(5)]

    assert [type(outcome) for outcome in outcomes] == [Sent] * 5
    assert [kept.raw == raw for kept in mail.messages] == [True] * 5
    assert mail.connections == 1


async def test_a_big_message_arrives_whole(mail: MailServer, build: Build) -> None:
    raw = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"." * 70 + b"\r\n") * 20_000

    await build(mail).send(mail_to("ada@example.org"), mail_part(raw))

    assert mail.messages[0].raw == raw


class Keeping:
    """A handler of aiosmtpd, which others wrote: keeps what its own parser made of us."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: aiosmtpd.smtp.Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.kept.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""))
        return "250 kept"


async def test_a_server_written_by_others_understands_us_as_well() -> None:
    handler = Keeping()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: aiosmtpd.smtp.SMTP(handler), "127.0.0.1", 0)
    account = Account(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none")
    postbox = SmtpPostbox(account, sender=SENDER, connections=1)

    outcomes = [await postbox.send(mail_to(one), mail_part(b"S: x\r\n\r\n.a\r\n")) for one in many(2)]
    await postbox.close()
    server.close()

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert handler.kept == [(SENDER, [one], b"S: x\r\n\r\n.a\r\n") for one in many(2)]


async def test_readers_share_a_few_connections(mail: MailServer, build: Build) -> None:
    outcomes = await send_all(build(mail, connections=3), *many(30))

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(mail.messages) == 30
    assert mail.connections == 3
    assert mail.most_open == 3


async def test_a_connection_carries_no_more_messages_than_it_may(mail: MailServer, build: Build) -> None:
    await send_all(build(mail, connections=1, per_connection=4), *many(10))

    assert mail.per_connection() == [4, 4, 2]


async def test_the_rate_is_kept(mail: MailServer, build: Build) -> None:
    began = time.monotonic()

    await send_all(build(mail, rate=50), *many(11))

    assert time.monotonic() - began >= 10 / 50


async def test_a_bad_address_costs_nobody_else_anything(mail: MailServer, build: Build) -> None:
    mail.answer(MailStage.RCPT, 550, "5.1.1", "No such user", to="gone@example.org", times=None)
    mail.answer(MailStage.RCPT, 450, "4.7.1", "Greylisted", to="grey@example.org", times=None)
    people = ["a@example.org", "gone@example.org", "b@example.org", "grey@example.org", "c@example.org"]

    outcomes = await send_all(build(mail, connections=1), *people)

    assert [type(outcome) for outcome in outcomes] == [Sent, Gone, Sent, Later, Sent]
    assert mail.connections == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "two words@example.org",
        "a@b>\r\nRCPT TO:<c@d",
        "<a@example.org>",
        "a@b,c@d",
        "a@exa mple.org",
    ],
)
async def test_what_is_no_address_never_reaches_the_wire(
    mail: MailServer, build: Build, address: str
) -> None:
    outcome = await build(mail).send(mail_to(address), mail_part())

    assert isinstance(outcome, Refused)
    assert not outcome.our_fault
    assert not [one for one in mail.commands if one.startswith(("MAIL", "RCPT"))]


async def test_a_domain_in_another_script_travels_as_ascii(mail: MailServer, build: Build) -> None:
    await build(mail).send(mail_to("ada@例子.测试"), mail_part())

    assert mail.messages[0].recipients == ("ada@xn--fsqu00a.xn--0zwm56d",)
    assert "SMTPUTF8" not in mail.messages[0].options


async def test_a_name_in_another_script_needs_a_server_that_takes_it(build: Build) -> None:
    async with MailServer() as wide, MailServer(extensions=()) as narrow:
        taken = await build(wide).send(mail_to("小明@example.org"), mail_part())
        refused = await build(narrow).send(mail_to("小明@example.org"), mail_part())

        assert isinstance(taken, Sent)
        assert "SMTPUTF8" in wide.messages[0].options
        assert isinstance(refused, Refused)
        assert not refused.our_fault


async def test_mail_goes_encrypted_and_logged_in(build: Build) -> None:
    for security in ("starttls", "tls"):
        async with MailServer(security=security, username="ada", password="right") as mail:
            outcome = await build(mail).send(mail_to("ada@example.org"), mail_part())

            assert isinstance(outcome, Sent)
            assert [(one.encrypted, one.user) for one in mail.messages] == [(True, "ada")]


@pytest.mark.parametrize("security", SECURITIES)
async def test_a_wrong_password_makes_everybody_wait_and_is_not_shown(
    build: Build, security: Security
) -> None:
    async with MailServer(security=security, username="ada", password="right") as mail:
        mail.answer(MailStage.AUTH, 535, "5.7.8", "hunter2 is wrong", times=None)
        account = replace(mail.account, password="hunter2")
        outcome = await build(mail, account).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, True)
    assert "SMTP_PASSWORD" in reason_in_english(outcome.reason)
    assert "hunter2" not in reason_in_english(outcome.reason) + repr(account)


@pytest.mark.parametrize(
    ("security", "client", "says"),
    [
        ("starttls", "starttls", "no safe connection"),
        ("tls", "tls", "no safe connection"),
        ("none", "starttls", "SMTP_SECURITY"),
    ],
)
async def test_without_a_safe_connection_nothing_is_sent(
    build: Build, security: Security, client: Security, says: str
) -> None:
    async with MailServer(security=security) as mail:
        account = replace(mail.account, security=client, context=None)
        outcome = await build(mail, account).send(mail_to("ada@example.org"), mail_part())

        assert isinstance(outcome, Later)
        assert (outcome.counts, outcome.whole_channel) == (False, True)
        assert says in reason_in_english(outcome.reason)
        assert mail.messages == []


async def test_a_server_that_offers_no_login_is_told_of(mail: MailServer, build: Build) -> None:
    account = replace(mail.account, username="ada", password="right")

    outcome = await build(mail, account).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert "SMTP_USERNAME" in reason_in_english(outcome.reason)


async def test_a_connection_that_died_while_idle_is_replaced_without_a_try(
    mail: MailServer, build: Build
) -> None:
    postbox = build(mail, connections=1)
    await send_all(postbox, "one@example.org")
    await mail.close()
    await mail.open()

    (outcome,) = await send_all(postbox, "two@example.org")

    assert isinstance(outcome, Sent)
    assert [one.recipients for one in mail.messages] == [("one@example.org",), ("two@example.org",)]


@pytest.mark.parametrize("fault", [Drop(), Say(raw=b"421 4.4.2 idle for too long\r\n")])
async def test_a_reused_connection_that_ends_at_mail_is_replaced_without_a_try(
    mail: MailServer, build: Build, fault: MailFault
) -> None:
    postbox = build(mail, connections=1)
    await send_all(postbox, "one@example.org")
    mail.order(MailStage.MAIL, fault, connection=1)

    (outcome,) = await send_all(postbox, "two@example.org")

    assert isinstance(outcome, Sent)
    assert mail.connections == 2


async def test_a_connection_that_rested_long_is_asked_before_it_is_used(
    mail: MailServer, build: Build
) -> None:
    now = [0.0]
    postbox = build(mail, connections=1, now=lambda: now[0])
    await send_all(postbox, "one@example.org")
    now[0] = 60.0

    await send_all(postbox, "two@example.org")

    assert "RSET" in mail.commands
    assert mail.connections == 1


async def test_a_server_that_is_away_makes_everybody_wait_and_returns(mail: MailServer, build: Build) -> None:
    postbox = build(mail)
    await mail.close()
    (away,) = await send_all(postbox, "ada@example.org")
    await mail.open()
    (back,) = await send_all(postbox, "ada@example.org")

    assert isinstance(away, Later)
    assert (away.counts, away.whole_channel) == (False, True)
    assert isinstance(back, Sent)


async def test_a_server_that_takes_fewer_messages_gets_fewer_on_a_connection(
    mail: MailServer, build: Build
) -> None:
    postbox = build(mail, connections=1)
    await send_all(postbox, *many(8))
    mail.answer(MailStage.RCPT, 452, "4.5.3", "Too many recipients", to="ada@example.org")
    (outcome,) = await send_all(postbox, "ada@example.org")

    await send_all(postbox, *many(8))

    assert isinstance(outcome, Later)
    assert not outcome.counts
    assert mail.per_connection() == [8, 4, 4]


BEFORE_THE_DOT = [MailStage.MAIL, MailStage.RCPT, MailStage.DATA, MailStage.BODY]
OPENING = [MailStage.GREETING, MailStage.EHLO]


@pytest.mark.parametrize("stage", [*OPENING, *BEFORE_THE_DOT])
@pytest.mark.parametrize("fault", [Drop(), Wait(seconds=2)])
async def test_a_line_lost_before_the_dot_is_surely_not_delivered(
    mail: MailServer, build: Build, stage: MailStage, fault: MailFault
) -> None:
    mail.order(stage, fault, times=None)
    big = mail_part(b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000)

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), big)

    assert isinstance(outcome, Later)
    assert not outcome.counts
    assert outcome.whole_channel == (stage in OPENING)
    assert mail.messages == []


@pytest.mark.parametrize("fault", [Drop(), Drop(stored=True), Wait(seconds=2), Say(raw=b"who knows\r\n")])
async def test_a_silence_after_the_dot_leaves_a_doubt(
    mail: MailServer, build: Build, fault: MailFault
) -> None:
    mail.order(MailStage.END, fault, to="ada@example.org")

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Uncertain)
    assert len(mail.wire) == 1


async def test_a_line_lost_after_the_last_word_changes_nothing(mail: MailServer, build: Build) -> None:
    postbox = build(mail, connections=1)
    mail.order(MailStage.AFTER, Drop(), to=many(2)[0])

    outcomes = [(await send_all(postbox, one))[0] for one in many(2)]

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(mail.messages) == 2


async def test_one_who_hangs_does_not_stop_the_others(mail: MailServer, build: Build) -> None:
    mail.order(MailStage.RCPT, Wait(seconds=5), to="slow@example.org")

    outcomes = await send_all(build(mail, connections=2, timeouts=QUICK), "slow@example.org", *many(10))

    assert isinstance(outcomes[0], Later)
    assert len(mail.messages) == 10


@pytest.mark.parametrize(
    ("stage", "raw"),
    [
        (MailStage.EHLO, b"502 5.5.2 what is EHLO?\r\n"),
        (MailStage.EHLO, b"250-stand-in.example\r\n250-" + b"X" * 4000 + b"\r\n250 SIZE\r\n"),
        (MailStage.END, b"250\r\n"),
    ],
)
async def test_an_odd_server_gets_its_mail_all_the_same(
    mail: MailServer, build: Build, stage: MailStage, raw: bytes
) -> None:
    mail.order(stage, Say(raw=raw), connection=1)

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), mail_part())

    if stage is MailStage.EHLO and mail.security == "starttls":
        assert isinstance(outcome, Later)
        assert "offers no STARTTLS" in reason_in_english(outcome.reason)
    else:
        assert isinstance(outcome, Sent)


@pytest.mark.parametrize("stage", [MailStage.GREETING, MailStage.EHLO, MailStage.MAIL, MailStage.RCPT])
@pytest.mark.parametrize(
    "raw", [b"nonsense\r\n", b"250-" + b"y" * 10_000 + b"\r\n", b"\xff\xfe\r\n", b"\r\n"]
)
async def test_nonsense_before_the_dot_is_one_clear_line(
    mail: MailServer, build: Build, stage: MailStage, raw: bytes
) -> None:
    mail.order(stage, Say(raw=raw), times=None)

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert not outcome.counts
    assert len(reason_in_english(outcome.reason)) < 400
    assert mail.messages == []


OUT_OF_STEP = [
    b"354 go on with what?\r\n",
    b"199 1\r\n",
    b"600 no\r\n",
    b"999 what\r\n",
    b"220 mx.example.org ESMTP\r\n" + b"220 again\r\n",
    b"334 VXNlcm5hbWU6\r\n",
    b"250-one\r\n251 two\r\n",
    b"2500\r\n",
    b"+OK POP3 ready\r\n",
    b"HTTP/1.1 400 Bad Request\r\n",
    b"250 ok\r\n550 5.7.1 no, refused\r\n",
    b"250 ok\r\n250 ok\r\n",
]
"""What no server says at that place, or says once too often."""


@pytest.mark.parametrize("raw", OUT_OF_STEP)
async def test_words_that_are_no_answer_to_the_final_dot_leave_a_doubt(
    mail: MailServer, build: Build, raw: bytes
) -> None:
    mail.order(MailStage.END, Say(raw=raw), to="ada@example.org")

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Uncertain)


@pytest.mark.parametrize("stage", [MailStage.MAIL, MailStage.RCPT, MailStage.DATA])
@pytest.mark.parametrize(
    "raw", [raw for raw in OUT_OF_STEP if not raw.startswith(b"354")] + [b"354 go\r\n250 ok\r\n"]
)
async def test_a_server_out_of_step_is_left_before_the_dot_and_nobody_is_blamed(
    mail: MailServer, build: Build, stage: MailStage, raw: bytes
) -> None:
    mail.order(stage, Say(raw=raw), connection=1)
    postbox = build(mail, timeouts=QUICK, connections=1)

    outcome = await postbox.send(mail_to("ada@example.org"), mail_part())
    after = await postbox.send(mail_to("bob@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, True)
    assert isinstance(after, Sent)
    assert [one.recipients for one in mail.messages] == [("bob@example.org",)]
    assert mail.connections == 2


async def test_a_farewell_right_after_the_last_word_changes_nothing(mail: MailServer, build: Build) -> None:
    mail.order(MailStage.END, Say(raw=b"250 2.0.0 taken\r\n421 4.3.2 closing\r\n"), to=many(2)[0])
    postbox = build(mail, timeouts=QUICK, connections=1)

    outcomes = [await postbox.send(mail_to(one), mail_part()) for one in many(2)]

    assert [type(outcome) for outcome in outcomes] == [Sent, Sent]
    assert mail.per_connection() == [1, 1]


@pytest.mark.parametrize("reply", [b"552 5.3.4 too big\r\n", b"451 4.3.1 disk full\r\n", b"421 bye\r\n"])
async def test_a_refusal_in_the_middle_of_a_message_is_no_delivery(
    mail: MailServer, build: Build, reply: bytes
) -> None:
    mail.order(MailStage.BODY, Say(raw=reply), to="ada@example.org")
    big = mail_part(b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000)

    outcome = await build(mail, timeouts=QUICK).send(mail_to("ada@example.org"), big)

    assert isinstance(outcome, Later | Refused)
    assert mail.messages == []


async def test_the_sender_introduces_itself_with_the_name_it_was_given(
    mail: MailServer, build: Build
) -> None:
    postbox = build(mail, replace(mail.account, local_hostname="digest.example.org"))

    await postbox.send(mail_to("ada@example.org"), mail_part())

    assert mail.commands[0] == "EHLO digest.example.org"


async def test_a_name_that_the_server_refuses_is_told_with_the_way_out(
    mail: MailServer, build: Build
) -> None:
    for stage in (MailStage.EHLO, MailStage.HELO):
        mail.answer(stage, 501, "5.5.2", "invalid name", times=None)

    outcome = await build(mail).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, True)
    assert "SMTP_EHLO_NAME" in reason_in_english(outcome.reason)


async def test_an_answer_that_drips_in_is_waited_for(mail: MailServer, build: Build) -> None:
    mail.order(MailStage.END, Drip(seconds=0.002), to="ada@example.org")

    outcome = await build(mail).send(mail_to("ada@example.org"), mail_part())

    assert isinstance(outcome, Sent)


async def test_a_send_that_is_called_off_leaves_no_half_open_line(mail: MailServer, build: Build) -> None:
    postbox = build(mail, connections=1)
    mail.order(MailStage.DATA, Wait(seconds=5), to="one@example.org")
    sending = asyncio.create_task(postbox.send(mail_to("one@example.org"), mail_part()))
    while "DATA" not in mail.commands:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)

    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    outcome = await postbox.send(mail_to("two@example.org"), mail_part())

    assert isinstance(outcome, Sent)
    assert [one.recipients for one in mail.messages] == [("two@example.org",)]


@pytest.mark.parametrize(
    "stage",
    [MailStage.GREETING, MailStage.EHLO, MailStage.MAIL, MailStage.RCPT, MailStage.DATA, MailStage.BODY],
)
async def test_a_send_that_is_cut_before_the_dot_says_that_nothing_has_left(
    mail: MailServer, build: Build, stage: MailStage
) -> None:
    hanging = mail.order(stage, Wait(seconds=60), connection=1)
    big = mail_part(b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000)
    sending = asyncio.create_task(build(mail).send(mail_to("ada@example.org"), big))
    await hanging.met()

    sending.cancel()

    with pytest.raises(SendCancelled):
        await sending
    assert mail.messages == []


async def test_a_send_that_is_cut_after_the_dot_leaves_a_doubt(mail: MailServer, build: Build) -> None:
    hanging = mail.order(MailStage.END, Wait(seconds=60), to="ada@example.org")
    sending = asyncio.create_task(build(mail).send(mail_to("ada@example.org"), mail_part()))
    await hanging.met()

    sending.cancel()

    with pytest.raises(asyncio.CancelledError) as cut:
        await sending
    assert not isinstance(cut.value, SendCancelled)
    assert len(mail.wire) == 1


async def test_an_end_that_is_known_is_told_though_the_send_is_cut(mail: MailServer, build: Build) -> None:
    mail.answer(MailStage.RCPT, 550, "5.1.1", "No such user", to="gone@example.org")
    hanging = mail.order(MailStage.RSET, Wait(seconds=60), connection=1)
    sending = asyncio.create_task(build(mail).send(mail_to("gone@example.org"), mail_part()))
    await hanging.met()

    sending.cancel()

    assert isinstance(await sending, Gone)
