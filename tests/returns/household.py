"""A reader with a chat and an address, a digest mailed to it, and what takes mail that comes back."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from digest.access import Key
from digest.bounces import read_return
from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.links import Purpose, hashed, token_of
from digest.message import MailPart
from digest.model import Announcement, Channel, Endpoint, EndpointState, Locale, Target
from digest.reason_texts import reason_in_english
from digest.render.mail_message import Envelope, MailIdentity, body, build
from digest.returns import Returns
from digest.store import Store
from digest.store.access import StoredKeys
from digest.store.reasons import read_reason
from digest.store.returns import StoredReturns
from digest.store.tables import bounces, endpoints
from digest.verp import Verp
from tests.bounces.mails import ANN, Sent
from tests.support.stores import TODAY, a_paper, membership_on, take_in

VERP = Verp(address="bounces@example.org", secret=b"for tests alone")
CHAT = Target.telegram(42)
TOKEN = token_of(b"for tests alone", Purpose.UNSUBSCRIBE, "a nonce")
IDENTITY = MailIdentity(sender_name="Us", from_address="digest@example.org", list_domain="example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Ann, her digest's delivery, and the desk where returns are taken."""

    store: Store
    clock: SetClock
    returns: Returns
    delivery: int
    key: str
    number: int

    @property
    def sent(self) -> Sent:
        """What was mailed to Ann, under the key of its delivery."""
        return Sent(sender=VERP.sender(self.delivery), message_id=self.as_mail().message_id)

    @property
    def sent_without_key(self) -> Sent:
        """The same as a server gives it back that lost the envelope's sender."""
        return Sent(sender="digest@example.org", message_id=self.as_mail().message_id)

    def as_mail(self) -> MailPart:
        """Build Ann's mail as the program does."""
        envelope = Envelope(
            to=ANN, subject="3 papers", key=self.key, kind="digest", locale=Locale.EN, created_at=self.clock()
        )
        return build(envelope, IDENTITY, VERP.secret, html=body("<p>x</p>"), text=body("x"))

    def tomorrow(self) -> None:
        """Let a day pass."""
        self.clock.forward(timedelta(days=1))

    async def ann(self) -> Endpoint:
        """Give Ann's address as it is now."""
        reader = await membership_on(self.store, self.clock).reader(CHAT)
        assert reader is not None
        return next(one for one in reader.endpoints if one.target == Target.email(ANN))

    async def state(self) -> EndpointState:
        """Give the state of Ann's address."""
        return (await self.ann()).state

    async def score(self) -> float:
        """Give the points against Ann's address."""
        async with self.store.database.reading() as connection:
            found = await connection.execute(
                select(endpoints.c.bounce_score).where(endpoints.c.id == self.number)
            )
            return float(found.scalar_one())

    async def why(self) -> str | None:
        """Give the reason of Ann's address."""
        async with self.store.database.reading() as connection:
            found = await connection.execute(select(endpoints).where(endpoints.c.id == self.number))
            return reason_in_english(read_reason(found.one())) or None

    async def noted(self) -> list[tuple[int | None, str, str]]:
        """Give endpoint, kind and detail of everything that came back."""
        async with self.store.database.reading() as connection:
            rows = await connection.execute(select(bounces).order_by(bounces.c.id))
            return [(row.endpoint_id, row.kind, row.reason_detail) for row in rows]

    async def told(self) -> list[str]:
        """Give what waits for Ann's chat to be told."""
        due = await self.store.outbox.claim(
            Channel.TELEGRAM, "a test", due=self.clock(), now=self.clock(), until=self.clock(), most=9
        )
        await self.store.outbox.release("a test")
        return [one.content.text for one in due if isinstance(one.content, Announcement)]

    async def queued(self) -> list[str]:
        """Give the states of what was to be mailed to Ann."""
        return [row.state for row in await self.store.outbox.rows() if row.target == Target.email(ANN)]


async def household(store: Store, clock: SetClock) -> Household:
    """Let Ann have today's digest waiting at both."""
    await take_in(store, TODAY, a_paper(1))
    people = membership_on(store, clock)
    await people.enrol([CHAT, Target.email(ANN)], None)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()
    row = next(one for one in await store.outbox.rows() if one.target == Target.email(ANN))
    reader = await people.reader(CHAT)
    assert reader is not None
    number = next(one.id for one in reader.endpoints if one.target == Target.email(ANN))
    key = Key(purpose=Purpose.UNSUBSCRIBE, nonce="a nonce", hash=hashed(TOKEN))
    await StoredKeys(store.database).keep(number, [key], clock())
    returns = Returns(
        book=StoredReturns(store.database), read=read_return, verp=VERP, clock=clock, threshold=3.0
    )
    return Household(store=store, clock=clock, returns=returns, delivery=row.id, key=row.key, number=number)


def lies_in(folder: Path, *mails: bytes) -> None:
    """Let mails lie in a folder, as files that are whole."""
    folder.mkdir(exist_ok=True)
    for number, raw in enumerate(mails):
        (folder / f"{number:05}.eml").write_bytes(raw)
