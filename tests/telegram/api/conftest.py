"""Bots and postboxes for the tests of the channels."""

from collections.abc import AsyncIterator

import pytest
from telegram.ext import ExtBot

from digest.telegram.client import build_bot
from digest.telegram.rate_limiter import Priority
from digest.telegram.sender import TelegramSender
from tests.support.telegram_server import TelegramServer


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Priority]]:
    """Return a real bot that talks to the stand-in."""
    async with build_bot(telegram.token, telegram.url) as ready:
        yield ready


@pytest.fixture
def sender(bot: ExtBot[Priority]) -> TelegramSender:
    """Return the Telegram channel over that bot."""
    return TelegramSender(bot)
