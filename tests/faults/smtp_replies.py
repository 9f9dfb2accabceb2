"""F7, F8, F10 and F11: what mail servers answer, or fail to, at each command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from digest.mail.sender import SmtpSender
from digest.mail.smtp_connection import SmtpTimeouts
from digest.model import Channel, Delivery
from digest.model.message import RenderedEmail
from tests.faults.environment import CampaignRun
from tests.faults.score import Arrival, CampaignResult, CampaignScore, Promises, StoredUnit, add_scores, compute_score
from tests.faults.smtp_sink import is_complete_mail
from tests.faults.workers import QueuedBroadcast, Render, queued_broadcast
from tests.support.smtp_faults import RECIPIENT_STAGES, DropConnection, RawReply, SmtpFault, SmtpFaultStage
from tests.support.smtp_server import EXTENSIONS, SmtpServer

Stage = SmtpFaultStage
UNITS = 4
FILLER_LINES = 1_000_000

CODES_BY_REPLY = {
    421: ("", "4.3.2"),
    450: ("", "4.2.1", "4.7.0", "4.7.1"),
    451: ("", "4.3.0", "4.7.1"),
    452: ("", "4.2.2", "4.3.1", "4.5.3"),
    501: ("", "5.5.4"),
    530: ("", "5.7.0"),
    550: ("", "5.1.1", "5.2.1", "5.7.1"),
    551: ("5.1.6",),
    552: ("", "5.2.2", "5.3.4"),
    553: ("5.1.3",),
    554: ("", "5.2.3", "5.5.0", "5.6.0", "5.7.1"),
}

MINUTES_RANGE = (timedelta(minutes=3.9), timedelta(minutes=6.1))
SECONDS_RANGE = (timedelta(seconds=20), timedelta(seconds=45))
DAY_RANGE = (timedelta(hours=18), timedelta(hours=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutcome:
    """What the table promises of a cell: the states allowed, the person's tries, and the next one's hour."""

    states: frozenset[str]
    attempts: int | None = None
    wait: tuple[timedelta, timedelta] | None = None


def expected_outcome(stage: SmtpFaultStage, code: int, enhanced: str) -> ExpectedOutcome:  # noqa: PLR0911 - one return for each line of the table
    """Return what the table "Retries" of the specification says, line by line."""
    if code == 421 or enhanced == "4.3.2":
        return ExpectedOutcome(states=frozenset({"due"}), attempts=0, wait=SECONDS_RANGE)
    if code < 500 and (enhanced.startswith(("4.2.", "4.7.")) or (code in (450, 451) and not enhanced)):
        return ExpectedOutcome(states=frozenset({"due"}), attempts=1, wait=MINUTES_RANGE)
    if enhanced == "4.5.3" or (code == 452 and not enhanced and stage is Stage.RCPT):
        return ExpectedOutcome(states=frozenset({"due"}), attempts=0)
    if code < 500:
        return ExpectedOutcome(states=frozenset({"due"}))
    if stage is Stage.RCPT and (enhanced.startswith("5.1.") or enhanced == "5.2.1"):
        return ExpectedOutcome(states=frozenset({"gone"}))
    if stage is not Stage.MAIL and (enhanced == "5.2.2" or (code == 552 and not enhanced)):
        return ExpectedOutcome(states=frozenset({"due"}), attempts=1, wait=DAY_RANGE)
    if stage is Stage.MAIL or not enhanced or enhanced.startswith(("5.5.", "5.7.")):
        return ExpectedOutcome(states=frozenset({"refused"}), attempts=0)
    if enhanced in ("5.2.3", "5.3.4") or enhanced.startswith("5.6."):
        return ExpectedOutcome(states=frozenset({"refused", "due", "sent"}), attempts=0)
    return ExpectedOutcome(states=frozenset({"refused", "due", "gone"}))


async def check_smtp_replies(run: CampaignRun) -> CampaignResult:
    """F7: each reply at each command; the table, cell by cell, and everybody else's mail arrives."""
    cells = [
        (stage, code, enhanced)
        for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END)
        for code, several in CODES_BY_REPLY.items()
        for enhanced in several
    ]
    chosen = cells if run.size == "full" else sorted(run.rng.sample(cells, 16))
    promises, scores = Promises(), []
    async with queued_broadcast(UNITS, Channel.EMAIL) as mails:
        for stage, code, enhanced in chosen:
            words = " ".join(filter(None, (str(code), enhanced, "as ordered")))
            order = {stage: RawReply(raw=f"{words}\r\n".encode())}
            named = f"{stage} {code} {enhanced}".strip()
            fate = expected_outcome(stage, code, enhanced)
            scores.append(await _check_reply(run, mails, order, fate, promises, named))
    return promises.result("F7", f"SMTP replies, {len(chosen)} cells of the table", add_scores(scores))


async def check_smtp_drops(run: CampaignRun) -> CampaignResult:
    """F8: the connection is cut at every place; only after the dot is there doubt."""
    again, doubt = (ExpectedOutcome(states=frozenset({"due"})), ExpectedOutcome(states=frozenset({"uncertain"})))
    cells = [
        ({Stage.MAIL: DropConnection()}, again),
        ({Stage.RCPT: DropConnection()}, again),
        ({Stage.DATA: DropConnection()}, again),
        ({Stage.BODY: DropConnection()}, again),
        ({Stage.END: DropConnection(stored=False)}, doubt),
        ({Stage.END: DropConnection(stored=True)}, doubt),
        ({Stage.AFTER_END: DropConnection()}, ExpectedOutcome(states=frozenset({"sent"}))),
    ]
    promises = Promises()
    async with queued_broadcast(UNITS, Channel.EMAIL) as mails:
        heavy = replace(mails, render=_enlarge(mails.render))
        scores = [
            await _check_reply(
                run, heavy if Stage.BODY in order else mails, order, fate, promises, f"cut at {next(iter(order))}"
            )
            for order, fate in cells
        ]
    return promises.result("F8", "connection cut before, in, after the message", add_scores(scores), max_uncertain=2)


async def check_greylisting(run: CampaignRun) -> CampaignResult:
    """F10: everybody is told 451 for four minutes; the second try delivers all."""
    units = run.by_size(small=20, full=200)
    promises = Promises()
    async with (
        queued_broadcast(units, Channel.EMAIL) as mails,
        mails.open_copy() as office,
        SmtpServer(security=run.security) as server,
    ):
        for unit in mails.units:
            server.plan_reply(Stage.RCPT, 451, "4.7.1", "Greylisted, try again in 4 minutes", to=unit)
        postbox = build_sender(server)
        await office.send_due(postbox, width=4)
        waits = [(await office.delivery_status(unit))[1] for unit in mails.units[:20]]
        promises.check(min(waits) >= timedelta(minutes=4), f"tried again after {min(waits)}")
        office.clock.advance(timedelta(minutes=7))
        await office.send_due(postbox, width=4)
        await postbox.close()
        score = compute_score(
            mails.units, arrivals_of(server), office.env.outbox_rows, recovery_seconds=max(waits).total_seconds()
        )
        promises.check(len(server.messages) == units, "not all by the second try")
    return promises.result("F10", "greylisting for 4 minutes (the clock is moved)", score)


ODD_REPLIES: tuple[tuple[str, dict[SmtpFaultStage, SmtpFault]], ...] = (
    ("EHLO unknown", {Stage.EHLO: RawReply(raw=b"502 5.5.1 what?\r\n")}),
    ("many lines", {Stage.EHLO: RawReply(raw=b"".join(b"250-X-%d\r\n" % n for n in range(60)) + b"250 HELP\r\n")}),
    ("no text", {Stage.EHLO: RawReply(raw=b"250\r\n")}),
    ("words only", {Stage.EHLO: RawReply(raw=b"hello there\r\n")}),
    ("bytes", {Stage.EHLO: RawReply(raw=b"250-\xff\xfe\xc3\r\n250 \xe7\xbd\x91\r\n")}),
    ("10 KB in a line", {Stage.EHLO: RawReply(raw=b"250 " + b"x" * 10_000 + b"\r\n")}),
    ("10 KB in lines", {Stage.EHLO: RawReply(raw=b"250-" + b"y" * 70 + b"\r\n" + b"250-z\r\n" * 1400 + b"250 ok\r\n")}),
    ("a mad greeting", {Stage.GREETING: RawReply(raw=b"SSH-2.0-OpenSSH_9.2\r\n")}),
    ("a greeting of 10 KB", {Stage.GREETING: RawReply(raw=b"220 " + b"g" * 10_000 + b"\r\n")}),
    ("many lines after the dot", {Stage.END: RawReply(raw=b"250-2.0.0 taken\r\n250-2.0.0 really\r\n250 2.0.0 ok\r\n")}),
    ("10 KB after the dot", {Stage.END: RawReply(raw=b"250 2.0.0 " + b"q" * 10_000 + b"\r\n")}),
    ("words after RCPT", {Stage.RCPT: RawReply(raw=b"fine with me\r\n")}),
)

NONSENSE_REPLIES: tuple[tuple[SmtpFaultStage, bytes, str], ...] = (
    (Stage.MAIL, b"199 hm\r\n", "due"),
    (Stage.RCPT, b"354 go ahead\r\n", "due"),
    (Stage.RCPT, b"600 no\r\n", "due"),
    (Stage.DATA, b"250 2.1.5 Ok\r\n", "due"),
    (Stage.DATA, b"999 no\r\n", "due"),
    (Stage.END, b"999 5.7.1 no\r\n", "uncertain"),
    (Stage.END, b"354 go ahead\r\n", "uncertain"),
    (Stage.END, b"220 mx.example.org ESMTP\r\n", "uncertain"),
)
"""Codes outside 200 to 599 and replies out of step, and what becomes of the mail that meets them."""


async def check_odd_replies(run: CampaignRun) -> CampaignResult:
    """F11: replies that no standard foresees: sent, or one clear line; in doubt only after the dot."""
    promises, scores = Promises(), []
    lenient = ExpectedOutcome(states=frozenset({"sent", "due", "uncertain"}))
    async with queued_broadcast(UNITS, Channel.EMAIL) as mails:
        for name, order in ODD_REPLIES:
            scores.append(await _check_reply(run, mails, order, lenient, promises, name))
        for stage, raw, state in NONSENSE_REPLIES:
            order, fate = {stage: RawReply(raw=raw)}, ExpectedOutcome(states=frozenset({state}), attempts=0)
            scores.append(await _check_reply(run, mails, order, fate, promises, f"{stage} {raw[:3].decode()}"))
        bare = ExpectedOutcome(states=frozenset({"sent"}))
        scores.append(await _check_reply(run, mails, {}, bare, promises, "no extensions", extensions=()))
    return promises.result("F11", "replies bare, broken, of 10 KB, out of step", add_scores(scores), max_uncertain=5)


async def _check_reply(
    run: CampaignRun,
    queued: QueuedBroadcast,
    fault_order: Mapping[SmtpFaultStage, SmtpFault],
    expected: ExpectedOutcome,
    promises: Promises,
    name: str,
    *,
    extensions: tuple[str, ...] = EXTENSIONS,
) -> CampaignScore:
    """Let one mail meet a fault once; check its fate, then let time pass until everything is settled."""
    victim, *others = queued.units
    async with queued.open_copy() as office, SmtpServer(security=run.security, extensions=extensions) as server:
        for stage, fault in fault_order.items():
            arrange(server, stage, fault, to=victim)
        postbox = build_sender(server)
        await office.send_due(postbox)
        _check(*await office.delivery_status(victim), expected, promises, name)
        await office.send_until_idle(postbox)
        await postbox.close()
        rows = office.env.outbox_rows
        unsent = [row for row in rows if row.unit in others and row.state != "sent"]
        promises.check(not unsent, f"{name}: others wait: {unsent[:2]}")
        promises.check(all(_is_clear_reason(row.reason) for row in rows), f"{name}: a reason that is no clear line")
        return compute_score(queued.units, arrivals_of(server), rows)


def arrange(server: SmtpServer, stage: SmtpFaultStage, fault: SmtpFault, *, to: str) -> None:
    """Let a fault meet the mail to ``to``: until its recipient is told, on the first connection."""
    if stage in RECIPIENT_STAGES:
        server.plan_fault(stage, fault, to=to)
    else:
        server.plan_fault(stage, fault, connection=1)


def _enlarge(render: Render) -> Render:
    """Fill mails up beyond what the network holds, so that a cut in the body is met while writing it."""

    async def render_large(delivery: Delivery) -> Sequence[RenderedEmail]:
        (part,) = await render(delivery)
        head, blank, rest = part.raw.partition(b"\r\n\r\n")
        return (replace(part, raw=head + blank + b"filler\r\n" * FILLER_LINES + rest),)

    return render_large


def _check(row: StoredUnit, wait: timedelta, expected: ExpectedOutcome, promises: Promises, name: str) -> None:
    state, attempts = row.state, row.attempts
    promises.check(state in expected.states, f"{name}: {state}, promised {'/'.join(sorted(expected.states))}")
    if state == "due" and expected.attempts is not None:
        promises.check(attempts == expected.attempts, f"{name}: {attempts} tries counted")
    if state == "due" and expected.wait is not None:
        low, high = expected.wait
        promises.check(low <= wait <= high, f"{name}: waits {wait}")


def _is_clear_reason(reason: str | None) -> bool:
    return reason is None or (len(reason) <= 400 and reason.isprintable())


def build_sender(server: SmtpServer, *, timeouts: SmtpTimeouts | None = None) -> SmtpSender:
    """Return a postbox that hands mail to a server of the tests over at most four connections."""
    return SmtpSender(server.account, sender="digest@example.org", max_connections=4, timeouts=timeouts)


def arrivals_of(server: SmtpServer) -> list[Arrival]:
    """Return what the wire log of the strict server holds; messages stand in the order of its entries."""
    raw = iter([message.raw for message in server.messages])
    return [
        Arrival(
            unit=entry.to, accepted=entry.accepted, is_complete=is_complete_mail(next(raw)) if entry.accepted else True
        )
        for entry in server.wire
    ]
