"""The examination ends in time, whatever a check does."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from digest.app.doctor import runner
from digest.app.doctor.checks import Area, CheckContext, CheckResult, CheckStatus
from digest.app.doctor.runner import Check, DoctorOptions, run_checks
from digest.model.clock import system_clock


def doctor_options(tmp_path: Path, *, seconds: float = 1, **values: str) -> DoctorOptions:
    given = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", **values}
    return DoctorOptions(values=given, dotenv={}, dns_server=None, timeout=seconds, clock=system_clock)


def use_checks(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    """Examine with the check of the settings and these alone."""
    monkeypatch.setattr(runner, "CHECKS", (runner.CHECKS[0], *checks))


async def slow_check(_: CheckContext) -> AsyncIterator[CheckResult]:
    yield Area.WEB.ok("first", "was quick")
    await asyncio.sleep(30)
    yield Area.WEB.ok("second", "never comes")


async def failing_check(_: CheckContext) -> AsyncIterator[CheckResult]:
    yield Area.DNS.ok("first", "was well")
    raise ZeroDivisionError


async def blocking_check(_: CheckContext) -> AsyncIterator[CheckResult]:
    await asyncio.to_thread(time.sleep, 30)
    yield Area.STORE.ok("never", "comes")


async def test_what_was_found_before_the_time_is_over_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_checks(monkeypatch, Check(area=Area.WEB, name="web", run=slow_check))

    *_, first, rest = await run_checks(doctor_options(tmp_path, seconds=0.5))

    assert (first.name, first.verdict) == ("first", "ok")
    assert (rest.name, rest.verdict) == ("web", "not checked")
    assert "longer than 0.5 s" in rest.what
    assert "--timeout" in rest.advice


async def test_a_check_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_checks(
        monkeypatch,
        Check(area=Area.DNS, name="DNS", run=failing_check),
        Check(area=Area.WEB, name="web", run=slow_check),
    )

    findings = await run_checks(doctor_options(tmp_path, seconds=0.5))

    assert [one.verdict.value for one in findings if one.area is Area.DNS] == ["ok", "not checked"]
    assert [one.verdict.value for one in findings if one.area is Area.WEB] == ["ok", "not checked"]


@pytest.mark.timeout(60)
def test_a_thread_that_hangs_does_not_hold_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_checks(monkeypatch, Check(area=Area.STORE, name="store", run=blocking_check))
    *_, last = asyncio.run(run_checks(doctor_options(tmp_path, seconds=0.5)))

    assert last.verdict is CheckStatus.NOT_CHECKED


async def test_settings_that_cannot_be_read_leave_everything_else_open(tmp_path: Path) -> None:
    findings = await run_checks(doctor_options(tmp_path, SMTP_PORT="0"))

    problem, *others = findings
    assert (problem.area, problem.name, problem.verdict) == (Area.SETTINGS, "SMTP_PORT", "problem")
    assert {one.verdict.value for one in others} == {"not checked"}
    assert {one.area for one in others} == set(Area) - {Area.SETTINGS}


async def test_progress_is_told_to_its_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    await run_checks(doctor_options(tmp_path, seconds=5), lambda ended, all_: told.append((ended, all_)))

    count = len(runner.CHECKS)
    assert told == [(n, count) for n in range(1, count + 1)]
