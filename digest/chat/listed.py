"""The list whose numbers a person means, and what there is for whoever asks."""

from dataclasses import replace
from datetime import date

from digest.chat.ask import Ask
from digest.chat.house import House
from digest.model import Digest, Subscriber


async def listed(house: House, ask: Ask) -> tuple[str, ...]:
    """Give the list whose numbers a person means: the newest one shown, else today's as it would be."""
    if newest := await house.listings.recall(ask.target):
        return newest
    return tuple(pick.paper for pick in (await share(house, ask, (), None)).picks)


async def share(house: House, ask: Ask, domains: tuple[str, ...] | None, day: date | None) -> Digest:
    """Give what there is for whoever asks; who follows nothing yet sees everything."""
    subscriber = ask.reader.subscriber if ask.reader else _stranger(house)
    preferences = replace(subscriber.preferences, locale=ask.locale)
    if preferences.nothing:
        preferences = replace(preferences, domains=None)
    return await house.desk.today(replace(subscriber, preferences=preferences), domains=domains, day=day)


def _stranger(house: House) -> Subscriber:
    """Give a stand-in for somebody who has not joined and need not in order to read."""
    return Subscriber(id=0, preferences=house.membership.defaults, created_at=house.clock(), next_at=None)


async def everything_today(house: House) -> tuple[str, ...]:
    """Give the papers of the newest report, whoever asks."""
    return tuple(pick.paper for pick in (await house.desk.today(_stranger(house), domains=None)).picks)
