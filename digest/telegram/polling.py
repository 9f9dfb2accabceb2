"""Long polling: updates are fetched with ``getUpdates`` and handed to the application, batch after batch.

PTB's ``Updater`` stops without a word once Telegram has refused the token, and waits for the network when it
is stopped. This loop ends with an error that says what to do, and at once when it is cancelled.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut

from digest.model.clock import monotonic
from digest.model.errors import ChannelMisconfigured
from digest.telegram import ALLOWED_UPDATES, BotApplication
from digest.telegram.flood import retry_after

log = structlog.get_logger(__name__)

POLL_TIMEOUT = 10
"""How long Telegram holds a request open when there is nothing new."""

MIN_RETRY_DELAY, MAX_RETRY_DELAY = 1.0, 30.0
CONFIRM_TIMEOUT = 2.0
LOG_REPEAT_INTERVAL = 600.0
"""The same trouble is told once in so long."""

TOKEN_REFUSED = "Telegram refuses TELEGRAM_BOT_TOKEN; @BotFather tells the right one"  # noqa: S105 - a sentence
SECOND_POLLER = "another program polls with the same TELEGRAM_BOT_TOKEN; stop it, or give this one its own"


@dataclass(slots=True)
class UpdatePoller:
    """Fetches updates for an application; ``offset`` is the first update that is not fetched yet."""

    application: BotApplication
    offset: int | None = None
    _last_logged: tuple[str, float] = ("", 0.0)

    async def run(self) -> None:
        """Fetch until cancelled; what was fetched is confirmed on leaving.

        Network trouble is tried again. Raises ``ChannelMisconfigured`` where the token is refused, or another
        program polls with it.
        """
        wait = MIN_RETRY_DELAY
        try:
            while True:
                try:
                    await self._fetch(POLL_TIMEOUT)
                    wait, self._last_logged = MIN_RETRY_DELAY, ("", 0.0)
                except InvalidToken:
                    raise ChannelMisconfigured(TOKEN_REFUSED) from None
                except Conflict:
                    raise ChannelMisconfigured(SECOND_POLLER) from None
                except TimedOut as error:
                    log.debug("telegram polling", why=str(error))
                except TelegramError as error:
                    least = retry_after(error).total_seconds() if isinstance(error, RetryAfter) else 0.0
                    pause = max(wait, least)
                    self._log_trouble(str(error), pause)
                    await asyncio.sleep(pause)
                    wait = min(wait * 2, MAX_RETRY_DELAY)
        finally:
            await self._confirm_updates()

    def _log_trouble(self, reason: str, pause: float) -> None:
        """Tell of trouble once, and again where it lasts; everything between is for debugging."""
        before, at = self._last_logged
        if reason == before and monotonic() - at < LOG_REPEAT_INTERVAL:
            log.debug("telegram polling", why=reason, next_try_in_seconds=pause)
            return
        self._last_logged = (reason, monotonic())
        log.warning("telegram polling", why=reason, next_try_in_seconds=pause)

    async def _fetch(self, seconds: int) -> None:
        """Fetch one batch, waiting for it at most so many seconds."""
        updates = await self.application.bot.get_updates(
            offset=self.offset, timeout=seconds, allowed_updates=ALLOWED_UPDATES
        )
        for update in updates:
            await self.application.update_queue.put(update)
        if updates:
            self.offset = updates[-1].update_id + 1

    async def _confirm_updates(self) -> None:
        """Tell Telegram what was fetched, so that the next program does not get it again."""
        if self.offset is None:
            return
        with suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                await self.application.bot.get_updates(
                    offset=self.offset, limit=1, timeout=0, allowed_updates=ALLOWED_UPDATES
                )
