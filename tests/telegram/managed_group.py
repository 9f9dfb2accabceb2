"""A channel, a group and a forum with the people who run them, for tests of what is steered."""

import asyncio

from digest.model import SubscriberProfile, Target
from digest.telegram import BotApplication
from tests.support.telegram_chat_actions import set_bot_status, without_bot
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait

OWNER_ID, OTHER_ID = 42, 43
CHANNEL_ID, FORUM_ID = -100500, -100600
IDLE_ROUNDS = 5


async def start_owner(telegram: TelegramServer, number: int = OWNER_ID, language_code: str = "en") -> Person:
    """Return somebody who has started the bot."""
    person = telegram.user(number, language_code=language_code)
    await send_and_wait(person, "/start")
    return person


async def add_channel(telegram: TelegramServer, owner: Person) -> tuple[GroupChat, ChatMessage]:
    """Let the owner of a channel put the bot there; give it, and what the bot asks them in private."""
    channel = without_bot(telegram.channel(CHANNEL_ID, username="dailypapers"))
    channel.add_member(owner, "creator")
    set_bot_status(channel, "administrator", by=owner)
    return channel, await owner.wait_for_message("I have been added to Daily Papers")


async def group_profile(chat_app: ChatApp, chat: int, thread: int | None = None) -> SubscriberProfile:
    """Return the subscriber that a chat is."""
    reader = await chat_app.deps.subscriptions.find_profile(Target.telegram(chat, thread))
    assert reader is not None
    return reader


async def group_number(chat_app: ChatApp, chat: int, thread: int | None = None) -> int:
    """Return the number that steers a chat."""
    return (await group_profile(chat_app, chat, thread)).subscriber.id


async def followed_domains(chat_app: ChatApp, chat: int, thread: int | None = None) -> tuple[str, ...] | None:
    """Return what a chat follows."""
    return (await group_profile(chat_app, chat, thread)).preferences.domains


async def wait_until_idle(bot: BotApplication, person: Person) -> None:
    """Wait until everything that Telegram has told so far is answered, whatever chat it was in."""
    calm = 0
    async with asyncio.timeout(60):
        while calm < IDLE_ROUNDS:
            at_work = bot.update_processor.current_concurrent_updates or not bot.update_queue.empty()
            calm = 0 if at_work or person.world.updates.pending else calm + 1
            await asyncio.sleep(0.01)
