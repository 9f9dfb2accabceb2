"""A whole house behind the chat's door: the real store in a file, the real renderer, the seed's report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from telegram.ext import ApplicationBuilder
from telegram.request import BaseRequest

from digest.archive import Archive
from digest.broadcast import Broadcaster
from digest.bucket import Bucket
from digest.chat import ChatApplication, House, register
from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.groups import Groups
from digest.overview import Signs
from digest.render.telegram import TelegramRenderer
from digest.search import Search
from digest.shelf import Shelf
from digest.store import Store, open_store
from tests.render.mails import taxonomy as seed_taxonomy
from tests.support.parsing import parsed_here
from tests.support.stores import linking_on, membership_on

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2026, 1, 24, 9, 30, tzinfo=UTC)
ADMIN = 7
OTHER_ADMIN = 8


async def signs() -> Signs:
    """Tell how a program does that just began."""
    return Signs(version="0", started_at=NOW, room=10_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The house, and what stands behind it."""

    house: House
    store: Store
    clock: SetClock


@asynccontextmanager
async def household(
    folder: Path, *, report: bool = True, mail_folder: str | None = None, most: int | None = None
) -> AsyncIterator[Household]:
    """Open the house of a folder; ``report`` takes the seed's report in, ``most`` bounds commands."""
    clock = SetClock(NOW)
    taxonomy = seed_taxonomy()
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'digest.db'}", clock)
    archive = Archive(papers=store.papers, taxonomy=taxonomy, clock=clock, parse=parsed_here)
    membership = membership_on(store, clock)
    house = House(
        membership=membership,
        linking=linking_on(store, clock),
        groups=Groups(book=store.groups, membership=membership),
        archive=archive,
        desk=EditionDesk(editions=store.editions, clock=clock),
        broadcaster=Broadcaster(broadcasts=store.broadcasts, clock=clock),
        overview=store.overview,
        listings=store.listings,
        search=Search(index=store.index, papers=store.papers, taxonomy=taxonomy),
        searches=store.searches,
        deliveries=store.outbox,
        history=store.history,
        cards=store.cards,
        record=store.keys.record,
        signs=signs,
        shelf=Shelf(shelves=store.shelves, membership=membership, clock=clock),
        taxonomy=taxonomy,
        renderer=TelegramRenderer(taxonomy=taxonomy),
        clock=clock,
        admin_ids=frozenset({ADMIN, OTHER_ADMIN}),
        mail_folder=mail_folder,
        commands=Bucket(most=most),
    )
    try:
        if report:
            await archive.ingest((SEEDS / "2026-01-24.md").read_bytes())
        yield Household(house=house, store=store, clock=clock)
    finally:
        await store.close()


def terminal_application(house: House, request: BaseRequest) -> ChatApplication:
    """Give the application for a terminal."""
    builder = ApplicationBuilder().token("1:terminal").updater(None)
    application = builder.request(request).concurrent_updates(16).build()
    register(application, house)
    return application
