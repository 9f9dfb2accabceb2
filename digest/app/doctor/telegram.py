"""The bot: does Telegram know the token, does anybody else answer for it, who is its admin."""

from collections.abc import AsyncIterator

from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from digest.app.doctor import webhook
from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.deliver.flood import Flooded
from digest.deliver.pacing import Pace
from digest.deliver.telegram_answers import ForeignAnswer
from digest.deliver.telegram_request import build_bot, build_request

_CHAT = Area.TELEGRAM
_BETWEEN = "a proxy, a firewall or a portal stands in between; whoever runs it must let the Bot API through"
_NETWORK = "look at this machine's network, at TELEGRAM_API_URL, and ask again"


async def check(case: Case) -> AsyncIterator[Finding]:
    """Ask ``getMe`` and ``getWebhookInfo``."""
    settings = case.settings
    if settings.telegram_bot_token is None:
        yield _CHAT.not_checked(
            "bot",
            f"TELEGRAM_BOT_TOKEN is not set: messages are written to {settings.mail_dir}",
            "@BotFather gives you one: /newbot",
        )
        return
    yield _admins(case)
    bot = build_bot(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        request=build_request(connections=2, read_timeout=case.patience),
    )
    try:
        yield _me(await bot.get_me(connect_timeout=case.patience))
        for finding in webhook.judged(await bot.get_webhook_info(), settings, case.clock()):
            yield finding
    except InvalidToken:
        yield _CHAT.problem(
            "bot", "Telegram refuses TELEGRAM_BOT_TOKEN", "@BotFather tells the right one: /mybots"
        )
    except ForeignAnswer as error:
        yield _CHAT.problem("bot", f"{settings.telegram_api_url}: {_words(error)}", _BETWEEN)
    except (TelegramError, Flooded) as error:
        yield _CHAT.not_checked("bot", f"{settings.telegram_api_url}: {_words(error)}", _NETWORK)
    finally:
        await _close(bot)


async def _close(bot: ExtBot[Pace]) -> None:
    for request in bot._request:  # noqa: SLF001 - PTB closes what it has initialized alone
        await request.shutdown()


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _me(me: User) -> Finding:
    groups = "everything" if me.can_read_all_group_messages else "commands and answers to it"
    joins = f"in groups it hears {groups}" if me.can_join_groups else "it may not be added to groups"
    return _CHAT.ok("bot", f"@{me.username}; {joins}")


def _admins(case: Case) -> Finding:
    count = len(case.settings.telegram_admin_ids)
    if count:
        return _CHAT.ok("admins", f"{count} may /broadcast and see /stats")
    return _CHAT.warning(
        "admins", "nobody may /broadcast or see /stats", "set TELEGRAM_ADMIN_IDS; @userinfobot tells yours"
    )
