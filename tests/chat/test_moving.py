"""A group that becomes a supergroup, as Telegram tells it in the old group."""

import asyncio

import pytest

from digest.model import EndpointState, Reader, Target
from tests.chat.household import Household
from tests.support.telegram_people import Group, Person
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")

OLD, NEW = -5, -1005


async def a_group(telegram: TelegramServer, number: int, words: str) -> Group:
    """Let the creator of a group say something there, and hear the answer."""
    creator: Person = telegram.user(42)
    group = telegram.group(number)
    group.member(creator, "creator")
    creator.send(words, to=group)
    await group.wait_for_message()
    return group


async def moved(home: Household) -> Reader:
    """Give the reader at the new place, as soon as nobody is at the old one."""
    async with asyncio.timeout(60):
        while True:
            old = await home.house.membership.reader(Target.telegram(OLD))
            new = await home.house.membership.reader(Target.telegram(NEW))
            if new and (old is None or old == new):
                return new
            await asyncio.sleep(0.02)


async def test_a_group_that_moves_keeps_what_it_follows(telegram: TelegramServer, home: Household) -> None:
    group = await a_group(telegram, OLD, "/subscribe robotics")

    group.migrate(NEW)

    after = await moved(home)
    assert after.preferences.domains == ("robotics",)
    assert [one.target.address for one in after.endpoints] == [str(NEW)]


async def test_a_group_that_spoke_at_its_new_place_already_becomes_one(
    telegram: TelegramServer, home: Household
) -> None:
    group = await a_group(telegram, OLD, "/subscribe robotics")
    await a_group(telegram, NEW, "/subscribe video")

    group.migrate(NEW)

    after = await moved(home)
    assert after.preferences.domains == ("robotics", "video")
    assert [one.target.address for one in after.endpoints if one.state is EndpointState.ACTIVE] == [str(NEW)]
    assert len(await home.store.people.readers()) == 1
