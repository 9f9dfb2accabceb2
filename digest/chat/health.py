"""How the service does: everything an admin would otherwise look for in logs."""

from datetime import timedelta

from digest.chat.answers import health as answers
from digest.chat.ask import Ask, Reply, said
from digest.chat.house import House
from digest.errors import StoreDamaged, StoreError
from digest.overview import Queues

_LATELY = timedelta(days=7)


async def health(house: House, ask: Ask) -> Reply:
    """Answer ``/health``."""
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    signs = await house.signs()
    now = house.clock()
    return said(answers.health(ask.words, signs, await _queues(house), now, zone))


async def _queues(house: House) -> Queues | None:
    """Ask the store; None where it does not answer."""
    try:
        return await house.overview.queues(house.clock() - _LATELY)
    except (StoreError, StoreDamaged):
        return None
