"""The stand-in under a real python-telegram-bot Application, by polling."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, CommandHandler

from digest.telegram.client import build_bot
from digest.telegram.rate_limiter import TelegramRateLimiter
from tests.support.telegram_server import TelegramServer

Context = Any


async def start(update: Update, _: Context) -> None:
    assert update.effective_message is not None
    assert update.effective_user is not None
    button = InlineKeyboardButton("Everything", callback_data="all")
    await update.effective_message.reply_text(
        f"Hello {update.effective_user.language_code}", reply_markup=InlineKeyboardMarkup([[button]])
    )


async def on_button(update: Update, _: Context) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Noted")
    await update.callback_query.edit_message_text("You follow everything")


async def on_who(update: Update, context: Context) -> None:
    assert update.effective_chat is not None
    assert update.effective_user is not None
    member = await context.bot.get_chat_member(update.effective_chat.id, update.effective_user.id)
    chat = await context.bot.get_chat(update.effective_chat.id)
    await context.bot.send_message(chat.id, f"{member.status} of {chat.title}")


@pytest.fixture
async def member_statuses(telegram: TelegramServer) -> AsyncIterator[list[str]]:
    """Run a bot that polls, and give what it heard of people who left."""
    heard: list[str] = []

    async def moved(update: Update, _: Context) -> None:
        assert update.my_chat_member is not None
        heard.append(update.my_chat_member.new_chat_member.status)
        telegram.world.notify_change()

    bot = build_bot(telegram.token, telegram.url, rate_limiter=TelegramRateLimiter())
    application = Application.builder().bot(bot).concurrent_updates(True).build()  # noqa: FBT003 - PTB's signature
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CommandHandler("who", on_who))
    application.add_handler(CallbackQueryHandler(on_button))
    application.add_handler(ChatMemberHandler(moved))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(poll_interval=0, timeout=1, allowed_updates=Update.ALL_TYPES)
        yield heard
        await application.updater.stop()
        await application.stop()


@pytest.mark.usefixtures("member_statuses")
async def test_a_reader_starts_taps_and_sees_the_message_change(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="zh")

    reader.send("/start")
    hello = await reader.wait_for_message("Hello zh")
    answer = await reader.tap("Everything", on=hello).wait_for_answer()
    changed = await reader.wait_for_edit(hello, "everything")

    assert answer.text == "Noted"
    assert (changed.text, changed.buttons) == ("You follow everything", [])


@pytest.mark.usefixtures("member_statuses")
async def test_a_group_knows_who_its_administrators_are(telegram: TelegramServer) -> None:
    ada, group = telegram.user(42), telegram.group(-1001, title="Lab")
    group.add_member(ada, "administrator")

    ada.send("/who", to=group)

    assert (await group.wait_for_message()).text == "administrator of Lab"


async def test_a_bot_hears_that_a_reader_blocked_it(telegram: TelegramServer, member_statuses: list[str]) -> None:
    telegram.user(42).block()

    await telegram.world.wait_until(lambda: member_statuses, 5, lambda: "nothing was heard")

    assert member_statuses == ["kicked"]
