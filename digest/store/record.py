"""Everything that is kept about one reader, for their own eyes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.store.tables import (
    bounces,
    email_codes,
    endpoints,
    link_keys,
    listings,
    opt_ins,
    outbox,
    papers,
    saved,
    searches,
    subscriber_domains,
    subscribers,
    votes,
)

_SECRET = frozenset({"hash", "nonce", "code", "code_hash", "fingerprint", "owner"})
"""Columns, and parts of a mail's content, that say nothing about a person and open something."""


async def record_of(connection: AsyncConnection, number: int) -> Mapping[str, Any]:
    """Give the rows of every table that belong to a reader, as JSON values under the table's name."""
    places = select(endpoints.c.id).where(endpoints.c.subscriber_id == number)
    addresses = select(endpoints.c.address).where(endpoints.c.subscriber_id == number)
    queries: dict[str, Select[Any]] = {
        "subscriber": select(subscribers).where(subscribers.c.id == number),
        "domains": select(subscriber_domains).where(subscriber_domains.c.subscriber_id == number),
        "endpoints": select(endpoints).where(endpoints.c.subscriber_id == number),
        "deliveries": select(outbox).where(outbox.c.endpoint_id.in_(places)).order_by(outbox.c.id),
        "bounces": select(bounces).where(bounces.c.endpoint_id.in_(places)),
        "links": select(link_keys).where(link_keys.c.endpoint_id.in_(places)),
        "listings": select(listings).where(listings.c.address.in_(addresses)),
        "searches": select(searches).where(searches.c.address.in_(addresses)),
        "codes": select(email_codes).where(email_codes.c.subscriber_id == number),
        "saved": select(papers.c.id.label("paper"), saved.c.at)
        .join(saved, saved.c.paper_seq == papers.c.seq)
        .where(saved.c.subscriber_id == number)
        .order_by(saved.c.at),
        "votes": select(papers.c.id.label("paper"), votes.c.vote, votes.c.at)
        .join(votes, votes.c.paper_seq == papers.c.seq)
        .where(votes.c.subscriber_id == number)
        .order_by(votes.c.at),
        "sign_ups": select(opt_ins).where(opt_ins.c.subscriber_id == number),
    }
    found = {name: (await connection.execute(query)).all() for name, query in queries.items()}
    return {name: [_as_json(row) for row in rows] for name, rows in found.items()}


def _as_json(row: Row[Any]) -> dict[str, Any]:
    return _open_parts(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


def _open_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items() if name not in _SECRET}


def _value(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, Mapping):
        return _open_parts(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
