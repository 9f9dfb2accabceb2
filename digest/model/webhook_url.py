"""Addresses below which others reach us, and what Telegram asks of the one where it brings updates."""

import re
from urllib.parse import urlsplit

WEBHOOK_PATH = "/telegram"
"""Below ``PUBLIC_URL``."""

OFFICIAL_API_HOST = "api.telegram.org"
ALLOWED_PORTS = (443, 80, 88, 8443)
"""Where Telegram's own servers bring updates to (Bot API, setWebhook)."""

_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9._-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def is_valid_public_url(url: str) -> bool:
    """Return whether links may begin with this: plain signs alone, so that no mail or page must escape it."""
    return _PUBLIC_URL.fullmatch(url) is not None


def webhook_url(public_url: str) -> str:
    """Return the address that goes to ``setWebhook``."""
    return f"{public_url}{WEBHOOK_PATH}"


def is_valid_secret(text: str) -> bool:
    """Return whether Telegram takes this as ``secret_token``: 1 to 256 of A-Z, a-z, 0-9, _ and -."""
    return _SECRET.fullmatch(text) is not None


def webhook_url_error(public_url: str | None, api_url: str) -> str | None:
    """Return in one line why a webhook below ``public_url`` cannot work, None if it can.

    A Bot API server of one's own brings them anywhere; Telegram's own by https alone, to four ports.
    """
    if public_url is None:
        return (
            f"PUBLIC_URL is missing: with TELEGRAM_WEBHOOK_SECRET Telegram brings updates to PUBLIC_URL{WEBHOOK_PATH}"
        )
    if urlsplit(api_url).hostname != OFFICIAL_API_HOST:
        return None
    found = urlsplit(public_url)
    if found.scheme != "https":
        return f"PUBLIC_URL={public_url!r}: not https, and Telegram brings updates by https alone"
    port = re.search(r":(\d+)$", found.netloc)
    if port and int(port[1]) not in ALLOWED_PORTS:
        ports = ", ".join(map(str, ALLOWED_PORTS))
        return f"PUBLIC_URL={public_url!r}: Telegram brings updates to the ports {ports} alone"
    return None
