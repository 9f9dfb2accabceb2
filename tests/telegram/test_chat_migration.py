"""A group that becomes a supergroup, as Telegram tells it in the old group."""

import asyncio

import pytest

from digest.model import EndpointState, SubscriberProfile, Target
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.telegram.chat_app import ChatApp

pytestmark = pytest.mark.usefixtures("bot")

OLD_ID, NEW_ID = -5, -1005


async def add_group(telegram: TelegramServer, number: int, words: str) -> GroupChat:
    """Let the creator of a group say something there, and hear the answer."""
    creator: Person = telegram.user(42)
    group = telegram.group(number)
    group.add_member(creator, "creator")
    creator.send(words, to=group)
    await group.wait_for_message()
    return group


async def wait_for_migration(chat_app: ChatApp) -> SubscriberProfile:
    """Return the reader at the new place, as soon as nobody is at the old one."""
    async with asyncio.timeout(60):
        while True:
            old = await chat_app.deps.subscriptions.find_profile(Target.telegram(OLD_ID))
            new = await chat_app.deps.subscriptions.find_profile(Target.telegram(NEW_ID))
            if new and (old is None or old == new):
                return new
            await asyncio.sleep(0.02)


async def test_a_group_that_moves_keeps_what_it_follows(telegram: TelegramServer, chat_app: ChatApp) -> None:
    group = await add_group(telegram, OLD_ID, "/subscribe robotics")

    group.migrate(NEW_ID)

    after = await wait_for_migration(chat_app)
    assert after.preferences.domains == ("robotics",)
    assert [one.target.address for one in after.endpoints] == [str(NEW_ID)]


async def test_a_group_that_spoke_at_its_new_place_already_becomes_one(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    group = await add_group(telegram, OLD_ID, "/subscribe robotics")
    await add_group(telegram, NEW_ID, "/subscribe video")

    group.migrate(NEW_ID)

    after = await wait_for_migration(chat_app)
    assert after.preferences.domains == ("robotics", "video")
    assert [one.target.address for one in after.endpoints if one.state is EndpointState.ACTIVE] == [str(NEW_ID)]
    assert len(await chat_app.store.subscribers.list_profiles()) == 1
