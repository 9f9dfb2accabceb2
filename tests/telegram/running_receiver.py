"""A talk with the Telegram stand-in as the service has it, on a store and a port of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.app.container import Container, open_container
from digest.app.delivery import bot_from_settings
from digest.app.settings import Settings
from digest.app.telegram import build_application, build_receiver, handler_dependencies
from digest.app.web import run_web_server
from digest.model.clock import system_clock
from digest.telegram.receiver import UpdateLog, UpdateReceiver, WebhookQueue
from digest.web import HealthStatus, TelegramWebhook
from tests.support.telegram_server import TelegramServer

SECRET = "the-secret-of-the-tests-of-the-talk_1"


@dataclass(slots=True, kw_only=True)
class RunningReceiver:
    """A talk that runs; ``ended`` holds what it ended the service with."""

    core: Container
    receiver: UpdateReceiver
    task: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        """Where Telegram brings updates."""
        return f"{self.core.settings.public_url}/telegram"

    async def stop(self) -> None:
        """Stop it in order, as SIGTERM does."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def wait_until(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def start_receiver(
    folder: Path, telegram: TelegramServer, *, secret: str = SECRET, update_log: UpdateLog | None = None
) -> AsyncIterator[RunningReceiver]:
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
    async with open_container(settings, system_clock) as core:
        bot = bot_from_settings(settings)
        assert bot is not None
        chat = build_application(bot, handler_dependencies(core))
        inbox = (
            WebhookQueue(update_log=update_log or core.store.telegram_updates, clock=system_clock) if secret else None
        )
        hook = TelegramWebhook(secret=secret.encode(), enqueue=inbox.accept) if inbox else None
        async with run_web_server(core, _healthy, hook):
            talk = build_receiver(core, chat, inbox)
            running = RunningReceiver(core=core, receiver=talk, task=asyncio.create_task(talk.run()))
            try:
                yield running
            finally:
                await running.stop()
                await chat.shutdown()
                await bot.shutdown()


async def _healthy() -> HealthStatus:
    return HealthStatus(checks={})
