"""One subscriber for an admin, and the export of all their data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel
from digest.services.admin import EndpointDetails, SubscriberDetails
from digest.storage.database import Database
from digest.storage.outbox import build_delivery_row, delivery_query
from digest.storage.subscriber_rows import build_endpoint, load_profile
from digest.storage.tables import (
    bounces,
    email_codes,
    endpoints,
    last_lists,
    last_searches,
    link_tokens,
    outbox,
    papers,
    pending_signups,
    saved_papers,
    subscriber_domains,
    subscribers,
    votes,
)
from digest.storage.types import read_reason
from digest.text.reason_texts import reason_in_english

_MAX_DELIVERIES = 10
_MAX_SUBSCRIBERS = 5


@dataclass(frozen=True, slots=True)
class SqlSubscriberDetails:
    """Implements ``digest.services.admin.subscriber_details.SubscriberDetailsStore``."""

    database: Database

    async def find_by_address(self, channel: Channel, address: str) -> Sequence[SubscriberDetails]:
        owners = (
            select(endpoints.c.subscriber_id)
            .where(endpoints.c.channel == channel, endpoints.c.address == address)
            .distinct()
            .order_by(endpoints.c.subscriber_id)
            .limit(_MAX_SUBSCRIBERS)
        )
        async with self.database.read_only() as connection:
            numbers = (await connection.execute(owners)).scalars().all()
            return [await _load_details(connection, number) for number in numbers]

    async def find_by_id(self, number: int) -> SubscriberDetails | None:
        async with self.database.read_only() as connection:
            known = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await _load_details(connection, number) if known.first() else None


async def _load_details(connection: AsyncConnection, subscriber_id: int) -> SubscriberDetails:
    mine = endpoints.c.subscriber_id == subscriber_id
    places = await connection.execute(select(endpoints).where(mine).order_by(endpoints.c.id))
    sent = await connection.execute(delivery_query().where(mine).order_by(outbox.c.id.desc()).limit(_MAX_DELIVERIES))
    kept = await connection.execute(select(func.count()).where(saved_papers.c.subscriber_id == subscriber_id))
    return SubscriberDetails(
        profile=await load_profile(connection, subscriber_id),
        endpoints=[
            EndpointDetails(endpoint=build_endpoint(row), since=row.created_at, reason=read_reason(row))
            for row in places
        ],
        deliveries=[build_delivery_row(row) for row in sent],
        saved_count=kept.scalar_one(),
    )


_SECRET_FIELDS = frozenset({"hash", "token_hash", "nonce", "code", "code_hash", "fingerprint", "owner"})
"""Columns, and parts of a mail's content, that say nothing about a person and open something."""


async def collect_data(connection: AsyncConnection, subscriber_id: int) -> Mapping[str, Any]:
    """Return the rows of every table that belong to a reader, as JSON values under the table's name."""
    places = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscriber_id)
    addresses = select(endpoints.c.address).where(endpoints.c.subscriber_id == subscriber_id)
    queries: dict[str, Select[Any]] = {
        "subscriber": select(subscribers).where(subscribers.c.id == subscriber_id),
        "domains": select(subscriber_domains).where(subscriber_domains.c.subscriber_id == subscriber_id),
        "endpoints": select(endpoints).where(endpoints.c.subscriber_id == subscriber_id),
        "deliveries": select(outbox).where(outbox.c.endpoint_id.in_(places)).order_by(outbox.c.id),
        "bounces": select(bounces).where(bounces.c.endpoint_id.in_(places)),
        "links": select(link_tokens).where(link_tokens.c.endpoint_id.in_(places)),
        "listings": select(last_lists).where(last_lists.c.address.in_(addresses)),
        "searches": select(last_searches).where(last_searches.c.address.in_(addresses)),
        "codes": select(email_codes).where(email_codes.c.subscriber_id == subscriber_id),
        "saved": select(papers.c.id.label("paper"), saved_papers.c.saved_at.label("at"))
        .join(saved_papers, saved_papers.c.paper_seq == papers.c.seq)
        .where(saved_papers.c.subscriber_id == subscriber_id)
        .order_by(saved_papers.c.saved_at),
        "votes": select(papers.c.id.label("paper"), votes.c.vote, votes.c.voted_at.label("at"))
        .join(votes, votes.c.paper_seq == papers.c.seq)
        .where(votes.c.subscriber_id == subscriber_id)
        .order_by(votes.c.voted_at),
        "sign_ups": select(pending_signups).where(pending_signups.c.subscriber_id == subscriber_id),
    }
    found = {name: (await connection.execute(query)).all() for name, query in queries.items()}
    return {name: [_row_to_json(row) for row in rows] for name, rows in found.items()}


def _row_to_json(row: Row[Any]) -> dict[str, Any]:
    values = _without_secrets(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
    return values | {"reason": reason_in_english(read_reason(row)) or None} if "reason_code" in values else values


def _without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _to_json_value(value) for name, value in values.items() if name not in _SECRET_FIELDS}


def _to_json_value(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, Mapping):
        return _without_secrets(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
