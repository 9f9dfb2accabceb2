"""The examination: every check beside the others, within a bound of seconds, whatever becomes of each."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from digest.app.doctor import bounce_mailbox, database, files, mail_dns, smtp, telegram, web
from digest.app.doctor import settings as setting_values
from digest.app.doctor.checks import Area, CheckContext, CheckFunction, CheckResult
from digest.app.doctor.dns_client import DnsClient
from digest.app.settings import Settings
from digest.model.clock import Clock
from digest.model.daemon_threads import DaemonThreadExecutor
from digest.model.errors import InvalidSettings

log = structlog.get_logger(__name__)

TIMEOUT_SHARE = 0.4
"""How much of the whole time one question may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What to examine: all that was set, the part from ``.env``, whom to ask about names, within how long."""

    values: Mapping[str, str | None]
    dotenv: Mapping[str, str | None]
    dns_server: tuple[str, int] | None
    timeout: float
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check; ``name`` is told in its place where it does not end in time."""

    area: Area
    name: str
    run: CheckFunction


CHECKS = (
    Check(area=Area.SETTINGS, name="settings", run=setting_values.check_settings),
    Check(area=Area.STORE, name="database", run=database.check_database),
    Check(area=Area.FILES, name="disk", run=files.check_disk),
    Check(area=Area.FILES, name="rights", run=files.check_file_permissions),
    Check(area=Area.FILES, name="templates", run=files.check_templates),
    Check(area=Area.FILES, name="domains", run=files.check_taxonomy),
    Check(area=Area.FILES, name="reports", run=files.check_reports),
    Check(area=Area.MAIL, name="mail server", run=smtp.check_smtp),
    Check(area=Area.DNS, name="SPF", run=mail_dns.check_spf),
    Check(area=Area.DNS, name="DKIM", run=mail_dns.check_dkim),
    Check(area=Area.DNS, name="DMARC", run=mail_dns.check_dmarc),
    Check(area=Area.DNS, name="MX", run=mail_dns.check_mx),
    Check(area=Area.DNS, name="PTR", run=mail_dns.check_ptr),
    Check(area=Area.TELEGRAM, name="bot", run=telegram.check_bot),
    Check(area=Area.WEB, name="PUBLIC_URL", run=web.check_public_url),
    Check(area=Area.BOUNCES, name="mailbox", run=bounce_mailbox.check_bounce_mailbox),
)

ProgressCallback = Callable[[int, int], None]
"""Hears how many checks have ended, and of how many."""


async def run_checks(
    options: DoctorOptions, on_progress: ProgressCallback = lambda _ended, _all: None
) -> Sequence[CheckResult]:
    """Return every finding, by area; ends within ``options.timeout`` and a moment."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(DaemonThreadExecutor())
    unknown = setting_values.evaluate_unknown(options.dotenv)
    try:
        settings = Settings.load(options.values)
    except InvalidSettings as error:
        return [
            *setting_values.evaluate_mistakes(error),
            *unknown,
            *(
                check.area.not_checked(check.name, "mend the settings first, and ask again")
                for check in CHECKS
                if check.area is not Area.SETTINGS
            ),
        ]
    patience = options.timeout * TIMEOUT_SHARE
    case = CheckContext(
        settings=settings,
        dns=DnsClient(server=options.dns_server, timeout=patience),
        timeout=patience,
        clock=options.clock,
    )
    ended = 0

    async def run_and_count(check: Check) -> Sequence[CheckResult]:
        nonlocal ended
        found = await _run_check(check, case, options.timeout)
        ended += 1
        on_progress(ended, len(CHECKS))
        return found

    settings_found, *others = await asyncio.gather(*map(run_and_count, CHECKS))
    return [*settings_found, *unknown, *(finding for found in others for finding in found)]


async def _run_check(check: Check, ctx: CheckContext, seconds: float) -> Sequence[CheckResult]:
    """Return what a check finds in its time, and that there is more where it is not done by then."""
    found: list[CheckResult] = []
    try:
        async with asyncio.timeout(seconds):
            async for finding in check.run(ctx):
                found.append(finding)  # noqa: PERF401 - what was found before the time is over stays
    except TimeoutError:
        why = f"{'the rest takes' if found else 'takes'} longer than {seconds:g} s"
        found.append(check.area.not_checked(check.name, why, "ask again with a longer --timeout"))
    except Exception as error:
        log.exception("a check failed", check=check.name)
        why = f"the check itself failed: {type(error).__name__}"
        found.append(check.area.not_checked(check.name, why, "tell us, with the lines above"))
    return found
