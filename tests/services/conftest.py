"""What every test of returns may use."""

import pytest

from digest.model.clock import FixedClock
from digest.storage import Store
from tests.services.bounce_scenario import BounceScenario, create_bounce_scenario


@pytest.fixture
async def bounce_scenario(store: Store, clock: FixedClock) -> BounceScenario:
    """Return Ann, who has a chat and an address, with a digest mailed to her."""
    return await create_bounce_scenario(store, clock)
