"""What tests of the doctor share: a DNS server, and an installation to examine."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from digest.app.doctor.checks import CheckContext, CheckResult
from digest.app.doctor.dns_client import DnsClient
from digest.app.settings import Settings
from digest.model.clock import system_clock
from tests.support.dns_server import DnsServer

DNS_TIMEOUT = 0.5

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
            dns=DnsClient(server=dns.address, timeout=DNS_TIMEOUT),
            timeout=DNS_TIMEOUT,
            clock=system_clock,
        )

    return make


async def run_check(check: CheckFunction, context: CheckContext) -> Mapping[str, CheckResult]:
    """Return what a check finds, by name."""
    return {finding.name: finding async for finding in check(context)}


def statuses_by_name(results: Mapping[str, CheckResult]) -> dict[str, str]:
    """Return the verdicts by name."""
    return {name: finding.verdict.value for name, finding in results.items()}
