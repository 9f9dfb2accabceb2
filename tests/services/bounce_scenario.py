"""A reader with a chat and an address, a digest mailed to it, and what takes mail that comes back."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from digest.mail.bounces.parser import parse_bounce
from digest.model import Announcement, Channel, Endpoint, EndpointState, Locale, Target
from digest.model.clock import FixedClock
from digest.model.links import TokenPurpose, hash_token, make_token
from digest.model.message import RenderedEmail
from digest.model.verp import Verp
from digest.render.email.mime import EmailMetadata, SenderIdentity, build_email, encode_body
from digest.services.bounces import BounceService
from digest.services.editions import EditionService
from digest.services.email_links import LinkToken
from digest.storage import Store
from digest.storage.bounces import SqlBounces
from digest.storage.link_tokens import SqlLinkTokens
from digest.storage.tables import bounces, endpoints
from digest.storage.types import read_reason
from digest.text.reason_texts import reason_in_english
from tests.mail.bounces.sample_mails import ANN_ADDRESS, OriginalMail
from tests.support.database import TODAY, make_paper, save_report, subscription_service

VERP = Verp(address="bounces@example.org", secret=b"for tests alone")
CHAT = Target.telegram(42)
TOKEN = make_token(b"for tests alone", TokenPurpose.UNSUBSCRIBE, "a nonce")
IDENTITY = SenderIdentity(sender_name="Us", from_address="digest@example.org", list_domain="example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceScenario:
    """Ann, her digest's delivery, and the desk where returns are taken."""

    store: Store
    clock: FixedClock
    returns: BounceService
    delivery_id: int
    key: str
    endpoint_id: int

    @property
    def original(self) -> OriginalMail:
        """What was mailed to Ann, under the key of its delivery."""
        return OriginalMail(sender=VERP.envelope_sender(self.delivery_id), message_id=self.build_email().message_id)

    @property
    def original_without_verp(self) -> OriginalMail:
        """The same as a server gives it back that lost the envelope's sender."""
        return OriginalMail(sender="digest@example.org", message_id=self.build_email().message_id)

    def build_email(self) -> RenderedEmail:
        """Build Ann's mail as the program does."""
        envelope = EmailMetadata(
            recipient=ANN_ADDRESS,
            subject="3 papers",
            key=self.key,
            kind="digest",
            locale=Locale.EN,
            created_at=self.clock(),
        )
        return build_email(envelope, IDENTITY, VERP.secret, html=encode_body("<p>x</p>"), text=encode_body("x"))

    def advance_day(self) -> None:
        """Let a day pass."""
        self.clock.advance(timedelta(days=1))

    async def load_endpoint(self) -> Endpoint:
        """Return Ann's address as it is now."""
        reader = await subscription_service(self.store, self.clock).find_profile(CHAT)
        assert reader is not None
        return next(one for one in reader.endpoints if one.target == Target.email(ANN_ADDRESS))

    async def load_state(self) -> EndpointState:
        """Return the state of Ann's address."""
        return (await self.load_endpoint()).state

    async def load_score(self) -> float:
        """Return the points against Ann's address."""
        async with self.store.database.read_only() as connection:
            found = await connection.execute(select(endpoints.c.bounce_score).where(endpoints.c.id == self.endpoint_id))
            return float(found.scalar_one())

    async def load_reason(self) -> str | None:
        """Return the reason of Ann's address."""
        async with self.store.database.read_only() as connection:
            found = await connection.execute(select(endpoints).where(endpoints.c.id == self.endpoint_id))
            return reason_in_english(read_reason(found.one())) or None

    async def load_bounces(self) -> list[tuple[int | None, str, str]]:
        """Return endpoint, kind and detail of everything that came back."""
        async with self.store.database.read_only() as connection:
            rows = await connection.execute(select(bounces).order_by(bounces.c.id))
            return [(row.endpoint_id, row.kind, row.reason_detail) for row in rows]

    async def pending_notices(self) -> list[str]:
        """Return what waits for Ann's chat to be told."""
        due = await self.store.outbox.claim(
            Channel.TELEGRAM, "a test", due_at=self.clock(), now=self.clock(), until=self.clock(), limit=9
        )
        await self.store.outbox.release("a test")
        return [one.content.text for one in due if isinstance(one.content, Announcement)]

    async def email_states(self) -> list[str]:
        """Return the states of what was to be mailed to Ann."""
        return [
            row.state for row in await self.store.outbox.list_deliveries() if row.target == Target.email(ANN_ADDRESS)
        ]


async def create_bounce_scenario(store: Store, clock: FixedClock) -> BounceScenario:
    """Let Ann have today's digest waiting at both."""
    await save_report(store, TODAY, make_paper(1))
    people = subscription_service(store, clock)
    await people.add_subscriber([CHAT, Target.email(ANN_ADDRESS)], None)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()
    row = next(one for one in await store.outbox.list_deliveries() if one.target == Target.email(ANN_ADDRESS))
    reader = await people.find_profile(CHAT)
    assert reader is not None
    number = next(one.id for one in reader.endpoints if one.target == Target.email(ANN_ADDRESS))
    key = LinkToken(purpose=TokenPurpose.UNSUBSCRIBE, nonce="a nonce", hash=hash_token(TOKEN))
    await SqlLinkTokens(store.database).save_tokens(number, [key], clock())
    returns = BounceService(store=SqlBounces(store.database), read=parse_bounce, verp=VERP, clock=clock, threshold=3.0)
    return BounceScenario(
        store=store, clock=clock, returns=returns, delivery_id=row.id, key=row.key, endpoint_id=number
    )


def write_mails(folder: Path, *mails: bytes) -> None:
    """Let mails lie in a folder, as files that are whole."""
    folder.mkdir(exist_ok=True)
    for number, raw in enumerate(mails):
        (folder / f"{number:05}.eml").write_bytes(raw)
