"""Everything that is kept about one reader, for their own eyes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.storage.reason_columns import read_reason
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
from digest.text.reason_texts import reason_in_english

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
