"""Being a sender: seen alive by other processes, and sure that the database is still the same."""

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from digest.app.core import Core
from digest.clock import system_clock
from digest.store.presence import Senders

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A process that sends; its couriers claim in its ``name``.

    Only ``sender`` makes one, so that nobody sends whom others would take for dead.
    """

    name: str


@asynccontextmanager
async def sender(core: Core) -> AsyncIterator[Sender]:
    """Send from a database while inside; what dead senders held is taken back first.

    From now on the database ends where its files are damaged, deleted or replaced: whoever claims then gets
    ``StoreDamaged``. Several may send at the same time: each is seen alive by the others.
    """
    database, name = core.store.database, new_owner()
    senders = Senders(database=Path(database.url.database or ""), own=name)
    with senders.present():
        await database.watch_files(alone=senders.alone)
        recovered = await core.store.outbox.recover(
            system_clock(), lives=lambda owner: senders.lives(sender_of(owner))
        )
        if recovered.due or recovered.uncertain:
            log.warning("after a crash", due_again=recovered.due, uncertain=recovered.uncertain)
        watching = asyncio.create_task(database.watching(), name="files of the database")
        try:
            yield Sender(name=name)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def new_owner() -> str:
    """Name this process' claims: who, where, and unlike any other run."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"


def sender_of(owner: str) -> str:
    """Return the sender in whose name a courier claims; ``owner`` is its name and the courier's channel."""
    return owner.rpartition(".")[0]
