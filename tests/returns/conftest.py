"""What every test of returns may use."""

import pytest

from digest.clock import SetClock
from digest.store import Store
from tests.returns.household import Household, household


@pytest.fixture
async def home(store: Store, clock: SetClock) -> Household:
    """Give Ann, who has a chat and an address, with a digest mailed to her."""
    return await household(store, clock)
