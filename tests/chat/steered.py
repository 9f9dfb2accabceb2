"""A channel, a group and a forum with the people who run them, for tests of what is steered."""

import asyncio

from digest.chat import ChatApplication
from digest.model import Reader, Target
from tests.chat.household import Household
from tests.chat.talking import ask
from tests.support.telegram_moves import absent, place_bot
from tests.support.telegram_people import Group, Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage

BOSS, OTHER = 42, 43
CHANNEL, FORUM = -100500, -100600
CALM = 5


async def a_boss(telegram: TelegramServer, number: int = BOSS, language_code: str = "en") -> Person:
    """Give somebody who has started the bot."""
    person = telegram.user(number, language_code=language_code)
    await ask(person, "/start")
    return person


async def a_channel(telegram: TelegramServer, boss: Person) -> tuple[Group, ChatMessage]:
    """Let the owner of a channel put the bot there; give it, and what the bot asks them in private."""
    channel = absent(telegram.channel(CHANNEL, username="dailypapers"))
    channel.member(boss, "creator")
    place_bot(channel, "administrator", by=boss)
    return channel, await boss.wait_for_message("I am in Daily Papers now")


async def reader_at(home: Household, chat: int, thread: int | None = None) -> Reader:
    """Give the subscriber that a chat is."""
    reader = await home.house.membership.reader(Target.telegram(chat, thread))
    assert reader is not None
    return reader


async def number_of(home: Household, chat: int, thread: int | None = None) -> int:
    """Give the number that steers a chat."""
    return (await reader_at(home, chat, thread)).subscriber.id


async def follows(home: Household, chat: int, thread: int | None = None) -> tuple[str, ...] | None:
    """Give what a chat follows."""
    return (await reader_at(home, chat, thread)).preferences.domains


async def still(bot: ChatApplication, person: Person) -> None:
    """Wait until everything that Telegram has told so far is answered, whatever chat it was in."""
    calm = 0
    async with asyncio.timeout(60):
        while calm < CALM:
            at_work = bot.update_processor.current_concurrent_updates or not bot.update_queue.empty()
            calm = 0 if at_work or person.world.updates.waiting else calm + 1
            await asyncio.sleep(0.01)
