"""What admins were told and when: the face that alerts need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.alerts import Cause, Ends
from digest.model import Announcement, DeliveryState, EndpointState, Locale, Reader, Target
from digest.store.content import dump
from digest.store.database import Database
from digest.store.queued import ALERT_PRIORITY, new_row
from digest.store.readers import reader_at
from digest.store.reasons import read_reason
from digest.store.tables import Kind, app_state, outbox

_STATES = {Cause.UNCERTAIN: DeliveryState.UNCERTAIN, Cause.REFUSED: DeliveryState.REFUSED}
_REACHED = (EndpointState.ACTIVE, EndpointState.UNSUBSCRIBED)
"""An admin who wants no digests hears of what needs them all the same."""

_MOST_REASONS = 50
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredAlerts:
    """Implements ``digest.alerts.AlertBook``."""

    database: Database

    async def tell(
        self,
        cause: Cause,
        admins: Sequence[Target],
        texts: Mapping[Locale, str],
        at: datetime,
        quiet: timedelta,
    ) -> bool:
        """Queue a text wherever the admins can be reached; False where it was told within ``quiet``."""

        async def work(connection: AsyncConnection) -> bool:
            if await _told_at(connection, cause) > at - quiet:
                return False
            now = {"value": at.isoformat()}
            await connection.execute(
                upsert(app_state)
                .values(name=_name(cause), **now)
                .on_conflict_do_update(index_elements=["name"], set_=now)
            )
            seen: set[int] = set()
            for admin in admins:
                reader = await reader_at(connection, admin)
                if reader and reader.subscriber.id not in seen:
                    seen.add(reader.subscriber.id)
                    await _queue(connection, cause, reader, texts, at)
            return True

        return await self.database.write(work)

    async def settled_since(self, cause: Cause) -> Ends:
        """Give the rows of an outbox cause that ended since it was last told, the newest first."""
        async with self.database.reading() as connection:
            since = await _told_at(connection, cause)
            ended = (outbox.c.state == _STATES[cause], outbox.c.settled_at > since)
            n = (await connection.execute(select(func.count()).where(*ended))).scalar_one()
            newest = select(outbox).where(*ended, outbox.c.reason_code.is_not(None))
            newest = newest.order_by(outbox.c.settled_at.desc(), outbox.c.id.desc()).limit(_MOST_REASONS)
            rows = (await connection.execute(newest)).all()
            return Ends(n=int(n), reasons=[reason for row in rows if (reason := read_reason(row))])


def _name(cause: Cause) -> str:
    return f"alert_sent.{cause}"


async def _told_at(connection: AsyncConnection, cause: Cause) -> datetime:
    found = await connection.execute(select(app_state.c.value).where(app_state.c.name == _name(cause)))
    value = found.scalar_one_or_none()
    return datetime.fromisoformat(value) if value else _LONG_AGO


async def _queue(
    connection: AsyncConnection, cause: Cause, reader: Reader, texts: Mapping[Locale, str], at: datetime
) -> None:
    locale = reader.preferences.locale
    content = dump(Announcement(text=texts[locale], locale=locale, notice=True))
    for endpoint in reader.endpoints:
        if endpoint.state not in _REACHED:
            continue
        await connection.execute(
            insert(outbox).values(
                key=f"alert.{cause}.{at:%Y%m%dT%H%M%S}.n{endpoint.id}",
                kind=Kind.ALERT,
                endpoint_id=endpoint.id,
                channel=endpoint.target.channel,
                priority=ALERT_PRIORITY,
                content=content,
                **new_row(at),
            )
        )
