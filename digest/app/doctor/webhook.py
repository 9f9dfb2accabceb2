"""The webhook: whether updates reach us, by the way that the settings say."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from telegram import WebhookInfo

from digest.app.doctor.result import Area, CheckResult
from digest.app.settings import Settings
from digest.model import webhook_url
from digest.telegram.receiver import last_error_text

RECENT_ERROR_AGE = timedelta(hours=1)
"""So long Telegram's last trouble counts though nothing waits any more."""

MAX_PENDING_UPDATES = 100
MIN_SECRET_LENGTH = 16

_TELEGRAM = Area.TELEGRAM
_NAME = "webhook"
_PROXY_ADVICE = "let the proxy pass POST /telegram on, whole and with its headers; docs/webhook.md has examples"


def evaluate_webhook(info: WebhookInfo, settings: Settings, now: datetime) -> list[CheckResult]:
    """Return the verdict on what ``getWebhookInfo`` says."""
    secret = settings.telegram_webhook_secret
    if secret is None:
        return [_evaluate_polling(info)]
    length = len(secret.get_secret_value())
    return [_evaluate_secret(length), _evaluate_delivery(info, webhook_url.webhook_url(settings.public_url or ""), now)]


def _evaluate_polling(info: WebhookInfo) -> CheckResult:
    """Judge where we poll: Telegram gives an update to a poller or to a webhook, never to both."""
    if not info.url:
        return _TELEGRAM.ok(_NAME, "none set, and we poll")
    return _TELEGRAM.problem(
        _NAME,
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
            _NAME, f"none set yet: nothing comes to {expected_url}", "start the service, which sets it"
        )
    if info.url != expected_url:
        return _TELEGRAM.problem(
            _NAME,
            f"updates go to {_host_of(info.url)} at another address than {expected_url}; "
            "another program uses this bot?",
            "stop it, or give this one its own bot; then start the service, which sets it again",
        )
    waiting = info.pending_update_count
    failed = info.last_error_date
    if failed and (waiting or now - failed < RECENT_ERROR_AGE):
        told = f"Telegram could not bring updates at {failed:%Y-%m-%d %H:%M} UTC: {last_error_text(info)}"
        verdict = _TELEGRAM.problem if waiting else _TELEGRAM.warning
        return verdict(_NAME, f"{told}; {waiting} wait", _error_advice(last_error_text(info)))
    if waiting > MAX_PENDING_UPDATES:
        return _TELEGRAM.warning(_NAME, f"{expected_url}; {waiting} updates wait", "look at the service's log")
    return _TELEGRAM.ok(_NAME, f"{expected_url}; {waiting} updates wait")


def _error_advice(error: str) -> str:
    """Say what most likely mends what Telegram met."""
    if " 404" in error or " 403" in error:
        return f"restart the service, which tells Telegram the present secret; {_PROXY_ADVICE}"
    if " 503" in error or " 502" in error:
        return "is the service running? it says in its log why it takes nothing"
    if "ssl" in error.lower() or "certificate" in error.lower():
        return "Telegram wants a whole chain of certificates of a known authority; look at the proxy's"
    return _PROXY_ADVICE


def _host_of(url: str) -> str:
    """Return the host alone: the path of a webhook is a secret in many programs."""
    return urlsplit(url).hostname or "somewhere"
