"""The mail server: connection, certificate, TLS version, login, and whether it takes our sender."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Missing
from digest.app.doctor.trust import authorities
from digest.app.mail_account import mail_account
from digest.deliver.smtp_look import Look, Trouble, look_at
from digest.deliver.smtp_replies import Stage
from digest.settings import Settings

SOON_DAYS = 14
"""How many days before its end a certificate is worth a warning."""

_MAIL = Area.MAIL
_STEPS = {"connection": Stage.GREETING, "TLS": Stage.TLS, "login": Stage.LOGIN, "sender": Stage.MAIL}


async def check(case: Case) -> AsyncIterator[Finding]:
    """Look at the server as the sender would; nothing is sent."""
    settings = case.settings
    if settings.smtp_host is None:
        yield _MAIL.not_checked(
            "mail server",
            f"SMTP_HOST is not set: mail is written to {settings.mail_dir}",
            "set SMTP_HOST and MAIL_FROM to send mail",
        )
        return
    context = authorities(settings.smtp_ca_file)
    if context is None:
        yield _MAIL.problem(
            "TLS", f"SMTP_CA_FILE={settings.smtp_ca_file} holds no certificates", "name a file in PEM form"
        )
        return
    sender = settings.bounce_address or settings.sender[1]
    look = await look_at(mail_account(settings, context), sender, seconds=case.patience)
    if look.trouble is Trouble.NO_NAME:
        yield await _nameless(case, settings.smtp_host)
        return
    for finding in judged(look, settings, sender, case.clock()):
        yield finding


async def _nameless(case: Case, host: str) -> Finding:
    """Tell a name that does not exist from a machine that cannot look one up."""
    looked = await case.names.addresses(host)
    if isinstance(looked, Missing):
        return _MAIL.problem("connection", f"SMTP_HOST={host}: {looked.why}", "correct SMTP_HOST")
    why = "the system finds no address for it" if isinstance(looked, Found) else looked.why
    return _MAIL.not_checked("connection", f"SMTP_HOST={host} cannot be looked up: {why}", _NETWORK)


_NETWORK = "look at this machine's network and name server, and ask again"


def judged(look: Look, settings: Settings, sender: str, now: datetime) -> Iterator[Finding]:
    """Give a finding for each step that was done, one for the step that failed, and name the rest."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if look.extensions is not None:
        yield _connected(look, where)
    if look.tls is not None:
        yield _safe(look, now)
    elif settings.smtp_security == "none" and look.extensions is not None:
        yield _bare(settings)
    if look.name.startswith("[") and look.trouble is not Trouble.NAME:
        yield _MAIL.warning("name", f"says EHLO {look.name}, which many servers refuse", _NAME_ADVICE)
    if look.trouble is None:
        yield _login(settings, look)
        yield _MAIL.ok("sender", f"takes mail from {sender}")
        return
    step, finding = _failed(look, settings, where, sender)
    if step == "sender":
        yield _login(settings, look)
    yield finding
    steps = list(_STEPS)
    for later in steps[steps.index(step) + 1 :]:
        yield _MAIL.not_checked(later, f"the {step} comes first")


def _connected(look: Look, where: str) -> Finding:
    offered = look.extensions or {}
    size = offered.get("size", "")
    told = [
        f"messages up to {int(size) // 1_000_000} MB" if size.isdigit() and int(size) else "",
        "PIPELINING" if "pipelining" in offered else "no PIPELINING",
        "8BITMIME" if "8bitmime" in offered else "",
        "SMTPUTF8" if "smtputf8" in offered else "",
    ]
    return _MAIL.ok("connection", f"{where} answers: {', '.join(filter(None, told))}")


def _safe(look: Look, now: datetime) -> Finding:
    days = (look.valid_until - now).days if look.valid_until else None
    until = f"; certificate good until {look.valid_until:%Y-%m-%d}" if look.valid_until else ""
    told = f"{(look.tls or '').replace('TLSv', 'TLS ')}{until}"
    if look.tls in {"TLSv1", "TLSv1.1", "SSLv3"}:
        return _MAIL.warning("TLS", told, "have the server speak TLS 1.2 or newer (RFC 8996)")
    if days is not None and days < SOON_DAYS:
        return _MAIL.warning("TLS", f"{told}, {days} days from now", "have the certificate renewed")
    return _MAIL.ok("TLS", told)


def _bare(settings: Settings) -> Finding:
    if settings.smtp_host in {"localhost", "127.0.0.1", "::1"}:
        return _MAIL.ok("TLS", "none, to this same machine")
    secret = ", the password too" if settings.smtp_password else ""
    return _MAIL.warning(
        "TLS", f"SMTP_SECURITY=none: mail leaves readable by anybody{secret}", "set starttls or tls"
    )


def _login(settings: Settings, look: Look) -> Finding:
    if settings.smtp_username:
        return _MAIL.ok("login", f"as {settings.smtp_username}")
    wanted = "auth" in (look.extensions or {})
    return _MAIL.ok("login", f"none set{', and the server offers one' if wanted else ''}")


def _failed(look: Look, settings: Settings, where: str, sender: str) -> tuple[str, Finding]:
    """Give the step that failed, and the finding."""
    stage = Stage.MAIL if look.stage is Stage.RCPT else look.stage
    step = next((name for name, one in _STEPS.items() if one is stage), "connection")
    if look.trouble is Trouble.UNSAFE:
        advice = "renew the server's certificate, use the name it is made for, or set SMTP_CA_FILE"
        if "wrong version" in look.words.lower().replace("_", " "):
            advice = "the server does not begin with TLS: SMTP_SECURITY=starttls, mostly with SMTP_PORT=587"
        return "TLS", _MAIL.problem("TLS", f"no safe connection to {where}: {look.words}", advice)
    if look.trouble is Trouble.NAME:
        told = f"{where} does not take EHLO {look.name}: {look.words} (at {look.stage})"
        return step, _MAIL.problem(step, told, _NAME_ADVICE)
    if look.trouble is Trouble.SILENT:
        advice = "a firewall, or a provider that closes mail ports? Try SMTP_PORT=587 or 465, --timeout 60"
        return step, _MAIL.not_checked(step, f"{where} did not answer in time at {look.stage}", advice)
    if look.trouble is Trouble.NO_WAY:
        return step, _MAIL.not_checked(step, f"no way to {where}: {look.words}", _NETWORK)
    return step, _MAIL.problem(
        step, f"{where}: {look.words} (at {look.stage})", _advice(step, settings, sender)
    )


_NAME_ADVICE = "set SMTP_EHLO_NAME to the full name of this host, best one that leads back to its address"


def _advice(step: str, settings: Settings, sender: str) -> str:
    match step:
        case "TLS":
            return "the server offers no STARTTLS: SMTP_SECURITY=tls, mostly with SMTP_PORT=465"
        case "login":
            return "check SMTP_USERNAME and SMTP_PASSWORD; some providers want an app password"
        case "sender":
            name = "BOUNCE_ADDRESS" if settings.bounce_address else "MAIL_FROM"
            login = "" if settings.smtp_username else ", or set SMTP_USERNAME and SMTP_PASSWORD"
            return f"let the account send as {sender}, or set {name} to an address it may use{login}"
        case _:
            return "check SMTP_HOST, SMTP_PORT and SMTP_SECURITY, and whether the server runs"
