"""Couriers and bots as the service builds them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telegram.error import RetryAfter

from digest.app.container import Container, open_container
from digest.app.delivery import bot_from_settings, restore_pause
from digest.app.settings import Settings
from digest.model import Channel
from digest.model.clock import FixedClock
from digest.model.reasons import server_reply
from digest.services.delivery import ChannelPause
from digest.telegram.rate_limiter import Priority
from tests.support.child_process import ROOT
from tests.support.database import NOW
from tests.support.telegram_server import TelegramServer


@pytest.fixture
async def container(tmp_path: Path, telegram: TelegramServer) -> AsyncIterator[Container]:
    """Return the use cases of an operator whose bot talks to the stand-in."""
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
            "TAXONOMY_FILE": str(ROOT / "seeds" / "taxonomy.tsv"),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
    )
    async with open_container(settings, FixedClock(NOW)) as core:
        yield core


@pytest.mark.parametrize(("hours", "waits"), [(12, True), (-1, False), (None, False)])
async def test_bulk_of_a_new_program_waits_as_telegram_told_the_one_before(
    container: Container, telegram: TelegramServer, hours: int | None, *, waits: bool
) -> None:
    reader = telegram.user(42)
    if hours is not None:
        hold = ChannelPause(until=container.clock() + timedelta(hours=hours), reason=server_reply("flood"))
        await container.store.outbox.save_pause(Channel.TELEGRAM, hold)
    bot = bot_from_settings(container.settings)
    assert bot is not None

    await restore_pause(container, bot)

    async with bot:
        if waits:
            with pytest.raises(RetryAfter):
                await bot.send_message(42, "bulk", rate_limit_args=Priority.BULK)
        else:
            await bot.send_message(42, "bulk", rate_limit_args=Priority.BULK)
        await bot.send_message(42, "reply")
    assert [message.text for message in reader.messages] == ["reply"] if waits else ["bulk", "reply"]


async def test_without_a_bot_nobody_has_to_wait(container: Container) -> None:
    await container.store.outbox.save_pause(
        Channel.TELEGRAM, ChannelPause(until=container.clock() + timedelta(hours=1), reason=server_reply("flood"))
    )

    await restore_pause(container, None)

    assert await container.store.outbox.active_pause(Channel.TELEGRAM, container.clock()) is not None
