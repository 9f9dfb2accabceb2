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

from digest.chat import ChatApplication
from digest.clock import Clock
from digest.errors import StoreError

log = structlog.get_logger(__name__)


class Noted(Protocol):
    """What the inbox needs of the store."""

    async def note(self, update: int, at: datetime) -> bool:
        """Note an update; False where it was noted before."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget the updates that were noted before a moment; count them."""
        ...


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Takes updates in while a chat answers; shut, it asks Telegram to come again."""

    noted: Noted
    clock: Clock
    _chat: ChatApplication | None = None
    _coming: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open_for(self, chat: ChatApplication) -> AsyncIterator[None]:
        """Take updates in while inside; on leaving, each that is being taken in reaches the chat first."""
        self._chat = chat
        try:
            yield
        finally:
            self._chat = None
            while self._coming:
                self._settled.clear()
                await self._settled.wait()

    async def take(self, letter: Mapping[str, Any]) -> bool:
        """Take one update in; False where Telegram must bring it again."""
        chat = self._chat
        if chat is None:
            return False
        self._coming += 1
        try:
            return await self._take(chat, letter)
        finally:
            self._coming -= 1
            self._settled.set()

    async def _take(self, chat: ChatApplication, letter: Mapping[str, Any]) -> bool:
        update = _read(chat, letter)
        if update is None:
            return True
        try:
            new = await self.noted.note(update.update_id, self.clock())
        except StoreError as error:
            log.warning("telegram: an update must wait, the store cannot note it", why=str(error))
            return False
        if new:
            chat.update_queue.put_nowait(update)
        return True


def _read(chat: ChatApplication, letter: Mapping[str, Any]) -> Update | None:
    """Give PTB's form of an update. One that it cannot read is left: it would hold up its chat for a day."""
    try:
        return Update.de_json(dict(letter), chat.bot)
    except Exception as error:  # noqa: BLE001 - PTB fails in any way at shapes that it does not know
        kind = type(error).__name__
        log.warning("telegram: an update cannot be read, and is left", update=letter["update_id"], kind=kind)
        return None
