"""When admins were last alerted of what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Announcement, DeliveryState, EndpointState, Locale, SubscriberProfile, Target
from digest.services.admin_alerts import AlertKind, RecentFailures
from digest.storage.app_state import select_state, set_state
from digest.storage.database import Database
from digest.storage.outbox_rows import ALERT_PRIORITY, dump_content, new_outbox_row
from digest.storage.subscriber_rows import find_profile
from digest.storage.tables import Kind, outbox
from digest.storage.types import read_reason

_DELIVERY_STATES = {
    AlertKind.DELIVERIES_UNCERTAIN: DeliveryState.UNCERTAIN,
    AlertKind.DELIVERIES_REFUSED: DeliveryState.REFUSED,
}
_REACHABLE_STATES = (EndpointState.ACTIVE, EndpointState.UNSUBSCRIBED)
"""An admin who wants no digests hears of what needs them all the same."""

_MAX_REASONS = 50
_DISTANT_PAST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SqlAdminAlerts:
    """Implements ``digest.services.admin_alerts.AlertStore``."""

    database: Database

    async def queue_alert(
        self,
        kind: AlertKind,
        admins: Sequence[Target],
        texts: Mapping[Locale, str],
        at: datetime,
        min_interval: timedelta,
    ) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            if await _last_sent_at(connection, kind) > at - min_interval:
                return False
            await connection.execute(set_state(_state_key(kind), at.isoformat()))
            seen: set[int] = set()
            for admin in admins:
                reader = await find_profile(connection, admin)
                if reader and reader.subscriber.id not in seen:
                    seen.add(reader.subscriber.id)
                    await _queue_alert(connection, kind, reader, texts, at)
            return True

        return await self.database.write(work)

    async def failures_since_alert(self, kind: AlertKind) -> RecentFailures:
        async with self.database.read_only() as connection:
            since = await _last_sent_at(connection, kind)
            ended = (outbox.c.state == _DELIVERY_STATES[kind], outbox.c.settled_at > since)
            n = (await connection.execute(select(func.count()).where(*ended))).scalar_one()
            newest = select(outbox).where(*ended, outbox.c.reason_code.is_not(None))
            newest = newest.order_by(outbox.c.settled_at.desc(), outbox.c.id.desc()).limit(_MAX_REASONS)
            rows = (await connection.execute(newest)).all()
            return RecentFailures(count=int(n), reasons=[reason for row in rows if (reason := read_reason(row))])


def _state_key(kind: AlertKind) -> str:
    return f"alert_sent.{kind}"


async def _last_sent_at(connection: AsyncConnection, kind: AlertKind) -> datetime:
    value = (await connection.execute(select_state(_state_key(kind)))).scalar_one_or_none()
    return datetime.fromisoformat(value) if value else _DISTANT_PAST


async def _queue_alert(
    connection: AsyncConnection, kind: AlertKind, profile: SubscriberProfile, texts: Mapping[Locale, str], at: datetime
) -> None:
    locale = profile.preferences.locale
    content = dump_content(Announcement(text=texts[locale], locale=locale, is_system=True))
    for endpoint in profile.endpoints:
        if endpoint.state not in _REACHABLE_STATES:
            continue
        await connection.execute(
            insert(outbox).values(
                key=f"alert.{kind}.{at:%Y%m%dT%H%M%S}.n{endpoint.id}",
                kind=Kind.ALERT,
                endpoint_id=endpoint.id,
                channel=endpoint.target.channel,
                priority=ALERT_PRIORITY,
                content=content,
                **new_outbox_row(at),
            )
        )
