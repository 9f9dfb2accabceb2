"""The real store on a file of its own, and short ways to fill it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.model import Paper, Preferences, Report, Section
from digest.model.clock import FixedClock
from digest.services.archive import PaperChange
from digest.services.email_linking import EmailLinkingService
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store, open_store

NOW = datetime(2026, 1, 26, 7, 0, tzinfo=UTC)
"""A Monday morning."""

TODAY = NOW.date()


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands on a Monday morning."""
    return FixedClock(NOW)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a database that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database that is up to date, made once: a test's own begins as its copy."""
    file = tmp_path_factory.mktemp("blank") / "digest.db"

    async def make() -> None:
        await (await open_store(f"sqlite+aiosqlite:///{file}", FixedClock(NOW))).close()

    # A thread of its own: whoever asks first may stand in a running loop.
    with ThreadPoolExecutor(1) as own_loop:
        own_loop.submit(asyncio.run, make()).result()
    return file


@pytest.fixture
async def store(url: str, clock: FixedClock, empty_database: Path) -> AsyncIterator[Store]:
    """Return an empty store."""
    shutil.copy(empty_database, database_path(url))
    opened = await open_store(url, clock)
    try:
        yield opened
    finally:
        await opened.close()


def database_path(url: str) -> Path:
    """Return the file of a database URL."""
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


def make_paper(number: int | str, *domains: str, text: str = "as first written") -> Paper:
    """Return a classified paper; a number makes an arXiv id."""
    name = number if isinstance(number, str) else f"2601.{number:05}"
    return Paper(
        id=name,
        title=f"Paper {name}",
        url=f"https://huggingface.co/papers/{name}",
        sections={Section.CONTRIBUTION: text},
        domains=domains,
    )


async def save_report(store: Store, day: date, *papers: Paper, name: str = "") -> Sequence[PaperChange]:
    """Store a report of a date, as the archive does."""
    report = Report(date=day, source_url=None, papers=papers)
    return await store.papers.save_report(day, name, report, f"{day} {papers}", NOW)


def subscription_service(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership with plain defaults: eight o'clock, UTC, daily, English."""
    return SubscriptionService(
        store=store.subscribers, endpoints=store.email_verification, clock=clock, defaults=Preferences()
    )


def email_linking_service(store: Store, clock: FixedClock) -> EmailLinkingService:
    """Return linking on the store, with such a membership."""
    membership = subscription_service(store, clock)
    return EmailLinkingService(
        store=store.email_verification, subscriptions=membership, clock=clock, secret=b"for tests alone"
    )
