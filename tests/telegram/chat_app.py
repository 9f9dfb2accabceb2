"""The chat on its use cases: the program's own wiring on a database in a file, with the seed's report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from telegram.ext import ApplicationBuilder
from telegram.request import BaseRequest

from digest.app.container import open_container
from digest.app.settings import Settings
from digest.app.telegram import handler_dependencies
from digest.model.clock import FixedClock
from digest.services.admin import ServiceStatus
from digest.services.rate_limit import RateLimiter
from digest.storage import Store
from digest.telegram import BotApplication, HandlerDependencies, register_handlers
from tests.support.report_parsing import parse_in_process

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2026, 1, 24, 9, 30, tzinfo=UTC)
ADMIN = 7
OTHER_ADMIN = 8


async def service_status() -> ServiceStatus:
    """Return the status of a program that has just started."""
    return ServiceStatus(version="0", started_at=NOW, free_bytes=10_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatApp:
    """What the chat's handlers depend on, its store and its clock."""

    deps: HandlerDependencies
    store: Store
    clock: FixedClock


@asynccontextmanager
async def open_chat_app(
    folder: Path, *, ingest_seed: bool = True, email_folder: str | None = None, command_limit: int | None = None
) -> AsyncIterator[ChatApp]:
    """Open the chat on the database of a folder, with pictures and child processes switched off.

    ``ingest_seed`` imports the seed's report, ``command_limit`` bounds commands. Without an ``email_folder``
    there is a mail server.
    """
    clock = FixedClock(NOW)
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'digest.db'}",
            "MAIL_DIR": str(folder / "mail"),
            "TAXONOMY_FILE": str(SEEDS / "taxonomy.tsv"),
            "TELEGRAM_ADMIN_IDS": f"{ADMIN},{OTHER_ADMIN}",
            "SECRET_KEY": "a secret for tests, at least 32 characters",
        }
    )
    async with open_container(settings, clock) as opened:
        container = replace(opened, archive=replace(opened.archive, parse=parse_in_process))
        deps = replace(
            handler_dependencies(container, service_status),
            email_folder=email_folder,
            command_limiter=RateLimiter(limit=command_limit),
            render_chart=None,
        )
        if ingest_seed:
            await deps.archive.ingest((SEEDS / "2026-01-24.md").read_bytes())
        yield ChatApp(deps=deps, store=container.store, clock=clock)


def build_terminal_application(deps: HandlerDependencies, request: BaseRequest) -> BotApplication:
    """Return the application for a terminal."""
    builder = ApplicationBuilder().token("1:terminal").updater(None)
    application = builder.request(request).concurrent_updates(16).build()
    register_handlers(application, deps)
    return application
