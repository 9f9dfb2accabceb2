"""What the tests of the whole service share: its settings between the stand-ins, and time that passes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sqlalchemy import update

from digest.model import DeliveryState
from digest.model.clock import system_clock
from digest.storage import open_store
from digest.storage.tables import subscribers
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer

ADMIN = 9001
ROBOTICS_PAPERS = {"2601.15197", "2601.16163", "2601.15703", "2601.15224"}
"""The papers of the seed that robotics gets."""


def service_settings(folder: Path, telegram: TelegramServer) -> dict[str, str]:
    """Return the settings of a service that talks to the stand-in and keeps its files in ``folder``."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/digest.db",
        "MAIL_DIR": str(folder / "out"),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_ADMIN_IDS": str(ADMIN),
        "LOG_LEVEL": "debug",
    }


async def make_everybody_due(settings: Mapping[str, str]) -> None:
    """Make every reader's next turn a minute ago."""
    store = await open_store(settings["DATABASE_URL"], system_clock)
    ago = system_clock() - timedelta(minutes=1)
    await store.database.write(lambda db: db.execute(update(subscribers).values(next_digest_at=ago)))
    await store.close()


async def count_states(settings: Mapping[str, str]) -> dict[DeliveryState, int]:
    """Count the deliveries by their state."""
    store = await open_store(settings["DATABASE_URL"], system_clock)
    numbers = await store.stats.load_stats()
    await store.close()
    return dict(numbers.deliveries)


async def wait_for_emails(smtp_server: SmtpServer, count: int, *, within: float = 200) -> list[EmailMessage]:
    """Return the mails once there are so many."""
    async with asyncio.timeout(within):
        while len(smtp_server.messages) < count:  # noqa: ASYNC110 - the server of the tests has no event for it
            await asyncio.sleep(0.1)
    return [message_from_bytes(one.raw, policy=default) for one in smtp_server.messages]


def plain_text_of(message: EmailMessage) -> str:
    """Return the text/plain part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
