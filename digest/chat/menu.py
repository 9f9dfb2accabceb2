"""The list of commands that Telegram shows beside the text field, in each language."""

import structlog
from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from digest.model import Locale
from digest.words import Words, words_in

Entry = tuple[str, str]
_log = structlog.get_logger(__name__)


async def set_commands(bot: Bot, admin_ids: frozenset[int]) -> None:
    """Set the menus: everybody's, and one with the admin's commands in each admin's own chat.

    An admin who has never written to the bot has no chat yet; their menu comes with the next start.
    """
    for locale in Locale:
        words = words_in(locale)
        language = None if locale is Locale.EN else locale.value
        await bot.set_my_commands(
            for_everybody(words), scope=BotCommandScopeAllPrivateChats(), language_code=language
        )
        await bot.set_my_commands(for_groups(words), scope=BotCommandScopeDefault(), language_code=language)
        for admin in sorted(admin_ids):
            try:
                menu = (*for_everybody(words), *for_admins(words))
                await bot.set_my_commands(menu, scope=BotCommandScopeChat(admin), language_code=language)
            except (BadRequest, Forbidden) as error:
                _log.info("an admin has no chat with the bot yet", admin=admin, reason=error.message)


def for_groups(words: Words) -> tuple[Entry, ...]:
    """Give the commands that make sense in a group."""
    return (
        ("today", words.say("The newest papers")),
        ("paper", words.say("One paper, by number or arXiv id")),
        ("search", words.say("All papers so far, by words")),
        ("subscribe", words.say("Follow a domain")),
        ("unsubscribe", words.say("Stop following a domain")),
        ("domains", words.say("All domains, to tap on and off")),
        ("settings", words.say("Hour, time zone, layout, keywords and more")),
        ("pause", words.say("Take a break")),
        ("resume", words.say("Go on after a break")),
        ("help", words.say("Everything you can say")),
    )


def for_everybody(words: Words) -> tuple[Entry, ...]:
    """Give the commands of a private chat."""
    *most, help_entry = for_groups(words)
    return (
        *most,
        ("saved", words.say("The papers that you keep")),
        ("email", words.say("Get the digest by email too")),
        ("groups", words.say("Your groups and channels")),
        ("mydata", words.say("Everything I keep about you")),
        ("forget", words.say("Erase everything about you")),
        help_entry,
    )


def for_admins(words: Words) -> tuple[Entry, ...]:
    """Give the commands that only admins have."""
    return (
        ("broadcast", words.say("A message to everybody, shown to you first")),
        ("stats", words.say("Readers, papers and deliveries in numbers")),
        ("outbox", words.say("What is held, refused or waits, and why")),
        ("health", words.say("How each part of the service does")),
        ("user", words.say("One reader: choices, addresses, deliveries")),
        ("upload", words.say("Take a report in from a file")),
    )
