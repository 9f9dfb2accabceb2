"""What is examined, and what every check is given."""

from dataclasses import dataclass

import idna

from digest.app.doctor.dns_client import DnsClient
from digest.app.settings import Settings
from digest.model.clock import Clock


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


def domain_of(address: str) -> str:
    """Return an address' domain in small letters and ASCII (RFC 5890); as it stands where that is none."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
