"""The messages that tell how far broadcasts are: one each, never changed quicker than every three seconds."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from digest.model import Target
from digest.model.clock import Backoff, monotonic
from digest.model.errors import StoreError
from digest.model.message import TelegramMessage
from digest.services.broadcasts import BroadcastService, BroadcastStatus, StatusMessage
from digest.telegram.api_answers import retry_after
from digest.telegram.sender import edit_by_id, send
from digest.telegram.texts import broadcast_progress as answers
from digest.text.i18n import translator_for

MIN_INTERVAL = 3.0
MAX_INTERVAL = 60.0
FIRST_EDIT_DELAY = 1.0
"""How long the message that a press changes may take to be changed, before the first wait begins."""

QUERY_TIME_FACTOR = 5
"""Reading how far a large broadcast is takes the store a while; the waits are so many times as long."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class ProgressMessages:
    """Follows broadcasts while ``run`` does; each has one task, which waits ``min_interval`` seconds at least."""

    min_interval: float = MIN_INTERVAL
    _bot: Bot | None = None
    _broadcasts: BroadcastService | None = None
    _followed: "dict[int, tuple[_ProgressMessage, asyncio.Task[None]]]" = field(default_factory=dict)

    async def run(self, bot: Bot, broadcasts: BroadcastService) -> None:
        """Follow what a program before this one left unfinished, and what begins, until cancelled."""
        self._bot, self._broadcasts = bot, broadcasts
        try:
            for number in await self._load_unreported(broadcasts):
                self.follow(number)
            await asyncio.Event().wait()
        finally:
            self._bot = self._broadcasts = None
            tasks = [task for _, task in self._followed.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, broadcast_id: int, *, already_shown: bool = False) -> bool:
        """Follow a broadcast; False where nobody can. ``already_shown``: its message tells of it already."""
        if self._bot is None or self._broadcasts is None:
            return False
        if broadcast_id not in self._followed:
            message = _ProgressMessage(self._bot, self._broadcasts, broadcast_id, self.min_interval)
            task = asyncio.create_task(
                message.update_until_reported(already_shown=already_shown), name=f"progress of broadcast {broadcast_id}"
            )
            self._followed[broadcast_id] = (message, task)
            task.add_done_callback(lambda ended: self._on_task_done(broadcast_id, ended))
        return True

    def refresh_now(self, broadcast_id: int) -> bool:
        """Update the message at once, or as soon as that is allowed; False where the broadcast is not followed."""
        if broadcast_id not in self._followed:
            return False
        self._followed[broadcast_id][0].refresh.set()
        return True

    def _on_task_done(self, broadcast_id: int, task: asyncio.Task[None]) -> None:
        del self._followed[broadcast_id]
        if not task.cancelled() and (error := task.exception()):
            _log.error("the progress of a broadcast is told no more", broadcast=broadcast_id, error=repr(error))

    async def _load_unreported(self, broadcasts: BroadcastService) -> list[int]:
        while True:
            try:
                return list(await broadcasts.store.unreported())
            except StoreError as error:
                _log.warning("progress: the store is away", error=str(error))
                await asyncio.sleep(self.min_interval)


@dataclass(slots=True)
class _ProgressMessage:
    """The message of one broadcast; ``refresh`` ends its wait."""

    bot: Bot
    broadcasts: BroadcastService
    broadcast_id: int
    min_interval: float
    refresh: asyncio.Event = field(default_factory=asyncio.Event)
    _shown_html: str = ""

    async def update_until_reported(self, *, already_shown: bool) -> None:
        """Keep the status message up to date until the end was reported."""
        backoff = Backoff(self.min_interval, MAX_INTERVAL)
        if already_shown:
            await asyncio.sleep(min(FIRST_EDIT_DELAY, self.min_interval))
            await self._wait(self.min_interval, least=self.min_interval)
        while True:
            least, began = self.min_interval, monotonic()
            try:
                status = await self.broadcasts.store.find_status(self.broadcast_id)
                took = monotonic() - began
                if status is None or status.status_message is None or status.reported:
                    return
                if status.is_finished:
                    await self._send_final_report(status, status.status_message)
                    return
                if await self._show(status, status.status_message):
                    backoff.reset()
                wait = max(backoff.next_wait(), took * QUERY_TIME_FACTOR)
            except RetryAfter as flood:
                wait = least = max(self.min_interval, retry_after(flood).total_seconds())
            except (Forbidden, BadRequest) as error:
                reason = error.message
                _log.warning("an admin cannot be told of a broadcast", broadcast=self.broadcast_id, reason=reason)
                return
            except (StoreError, NetworkError) as error:
                _log.warning("progress: not told this time", broadcast=self.broadcast_id, kind=type(error).__name__)
                wait = backoff.next_wait()
            await self._wait(wait, least=least)

    async def _wait(self, seconds: float, *, least: float) -> None:
        """Wait so long; a refresh ends what is beyond the ``least``."""
        await asyncio.sleep(least)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds - least)):
                await self.refresh.wait()
        self.refresh.clear()

    async def _show(self, status: BroadcastStatus, shown_in: StatusMessage) -> bool:
        """Change the message, or send it where there is none any more; False where it says the same already."""
        part = self._progress(status, shown_in)
        if part.html == self._shown_html:
            return False
        edited = shown_in.message_id is not None and await edit_by_id(
            self.bot, shown_in.chat_id, shown_in.message_id, part
        )
        if not edited:
            sent = await send(self.bot, Target.telegram(shown_in.chat_id), (part,))
            await self.broadcasts.store.save_status_message(status.id, replace(shown_in, message_id=sent))
        self._shown_html = part.html
        return True

    async def _send_final_report(self, status: BroadcastStatus, shown_in: StatusMessage) -> None:
        """Change the message for the last time, and report the end in a new one, which an admin hears."""
        if shown_in.message_id is not None:
            await edit_by_id(self.bot, shown_in.chat_id, shown_in.message_id, self._progress(status, shown_in))
        report = answers.final_report(translator_for(shown_in.locale), status)
        await send(self.bot, Target.telegram(shown_in.chat_id), (report,))
        await self.broadcasts.store.save_status_message(status.id, shown_in, reported=True)

    def _progress(self, status: BroadcastStatus, shown_in: StatusMessage) -> TelegramMessage:
        return answers.progress_message(translator_for(shown_in.locale), status, self.broadcasts)
