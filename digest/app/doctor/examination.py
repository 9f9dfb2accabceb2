"""The examination: every check beside the others, within a bound of seconds, whatever becomes of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from digest.app.doctor import (
    bounces,
    disk,
    dkim,
    dmarc,
    files,
    hosts,
    mail_server,
    rights,
    setting_values,
    spf,
    store,
    telegram,
    web,
)
from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Names
from digest.app.doctor.threads import LooseThreads
from digest.clock import Clock
from digest.errors import BadSettings
from digest.settings import Settings

log = structlog.get_logger(__name__)

SHARE = 0.4
"""How much of the whole time one question may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to examine: all that was set, the part from ``.env``, whom to ask about names, within how long."""

    values: Mapping[str, str | None]
    dotenv: Mapping[str, str | None]
    dns: tuple[str, int] | None
    seconds: float
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check; ``name`` is told in its place where it does not end in time."""

    area: Area
    name: str
    run: Callable[[Case], AsyncIterator[Finding]]


CHECKS = (
    Check(area=Area.SETTINGS, name="settings", run=setting_values.check),
    Check(area=Area.STORE, name="database", run=store.check),
    Check(area=Area.FILES, name="disk", run=disk.check),
    Check(area=Area.FILES, name="rights", run=rights.check),
    Check(area=Area.FILES, name="templates", run=files.check_templates),
    Check(area=Area.FILES, name="domains", run=files.check_taxonomy),
    Check(area=Area.FILES, name="reports", run=files.check_reports),
    Check(area=Area.MAIL, name="mail server", run=mail_server.check),
    Check(area=Area.DNS, name="SPF", run=spf.check),
    Check(area=Area.DNS, name="DKIM", run=dkim.check),
    Check(area=Area.DNS, name="DMARC", run=dmarc.check),
    Check(area=Area.DNS, name="MX", run=hosts.check_mx),
    Check(area=Area.DNS, name="PTR", run=hosts.check_ptr),
    Check(area=Area.TELEGRAM, name="bot", run=telegram.check),
    Check(area=Area.WEB, name="PUBLIC_URL", run=web.check),
    Check(area=Area.BOUNCES, name="mailbox", run=bounces.check),
)

Tell = Callable[[int, int], None]
"""Hears how many checks have ended, and of how many."""


async def examine(question: Question, tell: Tell = lambda _ended, _all: None) -> Sequence[Finding]:
    """Give every finding, by area; ends within ``question.seconds`` and a moment."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(LooseThreads())
    unknown = setting_values.unknown_settings(question.dotenv)
    try:
        settings = Settings.load(question.values)
    except BadSettings as error:
        return [
            *setting_values.mistakes(error),
            *unknown,
            *_put_off("mend the settings first, and ask again"),
        ]
    patience = question.seconds * SHARE
    case = Case(
        settings=settings,
        names=Names(server=question.dns, patience=patience),
        patience=patience,
        clock=question.clock,
    )
    ended = 0

    async def follow(check: Check) -> Sequence[Finding]:
        nonlocal ended
        found = await _run(check, case, question.seconds)
        ended += 1
        tell(ended, len(CHECKS))
        return found

    settings_found, *others = await asyncio.gather(*map(follow, CHECKS))
    return [*settings_found, *unknown, *(finding for found in others for finding in found)]


def _put_off(why: str) -> list[Finding]:
    return [check.area.not_checked(check.name, why) for check in CHECKS if check.area is not Area.SETTINGS]


async def _run(check: Check, case: Case, seconds: float) -> Sequence[Finding]:
    """Give what a check finds in its time, and that there is more where it is not done by then."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(seconds):
            async for finding in check.run(case):
                found.append(finding)  # noqa: PERF401 - what was found before the time is over stays
    except TimeoutError:
        why = f"{'the rest takes' if found else 'takes'} longer than {seconds:g} s"
        found.append(check.area.not_checked(check.name, why, "ask again with a longer --timeout"))
    except Exception as error:
        log.exception("a check failed", check=check.name)
        why = f"the check itself failed: {type(error).__name__}"
        found.append(check.area.not_checked(check.name, why, "tell us, with the lines above"))
    return found
