"""F7, F8, F10 and F11: what mail servers answer, or fail to, at each command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from digest.deliver.smtp import SmtpPostbox
from digest.deliver.smtp_line import Timeouts
from digest.message import MailPart
from digest.model import Channel, Delivery
from tests.faults.ground import Run
from tests.faults.office import Pattern, Render, pattern
from tests.faults.score import Arrival, Kept, Promises, Result, Score, judge, together
from tests.faults.sink import is_whole
from tests.support.mail_faults import AT_A_RECIPIENT, Drop, MailFault, MailStage, Say
from tests.support.mail_server import EXTENSIONS, MailServer

S = MailStage
UNITS = 4
FILLER_LINES = 1_000_000

CODES = {
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

MINUTES = (timedelta(minutes=3.9), timedelta(minutes=6.1))
SECONDS = (timedelta(seconds=20), timedelta(seconds=45))
A_DAY = (timedelta(hours=18), timedelta(hours=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What the table promises of a cell: the states allowed, the person's tries, and the next one's hour."""

    states: frozenset[str]
    attempts: int | None = None
    wait: tuple[timedelta, timedelta] | None = None


def promised(stage: MailStage, code: int, enhanced: str) -> Fate:  # noqa: PLR0911 - one return for each line of the table
    """Give what the table "Retries" of the specification says, line by line."""
    if code == 421 or enhanced == "4.3.2":
        return Fate(states=frozenset({"due"}), attempts=0, wait=SECONDS)
    if code < 500 and (enhanced.startswith(("4.2.", "4.7.")) or (code in (450, 451) and not enhanced)):
        return Fate(states=frozenset({"due"}), attempts=1, wait=MINUTES)
    if enhanced == "4.5.3" or (code == 452 and not enhanced and stage is S.RCPT):
        return Fate(states=frozenset({"due"}), attempts=0)
    if code < 500:
        return Fate(states=frozenset({"due"}))
    if stage is S.RCPT and (enhanced.startswith("5.1.") or enhanced == "5.2.1"):
        return Fate(states=frozenset({"gone"}))
    if stage is not S.MAIL and (enhanced == "5.2.2" or (code == 552 and not enhanced)):
        return Fate(states=frozenset({"due"}), attempts=1, wait=A_DAY)
    if stage is S.MAIL or not enhanced or enhanced.startswith(("5.5.", "5.7.")):
        return Fate(states=frozenset({"refused"}), attempts=0)
    if enhanced in ("5.2.3", "5.3.4") or enhanced.startswith("5.6."):
        return Fate(states=frozenset({"refused", "due", "sent"}), attempts=0)
    return Fate(states=frozenset({"refused", "due", "gone"}))


async def refused(run: Run) -> Result:
    """F7: each reply at each command; the table, cell by cell, and everybody else's mail arrives."""
    cells = [
        (stage, code, enhanced)
        for stage in (S.MAIL, S.RCPT, S.DATA, S.END)
        for code, several in CODES.items()
        for enhanced in several
    ]
    chosen = cells if run.size == "full" else sorted(run.rng.sample(cells, 16))
    promises, scores = Promises(), []
    async with pattern(UNITS, Channel.EMAIL) as mails:
        for stage, code, enhanced in chosen:
            words = " ".join(filter(None, (str(code), enhanced, "as ordered")))
            order = {stage: Say(raw=f"{words}\r\n".encode())}
            named = f"{stage} {code} {enhanced}".strip()
            fate = promised(stage, code, enhanced)
            scores.append(await _cell(run, mails, order, fate, promises, named))
    return promises.of("F7", f"SMTP replies, {len(chosen)} cells of the table", together(scores))


async def dropped(run: Run) -> Result:
    """F8: the connection is cut at every place; only after the dot is there doubt."""
    again, doubt = Fate(states=frozenset({"due"})), Fate(states=frozenset({"uncertain"}))
    cells = [
        ({S.MAIL: Drop()}, again),
        ({S.RCPT: Drop()}, again),
        ({S.DATA: Drop()}, again),
        ({S.BODY: Drop()}, again),
        ({S.END: Drop(stored=False)}, doubt),
        ({S.END: Drop(stored=True)}, doubt),
        ({S.AFTER: Drop()}, Fate(states=frozenset({"sent"}))),
    ]
    promises = Promises()
    async with pattern(UNITS, Channel.EMAIL) as mails:
        heavy = replace(mails, render=_heavy(mails.render))
        scores = [
            await _cell(
                run, heavy if S.BODY in order else mails, order, fate, promises, f"cut at {next(iter(order))}"
            )
            for order, fate in cells
        ]
    return promises.of(
        "F8", "connection cut before, in, after the message", together(scores), most_uncertain=2
    )


async def greylisted(run: Run) -> Result:
    """F10: everybody is told 451 for four minutes; the second try delivers all."""
    units = run.pick(small=20, full=200)
    promises = Promises()
    async with (
        pattern(units, Channel.EMAIL) as mails,
        mails.office() as office,
        MailServer(security=run.security) as server,
    ):
        for unit in mails.units:
            server.answer(S.RCPT, 451, "4.7.1", "Greylisted, try again in 4 minutes", to=unit)
        postbox = postbox_to(server)
        await office.send(postbox, width=4)
        waits = [(await office.fate(unit))[1] for unit in mails.units[:20]]
        promises.hold(min(waits) >= timedelta(minutes=4), f"tried again after {min(waits)}")
        office.clock.forward(timedelta(minutes=7))
        await office.send(postbox, width=4)
        await postbox.close()
        score = judge(
            mails.units, arrivals_of(server), office.place.rows, recovered=max(waits).total_seconds()
        )
        promises.hold(len(server.messages) == units, "not all by the second try")
    return promises.of("F10", "greylisting for 4 minutes (the clock is moved)", score)


ODD_REPLIES: tuple[tuple[str, dict[MailStage, MailFault]], ...] = (
    ("EHLO unknown", {S.EHLO: Say(raw=b"502 5.5.1 what?\r\n")}),
    ("many lines", {S.EHLO: Say(raw=b"".join(b"250-X-%d\r\n" % n for n in range(60)) + b"250 HELP\r\n")}),
    ("no text", {S.EHLO: Say(raw=b"250\r\n")}),
    ("words only", {S.EHLO: Say(raw=b"hello there\r\n")}),
    ("bytes", {S.EHLO: Say(raw=b"250-\xff\xfe\xc3\r\n250 \xe7\xbd\x91\r\n")}),
    ("10 KB in a line", {S.EHLO: Say(raw=b"250 " + b"x" * 10_000 + b"\r\n")}),
    (
        "10 KB in lines",
        {S.EHLO: Say(raw=b"250-" + b"y" * 70 + b"\r\n" + b"250-z\r\n" * 1400 + b"250 ok\r\n")},
    ),
    ("a mad greeting", {S.GREETING: Say(raw=b"SSH-2.0-OpenSSH_9.2\r\n")}),
    ("a greeting of 10 KB", {S.GREETING: Say(raw=b"220 " + b"g" * 10_000 + b"\r\n")}),
    (
        "many lines after the dot",
        {S.END: Say(raw=b"250-2.0.0 taken\r\n250-2.0.0 really\r\n250 2.0.0 ok\r\n")},
    ),
    ("10 KB after the dot", {S.END: Say(raw=b"250 2.0.0 " + b"q" * 10_000 + b"\r\n")}),
    ("words after RCPT", {S.RCPT: Say(raw=b"fine with me\r\n")}),
)

NONSENSE: tuple[tuple[MailStage, bytes, str], ...] = (
    (S.MAIL, b"199 hm\r\n", "due"),
    (S.RCPT, b"354 go ahead\r\n", "due"),
    (S.RCPT, b"600 no\r\n", "due"),
    (S.DATA, b"250 2.1.5 Ok\r\n", "due"),
    (S.DATA, b"999 no\r\n", "due"),
    (S.END, b"999 5.7.1 no\r\n", "uncertain"),
    (S.END, b"354 go ahead\r\n", "uncertain"),
    (S.END, b"220 mx.example.org ESMTP\r\n", "uncertain"),
)
"""Codes outside 200 to 599 and replies out of step, and what becomes of the mail that meets them."""


async def odd(run: Run) -> Result:
    """F11: replies that no standard foresees: sent, or one clear line; in doubt only after the dot."""
    promises, scores = Promises(), []
    lenient = Fate(states=frozenset({"sent", "due", "uncertain"}))
    async with pattern(UNITS, Channel.EMAIL) as mails:
        for name, order in ODD_REPLIES:
            scores.append(await _cell(run, mails, order, lenient, promises, name))
        for stage, raw, state in NONSENSE:
            order, fate = {stage: Say(raw=raw)}, Fate(states=frozenset({state}), attempts=0)
            scores.append(await _cell(run, mails, order, fate, promises, f"{stage} {raw[:3].decode()}"))
        bare = Fate(states=frozenset({"sent"}))
        scores.append(await _cell(run, mails, {}, bare, promises, "no extensions", extensions=()))
    return promises.of(
        "F11", "replies bare, broken, of 10 KB, out of step", together(scores), most_uncertain=5
    )


async def _cell(
    run: Run,
    mails: Pattern,
    order: Mapping[MailStage, MailFault],
    fate: Fate,
    promises: Promises,
    name: str,
    *,
    extensions: tuple[str, ...] = EXTENSIONS,
) -> Score:
    """Let one mail meet a fault once; check its fate, then let time pass until everything is settled."""
    victim, *others = mails.units
    async with mails.office() as office, MailServer(security=run.security, extensions=extensions) as server:
        for stage, fault in order.items():
            arrange(server, stage, fault, to=victim)
        postbox = postbox_to(server)
        await office.send(postbox)
        _check(*await office.fate(victim), fate, promises, name)
        await office.send_all(postbox)
        await postbox.close()
        rows = office.place.rows
        unsent = [row for row in rows if row.unit in others and row.state != "sent"]
        promises.hold(not unsent, f"{name}: others wait: {unsent[:2]}")
        promises.hold(all(_is_clear(row.reason) for row in rows), f"{name}: a reason that is no clear line")
        return judge(mails.units, arrivals_of(server), rows)


def arrange(server: MailServer, stage: MailStage, fault: MailFault, *, to: str) -> None:
    """Let a fault meet the mail to ``to``: until its recipient is told, on the first connection."""
    if stage in AT_A_RECIPIENT:
        server.order(stage, fault, to=to)
    else:
        server.order(stage, fault, connection=1)


def _heavy(render: Render) -> Render:
    """Fill mails up beyond what the network holds, so that a cut in the body is met while writing it."""

    async def filled(delivery: Delivery) -> Sequence[MailPart]:
        (part,) = await render(delivery)
        head, blank, rest = part.raw.partition(b"\r\n\r\n")
        return (replace(part, raw=head + blank + b"filler\r\n" * FILLER_LINES + rest),)

    return filled


def _check(kept: Kept, wait: timedelta, fate: Fate, promises: Promises, name: str) -> None:
    state, attempts = kept.state, kept.attempts
    promises.hold(state in fate.states, f"{name}: {state}, promised {'/'.join(sorted(fate.states))}")
    if state == "due" and fate.attempts is not None:
        promises.hold(attempts == fate.attempts, f"{name}: {attempts} tries counted")
    if state == "due" and fate.wait is not None:
        low, high = fate.wait
        promises.hold(low <= wait <= high, f"{name}: waits {wait}")


def _is_clear(reason: str | None) -> bool:
    return reason is None or (len(reason) <= 400 and reason.isprintable())


def postbox_to(server: MailServer, *, timeouts: Timeouts | None = None) -> SmtpPostbox:
    """Give a postbox that hands mail to a server of the tests over at most four connections."""
    return SmtpPostbox(server.account, sender="digest@example.org", connections=4, timeouts=timeouts)


def arrivals_of(server: MailServer) -> list[Arrival]:
    """Give what the wire log of the strict server holds; messages stand in the order of its entries."""
    raw = iter([message.raw for message in server.messages])
    return [
        Arrival(unit=entry.to, accepted=entry.accepted, whole=is_whole(next(raw)) if entry.accepted else True)
        for entry in server.wire
    ]
