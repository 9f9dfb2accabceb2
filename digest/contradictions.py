"""What is wrong between settings of which each may be right: pairs of which one is missing, and gaps."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from digest.webhook import OFFICIAL, fault_of, is_public


def contradictions(named: Collection[str], given: Mapping[str, Any]) -> list[str]:
    """Name what is wrong between settings that may each be right.

    ``named`` are those that are set, here or in a file; ``given`` are their texts as far as they are known.
    """
    found = []
    if "smtp_host" in named and "mail_from" not in named:
        found.append("MAIL_FROM is missing: mail needs a sender, like Paper Digest <digest@example.org>")
    if ("smtp_username" in named) != ("smtp_password" in named):
        found.append("SMTP_USERNAME and SMTP_PASSWORD belong together: one is missing")
    missing = [
        f"{name.upper()}={file}: no such file"
        for name in ("smtp_ca_file", "bounce_imap_ca_file", "dkim_key_file", "dkim_ed25519_key_file")
        if (file := given.get(name)) and not Path(file).is_file()
    ]
    return [*found, *missing, *_webhook_gaps(named, given), *_dkim_gaps(named), *_bounce_gaps(named)]


def _webhook_gaps(named: Collection[str], given: Mapping[str, Any]) -> list[str]:
    """Name why Telegram cannot bring updates to us, where it is to."""
    if "telegram_webhook_secret" not in named:
        return []
    public = given.get("public_url")
    if public and not is_public(public):
        return []
    fault = fault_of(public, given.get("telegram_api_url") or f"https://{OFFICIAL}")
    return [fault] if fault else []


def _dkim_gaps(named: Collection[str]) -> list[str]:
    """Name what DKIM lacks: a signature needs its domain, its selector and its key."""
    found = []
    for key in ("dkim", "dkim_ed25519"):
        parts = {f"{key}_selector", f"{key}_key_file"}
        begun = parts & set(named)
        if begun and "dkim_domain" not in named:
            found.append("DKIM_DOMAIN is missing: a signature names its domain")
        if len(begun) == 1:
            (missing,) = parts - begun
            found.append(f"{missing.upper()} is missing: selector and key file belong together")
    if "dkim_domain" in named and not {"dkim_key_file", "dkim_ed25519_key_file"} & set(named):
        found.append("DKIM_KEY_FILE is missing: DKIM_DOMAIN alone signs nothing")
    return list(dict.fromkeys(found))


def _bounce_gaps(named: Collection[str]) -> list[str]:
    """Name what reading bounces lacks."""
    found = []
    sources = {"bounce_dir", "bounce_imap_host"} & set(named)
    if sources and "bounce_address" not in named:
        found.append("BOUNCE_ADDRESS is missing: the address whose mailbox is read")
    if "bounce_address" in named and not sources:
        found.append("BOUNCE_DIR or BOUNCE_IMAP_HOST is missing: where mail to BOUNCE_ADDRESS is read")
    if "bounce_imap_host" in named and not {"bounce_imap_username", "bounce_imap_password"} <= set(named):
        found.append("BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD are needed with BOUNCE_IMAP_HOST")
    return found
