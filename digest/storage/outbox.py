"""The outbox: queueing, claiming, settling and listing deliveries."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, literal, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, Delivery, DeliveryState
from digest.model.reasons import Reason, ReasonCode
from digest.services.admin import BulkAction, BulkPlan, DeliveryRow, DeliverySelection, EditionKey, Obstacle
from digest.services.delivery import ChannelPause, FailureStreak, Settlement
from digest.services.group_notices import GroupEvent
from digest.storage import outbox_bulk
from digest.storage.app_state import select_state, set_state
from digest.storage.bounces import record_smtp_rejection
from digest.storage.database import Database
from digest.storage.groups import deactivate_chat_of, migrate_endpoint, queue_owner_notices
from digest.storage.outbox_claims import (
    CLAIMS_AFTER_RELEASE,
    Recovered,
    build_target,
    has_claimable,
    load_deliveries,
    recover_leases,
    select_claimable,
)
from digest.storage.outbox_rows import (
    CODE_ERASED,
    UNCLAIMED,
    deactivate_endpoint,
    new_outbox_row,
    papers_in,
    queue_chat_notice,
)
from digest.storage.tables import app_state, editions, endpoints, outbox
from digest.storage.types import read_reason, reason_from, reason_values

_KEPT_WHEN_RESENT = ("created_at", "receipts", "shortened")


def _nobody_alive(_owner: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """Implements ``digest.services.delivery.outbox.Outbox`` and ``digest.services.admin.deliveries.DeliveryAdmin``."""

    database: Database

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due_at: datetime,
        now: datetime,
        until: datetime,
        limit: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        async def work(connection: AsyncConnection) -> Sequence[Delivery]:
            dead = and_(
                outbox.c.owner.is_not(None),
                outbox.c.channel == channel,
                outbox.c.lease_until <= now,
                not_(and_(outbox.c.owner == owner, outbox.c.id.in_(holding))),
            )
            await recover_leases(connection, dead, now)
            choice = await select_claimable(connection, channel, due=due_at, now=now, limit=limit)
            if not choice.ids:
                return []
            leased: dict[str, Any] = {"state": DeliveryState.LEASED, "owner": owner, "lease_until": until}
            if choice.isolated:
                leased["claims"] = -outbox.c.claims
            await connection.execute(update(outbox).where(outbox.c.id.in_(choice.ids)).values(**leased))
            return await load_deliveries(connection, choice.ids, now)

        return await self.database.write(work)

    async def has_blocked(self, channel: Channel, due_at: datetime, now: datetime) -> bool:
        async with self.database.read_only() as connection:
            return await has_claimable(connection, channel, due_at, now)

    async def mark_sending(self, delivery: int, owner: str) -> bool:
        return await self._update_owned(delivery, owner, DeliveryState.LEASED, {"state": DeliveryState.SENDING})

    async def record_parts(self, delivery: int, owner: str, receipts: tuple[str, ...]) -> bool:
        values = {"state": DeliveryState.LEASED, "receipts": list(receipts), "claims": 0}
        return await self._update_owned(delivery, owner, DeliveryState.SENDING, values)

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            over = settlement.state is not DeliveryState.DUE
            ended = await connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery, outbox.c.owner == owner)
                .values(
                    state=settlement.state,
                    not_before=settlement.not_before or outbox.c.not_before,
                    receipts=list(settlement.receipts),
                    attempts=outbox.c.attempts + int(settlement.counts_as_attempt),
                    shortened=or_(outbox.c.shortened == True, literal(settlement.shorten)),  # noqa: E712 - SQL
                    undelivered=_undelivered_flag(settlement),
                    claims=0,
                    **reason_values(settlement.reason),
                    settled_at=at if over else None,
                    **(CODE_ERASED if over else {}),
                    **UNCLAIMED,
                )
                .returning(outbox.c.endpoint_id)
            )
            endpoint = ended.scalar_one_or_none()
            if endpoint is None:
                return False
            await _apply_to_endpoint(connection, endpoint, settlement, at)
            if settlement.bounce:
                await record_smtp_rejection(connection, endpoint, str(delivery), settlement.bounce, at)
            return True

        return await self.database.write(work)

    async def renew(self, owner: str, until: datetime, holding: Collection[int]) -> None:
        held = update(outbox).where(outbox.c.owner == owner, outbox.c.id.in_(holding))
        await self.database.execute(held.values(lease_until=until))

    async def release(self, owner: str) -> int:
        return await self.database.execute(
            update(outbox)
            .where(outbox.c.owner == owner, outbox.c.state == DeliveryState.LEASED)
            .values(state=DeliveryState.DUE, claims=CLAIMS_AFTER_RELEASE, **UNCLAIMED)
        )

    async def recover(self, now: datetime, is_alive: Callable[[str], bool] = _nobody_alive) -> Recovered:
        """Take back what dead owners held, and what has been held for longer than its lease.

        ``is_alive`` tells whether an owner lives. Without it nobody does: for whoever knows that nobody else
        sends.
        """

        async def work(connection: AsyncConnection) -> Recovered:
            found = await connection.execute(select(outbox.c.owner).where(outbox.c.owner.is_not(None)).distinct())
            dead = [owner for owner in found.scalars() if not is_alive(owner)]
            over = or_(outbox.c.owner.in_(dead), outbox.c.lease_until <= now)
            return await recover_leases(connection, and_(outbox.c.owner.is_not(None), over), now)

        return await self.database.write(work)

    async def list_deliveries(
        self,
        state: DeliveryState | None = None,
        limit: int = 200,
        *,
        edition: EditionKey | None = None,
        channel: Channel | None = None,
    ) -> Sequence[DeliveryRow]:
        query = delivery_query().order_by(outbox.c.id.desc()).limit(limit)
        if state:
            query = query.where(outbox.c.state == state)
        if edition is not None:
            query = query.where(outbox_bulk.in_edition(edition))
        if channel:
            query = query.where(outbox.c.channel == channel)
        return [build_delivery_row(row) for row in await self.database.fetch_all(query)]

    async def obstacles(self, ids: Sequence[int]) -> Mapping[int, DeliveryState | Obstacle]:
        async with self.database.read_only() as connection:
            return await outbox_bulk.find_obstacles(connection, ids)

    async def resend(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        return await self._change_by_id(BulkAction.RESEND, ids, at)

    async def cancel(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        return await self._change_by_id(BulkAction.CANCEL, ids, at)

    async def plan_bulk(self, action: BulkAction, selection: DeliverySelection) -> BulkPlan:
        async with self.database.read_only() as connection:
            return await outbox_bulk.build_plan(connection, action, selection)

    async def apply_plan(self, plan: BulkPlan, at: datetime) -> int:
        return await self.database.write(
            lambda connection: outbox_bulk.apply_plan(connection, plan, _action_values(plan.action, at))
        )

    async def load_streak(self, channel: Channel) -> FailureStreak:
        stored = await self.database.scalar(select_state(f"streak.{channel}"))
        return FailureStreak(**json.loads(stored)) if stored else FailureStreak()

    async def save_streak(self, channel: Channel, streak: FailureStreak) -> None:
        value = {"uncertain": streak.uncertain, "unreachable": streak.unreachable}
        await self.database.execute(set_state(f"streak.{channel}", json.dumps(value)))

    async def unreachable_allowed_until(self, channel: Channel, now: datetime) -> datetime | None:
        stored = await self.database.scalar(select_state(f"unreachable_allowed.{channel}"))
        until = datetime.fromisoformat(json.loads(stored)["until"]) if stored else now
        return until if until > now else None

    async def allow_unreachable(self, channel: Channel, until: datetime) -> None:
        value = json.dumps({"until": until.isoformat()})
        await self.database.execute(set_state(f"unreachable_allowed.{channel}", value))

    async def save_pause(self, channel: Channel, pause: ChannelPause) -> None:
        value = json.dumps({"until": pause.until.isoformat(), **reason_values(pause.reason)})

        async def work(connection: AsyncConnection) -> None:
            # A pause is never shortened.
            if await _load_pause(connection, channel, pause.until) is None:
                await connection.execute(set_state(f"channel_pause.{channel}", value))

        await self.database.write(work)

    async def active_pause(self, channel: Channel, now: datetime) -> ChannelPause | None:
        return await self.database.write(lambda connection: _load_pause(connection, channel, now))

    async def _change_by_id(self, action: BulkAction, ids: Sequence[int], at: datetime) -> Sequence[int]:
        values = _action_values(action, at)
        return await self.database.write(lambda connection: outbox_bulk.change_by_id(connection, action, ids, values))

    async def _update_owned(self, delivery: int, owner: str, state: DeliveryState, values: dict[str, Any]) -> bool:
        """Change a row that ``owner`` holds in ``state``; return False if it does not hold it."""
        change = (
            update(outbox)
            .where(outbox.c.id == delivery, outbox.c.owner == owner, outbox.c.state == state)
            .values(**values)
        )
        return await self.database.execute(change) > 0


async def _load_pause(connection: AsyncConnection, channel: Channel, now: datetime) -> ChannelPause | None:
    """Return a channel's pause; one that has passed is deleted."""
    name = f"channel_pause.{channel}"
    stored = (await connection.execute(select_state(name))).scalar_one_or_none()
    if stored is None:
        return None
    value = json.loads(stored)
    reason = reason_from(value["reason_code"], value["reason_cause"], value["reason_detail"])
    until = datetime.fromisoformat(value["until"])
    if reason and until > now:
        return ChannelPause(until=until, reason=reason)
    await connection.execute(delete(app_state).where(app_state.c.name == name))
    return None


def _action_values(action: BulkAction, at: datetime) -> dict[str, Any]:
    """Return the columns that an admin's action changes; receipts and ``shortened`` stay."""
    if action is BulkAction.CANCEL:
        cancelled = {"state": DeliveryState.CANCELLED, "settled_at": at, "undelivered": False}
        why = reason_values(Reason(ReasonCode.CANCELLED_BY_ADMIN))
        return {**cancelled, **why, **UNCLAIMED, **CODE_ERASED}
    again = {**new_outbox_row(at), **reason_values(Reason(ReasonCode.RESENT_BY_ADMIN)), "settled_at": None}
    return {name: value for name, value in again.items() if name not in _KEPT_WHEN_RESENT}


def _undelivered_flag(settlement: Settlement) -> ColumnElement[bool]:
    """Return whether the papers may go into the endpoint's next digest: tried in vain, or given up."""
    if settlement.state is DeliveryState.DUE:
        return outbox.c.attempts + int(settlement.counts_as_attempt) > 0
    return literal(settlement.given_up)


async def _apply_to_endpoint(connection: AsyncConnection, endpoint: int, settlement: Settlement, at: datetime) -> None:
    """Apply the outcome of an attempt to its endpoint."""
    if settlement.reset_failures:
        await connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(failure_count=0))
    if settlement.owner_notice is GroupEvent.BOT_REMOVED:
        await deactivate_chat_of(connection, endpoint, settlement.reason, GroupEvent.BOT_REMOVED, at)
    elif settlement.owner_notice and not (settlement.add_failure and await _has_failures(connection, endpoint)):
        await queue_owner_notices(connection, [endpoint], settlement.owner_notice, at)
    if settlement.add_failure:
        await _add_failure(connection, endpoint, settlement.not_before or at)
    if settlement.moved_to:
        await migrate_endpoint(connection, endpoint, settlement.moved_to, at)
    if settlement.subscriber_notice:
        await queue_chat_notice(connection, endpoint, settlement.subscriber_notice, at)
    if settlement.endpoint_unreachable:
        await deactivate_endpoint(connection, endpoint, settlement.reason, at)


async def _has_failures(connection: AsyncConnection, endpoint: int) -> bool:
    """Return whether an endpoint has failed before, so that its owner has been notified."""
    found = await connection.execute(select(endpoints.c.failure_count).where(endpoints.c.id == endpoint))
    return bool(found.scalar_one())


async def _add_failure(connection: AsyncConnection, endpoint: int, until: datetime) -> None:
    """Count a failure, and postpone all that is due at the endpoint."""
    await connection.execute(
        update(endpoints).where(endpoints.c.id == endpoint).values(failure_count=endpoints.c.failure_count + 1)
    )
    await connection.execute(
        update(outbox)
        .where(outbox.c.endpoint_id == endpoint, outbox.c.state == DeliveryState.DUE, outbox.c.not_before < until)
        .values(not_before=until)
    )


def delivery_query() -> Select[Any]:
    """Return the query of what ``build_delivery_row`` reads."""
    return (
        select(outbox, endpoints.c.address, endpoints.c.thread, editions.c.date)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .outerjoin(editions, editions.c.id == outbox.c.edition_id)
    )


def build_delivery_row(row: Row[Any]) -> DeliveryRow:
    """Return what a row of ``delivery_query`` says."""
    return DeliveryRow(
        id=row.id,
        key=row.key,
        kind=row.kind,
        edition=outbox_bulk.edition_key(row.date, row.edition_id, row.kind),
        target=build_target(row),
        state=DeliveryState(row.state),
        reason=read_reason(row),
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        settled_at=row.settled_at,
        receipts=tuple(row.receipts),
        papers=len(papers_in(row.content)),
    )
