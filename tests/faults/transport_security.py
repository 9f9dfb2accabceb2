"""F24: what concerns mail holds without TLS, with STARTTLS and with TLS, for messages of every size."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from digest.mail.sender import SmtpSender
from digest.mail.smtp_connect import SmtpSecurity
from digest.model import Channel, Delivery
from digest.model.message import RenderedEmail
from tests.faults import kills, leaving_subscribers, outages, poison, shared_database, smtp_hangs, smtp_replies
from tests.faults.environment import CampaignRun
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.smtp_sink import SmtpSink
from tests.faults.workers import QueuedBroadcast, Render, queued_broadcast

RowFunction = Callable[[CampaignRun], Awaitable[CampaignResult]]

MESSAGE_SIZES = (1_000, 20_000, 65_000, 66_000, 100_000, 131_000, 200_000, 300_000)
"""Bytes of a message; Python's SSL transport counts in pieces of 65,536."""

ROWS: Mapping[str, RowFunction] = {
    "F1": kills.check_sigkill,
    "F3": shared_database.check_frozen_sender,
    "F4": kills.check_sigterm,
    "F6": shared_database.check_two_services,
    "F7": smtp_replies.check_smtp_replies,
    "F8": smtp_replies.check_smtp_drops,
    "F9": smtp_hangs.check_smtp_hangs,
    "F10": smtp_replies.check_greylisting,
    "F11": smtp_replies.check_odd_replies,
    "F19": poison.check_poison_unit,
    "F20": leaving_subscribers.check_leaving_readers,
    "F25": outages.check_outage,
    "F28": outages.check_stop_while_busy,
}
QUICK_ROWS = ("F8", "F11")
CONNECTIONS = 2


async def check_transport_security(run: CampaignRun) -> CampaignResult:
    """F24: the rows that concern mail in their small form, and a run of messages of many sizes."""
    promises, scores = Promises(), list[CampaignScore]()
    rows = {name: row for name, row in ROWS.items() if run.size == "full" or name in QUICK_ROWS}
    for security in get_args(SmtpSecurity):
        scores.append(await _send_many_sizes(run, security, promises))
        for name, row in rows.items():
            result = await row(replace(run, size="small", security=security))
            for broken in result.broken_promises:
                promises.check(False, f"{name} over {security}: {broken}")  # noqa: FBT003 - it is broken
            scores.append(result.score)
    score = add_scores(scores)
    # Each row has judged its own doubts.
    return promises.result("F24", "mail over none, STARTTLS, TLS", score, max_uncertain=score.uncertain)


async def _send_many_sizes(run: CampaignRun, security: SmtpSecurity, promises: Promises) -> CampaignScore:
    """Send messages of every size, several on a connection; all arrive whole."""
    units = run.by_size(small=16, full=80)
    async with (
        queued_broadcast(units, Channel.EMAIL) as mails,
        mails.open_copy() as office,
        SmtpSink(wire_file=office.env.folder / "wire.jsonl", rng=run.rng, security=security) as sink,
    ):
        heavy = _pad_emails(mails)
        postbox = SmtpSender(sink.account, sender="digest@example.org", max_connections=CONNECTIONS)
        await replace(office, render=heavy).send_due(postbox, width=CONNECTIONS)
        await postbox.close()
        promises.check(
            sink.connection_count <= CONNECTIONS,
            f"{sink.connection_count} connections over {security} for {units} mails",
        )
        return compute_score(mails.units, sink.arrivals, office.env.outbox_rows)


def _pad_emails(plain_emails: QueuedBroadcast) -> Render:
    """Fill each mail up to the next of the sizes."""
    number = iter(range(len(plain_emails.units)))

    async def render_padded(delivery: Delivery) -> Sequence[RenderedEmail]:
        (part,) = await plain_emails.render(delivery)
        head, blank, rest = part.raw.partition(b"\r\n\r\n")
        missing = max(0, MESSAGE_SIZES[next(number) % len(MESSAGE_SIZES)] - len(part.raw))
        return (replace(part, raw=head + blank + b"." * 70 + b"\r\n" + (b"x" * 78 + b"\r\n") * (missing // 80) + rest),)

    return render_padded
