"""Bounces and complaints, the endpoints that they deactivate, and suppressed addresses (as keyed hashes).

The key of the hashes is stored beside them, not in the settings: a new ``SECRET_KEY`` must not make erased
addresses reachable again.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, assert_never

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Locale, Target
from digest.model.bounce import BouncePenalty, decayed_score
from digest.model.links import TokenPurpose
from digest.model.reasons import Reason, ReasonCode
from digest.services.bounces import BounceRecord, Consequence, MailRecipient, RecordResult, SentMail, Unsubscribe
from digest.storage.app_state import get_or_create_secret, select_state
from digest.storage.database import Database
from digest.storage.outbox_rows import deactivate_endpoint, queue_chat_notice
from digest.storage.tables import bounces, endpoints, link_tokens, outbox, subscribers, suppressions
from digest.storage.types import reason_values

_KEY_NAME = "suppression_key"
_CHUNK = 1000


async def add_suppressions(connection: AsyncConnection, targets: Sequence[Target], at: datetime) -> None:
    """Store the hashes of erased targets."""
    await get_or_create_secret(connection, _KEY_NAME)
    for mark in (await _hash_targets(connection, targets)).values():
        await connection.execute(
            upsert(suppressions)
            .values(key_hash=mark, reason_code=ReasonCode.ERASED, suppressed_at=at)
            .on_conflict_do_nothing()
        )


async def remove_suppression(connection: AsyncConnection, target: Target) -> None:
    """Delete the hash of an erased target: its owner has come back by themselves."""
    marks = await _hash_targets(connection, [target])
    await connection.execute(delete(suppressions).where(suppressions.c.key_hash.in_(list(marks.values()))))


async def find_suppressed(connection: AsyncConnection, targets: Sequence[Target]) -> frozenset[Target]:
    """Return those of the targets that were erased."""
    marks = await _hash_targets(connection, targets)
    found: set[str] = set()
    wanted = list(marks.values())
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        rows = await connection.execute(select(suppressions.c.key_hash).where(suppressions.c.key_hash.in_(some)))
        found.update(rows.scalars())
    return frozenset(target for target, mark in marks.items() if mark in found)


async def _hash_targets(connection: AsyncConnection, targets: Collection[Target]) -> dict[Target, str]:
    """Return the hash of each target; empty as long as nobody was ever erased, for there is no key then."""
    key = (await connection.execute(select_state(_KEY_NAME))).scalar_one_or_none()
    if key is None:
        return {}
    return {target: hmac.new(key.encode(), _target_bytes(target), sha256).hexdigest() for target in targets}


def _target_bytes(target: Target) -> bytes:
    return f"{target.channel} {target.address}".encode()


SMTP_REJECTION = "refused"
"""The kind of a bounce that a mail server reported during the SMTP session."""

_MAX_KEYS = 500

_RECIPIENTS_QUERY = (
    select(endpoints.c.id, endpoints.c.address, subscribers.c.locale)
    .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
    .where(endpoints.c.channel == Channel.EMAIL)
)


@dataclass(frozen=True, slots=True)
class SqlBounces:
    """Implements ``digest.services.bounces.BounceStore``."""

    database: Database

    async def recipient_of_delivery(self, number: int) -> MailRecipient | None:
        query = _RECIPIENTS_QUERY.join(outbox, outbox.c.endpoint_id == endpoints.c.id).where(outbox.c.id == number)
        return _build_recipient(await self.database.fetch_one(query))

    async def recipient_of_token(self, hash_: str) -> MailRecipient | None:
        query = _RECIPIENTS_QUERY.join(link_tokens, link_tokens.c.endpoint_id == endpoints.c.id).where(
            link_tokens.c.token_hash == hash_, link_tokens.c.purpose == TokenPurpose.UNSUBSCRIBE
        )
        return _build_recipient(await self.database.fetch_one(query))

    async def find_sent_mail(self, address: str) -> SentMail | None:
        query = _RECIPIENTS_QUERY.where(endpoints.c.address == address, endpoints.c.state != EndpointState.PENDING)
        owner = _build_recipient(await self.database.fetch_one(query))
        if owner is None:
            return None
        mine = select(outbox.c.key).where(outbox.c.endpoint_id == owner.endpoint_id).order_by(outbox.c.id.desc())
        return SentMail(recipient=owner, keys=await self.database.scalars(mine.limit(_MAX_KEYS)))

    async def save_record(self, record: BounceRecord, consequence: Consequence, at: datetime) -> RecordResult:
        async def work(connection: AsyncConnection) -> RecordResult:
            said = Reason(ReasonCode.BOUNCE_REPORT, record.detail)
            if not await _insert_bounce(connection, record.fingerprint, record.endpoint_id, record.kind, said, at):
                return RecordResult.DUPLICATE
            if record.endpoint_id is None:
                return RecordResult.RECORDED
            stopped = await _apply_consequence(connection, record.endpoint_id, consequence, at)
            return RecordResult.DEACTIVATED if stopped else RecordResult.RECORDED

        return await self.database.write(work)


async def record_smtp_rejection(
    connection: AsyncConnection, endpoint: int, key: str, penalty: BouncePenalty, at: datetime
) -> None:
    """Count an SMTP rejection of a recipient as a bounce that came by email counts.

    ``key`` tells one refusal from another.
    """
    if await _insert_bounce(
        connection, f"refused {key} {at.isoformat()}", endpoint, SMTP_REJECTION, penalty.reason, at
    ):
        await _add_penalty(connection, endpoint, penalty, at)


async def _insert_bounce(
    connection: AsyncConnection, fingerprint: str, endpoint: int | None, verdict: str, reason: Reason, at: datetime
) -> bool:
    """Insert a row; return False if it is a duplicate."""
    row = {
        "fingerprint": fingerprint,
        "endpoint_id": endpoint,
        "kind": verdict,
        **reason_values(reason),
        "received_at": at,
    }
    kept = upsert(bounces).values(**row).on_conflict_do_nothing().returning(bounces.c.id)
    return (await connection.execute(kept)).first() is not None


async def _apply_consequence(
    connection: AsyncConnection, endpoint: int, consequence: Consequence, at: datetime
) -> bool:
    """Apply a bounce to its endpoint; return whether the endpoint was deactivated."""
    match consequence:
        case BouncePenalty():
            return await _add_penalty(connection, endpoint, consequence, at)
        case Unsubscribe(reason=reason):
            state = EndpointState.UNSUBSCRIBED
            return await deactivate_endpoint(connection, endpoint, reason, at, state=state)
        case None:
            return False
        case forgotten:
            assert_never(forgotten)


async def _add_penalty(connection: AsyncConnection, endpoint: int, penalty: BouncePenalty, at: datetime) -> bool:
    """Count a bounce; at the threshold the endpoint is deactivated and its subscriber notified.

    Its score is then reset: an address that comes back starts from zero.
    """
    found = await connection.execute(
        select(endpoints.c.bounce_score, endpoints.c.last_bounce_at).where(endpoints.c.id == endpoint)
    )
    row = found.one()
    score = decayed_score(row.bounce_score, row.last_bounce_at, at)
    why = penalty.reason.as_cause_of(ReasonCode.BOUNCED_TOO_OFTEN)
    stopped = score >= penalty.threshold and await deactivate_endpoint(
        connection, endpoint, why, at, state=EndpointState.SUPPRESSED
    )
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(bounce_score=0.0 if stopped else score, last_bounce_at=max(at, row.last_bounce_at or at))
    )
    if stopped and penalty.notice:
        await queue_chat_notice(connection, endpoint, penalty.notice, at)
    return stopped


def _build_recipient(row: Row[Any] | None) -> MailRecipient | None:
    if row is None:
        return None
    return MailRecipient(endpoint_id=row.id, address=row.address, locale=Locale.from_code(row.locale))
