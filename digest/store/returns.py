"""Mails that came back and what they do to endpoints: the face that returns need."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.bounces import Against, scored
from digest.links import Purpose
from digest.model import Channel, EndpointState, Locale
from digest.reasons import Reason, ReasonCode
from digest.returns import Consequence, Ended, Kept, Note, Owner, Written
from digest.store.database import Database
from digest.store.queued import end_endpoint, tell_chats
from digest.store.reasons import reason_values
from digest.store.tables import bounces, endpoints, link_tokens, outbox, subscribers

REFUSED = "refused"
"""The verdict of a bounce that a mail server spoke while it had us on the line."""

_MOST_KEYS = 500

_OWNERS = (
    select(endpoints.c.id, endpoints.c.address, subscribers.c.locale)
    .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
    .where(endpoints.c.channel == Channel.EMAIL)
)


@dataclass(frozen=True, slots=True)
class StoredReturns:
    """Implements ``digest.returns.Book``."""

    database: Database

    async def of_delivery(self, number: int) -> Owner | None:
        """Give whom a delivery by mail went to."""
        query = _OWNERS.join(outbox, outbox.c.endpoint_id == endpoints.c.id).where(outbox.c.id == number)
        async with self.database.reading() as connection:
            return _owner((await connection.execute(query)).mappings().first())

    async def of_token(self, hash_: str) -> Owner | None:
        """Give whom the token for unsubscribing with this hash was mailed to."""
        query = _OWNERS.join(link_tokens, link_tokens.c.endpoint_id == endpoints.c.id).where(
            link_tokens.c.token_hash == hash_, link_tokens.c.purpose == Purpose.UNSUBSCRIBE
        )
        async with self.database.reading() as connection:
            return _owner((await connection.execute(query)).mappings().first())

    async def at_address(self, address: str) -> Written | None:
        """Give what was mailed to an address, the newest keys; None where nobody has it."""
        query = _OWNERS.where(endpoints.c.address == address, endpoints.c.state != EndpointState.PENDING)
        async with self.database.reading() as connection:
            owner = _owner((await connection.execute(query)).mappings().first())
            if owner is None:
                return None
            keys = await connection.execute(
                select(outbox.c.key)
                .where(outbox.c.endpoint_id == owner.endpoint)
                .order_by(outbox.c.id.desc())
                .limit(_MOST_KEYS)
            )
            return Written(owner=owner, keys=list(keys.scalars()))

    async def keep(self, note: Note, consequence: Consequence, at: datetime) -> Kept:
        """Note a mail and let its endpoint feel it; nothing happens for a fingerprint that is known."""

        async def work(connection: AsyncConnection) -> Kept:
            said = Reason(ReasonCode.BOUNCE_REPORT, note.detail)
            if not await _noted(connection, note.fingerprint, note.endpoint, note.verdict, said, at):
                return Kept.KNOWN
            if note.endpoint is None:
                return Kept.NOTED
            stopped = await _felt(connection, note.endpoint, consequence, at)
            return Kept.STOPPED if stopped else Kept.NOTED

        return await self.database.write(work)


async def refused(
    connection: AsyncConnection, endpoint: int, key: str, against: Against, at: datetime
) -> None:
    """Count a refusal that a mail server spoke about a recipient, as a bounce that came by mail counts.

    ``key`` tells one refusal from another.
    """
    if await _noted(connection, f"refused {key} {at.isoformat()}", endpoint, REFUSED, against.reason, at):
        await _count(connection, endpoint, against, at)


async def _noted(
    connection: AsyncConnection,
    fingerprint: str,
    endpoint: int | None,
    verdict: str,
    reason: Reason,
    at: datetime,
) -> bool:
    """Keep a row; False where it was kept before."""
    row = {
        "fingerprint": fingerprint,
        "endpoint_id": endpoint,
        "kind": verdict,
        **reason_values(reason),
        "received_at": at,
    }
    kept = upsert(bounces).values(**row).on_conflict_do_nothing().returning(bounces.c.id)
    return (await connection.execute(kept)).first() is not None


async def _felt(connection: AsyncConnection, endpoint: int, consequence: Consequence, at: datetime) -> bool:
    """Let an endpoint feel a mail; give whether it stopped."""
    match consequence:
        case Against():
            return await _count(connection, endpoint, consequence, at)
        case Ended(reason=reason):
            state = EndpointState.UNSUBSCRIBED
            return await end_endpoint(connection, endpoint, reason, at, state=state)
        case None:
            return False
        case forgotten:
            assert_never(forgotten)


async def _count(connection: AsyncConnection, endpoint: int, against: Against, at: datetime) -> bool:
    """Count a bounce; at the threshold the endpoint stops, and its reader hears of it.

    Then its points are forgotten: an address that comes back begins anew.
    """
    found = await connection.execute(
        select(endpoints.c.bounce_score, endpoints.c.last_bounce_at).where(endpoints.c.id == endpoint)
    )
    row = found.one()
    score = scored(row.bounce_score, row.last_bounce_at, at)
    why = against.reason.as_cause_of(ReasonCode.BOUNCED_TOO_OFTEN)
    stopped = score >= against.threshold and await end_endpoint(
        connection, endpoint, why, at, state=EndpointState.SUPPRESSED
    )
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(bounce_score=0.0 if stopped else score, last_bounce_at=max(at, row.last_bounce_at or at))
    )
    if stopped and against.tell:
        await tell_chats(connection, endpoint, against.tell, at)
    return stopped


def _owner(row: RowMapping | None) -> Owner | None:
    if row is None:
        return None
    return Owner(endpoint=row["id"], address=row["address"], locale=Locale.known(row["locale"]))
