"""Readers with a digest by email that waits, and a courier that hands it to a mail server of the tests."""

from collections.abc import Sequence
from datetime import timedelta

from digest.mail.sender import SmtpSender
from digest.mail.smtp_connection import SmtpTimeouts
from digest.model import Channel, Delivery, Target
from digest.model.clock import FixedClock
from digest.model.message import RenderedEmail
from digest.services.delivery import DeliveryWorker
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import TODAY, make_paper, save_report, subscription_service
from tests.support.smtp_server import SmtpServer

SHORT_TIMEOUTS = SmtpTimeouts(connect=5, command=5, data=5, block=5, end=5)


async def queue_digests(store: Store, clock: FixedClock, *addresses: str) -> None:
    """Let each address have today's digest waiting."""
    await save_report(store, TODAY, make_paper(1))
    for address in addresses:
        await subscription_service(store, clock).add_subscriber([Target.email(address)], None)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()


async def render_short_email(delivery: Delivery) -> Sequence[RenderedEmail]:
    """Render a delivery as a mail that says how long it is."""
    size = "short" if delivery.shortened else "long"
    raw = f"Subject: papers\r\n\r\n{size}\r\n".encode()
    return (RenderedEmail(raw=raw, message_id=f"<{delivery.key}@us>", subject="papers", html="", text=size),)


def build_email_worker(
    server: SmtpServer, store: Store, clock: FixedClock
) -> tuple[DeliveryWorker[RenderedEmail], SmtpSender]:
    """Return a courier that sends one mail after the other, and its postbox to be closed."""
    postbox = SmtpSender(server.account, sender="digest@example.org", max_connections=1, timeouts=SHORT_TIMEOUTS)
    courier = DeliveryWorker(
        channel=Channel.EMAIL,
        owner="one",
        outbox=store.outbox,
        sender=postbox,
        render=render_short_email,
        clock=clock,
        concurrency=1,
    )
    return courier, postbox
