"""A running bot in front of the Telegram stand-in, with the real store behind it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram.ext import ApplicationBuilder

from digest.chat import ALLOWED_UPDATES, ChatApplication, House, register
from digest.deliver.telegram_request import build_bot
from tests.chat.household import Household, household
from tests.support.telegram_server import TelegramServer


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a database that holds the seed's report, made once and copied by tests."""
    return tmp_path_factory.mktemp("furnished")


@pytest.fixture
async def home(furnished: Path, tmp_path: Path) -> AsyncIterator[Household]:
    """Give a house with the seed's report, and no bound on commands."""
    if not (furnished / "digest.db").exists():
        async with household(furnished):
            pass
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    async with household(tmp_path, report=False) as opened:
        yield opened


@pytest.fixture
async def bot(telegram: TelegramServer, home: Household) -> AsyncIterator[ChatApplication]:
    """Give the chat of ``home``, polling the stand-in."""
    async with running(telegram, home.house) as application:
        yield application


@asynccontextmanager
async def running(telegram: TelegramServer, house: House) -> AsyncIterator[ChatApplication]:
    """Run the chat of a house against the stand-in."""
    bot = build_bot(telegram.token, telegram.url)
    application = ApplicationBuilder().bot(bot).concurrent_updates(16).build()
    register(application, house)
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(poll_interval=0, timeout=10, allowed_updates=ALLOWED_UPDATES)
        telling = asyncio.create_task(house.progress.run(bot, house.broadcaster))
        try:
            yield application
        finally:
            telling.cancel()
            await asyncio.wait([telling])
            await application.updater.stop()
            await application.stop()
