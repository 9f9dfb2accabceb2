"""A whole house behind the chat's door: the real store in a file, the real renderer, the seed's report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from telegram.ext import ApplicationBuilder
from telegram.request import BaseRequest

from digest.model.clock import FixedClock
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.admin import ServiceStatus
from digest.services.archive import Archive
from digest.services.broadcasts import BroadcastService
from digest.services.editions import EditionService
from digest.services.groups import GroupService
from digest.services.rate_limit import RateLimiter
from digest.services.saved_papers import SavedPaperService
from digest.services.search import SearchService
from digest.storage import Store, open_store
from digest.telegram import BotApplication, HandlerDependencies, register_handlers
from tests.render.email.sample_emails import seed_taxonomy
from tests.support.database import email_linking_service, subscription_service
from tests.support.report_parsing import parse_in_process

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2026, 1, 24, 9, 30, tzinfo=UTC)
ADMIN = 7
OTHER_ADMIN = 8


async def service_status() -> ServiceStatus:
    """Tell how a program does that just began."""
    return ServiceStatus(version="0", started_at=NOW, free_bytes=10_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatApp:
    """The house, and what stands behind it."""

    deps: HandlerDependencies
    store: Store
    clock: FixedClock


@asynccontextmanager
async def open_chat_app(
    folder: Path, *, ingest_seed: bool = True, email_folder: str | None = None, command_limit: int | None = None
) -> AsyncIterator[ChatApp]:
    """Open the house of a folder.

    ``ingest_seed`` takes the seed's report in, ``command_limit`` bounds commands.
    """
    clock = FixedClock(NOW)
    taxonomy = seed_taxonomy()
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'digest.db'}", clock)
    archive = Archive(store=store.papers, taxonomy=taxonomy, clock=clock, parse=parse_in_process)
    membership = subscription_service(store, clock)
    house = HandlerDependencies(
        subscriptions=membership,
        email_linking=email_linking_service(store, clock),
        groups=GroupService(store=store.groups, subscriptions=membership),
        archive=archive,
        editions=EditionService(store=store.editions, clock=clock),
        broadcasts=BroadcastService(store=store.broadcasts, clock=clock),
        stats=store.stats,
        last_lists=store.last_lists,
        search=SearchService(index=store.search_index, papers=store.papers, taxonomy=taxonomy),
        last_queries=store.last_searches,
        deliveries=store.outbox,
        stats_history=store.stats_history,
        subscriber_details=store.subscriber_details,
        export_data=store.link_tokens.export_data,
        status=service_status,
        saved_papers=SavedPaperService(store=store.saved_papers, subscriptions=membership, clock=clock),
        taxonomy=taxonomy,
        renderer=TelegramRenderer(taxonomy=taxonomy),
        clock=clock,
        admin_ids=frozenset({ADMIN, OTHER_ADMIN}),
        email_folder=email_folder,
        command_limiter=RateLimiter(limit=command_limit),
    )
    try:
        if ingest_seed:
            await archive.ingest((SEEDS / "2026-01-24.md").read_bytes())
        yield ChatApp(deps=house, store=store, clock=clock)
    finally:
        await store.close()


def build_terminal_application(deps: HandlerDependencies, request: BaseRequest) -> BotApplication:
    """Return the application for a terminal."""
    builder = ApplicationBuilder().token("1:terminal").updater(None)
    application = builder.request(request).concurrent_updates(16).build()
    register_handlers(application, deps)
    return application
