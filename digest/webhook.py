"""Addresses below which others reach us, and what Telegram asks of the one where it brings updates."""

import re
from urllib.parse import urlsplit

PATH = "/telegram"
"""Below ``PUBLIC_URL``."""

OFFICIAL = "api.telegram.org"
PORTS = (443, 80, 88, 8443)
"""Where Telegram's own servers bring updates to (Bot API, setWebhook)."""

_PUBLIC = re.compile(r"https?://[A-Za-z0-9._-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def is_public(url: str) -> bool:
    """Tell whether links may begin with this: plain signs alone, so that no mail or page must escape it."""
    return _PUBLIC.fullmatch(url) is not None


def address_below(public_url: str) -> str:
    """Give the address that goes to ``setWebhook``."""
    return f"{public_url}{PATH}"


def is_secret(text: str) -> bool:
    """Tell whether Telegram takes this as ``secret_token``: 1 to 256 of A-Z, a-z, 0-9, _ and -."""
    return _SECRET.fullmatch(text) is not None


def fault_of(public_url: str | None, api_url: str) -> str | None:
    """Say in one line why updates cannot be brought below ``public_url``, None where they can.

    A Bot API server of one's own brings them anywhere; Telegram's own by https alone, to four ports.
    """
    if public_url is None:
        return (
            f"PUBLIC_URL is missing: with TELEGRAM_WEBHOOK_SECRET Telegram brings updates to PUBLIC_URL{PATH}"
        )
    if urlsplit(api_url).hostname != OFFICIAL:
        return None
    found = urlsplit(public_url)
    if found.scheme != "https":
        return f"PUBLIC_URL={public_url!r}: not https, and Telegram brings updates by https alone"
    port = re.search(r":(\d+)$", found.netloc)
    if port and int(port[1]) not in PORTS:
        ports = ", ".join(map(str, PORTS))
        return f"PUBLIC_URL={public_url!r}: Telegram brings updates to the ports {ports} alone"
    return None
