"""The mail server: connection, certificate, TLS version, login, and whether it takes our sender."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.app.doctor.dns_client import DnsUnavailable
from digest.app.mail_account import build_smtp_account
from digest.app.settings import Settings
from digest.app.tls import load_ca_context
from digest.mail.smtp_probe import ProbeFailure, ProbeResult, probe
from digest.mail.smtp_replies import SmtpStage
from digest.model.errors import InvalidSettings

EXPIRY_WARNING_DAYS = 14
"""How many days before its end a certificate is worth a warning."""

_MAIL = Area.MAIL
_STEP_STAGES = {
    "connection": SmtpStage.GREETING,
    "TLS": SmtpStage.TLS,
    "login": SmtpStage.LOGIN,
    "sender": SmtpStage.MAIL,
}


async def check_smtp(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the server as the sender would; nothing is sent."""
    settings = ctx.settings
    if settings.smtp_host is None:
        yield _MAIL.not_checked(
            "mail server",
            f"SMTP_HOST is not set: mail is written to {settings.mail_dir}",
            "set SMTP_HOST and MAIL_FROM to send mail",
        )
        return
    try:
        context = load_ca_context("SMTP_CA_FILE", settings.smtp_ca_file)
    except InvalidSettings:
        yield _MAIL.problem(
            "TLS", f"SMTP_CA_FILE={settings.smtp_ca_file} holds no certificates", "name a file in PEM form"
        )
        return
    sender = settings.bounce_address or settings.sender[1]
    look = await probe(build_smtp_account(settings, context), sender, timeout_seconds=ctx.timeout)
    if look.failure is ProbeFailure.HOST_NOT_FOUND:
        yield await _evaluate_unresolved(ctx, settings.smtp_host)
        return
    for finding in evaluate_smtp(look, settings, sender, ctx.clock()):
        yield finding


async def _evaluate_unresolved(ctx: CheckContext, host: str) -> CheckResult:
    """Distinguish a name that does not exist from a machine that cannot look one up."""
    try:
        if missing := (await ctx.dns.addresses(host)).missing:
            return _MAIL.problem("connection", f"SMTP_HOST={host}: {missing}", "correct SMTP_HOST")
        why = "the system finds no address for it"
    except DnsUnavailable as error:
        why = str(error)
    return _MAIL.not_checked("connection", f"SMTP_HOST={host} cannot be looked up: {why}", _NETWORK_ADVICE)


_NETWORK_ADVICE = "look at this machine's network and name server, and ask again"


def evaluate_smtp(seen: ProbeResult, settings: Settings, sender: str, now: datetime) -> Iterator[CheckResult]:
    """Return a finding for each step that was done, one for the step that failed, and name the rest."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if seen.extensions is not None:
        yield _evaluate_connection(seen, where)
    if seen.tls_version is not None:
        yield _evaluate_tls(seen, now)
    elif settings.smtp_security == "none" and seen.extensions is not None:
        yield _evaluate_no_tls(settings)
    if seen.ehlo_name.startswith("[") and seen.failure is not ProbeFailure.EHLO_NAME_REFUSED:
        yield _MAIL.warning("name", f"says EHLO {seen.ehlo_name}, which many servers refuse", _NAME_ADVICE)
    if seen.failure is None:
        yield _evaluate_login(settings, seen)
        yield _MAIL.ok("sender", f"takes mail from {sender}")
        return
    step, finding = _evaluate_failure(seen, settings, where, sender)
    if step == "sender":
        yield _evaluate_login(settings, seen)
    yield finding
    steps = list(_STEP_STAGES)
    for later in steps[steps.index(step) + 1 :]:
        yield _MAIL.not_checked(later, f"the {step} comes first")


def _evaluate_connection(seen: ProbeResult, server: str) -> CheckResult:
    offered = seen.extensions or {}
    size = offered.get("size", "")
    told = [
        f"messages up to {int(size) // 1_000_000} MB" if size.isdigit() and int(size) else "",
        "PIPELINING" if "pipelining" in offered else "no PIPELINING",
        "8BITMIME" if "8bitmime" in offered else "",
        "SMTPUTF8" if "smtputf8" in offered else "",
    ]
    return _MAIL.ok("connection", f"{server} answers: {', '.join(filter(None, told))}")


def _evaluate_tls(seen: ProbeResult, now: datetime) -> CheckResult:
    ends_at = seen.certificate_expires_at
    days = (ends_at - now).days if ends_at else None
    until = f"; certificate good until {ends_at:%Y-%m-%d}" if ends_at else ""
    told = f"{(seen.tls_version or '').replace('TLSv', 'TLS ')}{until}"
    if seen.tls_version in {"TLSv1", "TLSv1.1", "SSLv3"}:
        return _MAIL.warning("TLS", told, "have the server speak TLS 1.2 or newer (RFC 8996)")
    if days is not None and days < EXPIRY_WARNING_DAYS:
        return _MAIL.warning("TLS", f"{told}, {days} days from now", "have the certificate renewed")
    return _MAIL.ok("TLS", told)


def _evaluate_no_tls(settings: Settings) -> CheckResult:
    if settings.smtp_host in {"localhost", "127.0.0.1", "::1"}:
        return _MAIL.ok("TLS", "none, to this same machine")
    secret = ", the password too" if settings.smtp_password else ""
    return _MAIL.warning("TLS", f"SMTP_SECURITY=none: mail leaves readable by anybody{secret}", "set starttls or tls")


def _evaluate_login(settings: Settings, seen: ProbeResult) -> CheckResult:
    if settings.smtp_username:
        return _MAIL.ok("login", f"as {settings.smtp_username}")
    wanted = "auth" in (seen.extensions or {})
    return _MAIL.ok("login", f"none set{', and the server offers one' if wanted else ''}")


def _evaluate_failure(seen: ProbeResult, settings: Settings, server: str, sender: str) -> tuple[str, CheckResult]:
    """Return the step that failed, and the finding."""
    stage = SmtpStage.MAIL if seen.stage is SmtpStage.RCPT else seen.stage
    step = next((name for name, one in _STEP_STAGES.items() if one is stage), "connection")
    if seen.failure is ProbeFailure.TLS_FAILED:
        advice = "renew the server's certificate, use the name it is made for, or set SMTP_CA_FILE"
        if "wrong version" in seen.failure_text.lower().replace("_", " "):
            advice = "the server does not begin with TLS: SMTP_SECURITY=starttls, mostly with SMTP_PORT=587"
        return "TLS", _MAIL.problem("TLS", f"no safe connection to {server}: {seen.failure_text}", advice)
    if seen.failure is ProbeFailure.EHLO_NAME_REFUSED:
        told = f"{server} does not take EHLO {seen.ehlo_name}: {seen.failure_text} (at {seen.stage})"
        return step, _MAIL.problem(step, told, _NAME_ADVICE)
    if seen.failure is ProbeFailure.TIMED_OUT:
        advice = "a firewall, or a provider that closes mail ports? Try SMTP_PORT=587 or 465, --timeout 60"
        return step, _MAIL.not_checked(step, f"{server} did not answer in time at {seen.stage}", advice)
    if seen.failure is ProbeFailure.UNREACHABLE:
        return step, _MAIL.not_checked(step, f"no way to {server}: {seen.failure_text}", _NETWORK_ADVICE)
    return step, _MAIL.problem(
        step, f"{server}: {seen.failure_text} (at {seen.stage})", _step_advice(step, settings, sender)
    )


_NAME_ADVICE = "set SMTP_EHLO_NAME to the full name of this host, best one that leads back to its address"


def _step_advice(step: str, settings: Settings, sender: str) -> str:
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
