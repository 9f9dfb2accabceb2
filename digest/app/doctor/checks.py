"""What every check is given, and what it finds: a verdict, what was seen, and what to do."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

import idna

from digest.app.doctor.dns_client import DnsClient
from digest.app.settings import Settings
from digest.model.clock import Clock


class CheckStatus(StrEnum):
    """How a check ended; what could not be asked is never ``ok``."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


class Area(StrEnum):
    """What a check is about; its methods make the results."""

    SETTINGS = "settings"
    STORE = "store"
    FILES = "files"
    MAIL = "mail server"
    DNS = "DNS"
    TELEGRAM = "Telegram"
    WEB = "web"
    BOUNCES = "bounces"

    def ok(self, name: str, what: str, advice: str = "") -> "CheckResult":
        """Find that all is well."""
        return CheckResult(area=self, name=name, verdict=CheckStatus.OK, what=what, advice=advice)

    def warning(self, name: str, what: str, advice: str) -> "CheckResult":
        """Find something that works, and will not always or not for everybody."""
        return CheckResult(area=self, name=name, verdict=CheckStatus.WARNING, what=what, advice=advice)

    def problem(self, name: str, what: str, advice: str) -> "CheckResult":
        """Find something that does not work."""
        return CheckResult(area=self, name=name, verdict=CheckStatus.PROBLEM, what=what, advice=advice)

    def not_checked(self, name: str, why: str, advice: str = "") -> "CheckResult":
        """Find nothing, and say why."""
        return CheckResult(area=self, name=name, verdict=CheckStatus.NOT_CHECKED, what=why, advice=advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One line of the report: ``what`` was seen, or why nothing could be; ``advice`` what to do."""

    area: Area
    name: str
    verdict: CheckStatus
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """An installation; ``timeout`` is how many seconds one question may take."""

    settings: Settings
    dns: DnsClient
    timeout: float
    clock: Clock

    @property
    def from_domain(self) -> str | None:
        """The domain in ``From``, as DNS knows it; None where no sender is set."""
        return domain_of(self.settings.sender[1]) if self.settings.mail_from else None

    @property
    def envelope_domain(self) -> str | None:
        """The domain that SPF is asked for: where bounces go, else the sender's."""
        bounces = self.settings.bounce_address
        return domain_of(bounces) if bounces else self.from_domain

    @property
    def mail_domains(self) -> list[str]:
        """Both, each once, the one that SPF is asked for first."""
        return list(dict.fromkeys(one for one in (self.envelope_domain, self.from_domain) if one))


CheckFunction = Callable[[CheckContext], AsyncIterator[CheckResult]]


def domain_of(address: str) -> str:
    """Return an address' domain in lower case and ASCII (RFC 5890); as it stands where that is none."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
