"""The bot: does Telegram know the token, do updates reach us, who is its admin."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from telegram import User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.app.settings import Settings
from digest.model.webhook_url import webhook_url
from digest.telegram.api_answers import ForeignResponse, TooManyRequests
from digest.telegram.client import build_bot, build_request
from digest.telegram.receiver import last_error_text

RECENT_ERROR_AGE = timedelta(hours=1)
"""How long Telegram's last error counts though nothing waits any more."""

MAX_PENDING_UPDATES = 100
MIN_SECRET_LENGTH = 16

_TELEGRAM = Area.TELEGRAM
_PROXY_ADVICE = "a proxy, a firewall or a portal stands in between; whoever runs it must let the Bot API through"
_WEBHOOK_ADVICE = "let the proxy pass POST /telegram on, whole and with its headers; docs/webhook.md has examples"
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
        for finding in evaluate_webhook(await bot.get_webhook_info(), settings, ctx.clock()):
            yield finding
    except InvalidToken:
        yield _TELEGRAM.problem("bot", "Telegram refuses TELEGRAM_BOT_TOKEN", "@BotFather tells the right one: /mybots")
    except ForeignResponse as error:
        yield _TELEGRAM.problem("bot", f"{settings.telegram_api_url}: {_error_text(error)}", _PROXY_ADVICE)
    except (TelegramError, TooManyRequests) as error:
        yield _TELEGRAM.not_checked("bot", f"{settings.telegram_api_url}: {_error_text(error)}", _NETWORK_ADVICE)
    finally:
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


def evaluate_webhook(info: WebhookInfo, settings: Settings, now: datetime) -> list[CheckResult]:
    """Return the verdict on what ``getWebhookInfo`` says."""
    secret = settings.telegram_webhook_secret
    if secret is None:
        return [_evaluate_polling(info)]
    length = len(secret.get_secret_value())
    return [_evaluate_secret(length), _evaluate_delivery(info, webhook_url(settings.public_url or ""), now)]


def _evaluate_polling(info: WebhookInfo) -> CheckResult:
    """Judge where we poll: Telegram gives an update to a poller or to a webhook, never to both."""
    if not info.url:
        return _TELEGRAM.ok("webhook", "none set, and we poll")
    return _TELEGRAM.problem(
        "webhook",
        f"updates go to {_host_of(info.url)}, so that polling gets none; another program uses this bot?",
        "stop it, or give this one its own bot; then open "
        "https://api.telegram.org/bot<TOKEN>/deleteWebhook, or start the service, which deletes it",
    )


def _evaluate_secret(length: int) -> CheckResult:
    if length < MIN_SECRET_LENGTH:
        return _TELEGRAM.warning(
            "webhook secret",
            f"has {length} signs only: whoever guesses it speaks as Telegram",
            "set TELEGRAM_WEBHOOK_SECRET to 32 random letters and digits, and restart the service",
        )
    return _TELEGRAM.ok("webhook secret", f"set, {length} signs")


def _evaluate_delivery(info: WebhookInfo, expected_url: str, now: datetime) -> CheckResult:
    """Judge where Telegram is to bring updates."""
    if not info.url:
        return _TELEGRAM.warning(
            "webhook", f"none set yet: nothing comes to {expected_url}", "start the service, which sets it"
        )
    if info.url != expected_url:
        return _TELEGRAM.problem(
            "webhook",
            f"updates go to {_host_of(info.url)} at another address than {expected_url}; "
            "another program uses this bot?",
            "stop it, or give this one its own bot; then start the service, which sets it again",
        )
    waiting = info.pending_update_count
    failed = info.last_error_date
    if failed and (waiting or now - failed < RECENT_ERROR_AGE):
        told = f"Telegram could not bring updates at {failed:%Y-%m-%d %H:%M} UTC: {last_error_text(info)}"
        verdict = _TELEGRAM.problem if waiting else _TELEGRAM.warning
        return verdict("webhook", f"{told}; {waiting} wait", _error_advice(last_error_text(info)))
    if waiting > MAX_PENDING_UPDATES:
        return _TELEGRAM.warning("webhook", f"{expected_url}; {waiting} updates wait", "look at the service's log")
    return _TELEGRAM.ok("webhook", f"{expected_url}; {waiting} updates wait")


def _error_advice(error: str) -> str:
    """Return what most likely fixes the error that Telegram met."""
    if " 404" in error or " 403" in error:
        return f"restart the service, which tells Telegram the present secret; {_WEBHOOK_ADVICE}"
    if " 503" in error or " 502" in error:
        return "is the service running? it says in its log why it takes nothing"
    if "ssl" in error.lower() or "certificate" in error.lower():
        return "Telegram wants a whole chain of certificates of a known authority; look at the proxy's"
    return _WEBHOOK_ADVICE


def _host_of(url: str) -> str:
    """Return the host alone: the path of a webhook is a secret in many programs."""
    return urlsplit(url).hostname or "somewhere"
