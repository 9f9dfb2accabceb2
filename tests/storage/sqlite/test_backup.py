"""A backup is whole or not there, and a restored one believes nothing that may have changed since."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Channel, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.model.errors import StoreError
from digest.model.reasons import ReasonCode
from digest.services.broadcasts import Audience
from digest.storage import Store, create_backup, open_store
from tests.support.database import NOW, subscription_service


async def queue_messages(store: Store, clock: FixedClock, readers: int = 3) -> None:
    """Let some readers have a message that waits to be sent."""
    membership = subscription_service(store, clock)
    for number in range(readers):
        await membership.subscribe(Target.telegram(number + 1), ["robotics"])
    await store.broadcasts.queue("hello", Audience(), "test", NOW)


async def test_a_backup_made_beside_a_busy_writer_is_whole(
    store: Store, clock: FixedClock, url: str, tmp_path: Path
) -> None:
    membership = subscription_service(store, clock)

    async def write_on() -> None:
        for number in range(200):
            await membership.subscribe(Target.telegram(number + 1), ["robotics"])

    writing = asyncio.create_task(write_on())
    sizes = [await create_backup(url, tmp_path / "copy.db", NOW) for _ in range(3)]
    await writing

    assert all(size > 0 for size in sizes)
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (subscribers,) = copy.execute("SELECT count(*) FROM subscribers").fetchone()
        (domains,) = copy.execute("SELECT count(*) FROM subscriber_domains").fetchone()
    copy.close()
    assert subscribers == domains


async def test_what_was_due_in_the_backup_is_uncertain_once_it_is_restored(
    store: Store, clock: FixedClock, url: str, tmp_path: Path
) -> None:
    await queue_messages(store, clock)
    await create_backup(url, tmp_path / "restored.db", NOW + timedelta(minutes=1))

    restored = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}", clock)
    rows = await restored.outbox.list_deliveries()
    await restored.close()

    assert [row.state for row in rows] == [DeliveryState.UNCERTAIN] * 3
    assert {row.reason.code for row in rows if row.reason} == {ReasonCode.RESTORED_FROM_BACKUP}
    assert all(row.reason for row in rows)


async def test_the_original_goes_on_after_a_backup_and_so_does_a_restored_copy(
    store: Store, clock: FixedClock, url: str, tmp_path: Path
) -> None:
    await queue_messages(store, clock)
    await create_backup(url, tmp_path / "restored.db", NOW + timedelta(minutes=1))
    copy = f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}"
    await (await open_store(copy, clock)).close()

    restored = await open_store(copy, clock)
    await restored.broadcasts.queue("after the restore", Audience(), "test", NOW + timedelta(hours=1))
    await restored.close()
    restored = await open_store(copy, clock)
    states = [row.state for row in await restored.outbox.list_deliveries()]
    await restored.close()

    assert states == [DeliveryState.DUE] * 3 + [DeliveryState.UNCERTAIN] * 3
    assert {row.state for row in await store.outbox.list_deliveries()} == {DeliveryState.DUE}


async def test_a_backup_that_fails_leaves_the_earlier_one_and_no_pieces(
    store: Store, clock: FixedClock, url: str, tmp_path: Path
) -> None:
    await queue_messages(store, clock)
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    await create_backup(url, target, NOW)
    before = target.read_bytes()
    (tmp_path / "a file").write_text("in the way", encoding="utf-8")

    with pytest.raises(StoreError, match="no backup at"):
        await create_backup(url, tmp_path / "a file" / "copy.db", NOW)
    with pytest.raises(StoreError, match="no database there yet"):
        await create_backup(f"sqlite+aiosqlite:///{tmp_path / 'nothing.db'}", target, NOW)

    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert await store.broadcasts.count_recipients(Audience(channel=Channel.TELEGRAM)) == {Channel.TELEGRAM: 3}
