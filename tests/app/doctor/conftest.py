"""What tests of the doctor share: a DNS server, and an installation to examine."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app.doctor.checks import CheckContext, CheckResult
from digest.app.doctor.dns_client import DnsClient
from digest.app.settings import Settings
from digest.model.clock import system_clock
from tests.support.dns_server import DnsServer

PATIENT, IMPATIENT = 20.0, 0.3
"""Seconds that one question may take: on a busy machine, and where silence is what a test is about."""

BuildContext = Callable[..., CheckContext]
CheckFunction = Callable[[CheckContext], AsyncIterator[CheckResult]]


@pytest.fixture
async def dns() -> AsyncIterator[DnsServer]:
    """Return a DNS server that knows nothing yet, but that .org exists."""
    async with DnsServer() as server:
        server.add("org", "NS", "ns.example.org.")
        yield server


@pytest.fixture
def build(dns: DnsServer, tmp_path: Path) -> BuildContext:
    """Return a builder of installations whose names the DNS server tells."""

    def make(**values: str) -> CheckContext:
        given = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", **values}
        return CheckContext(
            settings=Settings.load(given),
            dns=DnsClient(server=dns.address, timeout=PATIENT),
            timeout=PATIENT,
            clock=system_clock,
        )

    return make


def impatient(context: CheckContext) -> CheckContext:
    """Return an installation of which nobody waits long for an answer."""
    return replace(context, dns=DnsClient(server=context.dns.server, timeout=IMPATIENT), timeout=IMPATIENT)


async def run_check(check: CheckFunction, context: CheckContext) -> Mapping[str, CheckResult]:
    """Return what a check finds, by name."""
    return {finding.name: finding async for finding in check(context)}


def statuses_by_name(results: Mapping[str, CheckResult]) -> dict[str, str]:
    """Return the verdicts by name."""
    return {name: finding.verdict.value for name, finding in results.items()}
