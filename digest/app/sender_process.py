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

from digest.app.container import Container
from digest.model.clock import system_clock
from digest.storage.sqlite.sender_locks import SenderLocks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderProcess:
    """A process that sends; its couriers claim in its ``name``.

    Only ``run_as_sender`` makes one, so that nobody sends whom others would take for dead.
    """

    name: str


@asynccontextmanager
async def run_as_sender(container: Container) -> AsyncIterator[SenderProcess]:
    """Send from a database while inside; what dead senders held is taken back first.

    From now on the database ends where its files are damaged, deleted or replaced: whoever claims then gets
    ``DatabaseCorrupted``. Several may send at the same time: each is seen alive by the others.
    """
    database, name = container.store.database, new_sender_name()
    senders = SenderLocks(database=Path(database.url.database or ""), own_name=name)
    with senders.register():
        await database.watch_files(is_alone=senders.is_alone)
        recovered = await container.store.outbox.recover(
            system_clock(), is_alive=lambda owner: senders.is_alive(sender_name_of(owner))
        )
        if recovered.due or recovered.uncertain:
            log.warning("after a crash", due_again=recovered.due, uncertain=recovered.uncertain)
        watching = asyncio.create_task(database.monitor_files(), name="files of the database")
        try:
            yield SenderProcess(name=name)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def new_sender_name() -> str:
    """Name this process' claims: who, where, and unlike any other run."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"


def sender_name_of(owner: str) -> str:
    """Return the sender in whose name a courier claims; ``owner`` is its name and the courier's channel."""
    return owner.rpartition(".")[0]
