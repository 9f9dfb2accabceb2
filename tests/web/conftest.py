"""Fixtures for the tests of the pages."""

from collections.abc import AsyncIterator

import pytest

from digest.clock import SetClock
from digest.store import Store
from tests.web.site import ANN, Site, running_site


@pytest.fixture
async def site(store: Store, clock: SetClock) -> AsyncIterator[Site]:
    """Give the pages, with one reader: Ann, who follows robotics by mail."""
    async with running_site(store, clock) as running:
        await running.house.membership.enrol([ANN], ["robotics"])
        yield running
