"""Readers with a digest by email that waits, and a courier that hands it to a mail server of the tests."""

from collections.abc import Sequence
from datetime import timedelta

from digest.clock import SetClock
from digest.courier import Courier
from digest.deliver.smtp import SmtpPostbox
from digest.deliver.smtp_line import Timeouts
from digest.edition import EditionDesk
from digest.message import MailPart
from digest.model import Channel, Delivery, Target
from digest.store import Store
from tests.support.mail_server import MailServer
from tests.support.stores import TODAY, a_paper, membership_on, take_in

QUICK = Timeouts(connect=5, command=5, data=5, block=5, end=5)


async def digests_for(store: Store, clock: SetClock, *addresses: str) -> None:
    """Let each address have today's digest waiting."""
    await take_in(store, TODAY, a_paper(1))
    for address in addresses:
        await membership_on(store, clock).enrol([Target.email(address)], None)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()


async def as_mail(delivery: Delivery) -> Sequence[MailPart]:
    """Render a delivery as a mail that says how long it is."""
    size = "short" if delivery.shorter else "long"
    raw = f"Subject: papers\r\n\r\n{size}\r\n".encode()
    return (MailPart(raw=raw, message_id=f"<{delivery.key}@us>", subject="papers", html="", text=size),)


def courier_to(server: MailServer, store: Store, clock: SetClock) -> tuple[Courier[MailPart], SmtpPostbox]:
    """Give a courier that sends one mail after the other, and its postbox to be closed."""
    postbox = SmtpPostbox(server.account, sender="digest@example.org", connections=1, timeouts=QUICK)
    courier = Courier(
        channel=Channel.EMAIL,
        owner="one",
        outbox=store.outbox,
        postbox=postbox,
        render=as_mail,
        clock=clock,
        width=1,
    )
    return courier, postbox
