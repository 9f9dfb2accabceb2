"""Fixtures for the tests of the pages."""

from collections.abc import AsyncIterator

import pytest

from digest.model.clock import FixedClock
from digest.storage import Store
from tests.web.running_site import ANN_TARGET, RunningSite, run_site


@pytest.fixture
async def site(store: Store, clock: FixedClock) -> AsyncIterator[RunningSite]:
    """Return the pages, with one reader: Ann, who follows robotics by mail."""
    async with run_site(store, clock) as running:
        await running.deps.subscriptions.add_subscriber([ANN_TARGET], ["robotics"])
        yield running
