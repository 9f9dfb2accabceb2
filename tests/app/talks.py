"""A talk with the Telegram stand-in as the service has it, on a store and a port of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.app.core import Core, opened
from digest.app.couriers import bot_of
from digest.app.inbox import Inbox, Noted
from digest.app.site import serving
from digest.app.talk import chat_on, house_of, talk_of
from digest.app.talking import Talk
from digest.clock import system_clock
from digest.settings import Settings
from digest.web import Health, TelegramHook
from tests.support.telegram_server import TelegramServer

SECRET = "the-secret-of-the-tests-of-the-talk_1"


@dataclass(slots=True, kw_only=True)
class Running:
    """A talk that runs; ``ended`` holds what it ended the service with."""

    core: Core
    talk: Talk
    task: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        """Where Telegram brings updates."""
        return f"{self.core.settings.public_url}/telegram"

    async def stop(self) -> None:
        """Stop it in order, as SIGTERM does."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def eventually(seen: Callable[[], bool], *, within: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not seen():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def free_port() -> int:
    """Give a port that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def talking(
    folder: Path, telegram: TelegramServer, *, secret: str = SECRET, noted: Noted | None = None
) -> AsyncIterator[Running]:
    """Talk by webhook while inside, or by polling where ``secret`` is empty."""
    port = free_port()
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/digest.db",
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_WEBHOOK_SECRET": secret,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WEB_PORT": str(port),
        }
    )
    async with opened(settings, system_clock) as core:
        bot = bot_of(settings)
        assert bot is not None
        chat = chat_on(bot, house_of(core))
        inbox = Inbox(noted=noted or core.store.updates, clock=system_clock) if secret else None
        hook = TelegramHook(secret=secret.encode(), take=inbox.take) if inbox else None
        async with serving(core, _well, hook):
            talk = talk_of(core, chat, inbox)
            running = Running(core=core, talk=talk, task=asyncio.create_task(talk.run()))
            try:
                yield running
            finally:
                await running.stop()
                await chat.shutdown()
                await bot.shutdown()


async def _well() -> Health:
    return Health(parts={})
