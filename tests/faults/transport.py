"""F24: what concerns mail holds without TLS, with STARTTLS and with TLS, for messages of every size."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from digest.deliver.smtp import SmtpPostbox
from digest.deliver.smtp_opening import Security
from digest.message import MailPart
from digest.model import Channel, Delivery
from tests.faults import hangs, kills, outages, poison, races, replies, sharing
from tests.faults.ground import Run
from tests.faults.office import Pattern, Render, pattern
from tests.faults.score import Promises, Result, Score, judge, together
from tests.faults.sink import Sink

Row = Callable[[Run], Awaitable[Result]]

SIZES = (1_000, 20_000, 65_000, 66_000, 100_000, 131_000, 200_000, 300_000)
"""Bytes of a message; Python's SSL transport counts in pieces of 65,536."""

ROWS: Mapping[str, Row] = {
    "F1": kills.killed,
    "F3": sharing.frozen,
    "F4": kills.terminated,
    "F6": sharing.two_services,
    "F7": replies.refused,
    "F8": replies.dropped,
    "F9": hangs.silent,
    "F10": replies.greylisted,
    "F11": replies.odd,
    "F19": poison.poisoned,
    "F20": races.leaving,
    "F25": outages.outage,
    "F28": outages.told_to_stop,
}
QUICK = ("F8", "F11")
CONNECTIONS = 2


async def every_security(run: Run) -> Result:
    """F24: the rows that concern mail in their small form, and a run of messages of many sizes."""
    promises, scores = Promises(), list[Score]()
    rows = {name: row for name, row in ROWS.items() if run.size == "full" or name in QUICK}
    for security in get_args(Security):
        scores.append(await _of_many_sizes(run, security, promises))
        for name, row in rows.items():
            result = await row(replace(run, size="small", security=security))
            for broken in result.broken:
                promises.hold(False, f"{name} over {security}: {broken}")  # noqa: FBT003 - it is broken
            scores.append(result.score)
    score = together(scores)
    # Each row has judged its own doubts.
    return promises.of("F24", "mail over none, STARTTLS, TLS", score, most_uncertain=score.uncertain)


async def _of_many_sizes(run: Run, security: Security, promises: Promises) -> Score:
    """Send messages of every size, several on a connection; all arrive whole."""
    units = run.pick(small=16, full=80)
    async with (
        pattern(units, Channel.EMAIL) as mails,
        mails.office() as office,
        Sink(wire_file=office.place.folder / "wire.jsonl", rng=run.rng, security=security) as sink,
    ):
        heavy = _filled(mails)
        postbox = SmtpPostbox(sink.account, sender="digest@example.org", connections=CONNECTIONS)
        await replace(office, render=heavy).send(postbox, width=CONNECTIONS)
        await postbox.close()
        promises.hold(
            sink.connections <= CONNECTIONS,
            f"{sink.connections} connections over {security} for {units} mails",
        )
        return judge(mails.units, sink.arrivals, office.place.rows)


def _filled(mails: Pattern) -> Render:
    """Fill each mail up to the next of the sizes."""
    number = iter(range(len(mails.units)))

    async def filled(delivery: Delivery) -> Sequence[MailPart]:
        (part,) = await mails.render(delivery)
        head, blank, rest = part.raw.partition(b"\r\n\r\n")
        missing = max(0, SIZES[next(number) % len(SIZES)] - len(part.raw))
        return (
            replace(
                part, raw=head + blank + b"." * 70 + b"\r\n" + (b"x" * 78 + b"\r\n") * (missing // 80) + rest
            ),
        )

    return filled
