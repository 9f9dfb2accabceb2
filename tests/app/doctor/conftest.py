"""What tests of the doctor share: a DNS server, and an installation to examine."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Finding
from digest.app.doctor.names import Names
from digest.clock import system_clock
from digest.settings import Settings
from tests.support.dns_server import DnsServer

PATIENCE = 0.5

Build = Callable[..., Case]
Check = Callable[[Case], AsyncIterator[Finding]]


@pytest.fixture
async def dns() -> AsyncIterator[DnsServer]:
    """Give a DNS server that knows nothing yet, but that .org exists."""
    async with DnsServer() as server:
        server.add("org", "NS", "ns.example.org.")
        yield server


@pytest.fixture
def build(dns: DnsServer, tmp_path: Path) -> Build:
    """Give a builder of installations whose names the DNS server tells."""

    def make(**values: str) -> Case:
        given = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", **values}
        return Case(
            settings=Settings.load(given),
            names=Names(server=dns.address, patience=PATIENCE),
            patience=PATIENCE,
            clock=system_clock,
        )

    return make


async def found(check: Check, case: Case) -> Mapping[str, Finding]:
    """Give what a check finds, by name."""
    return {finding.name: finding async for finding in check(case)}


def told(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Give the verdicts by name."""
    return {name: finding.verdict.value for name, finding in findings.items()}
