"""The inbox of the webhook: an update is noted on the disk, answered for, and handled once.

Telegram brings an update again until we have answered for it. Its number is noted before that, so that one
which comes twice has one effect, over restarts too. A crash after the note and before the reply loses the
reply, never an effect twice: whoever wrote asks again. An orderly stop handles everything that was noted.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from telegram import Update

from digest.model.clock import Clock
from digest.model.errors import StoreError
from digest.telegram import BotApplication

log = structlog.get_logger(__name__)


class UpdateLog(Protocol):
    """What the inbox needs of the store."""

    async def record(self, update_id: int, at: datetime) -> bool:
        """Note an update; False where it was noted before."""
        ...

    async def delete_before(self, cutoff: datetime) -> int:
        """Forget the updates that were noted before a moment; count them."""
        ...


@dataclass(slots=True, kw_only=True)
class WebhookQueue:
    """Takes updates in while a chat answers; shut, it asks Telegram to come again."""

    update_log: UpdateLog
    clock: Clock
    _application: BotApplication | None = None
    _pending: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open_for(self, application: BotApplication) -> AsyncIterator[None]:
        """Take updates in while inside; on leaving, each that is being taken in reaches the chat first."""
        self._application = application
        try:
            yield
        finally:
            self._application = None
            while self._pending:
                self._idle.clear()
                await self._idle.wait()

    async def accept(self, update_json: Mapping[str, Any]) -> bool:
        """Take one update in; False where Telegram must bring it again."""
        chat = self._application
        if chat is None:
            return False
        self._pending += 1
        try:
            return await self._accept(chat, update_json)
        finally:
            self._pending -= 1
            self._idle.set()

    async def _accept(self, application: BotApplication, update_json: Mapping[str, Any]) -> bool:
        update = _parse_update(application, update_json)
        if update is None:
            return True
        try:
            new = await self.update_log.record(update.update_id, self.clock())
        except StoreError as error:
            log.warning("telegram: an update must wait, the store cannot note it", why=str(error))
            return False
        if new:
            application.update_queue.put_nowait(update)
        return True


def _parse_update(application: BotApplication, update_json: Mapping[str, Any]) -> Update | None:
    """Return PTB's form of an update.

    One that it cannot read is left: it would hold up its chat for a day.
    """
    try:
        return Update.de_json(dict(update_json), application.bot)
    except Exception as error:  # noqa: BLE001 - PTB fails in any way at shapes that it does not know
        kind = type(error).__name__
        log.warning("telegram: an update cannot be read, and is left", update=update_json["update_id"], kind=kind)
        return None
