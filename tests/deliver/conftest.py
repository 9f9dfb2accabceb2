"""Bots and postboxes for the tests of the channels."""

from collections.abc import AsyncIterator

import pytest
from telegram.ext import ExtBot

from digest.deliver.pacing import Pace
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot
from tests.support.telegram_server import TelegramServer


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[ExtBot[Pace]]:
    """Give a real bot that talks to the stand-in."""
    async with build_bot(telegram.token, telegram.url) as ready:
        yield ready


@pytest.fixture
def postbox(bot: ExtBot[Pace]) -> TelegramPostbox:
    """Give the Telegram channel over that bot."""
    return TelegramPostbox(bot)
