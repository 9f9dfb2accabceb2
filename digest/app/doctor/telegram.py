"""The bot: does Telegram know the token, does anybody else answer for it, who is its admin."""

from collections.abc import AsyncIterator

from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from digest.app.doctor import webhook
from digest.app.doctor.context import CheckContext
from digest.app.doctor.result import Area, CheckResult
from digest.telegram.api_answers import ForeignResponse, TooManyRequests
from digest.telegram.client import build_bot, build_request
from digest.telegram.rate_limiter import Priority

_TELEGRAM = Area.TELEGRAM
_PROXY_ADVICE = "a proxy, a firewall or a portal stands in between; whoever runs it must let the Bot API through"
_NETWORK_ADVICE = "look at this machine's network, at TELEGRAM_API_URL, and ask again"


async def check_bot(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Ask ``getMe`` and ``getWebhookInfo``."""
    settings = ctx.settings
    if settings.telegram_bot_token is None:
        yield _TELEGRAM.not_checked(
            "bot",
            f"TELEGRAM_BOT_TOKEN is not set: messages are written to {settings.mail_dir}",
            "@BotFather gives you one: /newbot",
        )
        return
    yield _evaluate_admins(ctx)
    bot = build_bot(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        request=build_request(max_connections=2, read_timeout=ctx.timeout),
    )
    try:
        yield _evaluate_bot(await bot.get_me(connect_timeout=ctx.timeout))
        for finding in webhook.evaluate_webhook(await bot.get_webhook_info(), settings, ctx.clock()):
            yield finding
    except InvalidToken:
        yield _TELEGRAM.problem("bot", "Telegram refuses TELEGRAM_BOT_TOKEN", "@BotFather tells the right one: /mybots")
    except ForeignResponse as error:
        yield _TELEGRAM.problem("bot", f"{settings.telegram_api_url}: {_error_text(error)}", _PROXY_ADVICE)
    except (TelegramError, TooManyRequests) as error:
        yield _TELEGRAM.not_checked("bot", f"{settings.telegram_api_url}: {_error_text(error)}", _NETWORK_ADVICE)
    finally:
        await _close_bot(bot)


async def _close_bot(bot: ExtBot[Priority]) -> None:
    for request in bot._request:  # noqa: SLF001 - PTB closes what it has initialized alone
        await request.shutdown()


def _error_text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _evaluate_bot(bot_user: User) -> CheckResult:
    groups = "everything" if bot_user.can_read_all_group_messages else "commands and answers to it"
    joins = f"in groups it hears {groups}" if bot_user.can_join_groups else "it may not be added to groups"
    return _TELEGRAM.ok("bot", f"@{bot_user.username}; {joins}")


def _evaluate_admins(ctx: CheckContext) -> CheckResult:
    count = len(ctx.settings.telegram_admin_ids)
    if count:
        return _TELEGRAM.ok("admins", f"{count} may /broadcast and see /stats")
    return _TELEGRAM.warning(
        "admins", "nobody may /broadcast or see /stats", "set TELEGRAM_ADMIN_IDS; @userinfobot tells yours"
    )
