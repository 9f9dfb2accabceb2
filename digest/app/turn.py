"""One turn of the wheel: take reports in, serve who is due, send what is due; for ``tick`` and the demo."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram.ext import ExtBot

from digest.app.core import Core
from digest.app.couriers import bot_of, letters_for, mail_courier, telegram_courier
from digest.app.returns import Reading, reading_of
from digest.app.sending import sender
from digest.courier import Courier
from digest.deliver.pacing import Pace
from digest.edition import Served

LAST_MAIL_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """Serves and sends once."""

    core: Core
    couriers: Sequence[Courier[Any]]
    returns: Reading | None

    async def turn(self) -> Served:
        """Read what came back, serve everybody who is due, and send all that is due on both channels."""
        if self.returns:
            await self.returns.once()
        await self.core.store.history.tally(self.core.clock())
        await self.core.sign_up.tidy()
        served = await self.core.desk.serve()
        await self.send()
        return served

    async def send(self) -> None:
        """Send all that is due on both channels."""
        ends = await asyncio.gather(*(one.drain() for one in self.couriers), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    def stop(self) -> None:
        """Claim nothing more; ``turn`` ends when what is in flight is settled."""
        for courier in self.couriers:
            courier.stop()


@asynccontextmanager
async def wheel(core: Core) -> AsyncIterator[Wheel]:
    """Give a wheel with a courier for each channel, and close its connections in the end."""
    async with sender(core) as own, _bot(core) as bot:
        letters = letters_for(core, bot)
        couriers: list[Courier[Any]] = [
            mail_courier(core, letters, own),
            telegram_courier(core, letters, own, bot),
        ]
        try:
            yield Wheel(core=core, couriers=couriers, returns=reading_of(core))
        finally:
            for courier in couriers:
                await courier.postbox.close()


@asynccontextmanager
async def _bot(core: Core) -> AsyncIterator[ExtBot[Pace] | None]:
    """Give a bot that only sends, None without a token."""
    bot = bot_of(core.settings)
    try:
        yield bot
    finally:
        if bot:
            await bot.shutdown()


@asynccontextmanager
async def mail_sent(core: Core) -> AsyncIterator[None]:
    """Send mail while inside, and what was asked for last on leaving: a code in the terminal arrives."""
    async with sender(core) as own:
        courier = mail_courier(core, letters_for(core), own)
        sending = asyncio.create_task(courier.run(), name="mail")
        try:
            yield
            await courier.idle(LAST_MAIL_SECONDS)
        finally:
            courier.stop()
            await asyncio.wait([sending])
            await courier.postbox.close()
    sending.result()
