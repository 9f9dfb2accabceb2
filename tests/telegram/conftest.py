"""A running bot in front of the Telegram stand-in, with the real store behind it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram.ext import ApplicationBuilder

from digest.telegram import ALLOWED_UPDATES, BotApplication, HandlerDependencies, register_handlers
from digest.telegram.client import build_bot
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp, open_chat_app


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database that holds the seed's report, made once and copied by tests."""
    return tmp_path_factory.mktemp("furnished")


@pytest.fixture
async def chat_app(seeded_folder: Path, tmp_path: Path) -> AsyncIterator[ChatApp]:
    """Return a house with the seed's report, and no bound on commands."""
    if not (seeded_folder / "digest.db").exists():
        async with open_chat_app(seeded_folder):
            pass
    shutil.copytree(seeded_folder, tmp_path, dirs_exist_ok=True)
    async with open_chat_app(tmp_path, ingest_seed=False) as opened:
        yield opened


@pytest.fixture
async def bot(telegram: TelegramServer, chat_app: ChatApp) -> AsyncIterator[BotApplication]:
    """Return the chat of ``home``, polling the stand-in."""
    async with run_chat(telegram, chat_app.deps) as application:
        yield application


@asynccontextmanager
async def run_chat(telegram: TelegramServer, deps: HandlerDependencies) -> AsyncIterator[BotApplication]:
    """Run the chat of a house against the stand-in."""
    bot = build_bot(telegram.token, telegram.url)
    application = ApplicationBuilder().bot(bot).concurrent_updates(16).build()
    register_handlers(application, deps)
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(poll_interval=0, timeout=10, allowed_updates=ALLOWED_UPDATES)
        telling = asyncio.create_task(deps.progress_messages.run(bot, deps.broadcasts))
        try:
            yield application
        finally:
            telling.cancel()
            await asyncio.wait([telling])
            await application.updater.stop()
            await application.stop()
