"""The messages that tell how far broadcasts are: one editor each, never quicker than every three seconds."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from digest.broadcast import Broadcaster, Place, Standing
from digest.chat.answers import progress as answers
from digest.chat.sending import change_at, send
from digest.clock import monotonic
from digest.errors import StoreError
from digest.message import ChatPart
from digest.model import Target
from digest.words import words_in

log = structlog.get_logger(__name__)

SHORTEST = 3.0
LONGEST = 60.0
HEAD_START = 1.0
"""How long the message that a press changes may take to be changed, before the first wait begins."""

LOOKING = 5
"""A look at a great broadcast takes the store a while; the waits are so many times as long."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """Follows broadcasts while ``run`` does; each has one editor, which waits ``shortest`` s at least."""

    shortest: float = SHORTEST
    _bot: Bot | None = None
    _broadcaster: Broadcaster | None = None
    _editors: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _hurries: dict[int, asyncio.Event] = field(default_factory=dict)

    async def run(self, bot: Bot, broadcaster: Broadcaster) -> None:
        """Follow what a program before this one left unfinished, and what begins, until cancelled."""
        self._bot, self._broadcaster = bot, broadcaster
        try:
            for number in await self._unfinished(broadcaster):
                self.begin(number)
            await asyncio.Event().wait()
        finally:
            self._bot = self._broadcaster = None
            editors = list(self._editors.values())
            for editor in editors:
                editor.cancel()
            await asyncio.gather(*editors, return_exceptions=True)

    def begin(self, number: int, *, shown: bool = False) -> bool:
        """Follow a broadcast; False where nobody can. ``shown``: its message tells of it already."""
        if self._bot is None or self._broadcaster is None:
            return False
        if number not in self._editors:
            self._hurries[number] = asyncio.Event()
            editing = self._follow(self._bot, self._broadcaster, number, shown=shown)
            self._editors[number] = asyncio.create_task(editing, name=f"progress of broadcast {number}")
            self._editors[number].add_done_callback(lambda ended: self._forget(number, ended))
        return True

    def hurry(self, number: int) -> bool:
        """Let the editor look at once, or as soon as it may; False where there is none."""
        if number not in self._editors:
            return False
        self._hurries[number].set()
        return True

    def _forget(self, number: int, ended: asyncio.Task[None]) -> None:
        del self._editors[number], self._hurries[number]
        if not ended.cancelled() and (error := ended.exception()):
            log.error("the progress of a broadcast is told no more", broadcast=number, error=repr(error))

    async def _unfinished(self, broadcaster: Broadcaster) -> list[int]:
        while True:
            try:
                return list(await broadcaster.broadcasts.told())
            except StoreError as error:
                log.warning("progress: the store is away", error=str(error))
                await asyncio.sleep(self.shortest)

    async def _follow(self, bot: Bot, broadcaster: Broadcaster, number: int, *, shown: bool) -> None:
        """Tell how far a broadcast is until its end was told."""
        said, wait = "", self.shortest
        if shown:
            await asyncio.sleep(min(HEAD_START, self.shortest))
            await self._rest(number, wait)
        while True:
            began = monotonic()
            try:
                known = await broadcaster.broadcasts.standing(number)
                took = monotonic() - began
                if known is None or known.place is None or known.reported:
                    return
                if known.over:
                    await _end(bot, broadcaster, known, known.place)
                    return
                part = answers.standing(words_in(known.place.locale), known, broadcaster)
                wait = self.shortest if part.html != said else min(wait * 2, LONGEST)
                if part.html != said:
                    await _tell(bot, broadcaster, known, known.place, part)
                    said = part.html
                wait = max(wait, took * LOOKING)
            except RetryAfter as flood:
                wait = max(self.shortest, _seconds(flood))
                await asyncio.sleep(wait)
            except (Forbidden, BadRequest) as error:
                log.warning("an admin cannot be told of a broadcast", broadcast=number, reason=error.message)
                return
            except (StoreError, NetworkError) as error:
                log.warning("progress: not told this time", broadcast=number, kind=type(error).__name__)
                wait = min(wait * 2, LONGEST)
            await self._rest(number, wait)

    async def _rest(self, number: int, seconds: float) -> None:
        """Wait, and never less than the shortest; a hurry ends the rest of the wait."""
        hurry = self._hurries[number]
        await asyncio.sleep(self.shortest)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds - self.shortest)):
                await hurry.wait()
        hurry.clear()


async def _tell(bot: Bot, broadcaster: Broadcaster, known: Standing, place: Place, part: ChatPart) -> None:
    """Change the message, or send it where there is none yet or none any more; keep which one it is."""
    if place.message is not None and await change_at(bot, place.chat, place.message, part):
        return
    message = await send(bot, Target.telegram(place.chat), (part,))
    await broadcaster.broadcasts.keep_place(known.id, replace(place, message=message))


async def _end(bot: Bot, broadcaster: Broadcaster, known: Standing, place: Place) -> None:
    """Give the message its last word, and tell the end in a new one, which an admin hears."""
    words = words_in(place.locale)
    if place.message is not None:
        await change_at(bot, place.chat, place.message, answers.standing(words, known, broadcaster))
    await send(bot, Target.telegram(place.chat), (answers.report(words, known),))
    await broadcaster.broadcasts.keep_place(known.id, place, reported=True)


def _seconds(flood: RetryAfter) -> float:
    wait = flood._retry_after  # noqa: SLF001 - the public property warns
    return wait.total_seconds()
