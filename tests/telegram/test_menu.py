"""The list of commands that Telegram shows."""

import json

from digest.telegram import BotApplication, set_commands
from digest.telegram.commands import COMMANDS
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ADMIN


def scope_key(kind: str, **more: int) -> str:
    """Return a scope as the stand-in keeps it."""
    return json.dumps({"type": kind, **more}, sort_keys=True)


async def test_the_menus_are_set_in_both_languages(telegram: TelegramServer, bot: BotApplication) -> None:
    telegram.user(ADMIN)

    await set_commands(bot.bot, frozenset({ADMIN}))

    menus = telegram.world.commands
    english, chinese = menus[scope_key("all_private_chats"), ""], menus[scope_key("all_private_chats"), "zh"]
    assert [entry["command"] for entry in english] == [entry["command"] for entry in chinese]
    assert {entry["command"] for entry in english} <= set(COMMANDS)
    assert all(entry["description"].isascii() for entry in english)
    assert not any(entry["description"].isascii() for entry in chinese)


async def test_only_an_admins_chat_lists_an_admins_commands(telegram: TelegramServer, bot: BotApplication) -> None:
    telegram.user(ADMIN)

    await set_commands(bot.bot, frozenset({ADMIN}))

    holding = {where for (where, _), menu in telegram.world.commands.items() if "stats" in {e["command"] for e in menu}}
    assert holding == {scope_key("chat", chat_id=ADMIN)}


async def test_a_group_is_not_offered_what_is_personal(telegram: TelegramServer, bot: BotApplication) -> None:
    await set_commands(bot.bot, frozenset())

    commands = {entry["command"] for entry in telegram.world.commands[scope_key("default"), ""]}
    assert "email" not in commands
    assert "today" in commands
