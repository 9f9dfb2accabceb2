"""The messages that tell how far broadcasts are: one editor each, never quicker than every three seconds."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from digest.model import Target
from digest.model.clock import monotonic
from digest.model.errors import StoreError
from digest.model.message import TelegramMessage
from digest.services.broadcasts import BroadcastService, BroadcastStatus, StatusMessage
from digest.telegram.api_answers import retry_after
from digest.telegram.sender import edit_by_id, send
from digest.telegram.texts import broadcast_progress as answers
from digest.text.i18n import translator_for

_log = structlog.get_logger(__name__)

MIN_INTERVAL = 3.0
MAX_INTERVAL = 60.0
FIRST_EDIT_DELAY = 1.0
"""How long the message that a press changes may take to be changed, before the first wait begins."""

QUERY_TIME_FACTOR = 5
"""A look at a great broadcast takes the store a while; the waits are so many times as long."""


@dataclass(slots=True, kw_only=True)
class ProgressMessages:
    """Follows broadcasts while ``run`` does; each has one editor, which waits ``min_interval`` s at least."""

    min_interval: float = MIN_INTERVAL
    _bot: Bot | None = None
    _broadcasts: BroadcastService | None = None
    _tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _refresh_events: dict[int, asyncio.Event] = field(default_factory=dict)

    async def run(self, bot: Bot, broadcasts: BroadcastService) -> None:
        """Follow what a program before this one left unfinished, and what begins, until cancelled."""
        self._bot, self._broadcasts = bot, broadcasts
        try:
            for number in await self._load_unreported(broadcasts):
                self.follow(number)
            await asyncio.Event().wait()
        finally:
            self._bot = self._broadcasts = None
            editors = list(self._tasks.values())
            for editor in editors:
                editor.cancel()
            await asyncio.gather(*editors, return_exceptions=True)

    def follow(self, broadcast_id: int, *, already_shown: bool = False) -> bool:
        """Follow a broadcast; False where nobody can. ``already_shown``: its message tells of it already."""
        if self._bot is None or self._broadcasts is None:
            return False
        if broadcast_id not in self._tasks:
            self._refresh_events[broadcast_id] = asyncio.Event()
            editing = self._update_until_reported(
                self._bot, self._broadcasts, broadcast_id, already_shown=already_shown
            )
            self._tasks[broadcast_id] = asyncio.create_task(editing, name=f"progress of broadcast {broadcast_id}")
            self._tasks[broadcast_id].add_done_callback(lambda ended: self._on_task_done(broadcast_id, ended))
        return True

    def refresh_now(self, broadcast_id: int) -> bool:
        """Let the editor look at once, or as soon as it may; False where there is none."""
        if broadcast_id not in self._tasks:
            return False
        self._refresh_events[broadcast_id].set()
        return True

    def _on_task_done(self, broadcast_id: int, task: asyncio.Task[None]) -> None:
        del self._tasks[broadcast_id], self._refresh_events[broadcast_id]
        if not task.cancelled() and (error := task.exception()):
            _log.error("the progress of a broadcast is told no more", broadcast=broadcast_id, error=repr(error))

    async def _load_unreported(self, broadcasts: BroadcastService) -> list[int]:
        while True:
            try:
                return list(await broadcasts.store.unreported())
            except StoreError as error:
                _log.warning("progress: the store is away", error=str(error))
                await asyncio.sleep(self.min_interval)

    async def _update_until_reported(
        self, bot: Bot, broadcasts: BroadcastService, broadcast_id: int, *, already_shown: bool
    ) -> None:
        """Tell how far a broadcast is until its end was told."""
        said, wait = "", self.min_interval
        if already_shown:
            await asyncio.sleep(min(FIRST_EDIT_DELAY, self.min_interval))
            await self._wait(broadcast_id, wait)
        while True:
            began = monotonic()
            try:
                known = await broadcasts.store.find_status(broadcast_id)
                took = monotonic() - began
                if known is None or known.status_message is None or known.reported:
                    return
                if known.is_finished:
                    await _send_final_report(bot, broadcasts, known, known.status_message)
                    return
                part = answers.progress_message(translator_for(known.status_message.locale), known, broadcasts)
                wait = self.min_interval if part.html != said else min(wait * 2, MAX_INTERVAL)
                if part.html != said:
                    await _edit_or_send(bot, broadcasts, known, known.status_message, part)
                    said = part.html
                wait = max(wait, took * QUERY_TIME_FACTOR)
            except RetryAfter as flood:
                wait = max(self.min_interval, retry_after(flood).total_seconds())
                await asyncio.sleep(wait)
            except (Forbidden, BadRequest) as error:
                _log.warning("an admin cannot be told of a broadcast", broadcast=broadcast_id, reason=error.message)
                return
            except (StoreError, NetworkError) as error:
                _log.warning("progress: not told this time", broadcast=broadcast_id, kind=type(error).__name__)
                wait = min(wait * 2, MAX_INTERVAL)
            await self._wait(broadcast_id, wait)

    async def _wait(self, broadcast_id: int, seconds: float) -> None:
        """Wait, and never less than the shortest; a hurry ends the rest of the wait."""
        hurry = self._refresh_events[broadcast_id]
        await asyncio.sleep(self.min_interval)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds - self.min_interval)):
                await hurry.wait()
        hurry.clear()


async def _edit_or_send(
    bot: Bot,
    broadcasts: BroadcastService,
    status: BroadcastStatus,
    status_message: StatusMessage,
    part: TelegramMessage,
) -> None:
    """Change the message, or send it where there is none yet or none any more; keep which one it is."""
    if status_message.message_id is not None and await edit_by_id(
        bot, status_message.chat_id, status_message.message_id, part
    ):
        return
    message = await send(bot, Target.telegram(status_message.chat_id), (part,))
    await broadcasts.store.save_status_message(status.id, replace(status_message, message_id=message))


async def _send_final_report(
    bot: Bot, broadcasts: BroadcastService, status: BroadcastStatus, status_message: StatusMessage
) -> None:
    """Return the message its last word, and tell the end in a new one, which an admin hears."""
    tr = translator_for(status_message.locale)
    if status_message.message_id is not None:
        await edit_by_id(
            bot, status_message.chat_id, status_message.message_id, answers.progress_message(tr, status, broadcasts)
        )
    await send(bot, Target.telegram(status_message.chat_id), (answers.final_report(tr, status),))
    await broadcasts.store.save_status_message(status.id, status_message, reported=True)
