"""Rows of the outbox: their columns and content, and how they leave it unsent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, case, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import (
    Announcement,
    Channel,
    DeliveryContent,
    DeliveryState,
    Digest,
    EndpointState,
    SignupConfirmation,
    VerificationCode,
)
from digest.model.reasons import Reason
from digest.storage.tables import Kind, endpoints, outbox, subscribers
from digest.storage.types import JsonText, reason_values

URGENT_PRIORITY = 0
"""Priority of what a person waits for."""

ALERT_PRIORITY = 5
DIGEST_PRIORITY = 10
BROADCAST_PRIORITY = 20

UNCLAIMED: dict[str, Any] = {"owner": None, "lease_until": None}
"""The change that ends a lease."""

CODE_ERASED: dict[str, Any] = {
    "content": case((outbox.c.kind.in_((Kind.CODE, Kind.OPT_IN)), literal({}, JsonText)), else_=outbox.c.content)
}
"""The change that forgets a code, or what a link is made of, once its mail has ended; other content stays."""

UNSENT = (DeliveryState.DUE, DeliveryState.LEASED)


def new_outbox_row(at: datetime) -> dict[str, Any]:
    """Return the columns of a row that enters the outbox, due at once."""
    return {
        "state": DeliveryState.DUE,
        "not_before": at,
        "attempts": 0,
        "claims": 0,
        "receipts": [],
        "shortened": False,
        "undelivered": False,
        "created_at": at,
    }


async def cancel_unsent(
    connection: AsyncConnection, condition: ColumnElement[bool], reason: Reason | None, at: datetime
) -> None:
    """Cancel rows that have not begun to be sent."""
    await connection.execute(
        update(outbox)
        .where(condition, outbox.c.settled_at.is_(None), outbox.c.state.in_(UNSENT))
        .values(state=DeliveryState.CANCELLED, settled_at=at, **reason_values(reason), **UNCLAIMED, **CODE_ERASED)
    )


async def unschedule_if_unreachable(connection: AsyncConnection, subscriber: int) -> None:
    """Take the next turn from a subscriber without an active endpoint; joining again gives it back."""
    listening = select(endpoints.c.id).where(
        endpoints.c.subscriber_id == subscriber, endpoints.c.state == EndpointState.ACTIVE
    )
    await connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber, ~listening.exists()).values(next_digest_at=None)
    )


async def deactivate_endpoint(
    connection: AsyncConnection,
    endpoint: int,
    reason: Reason | None,
    at: datetime,
    *,
    state: EndpointState = EndpointState.UNREACHABLE,
) -> bool:
    """Deactivate an active endpoint; its subscriber has no next digest if it was the last one.

    What waits for it is cancelled, whatever state it was in. Gives whether it was active.
    """
    ended = await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint, endpoints.c.state == EndpointState.ACTIVE)
        .values(state=state, **reason_values(reason))
        .returning(endpoints.c.id)
    )
    was_active = ended.first() is not None
    await cancel_unsent(connection, outbox.c.endpoint_id == endpoint, reason, at)
    owner = await connection.execute(select(endpoints.c.subscriber_id).where(endpoints.c.id == endpoint))
    number = owner.scalar_one_or_none()
    if number is not None:
        await unschedule_if_unreachable(connection, number)
    return was_active


async def queue_chat_notice(
    connection: AsyncConnection, endpoint: int, announcement: Announcement, at: datetime
) -> None:
    """Queue a line about an endpoint for every active chat of its reader."""
    own = endpoints.alias()
    reader = select(own.c.subscriber_id).where(own.c.id == endpoint).scalar_subquery()
    chats = await connection.execute(
        select(endpoints.c.id).where(
            endpoints.c.subscriber_id == reader,
            endpoints.c.channel == Channel.TELEGRAM,
            endpoints.c.state == EndpointState.ACTIVE,
        )
    )
    rows = [
        {
            "key": f"gone.{endpoint}.{at:%Y%m%dT%H%M%S%f}.n{chat}",
            "kind": Kind.ALERT,
            "endpoint_id": chat,
            "channel": Channel.TELEGRAM,
            "priority": ALERT_PRIORITY,
            "content": dump_content(announcement),
            **new_outbox_row(at),
        }
        for chat in chats.scalars()
    ]
    if rows:
        await connection.execute(insert(outbox), rows)


_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {
    Kind.DIGEST: TypeAdapter(Digest),
    Kind.BROADCAST: TypeAdapter(Announcement),
    Kind.CODE: TypeAdapter(VerificationCode),
    Kind.ALERT: TypeAdapter(Announcement),
    Kind.OPT_IN: TypeAdapter(SignupConfirmation),
}


def delivery_kind(content: DeliveryContent) -> Kind:
    """Return the kind of a delivery that carries this."""
    match content:
        case Digest():
            return Kind.DIGEST
        case Announcement():
            return Kind.BROADCAST
        case VerificationCode():
            return Kind.CODE
        case SignupConfirmation():
            return Kind.OPT_IN


def dump_content(content: DeliveryContent) -> Any:  # noqa: ANN401 - any JSON value
    """Return the document to store."""
    return _ADAPTERS[delivery_kind(content)].dump_python(content, mode="json", exclude_defaults=True)


def papers_in(document: Mapping[str, Any]) -> list[str]:
    """Return the ids of a stored digest's papers, without reading the rest of it; none of anything else.

    Here alone keys of a stored document are named; they are the field names of ``Digest`` and
    ``SelectedPaper``.
    """
    return [paper["paper_id"] for paper in document.get("papers", ())]


def load_content(kind: Kind, document: Any) -> DeliveryContent:  # noqa: ANN401 - any JSON value
    """Return the content that was stored."""
    content: DeliveryContent = _ADAPTERS[kind].validate_python(document)
    return content
