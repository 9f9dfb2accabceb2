"""The webhook: whether updates reach us, by the way that the settings say."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from telegram import WebhookInfo

from digest import webhook
from digest.app.doctor.finding import Area, Finding
from digest.app.talking import last_words
from digest.settings import Settings

LATELY = timedelta(hours=1)
"""So long Telegram's last trouble counts though nothing waits any more."""

MANY = 100
SHORT_SECRET = 16

_CHAT = Area.TELEGRAM
_NAME = "webhook"
_THROUGH = "let the proxy pass POST /telegram on, whole and with its headers; docs/webhook.md has examples"


def judged(info: WebhookInfo, settings: Settings, now: datetime) -> list[Finding]:
    """Give the verdict on what ``getWebhookInfo`` says."""
    secret = settings.telegram_webhook_secret
    if secret is None:
        return [_polled(info)]
    length = len(secret.get_secret_value())
    return [_secret(length), _brought(info, webhook.address_below(settings.public_url or ""), now)]


def _polled(info: WebhookInfo) -> Finding:
    """Judge where we poll: Telegram gives an update to a poller or to a webhook, never to both."""
    if not info.url:
        return _CHAT.ok(_NAME, "none set, and we poll")
    return _CHAT.problem(
        _NAME,
        f"updates go to {_host(info.url)}, so that polling gets none; another program uses this bot?",
        "stop it, or give this one its own bot; then open "
        "https://api.telegram.org/bot<TOKEN>/deleteWebhook, or start the service, which deletes it",
    )


def _secret(length: int) -> Finding:
    if length < SHORT_SECRET:
        return _CHAT.warning(
            "webhook secret",
            f"has {length} signs only: whoever guesses it speaks as Telegram",
            "set TELEGRAM_WEBHOOK_SECRET to 32 random letters and digits, and restart the service",
        )
    return _CHAT.ok("webhook secret", f"set, {length} signs")


def _brought(info: WebhookInfo, ours: str, now: datetime) -> Finding:
    """Judge where Telegram is to bring updates."""
    if not info.url:
        return _CHAT.warning(
            _NAME, f"none set yet: nothing comes to {ours}", "start the service, which sets it"
        )
    if info.url != ours:
        return _CHAT.problem(
            _NAME,
            f"updates go to {_host(info.url)} at another address than {ours}; another program uses this bot?",
            "stop it, or give this one its own bot; then start the service, which sets it again",
        )
    waiting = info.pending_update_count
    failed = info.last_error_date
    if failed and (waiting or now - failed < LATELY):
        told = f"Telegram could not bring updates at {failed:%Y-%m-%d %H:%M} UTC: {last_words(info)}"
        verdict = _CHAT.problem if waiting else _CHAT.warning
        return verdict(_NAME, f"{told}; {waiting} wait", _advice(last_words(info)))
    if waiting > MANY:
        return _CHAT.warning(_NAME, f"{ours}; {waiting} updates wait", "look at the service's log")
    return _CHAT.ok(_NAME, f"{ours}; {waiting} updates wait")


def _advice(error: str) -> str:
    """Say what most likely mends what Telegram met."""
    if " 404" in error or " 403" in error:
        return f"restart the service, which tells Telegram the present secret; {_THROUGH}"
    if " 503" in error or " 502" in error:
        return "is the service running? it says in its log why it takes nothing"
    if "ssl" in error.lower() or "certificate" in error.lower():
        return "Telegram wants a whole chain of certificates of a known authority; look at the proxy's"
    return _THROUGH


def _host(url: str) -> str:
    """Give the host alone: the path of a webhook is a secret in many programs."""
    return urlsplit(url).hostname or "somewhere"
