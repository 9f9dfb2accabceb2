"""The settings: every mistake a finding of its own, and what is right by itself but not together."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import urlsplit

from digest.app.doctor.checks import Area, CheckContext, CheckResult, domain_of
from digest.app.settings import Settings, unknown_setting_names
from digest.model.errors import InvalidSettings
from digest.text.fuzzy import closest_match

_SETTINGS = Area.SETTINGS
_MISTAKE_SEPARATOR = re.compile(r"; (?=[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:=| is | and | or ))")


def evaluate_mistakes(error: InvalidSettings) -> list[CheckResult]:
    """Return a problem for each mistake that loading the settings told of."""
    told = _MISTAKE_SEPARATOR.split(str(error))
    return [
        _SETTINGS.problem(re.split(r"[= ]", one, maxsplit=1)[0], one, "correct it in .env or the environment")
        for one in told
    ]


def evaluate_unknown(dotenv: Mapping[str, str | None]) -> list[CheckResult]:
    """Return a warning for each name in ``.env`` that is no setting, with the one that was meant."""
    known = [name.upper() for name in Settings.model_fields]
    return [
        _SETTINGS.warning(name, f".env: {name} is no setting", f"did you mean {near}?" if near else "remove it")
        for name in unknown_setting_names(dotenv)
        for near in [closest_match(name, known)]
    ]


async def check_settings(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at settings that could be loaded."""
    for finding in evaluate_settings(ctx.settings):
        yield finding


def evaluate_settings(settings: Settings) -> Iterator[CheckResult]:
    """Return what the settings mean together."""
    yield _SETTINGS.ok("settings", "all can be read")
    if settings.secret_key is None:
        yield _SETTINGS.warning(
            "SECRET_KEY",
            "not set: one is made and kept in the database, so that a lost database takes it along",
            "set SECRET_KEY, or SECRET_KEY_FILE, to 32 random characters or more, and keep a copy",
        )
    yield _evaluate_public_url(settings)
    yield _evaluate_admins(settings)
    if settings.mail_from is None:
        yield _SETTINGS.not_checked("MAIL_FROM", "not set: no mail leaves", "set MAIL_FROM to send mail")
        return
    if settings.mail_postal_address is None:
        yield _SETTINGS.warning(
            "MAIL_POSTAL_ADDRESS",
            "not set: many countries want a postal address in newsletters",
            "set MAIL_POSTAL_ADDRESS",
        )
    yield _evaluate_signing(settings)
    yield from _evaluate_link_domains(settings)


def _evaluate_public_url(settings: Settings) -> CheckResult:
    url = settings.public_url
    if url is None:
        return _SETTINGS.warning(
            "PUBLIC_URL",
            "not set: mail has no one-click unsubscription and no web copy",
            "set PUBLIC_URL to the https address under which the web pages are reached",
        )
    if url.startswith("https://"):
        return _SETTINGS.ok("PUBLIC_URL", f"{url}, fit for one-click unsubscription (RFC 8058)")
    return _SETTINGS.warning(
        "PUBLIC_URL",
        f"{url} is not https: mailboxes show no unsubscribe button (RFC 8058)",
        "put the web pages behind https, and set PUBLIC_URL to that",
    )


def _evaluate_admins(settings: Settings) -> CheckResult:
    told = [*(["Telegram"] if settings.telegram_admin_ids else []), *(["email"] if settings.admin_emails else [])]
    if told:
        return _SETTINGS.ok("admins", f"are told by {' and '.join(told)}")
    return _SETTINGS.warning(
        "admins", "nobody is told when something goes wrong", "set TELEGRAM_ADMIN_IDS or ADMIN_EMAILS"
    )


def _evaluate_signing(settings: Settings) -> CheckResult:
    if settings.dkim_domain is None:
        return _SETTINGS.warning(
            "DKIM_DOMAIN",
            "not set: we sign nothing",
            "fine where your provider signs for your domain; else set DKIM_DOMAIN and a key",
        )
    mine, theirs = domain_of(settings.sender[1]), domain_of(settings.dkim_domain)
    if are_related(mine, theirs):
        return _SETTINGS.ok("DKIM_DOMAIN", f"{theirs} fits MAIL_FROM at {mine}")
    return _SETTINGS.problem(
        "DKIM_DOMAIN",
        f"signatures of {theirs} count for nothing on mail from {mine} (DMARC)",
        f"set DKIM_DOMAIN to {mine}, or send from an address at {theirs}",
    )


def _evaluate_link_domains(settings: Settings) -> Iterator[CheckResult]:
    """Warn where links or bounces live at a domain that has nothing to do with the sender's."""
    mine = domain_of(settings.sender[1])
    if settings.public_url:
        host = urlsplit(settings.public_url).hostname or ""
        if not are_related(mine, host):
            yield _SETTINGS.warning(
                "links",
                f"mail from {mine} links to {host}, which filters take for a sign of fraud",
                f"use a name under {mine} for PUBLIC_URL, or send from {host}",
            )
    if settings.bounce_address and not are_related(mine, domain_of(settings.bounce_address)):
        yield _SETTINGS.warning(
            "BOUNCE_ADDRESS",
            f"is at {domain_of(settings.bounce_address)}: SPF then says nothing for mail from {mine} (DMARC)",
            f"use an address under {mine}, or rely on DKIM",
        )


def are_related(one: str, other: str) -> bool:
    """Return whether two domains are one, one is below the other, or both are below the same third one.

    Without a list of public suffixes two names in common count, so ``co.uk`` may relate strangers: this is
    for warnings alone.
    """
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    return one.split(".")[-2:] == other.split(".")[-2:]
