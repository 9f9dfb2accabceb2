"""Couriers and bots as the service builds them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telegram.error import RetryAfter

from digest.app.core import Core, opened
from digest.app.couriers import bot_of, obey_hold
from digest.clock import SetClock
from digest.courier import Hold
from digest.deliver.pacing import Pace
from digest.model import Channel
from digest.reasons import server_reply
from digest.settings import Settings
from tests.support.children import ROOT
from tests.support.stores import NOW
from tests.support.telegram_server import TelegramServer


@pytest.fixture
async def core(tmp_path: Path, telegram: TelegramServer) -> AsyncIterator[Core]:
    """Give the use cases of an operator whose bot talks to the stand-in."""
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
            "TAXONOMY_FILE": str(ROOT / "seeds" / "taxonomy.tsv"),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
    )
    async with opened(settings, SetClock(NOW)) as core:
        yield core


@pytest.mark.parametrize(("hours", "waits"), [(12, True), (-1, False), (None, False)])
async def test_bulk_of_a_new_program_waits_as_telegram_told_the_one_before(
    core: Core, telegram: TelegramServer, hours: int | None, *, waits: bool
) -> None:
    reader = telegram.user(42)
    if hours is not None:
        hold = Hold(until=core.clock() + timedelta(hours=hours), reason=server_reply("flood"))
        await core.store.outbox.hold(Channel.TELEGRAM, hold)
    bot = bot_of(core.settings)
    assert bot is not None

    await obey_hold(core, bot)

    async with bot:
        if waits:
            with pytest.raises(RetryAfter):
                await bot.send_message(42, "bulk", rate_limit_args=Pace.BULK)
        else:
            await bot.send_message(42, "bulk", rate_limit_args=Pace.BULK)
        await bot.send_message(42, "reply")
    assert [message.text for message in reader.messages] == ["reply"] if waits else ["bulk", "reply"]


async def test_without_a_bot_nobody_has_to_wait(core: Core) -> None:
    await core.store.outbox.hold(
        Channel.TELEGRAM, Hold(until=core.clock() + timedelta(hours=1), reason=server_reply("flood"))
    )

    await obey_hold(core, None)

    assert await core.store.outbox.held(Channel.TELEGRAM, core.clock()) is not None
