"""The list of commands that Telegram shows beside the text field, in each language."""

import structlog
from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from digest.model import Locale
from digest.text.i18n import Translator, translator_for

MenuEntry = tuple[str, str]
_log = structlog.get_logger(__name__)


async def set_commands(bot: Bot, admin_ids: frozenset[int]) -> None:
    """Set the menus: everybody's, and one with the admin's commands in each admin's own chat.

    An admin who has never written to the bot has no chat yet; their menu comes with the next start.
    """
    for locale in Locale:
        tr = translator_for(locale)
        language = None if locale is Locale.EN else locale.value
        await bot.set_my_commands(private_commands(tr), scope=BotCommandScopeAllPrivateChats(), language_code=language)
        await bot.set_my_commands(group_commands(tr), scope=BotCommandScopeDefault(), language_code=language)
        for admin in sorted(admin_ids):
            try:
                menu = (*private_commands(tr), *admin_commands(tr))
                await bot.set_my_commands(menu, scope=BotCommandScopeChat(admin), language_code=language)
            except (BadRequest, Forbidden) as error:
                _log.info("an admin has no chat with the bot yet", admin=admin, reason=error.message)


def group_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return the commands that make sense in a group."""
    return (
        ("today", tr.gettext("The newest papers")),
        ("paper", tr.gettext("One paper, by number or arXiv id")),
        ("search", tr.gettext("All papers so far, by words")),
        ("subscribe", tr.gettext("Follow a domain")),
        ("unsubscribe", tr.gettext("Stop following a domain")),
        ("domains", tr.gettext("All domains, to tap on and off")),
        ("settings", tr.gettext("Hour, time zone, layout, keywords and more")),
        ("pause", tr.gettext("Take a break")),
        ("resume", tr.gettext("Go on after a break")),
        ("help", tr.gettext("Everything you can say")),
    )


def private_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return the commands of a private chat."""
    *most, help_entry = group_commands(tr)
    return (
        *most,
        ("saved", tr.gettext("The papers that you keep")),
        ("email", tr.gettext("Get the digest by email too")),
        ("groups", tr.gettext("Your groups and channels")),
        ("mydata", tr.gettext("Everything I keep about you")),
        ("forget", tr.gettext("Erase everything about you")),
        help_entry,
    )


def admin_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return the commands that only admins have."""
    return (
        ("broadcast", tr.gettext("A message to everybody, shown to you first")),
        ("stats", tr.gettext("Readers, papers and deliveries in numbers")),
        ("outbox", tr.gettext("What is held, refused or waits, and why")),
        ("health", tr.gettext("How each part of the service does")),
        ("user", tr.gettext("One reader: choices, addresses, deliveries")),
        ("upload", tr.gettext("Take a report in from a file")),
    )
