"""What is wrong between settings of which each may be right: pairs of which one is missing, and gaps."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from digest.model.webhook_url import OFFICIAL_API_HOST, is_valid_public_url, webhook_url_error


def check_consistency(names: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Name what is wrong between settings that may each be right.

    ``names`` are those that are set, here or in a file; ``values`` are their texts as far as they are known.
    """
    found = []
    if "smtp_host" in names and "mail_from" not in names:
        found.append("MAIL_FROM is missing: mail needs a sender, like Paper Digest <digest@example.org>")
    if ("smtp_username" in names) != ("smtp_password" in names):
        found.append("SMTP_USERNAME and SMTP_PASSWORD belong together: one is missing")
    missing = [
        f"{name.upper()}={file}: no such file"
        for name in ("smtp_ca_file", "bounce_imap_ca_file", "dkim_key_file", "dkim_ed25519_key_file")
        if (file := values.get(name)) and not Path(file).is_file()
    ]
    return [*found, *missing, *_check_webhook(names, values), *_check_dkim(names), *_check_bounces(names)]


def _check_webhook(names: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Name why Telegram cannot bring updates to us, where it is to."""
    if "telegram_webhook_secret" not in names:
        return []
    public = values.get("public_url")
    if public and not is_valid_public_url(public):
        return []
    fault = webhook_url_error(public, values.get("telegram_api_url") or f"https://{OFFICIAL_API_HOST}")
    return [fault] if fault else []


def _check_dkim(names: Collection[str]) -> list[str]:
    """Name what DKIM lacks: a signature needs its domain, its selector and its key."""
    found = []
    for key in ("dkim", "dkim_ed25519"):
        parts = {f"{key}_selector", f"{key}_key_file"}
        begun = parts & set(names)
        if begun and "dkim_domain" not in names:
            found.append("DKIM_DOMAIN is missing: a signature names its domain")
        if len(begun) == 1:
            (missing,) = parts - begun
            found.append(f"{missing.upper()} is missing: selector and key file belong together")
    if "dkim_domain" in names and not {"dkim_key_file", "dkim_ed25519_key_file"} & set(names):
        found.append("DKIM_KEY_FILE is missing: DKIM_DOMAIN alone signs nothing")
    return list(dict.fromkeys(found))


def _check_bounces(names: Collection[str]) -> list[str]:
    """Name what reading bounces lacks."""
    found = []
    sources = {"bounce_dir", "bounce_imap_host"} & set(names)
    if sources and "bounce_address" not in names:
        found.append("BOUNCE_ADDRESS is missing: the address whose mailbox is read")
    if "bounce_address" in names and not sources:
        found.append("BOUNCE_DIR or BOUNCE_IMAP_HOST is missing: where mail to BOUNCE_ADDRESS is read")
    if "bounce_imap_host" in names and not {"bounce_imap_username", "bounce_imap_password"} <= set(names):
        found.append("BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD are needed with BOUNCE_IMAP_HOST")
    return found
