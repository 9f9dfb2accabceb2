"""Fixtures for the tests of the pages."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from digest.clock import SetClock
from digest.store import Store, open_store
from tests.support.stores import NOW
from tests.web.site import ANN, Site, running_site


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with our tables and nobody in it, made once: every test begins with a copy."""
    file = tmp_path_factory.mktemp("empty") / "digest.db"

    async def make() -> None:
        await (await open_store(f"sqlite+aiosqlite:///{file}", SetClock(NOW))).close()

    with ThreadPoolExecutor(1) as own_loop:
        own_loop.submit(asyncio.run, make()).result()
    return file


@pytest.fixture
def url(tmp_path: Path, empty: Path) -> str:
    """Give the address of an empty database."""
    return f"sqlite+aiosqlite:///{shutil.copy(empty, tmp_path)}"


@pytest.fixture
async def site(store: Store, clock: SetClock) -> AsyncIterator[Site]:
    """Give the pages, with one reader: Ann, who follows robotics by mail."""
    async with running_site(store, clock) as running:
        await running.house.membership.enrol([ANN], ["robotics"])
        yield running
