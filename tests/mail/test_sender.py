"""The mail channel against a real SMTP server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, get_args

import aiosmtpd.smtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail.sender import SmtpSender
from digest.mail.smtp_connect import SmtpAccount, SmtpSecurity
from digest.mail.smtp_connection import SmtpTimeouts
from digest.model.message import RenderedEmail
from digest.model.outcome import Outcome, Refused, RetryLater, SendCancelled, Sent, Uncertain, Unreachable
from digest.text.reason_texts import reason_in_english
from tests.support.deliveries import make_email, make_email_delivery
from tests.support.smtp_faults import DelayReply, DropConnection, RawReply, SmtpFault, SmtpFaultStage, TrickleReply
from tests.support.smtp_server import SmtpServer

SENDER = "digest@example.org"
SHORT = 0.5
"""Seconds to wait for a server that stays silent at one stage; the other stages keep their usual timeouts."""

BuildSender = Callable[..., SmtpSender]


SECURITIES = get_args(SmtpSecurity)


@pytest.fixture(params=SECURITIES)
async def each_server(request: pytest.FixtureRequest) -> AsyncIterator[SmtpServer]:
    """Return a server for each way to reach one, for what TLS may change: bytes on their way, and cuts."""
    async with SmtpServer(security=request.param) as server:
        yield server


@pytest.fixture
async def build() -> AsyncIterator[BuildSender]:
    """Return a builder of senderes, all closed at the end."""
    built: list[SmtpSender] = []

    def make(server: SmtpServer, account: SmtpAccount | None = None, **options: Any) -> SmtpSender:  # noqa: ANN401 - passed on
        built.append(SmtpSender(account or server.account, sender=SENDER, **options))
        return built[-1]

    yield make
    for sender in built:
        await sender.close()


async def send_to_all(sender: SmtpSender, *addresses: str) -> list[Outcome]:
    return list(await asyncio.gather(*(sender.send(make_email_delivery(one), make_email()) for one in addresses)))


async def send_past_fault(
    security: SmtpSecurity, stage: SmtpFaultStage, fault: SmtpFault, timeouts: SmtpTimeouts | None = None
) -> tuple[list[Outcome], SmtpServer]:
    """Send to ada, whose connection meets ``fault``, and then to bob; return both outcomes and the server."""
    async with SmtpServer(security=security) as mail:
        mail.plan_fault(stage, fault, connection=1)
        sender = SmtpSender(mail.account, sender=SENDER, max_connections=1, timeouts=timeouts)
        outcomes = [await sender.send(make_email_delivery(f"{name}@example.org"), make_email()) for name in TWO_NAMES]
        await sender.close()
        return outcomes, mail


TWO_NAMES = ("ada", "bob")


def make_addresses(count: int) -> list[str]:
    return [f"reader{number}@example.org" for number in range(count)]


async def test_a_message_arrives_byte_for_byte_with_our_envelope(each_server: SmtpServer, build: BuildSender) -> None:
    raw = b"Subject: hi\r\n\r\n.dot\r\n..dots\r\n.\r\nend\r\n"

    outcome = await build(each_server).send(make_email_delivery("ada@example.org"), make_email(raw))

    assert outcome == Sent(receipt="250 2.0.0 Ok: queued as 000001")
    (received,) = each_server.messages
    assert (received.sender, received.recipients, received.raw) == (SENDER, ("ada@example.org",), raw)
    assert received.options == (f"SIZE={len(raw)}",)


async def test_each_delivery_may_have_an_envelope_sender_of_its_own(mail: SmtpServer) -> None:
    sender = SmtpSender(mail.account, sender=lambda one: f"bounces+{one.key}@example.org")

    for key in ("d-1", "d-2"):
        await sender.send(make_email_delivery("ada@example.org", key=key), make_email())
    await sender.close()

    assert [received.sender for received in mail.messages] == ["bounces+d-1@example.org", "bounces+d-2@example.org"]


@settings(max_examples=25, deadline=None)
@given(
    body=st.lists(st.sampled_from(["", ".", "..", "a", ".b", "\r", "\n", "论文"]), max_size=12),
    security=st.sampled_from(SECURITIES),
)
async def test_no_line_end_ever_stands_alone_and_every_line_arrives(body: list[str], security: SmtpSecurity) -> None:
    raw = "\r\n".join(body).encode()
    async with SmtpServer(security=security) as mail:
        sender = SmtpSender(mail.account, sender=SENDER)
        outcome = await sender.send(make_email_delivery("ada@example.org"), make_email(raw))
        await sender.close()

        assert isinstance(outcome, Sent)
        (received,) = mail.messages
        assert received.bare_line_ends == 0
        assert received.raw.splitlines() == (raw.splitlines() or [b""])


async def test_messages_of_every_size_arrive_whole_one_after_the_other(
    each_server: SmtpServer, build: BuildSender
) -> None:
    """Python 3.11's SSL transport paused at every second write, and for ever above 65,536 bytes."""
    line = b"." + b"x" * 77 + b"\r\n"
    sizes = [1_000, 60_000, 65_536, 65_537, 70_000, 150_000, 300_000]
    mails = [b"Subject: digest\r\n\r\n" + line * (size // len(line)) for size in sizes for _ in range(3)]
    sender = build(each_server, max_connections=1)

    outcomes = [await sender.send(make_email_delivery("ada@example.org"), make_email(raw)) for raw in mails]

    assert [type(outcome) for outcome in outcomes] == [Sent] * len(mails)
    assert [received.raw for received in each_server.messages] == mails
    assert each_server.connection_count == 1


async def test_a_big_message_arrives_whole(each_server: SmtpServer, build: BuildSender) -> None:
    raw = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"." * 70 + b"\r\n") * 20_000

    await build(each_server).send(make_email_delivery("ada@example.org"), make_email(raw))

    assert each_server.messages[0].raw == raw


class MessageHandler:
    """A handler of aiosmtpd, which others wrote: keeps what its own parser made of us."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: aiosmtpd.smtp.Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""))
        return "250 received"


async def test_a_server_written_by_others_understands_us_as_well() -> None:
    handler = MessageHandler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: aiosmtpd.smtp.SMTP(handler), "127.0.0.1", 0)
    account = SmtpAccount(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none")
    sender = SmtpSender(account, sender=SENDER, max_connections=1)

    outcomes = [
        await sender.send(make_email_delivery(one), make_email(b"S: x\r\n\r\n.a\r\n")) for one in make_addresses(2)
    ]
    await sender.close()
    server.close()

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert handler.envelopes == [(SENDER, [one], b"S: x\r\n\r\n.a\r\n") for one in make_addresses(2)]


async def test_readers_share_a_few_connections(mail: SmtpServer, build: BuildSender) -> None:
    outcomes = await send_to_all(build(mail, max_connections=3), *make_addresses(30))

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(mail.messages) == 30
    assert mail.connection_count == 3
    assert mail.max_open_connections == 3


async def test_a_connection_carries_no_more_messages_than_it_may(mail: SmtpServer, build: BuildSender) -> None:
    await send_to_all(build(mail, max_connections=1, max_per_connection=4), *make_addresses(10))

    assert mail.messages_per_connection() == [4, 4, 2]


async def test_the_rate_is_received(mail: SmtpServer, build: BuildSender) -> None:
    began = time.monotonic()

    await send_to_all(build(mail, rate=50), *make_addresses(11))

    assert time.monotonic() - began >= 10 / 50


async def test_a_bad_address_costs_nobody_else_anything(mail: SmtpServer, build: BuildSender) -> None:
    mail.plan_reply(SmtpFaultStage.RCPT, 550, "5.1.1", "No such user", to="gone@example.org", times=None)
    mail.plan_reply(SmtpFaultStage.RCPT, 450, "4.7.1", "Greylisted", to="grey@example.org", times=None)
    people = ["a@example.org", "gone@example.org", "b@example.org", "grey@example.org", "c@example.org"]

    outcomes = await send_to_all(build(mail, max_connections=1), *people)

    assert [type(outcome) for outcome in outcomes] == [Sent, Unreachable, Sent, RetryLater, Sent]
    assert mail.connection_count == 1


async def test_what_is_no_address_never_reaches_the_wire(mail: SmtpServer, build: BuildSender) -> None:
    sender = build(mail)
    for address in INVALID_ADDRESSES:
        outcome = await sender.send(make_email_delivery(address), make_email())

        assert isinstance(outcome, Refused), address
        assert not outcome.is_our_fault, address
    assert not [one for one in mail.commands if one.startswith(("MAIL", "RCPT"))]


INVALID_ADDRESSES = (
    *("", "nobody", "two words@example.org", "a@b>\r\nRCPT TO:<c@d", "<a@example.org>", "a@b,c@d"),
    "a@exa mple.org",
)


async def test_a_domain_in_another_script_travels_as_ascii(mail: SmtpServer, build: BuildSender) -> None:
    await build(mail).send(make_email_delivery("ada@例子.测试"), make_email())

    assert mail.messages[0].recipients == ("ada@xn--fsqu00a.xn--0zwm56d",)
    assert "SMTPUTF8" not in mail.messages[0].options


async def test_a_name_in_another_script_needs_a_server_that_takes_it(build: BuildSender) -> None:
    async with SmtpServer() as wide, SmtpServer(extensions=()) as narrow:
        taken = await build(wide).send(make_email_delivery("小明@example.org"), make_email())
        refused = await build(narrow).send(make_email_delivery("小明@example.org"), make_email())

        assert isinstance(taken, Sent)
        assert "SMTPUTF8" in wide.messages[0].options
        assert isinstance(refused, Refused)
        assert not refused.is_our_fault


async def test_mail_goes_encrypted_and_logged_in(build: BuildSender) -> None:
    for security in ("starttls", "tls"):
        async with SmtpServer(security=security, username="ada", password="right") as mail:
            outcome = await build(mail).send(make_email_delivery("ada@example.org"), make_email())

            assert isinstance(outcome, Sent)
            assert [(one.encrypted, one.user) for one in mail.messages] == [(True, "ada")]


@pytest.mark.parametrize("security", SECURITIES)
async def test_a_wrong_password_makes_everybody_wait_and_is_not_shown(
    build: BuildSender, security: SmtpSecurity
) -> None:
    async with SmtpServer(security=security, username="ada", password="right") as mail:
        mail.plan_reply(SmtpFaultStage.AUTH, 535, "5.7.8", "hunter2 is wrong", times=None)
        account = replace(mail.account, password="hunter2")
        outcome = await build(mail, account).send(make_email_delivery("ada@example.org"), make_email())

    assert isinstance(outcome, RetryLater)
    assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, True)
    assert "SMTP_PASSWORD" in reason_in_english(outcome.reason)
    assert "hunter2" not in reason_in_english(outcome.reason) + repr(account)


@pytest.mark.parametrize(
    ("security", "client", "says"),
    [
        ("starttls", "starttls", "no secure connection"),
        ("tls", "tls", "no secure connection"),
        ("none", "starttls", "SMTP_SECURITY"),
    ],
)
async def test_without_a_safe_connection_nothing_is_sent(
    build: BuildSender, security: SmtpSecurity, client: SmtpSecurity, says: str
) -> None:
    async with SmtpServer(security=security) as mail:
        account = replace(mail.account, security=client, tls_context=None)
        outcome = await build(mail, account).send(make_email_delivery("ada@example.org"), make_email())

        assert isinstance(outcome, RetryLater)
        assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, True)
        assert says in reason_in_english(outcome.reason)
        assert mail.messages == []


async def test_a_server_that_offers_no_login_is_told_of(mail: SmtpServer, build: BuildSender) -> None:
    account = replace(mail.account, username="ada", password="right")

    outcome = await build(mail, account).send(make_email_delivery("ada@example.org"), make_email())

    assert isinstance(outcome, RetryLater)
    assert "SMTP_USERNAME" in reason_in_english(outcome.reason)


async def test_a_connection_that_died_while_idle_is_replaced_without_a_try(
    mail: SmtpServer, build: BuildSender
) -> None:
    sender = build(mail, max_connections=1)
    await send_to_all(sender, "one@example.org")
    await mail.close()
    await mail.open()

    (outcome,) = await send_to_all(sender, "two@example.org")

    assert isinstance(outcome, Sent)
    assert [one.recipients for one in mail.messages] == [("one@example.org",), ("two@example.org",)]


@pytest.mark.parametrize("fault", [DropConnection(), RawReply(raw=b"421 4.4.2 idle for too long\r\n")])
async def test_a_reused_connection_that_ends_at_mail_is_replaced_without_a_try(
    mail: SmtpServer, build: BuildSender, fault: SmtpFault
) -> None:
    sender = build(mail, max_connections=1)
    await send_to_all(sender, "one@example.org")
    mail.plan_fault(SmtpFaultStage.MAIL, fault, connection=1)

    (outcome,) = await send_to_all(sender, "two@example.org")

    assert isinstance(outcome, Sent)
    assert mail.connection_count == 2


async def test_a_connection_that_rested_long_is_asked_before_it_is_used(mail: SmtpServer, build: BuildSender) -> None:
    now = [0.0]
    sender = build(mail, max_connections=1, now=lambda: now[0])
    await send_to_all(sender, "one@example.org")
    now[0] = 60.0

    await send_to_all(sender, "two@example.org")

    assert "RSET" in mail.commands
    assert mail.connection_count == 1


async def test_a_server_that_is_away_makes_everybody_wait_and_returns(mail: SmtpServer, build: BuildSender) -> None:
    sender = build(mail)
    await mail.close()
    (away,) = await send_to_all(sender, "ada@example.org")
    await mail.open()
    (back,) = await send_to_all(sender, "ada@example.org")

    assert isinstance(away, RetryLater)
    assert (away.counts_as_attempt, away.pause_channel) == (False, True)
    assert isinstance(back, Sent)


async def test_a_server_that_takes_fewer_messages_gets_fewer_on_a_connection(
    mail: SmtpServer, build: BuildSender
) -> None:
    sender = build(mail, max_connections=1)
    await send_to_all(sender, *make_addresses(8))
    mail.plan_reply(SmtpFaultStage.RCPT, 452, "4.5.3", "Too many recipients", to="ada@example.org")
    (outcome,) = await send_to_all(sender, "ada@example.org")

    await send_to_all(sender, *make_addresses(8))

    assert isinstance(outcome, RetryLater)
    assert not outcome.counts_as_attempt
    assert mail.messages_per_connection() == [8, 4, 4]


OPENING_STAGES = [SmtpFaultStage.GREETING, SmtpFaultStage.EHLO]
STAGES_BEFORE_DOT = [
    *(*OPENING_STAGES, SmtpFaultStage.MAIL, SmtpFaultStage.RCPT, SmtpFaultStage.DATA, SmtpFaultStage.BODY)
]
BIG_EMAIL = b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000
"""More than the network holds, so that a cut in the body is met while it is written."""


def short_timeout_at(stage: SmtpFaultStage) -> SmtpTimeouts:
    """Return timeouts of which only that of one stage is short: a busy machine may be slow at any other."""
    match stage:
        case SmtpFaultStage.GREETING:
            return SmtpTimeouts(connect=1, command=SHORT)
        case SmtpFaultStage.DATA:
            return SmtpTimeouts(data=SHORT)
        case SmtpFaultStage.BODY:
            return SmtpTimeouts(block=SHORT, end=SHORT)
        case SmtpFaultStage.END | SmtpFaultStage.AFTER_END:
            return SmtpTimeouts(end=SHORT)
        case _:
            return SmtpTimeouts(connect=2, command=SHORT)


def email_for(stage: SmtpFaultStage) -> RenderedEmail:
    return make_email(BIG_EMAIL) if stage is SmtpFaultStage.BODY else make_email()


EACH_STAGE_AND_BODY_EACH_WAY = [
    *((stage, SECURITIES[at % 3]) for at, stage in enumerate(STAGES_BEFORE_DOT)),
    *((SmtpFaultStage.BODY, security) for security in SECURITIES[:2]),
]


@pytest.mark.parametrize(("stage", "security"), EACH_STAGE_AND_BODY_EACH_WAY)
@pytest.mark.parametrize("fault", [DropConnection(), DelayReply(seconds=2)])
async def test_a_connection_lost_before_the_dot_is_surely_not_delivered(
    build: BuildSender, stage: SmtpFaultStage, security: SmtpSecurity, fault: SmtpFault
) -> None:
    async with SmtpServer(security=security) as mail:
        mail.plan_fault(stage, fault, connection=1)
        sender = build(mail, timeouts=short_timeout_at(stage))

        outcome = await sender.send(make_email_delivery("ada@example.org"), email_for(stage))

    assert isinstance(outcome, RetryLater)
    assert not outcome.counts_as_attempt
    assert outcome.pause_channel == (stage in OPENING_STAGES)
    assert mail.messages == []


@pytest.mark.parametrize(
    "fault", [DropConnection(), DropConnection(stored=True), DelayReply(seconds=2), RawReply(raw=b"who knows\r\n")]
)
async def test_a_silence_after_the_dot_leaves_a_doubt(mail: SmtpServer, build: BuildSender, fault: SmtpFault) -> None:
    mail.plan_fault(SmtpFaultStage.END, fault, to="ada@example.org")

    outcome = await build(mail, timeouts=short_timeout_at(SmtpFaultStage.END)).send(
        make_email_delivery("ada@example.org"), make_email()
    )

    assert isinstance(outcome, Uncertain)
    assert len(mail.wire) == 1


async def test_a_line_lost_after_the_last_word_changes_nothing(mail: SmtpServer, build: BuildSender) -> None:
    sender = build(mail, max_connections=1)
    mail.plan_fault(SmtpFaultStage.AFTER_END, DropConnection(), to=make_addresses(2)[0])

    outcomes = [(await send_to_all(sender, one))[0] for one in make_addresses(2)]

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(mail.messages) == 2


async def test_one_who_hangs_does_not_stop_the_others(mail: SmtpServer, build: BuildSender) -> None:
    mail.plan_fault(SmtpFaultStage.RCPT, DelayReply(seconds=60), to="slow@example.org")
    sender = build(mail, max_connections=2)
    hanging = asyncio.create_task(sender.send(make_email_delivery("slow@example.org"), make_email()))

    outcomes = await send_to_all(sender, *make_addresses(10))

    assert [type(outcome) for outcome in outcomes] == [Sent] * 10
    assert not hanging.done()
    hanging.cancel()
    await asyncio.wait([hanging])


async def test_an_odd_server_gets_its_mail_all_the_same() -> None:
    odd = [
        (SmtpFaultStage.EHLO, b"250-stand-in.example\r\n250-" + b"X" * 4000 + b"\r\n250 SIZE\r\n"),
        (SmtpFaultStage.EHLO, b"502 5.5.2 what is EHLO?\r\n"),
        (SmtpFaultStage.END, b"250\r\n"),
    ]
    for stage, raw in odd:
        (outcome, _), _ = await send_past_fault("none", stage, RawReply(raw=raw))

        assert isinstance(outcome, Sent), raw


@pytest.mark.parametrize("raw", [b"502 5.5.2 what is EHLO?\r\n", b"250 stand-in.example\r\n"])
async def test_without_starttls_on_offer_nothing_is_sent(raw: bytes) -> None:
    (outcome, _), mail = await send_past_fault("starttls", SmtpFaultStage.EHLO, RawReply(raw=raw))

    assert isinstance(outcome, RetryLater)
    assert "offers no STARTTLS" in reason_in_english(outcome.reason)
    assert [one.recipients for one in mail.messages] == [("bob@example.org",)]


@pytest.mark.parametrize("raw", [b"nonsense\r\n", b"250-" + b"y" * 10_000 + b"\r\n", b"\xff\xfe\r\n", b"\r\n"])
async def test_nonsense_before_the_dot_is_one_clear_line(raw: bytes) -> None:
    stages = [SmtpFaultStage.GREETING, SmtpFaultStage.EHLO, SmtpFaultStage.MAIL, SmtpFaultStage.RCPT]
    for stage, security in zip(stages, (*SECURITIES, "tls"), strict=True):
        (outcome, _), mail = await send_past_fault(security, stage, RawReply(raw=raw), short_timeout_at(stage))

        assert isinstance(outcome, RetryLater), stage
        assert not outcome.counts_as_attempt, stage
        assert len(reason_in_english(outcome.reason)) < 400
        assert ("ada@example.org",) not in [one.recipients for one in mail.messages]


INVALID_REPLIES = [
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


async def test_words_that_are_no_answer_to_the_final_dot_leave_a_doubt(mail: SmtpServer, build: BuildSender) -> None:
    addresses = make_addresses(len(INVALID_REPLIES))
    for address, raw in zip(addresses, INVALID_REPLIES, strict=True):
        mail.plan_fault(SmtpFaultStage.END, RawReply(raw=raw), to=address)

    outcomes = await send_to_all(build(mail, max_connections=1), *addresses)

    assert [raw for raw, one in zip(INVALID_REPLIES, outcomes, strict=True) if not isinstance(one, Uncertain)] == []


@pytest.mark.parametrize(
    ("stage", "security"),
    list(zip([SmtpFaultStage.MAIL, SmtpFaultStage.RCPT, SmtpFaultStage.DATA], SECURITIES, strict=True)),
)
async def test_a_server_out_of_step_is_left_before_the_dot_and_nobody_is_blamed(
    stage: SmtpFaultStage, security: SmtpSecurity
) -> None:
    replies = [raw for raw in INVALID_REPLIES if not raw.startswith(b"354")] + [b"354 go\r\n250 ok\r\n"]
    for raw in replies:
        (outcome, after), mail = await send_past_fault(security, stage, RawReply(raw=raw))

        assert isinstance(outcome, RetryLater), raw
        assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, True), raw
        assert isinstance(after, Sent), raw
        assert [one.recipients for one in mail.messages] == [("bob@example.org",)], raw
        assert mail.connection_count == 2, raw


async def test_a_farewell_right_after_the_last_word_changes_nothing(mail: SmtpServer, build: BuildSender) -> None:
    mail.plan_fault(
        SmtpFaultStage.END, RawReply(raw=b"250 2.0.0 taken\r\n421 4.3.2 closing\r\n"), to=make_addresses(2)[0]
    )
    sender = build(mail, max_connections=1)

    outcomes = [await sender.send(make_email_delivery(one), make_email()) for one in make_addresses(2)]

    assert [type(outcome) for outcome in outcomes] == [Sent, Sent]
    assert mail.messages_per_connection() == [1, 1]


@pytest.mark.parametrize(
    ("reply", "security"),
    list(zip([b"552 5.3.4 too big\r\n", b"451 4.3.1 disk full\r\n", b"421 bye\r\n"], SECURITIES, strict=True)),
)
async def test_a_refusal_in_the_middle_of_a_message_is_no_delivery(
    build: BuildSender, reply: bytes, security: SmtpSecurity
) -> None:
    async with SmtpServer(security=security) as mail:
        mail.plan_fault(SmtpFaultStage.BODY, RawReply(raw=reply), to="ada@example.org")
        sender = build(mail, timeouts=short_timeout_at(SmtpFaultStage.BODY))

        outcome = await sender.send(make_email_delivery("ada@example.org"), make_email(BIG_EMAIL))

    assert isinstance(outcome, RetryLater | Refused)
    assert mail.messages == []


async def test_the_sender_introduces_itself_with_the_name_it_was_given(mail: SmtpServer, build: BuildSender) -> None:
    sender = build(mail, replace(mail.account, local_hostname="digest.example.org"))

    await sender.send(make_email_delivery("ada@example.org"), make_email())

    assert mail.commands[0] == "EHLO digest.example.org"


async def test_a_name_that_the_server_refuses_is_told_with_the_way_out(mail: SmtpServer, build: BuildSender) -> None:
    for stage in (SmtpFaultStage.EHLO, SmtpFaultStage.HELO):
        mail.plan_reply(stage, 501, "5.5.2", "invalid name", times=None)

    outcome = await build(mail).send(make_email_delivery("ada@example.org"), make_email())

    assert isinstance(outcome, RetryLater)
    assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, True)
    assert "SMTP_EHLO_NAME" in reason_in_english(outcome.reason)


async def test_an_answer_that_drips_in_is_waited_for(mail: SmtpServer, build: BuildSender) -> None:
    mail.plan_fault(SmtpFaultStage.END, TrickleReply(seconds=0.002), to="ada@example.org")

    outcome = await build(mail).send(make_email_delivery("ada@example.org"), make_email())

    assert isinstance(outcome, Sent)


async def test_a_send_that_is_called_off_leaves_no_half_open_line(mail: SmtpServer, build: BuildSender) -> None:
    sender = build(mail, max_connections=1)
    hanging = mail.plan_fault(SmtpFaultStage.DATA, DelayReply(seconds=60), to="one@example.org")
    sending = asyncio.create_task(sender.send(make_email_delivery("one@example.org"), make_email()))
    await hanging.wait_until_met()

    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    outcome = await sender.send(make_email_delivery("two@example.org"), make_email())

    assert isinstance(outcome, Sent)
    assert [one.recipients for one in mail.messages] == [("two@example.org",)]


@pytest.mark.parametrize(("stage", "security"), EACH_STAGE_AND_BODY_EACH_WAY)
async def test_a_send_that_is_cut_before_the_dot_says_that_nothing_has_left(
    build: BuildSender, stage: SmtpFaultStage, security: SmtpSecurity
) -> None:
    async with SmtpServer(security=security) as mail:
        hanging = mail.plan_fault(stage, DelayReply(seconds=60), connection=1)
        sending = asyncio.create_task(build(mail).send(make_email_delivery("ada@example.org"), email_for(stage)))
        await hanging.wait_until_met()

        sending.cancel()

        with pytest.raises(SendCancelled):
            await sending
    assert mail.messages == []


async def test_a_send_that_is_cut_after_the_dot_leaves_a_doubt(mail: SmtpServer, build: BuildSender) -> None:
    hanging = mail.plan_fault(SmtpFaultStage.END, DelayReply(seconds=60), to="ada@example.org")
    sending = asyncio.create_task(build(mail).send(make_email_delivery("ada@example.org"), make_email()))
    await hanging.wait_until_met()

    sending.cancel()

    with pytest.raises(asyncio.CancelledError) as cut:
        await sending
    assert not isinstance(cut.value, SendCancelled)
    assert len(mail.wire) == 1


async def test_an_end_that_is_known_is_told_though_the_send_is_cut(mail: SmtpServer, build: BuildSender) -> None:
    mail.plan_reply(SmtpFaultStage.RCPT, 550, "5.1.1", "No such user", to="gone@example.org")
    hanging = mail.plan_fault(SmtpFaultStage.RSET, DelayReply(seconds=60), connection=1)
    sending = asyncio.create_task(build(mail).send(make_email_delivery("gone@example.org"), make_email()))
    await hanging.wait_until_met()

    sending.cancel()

    assert isinstance(await sending, Unreachable)
