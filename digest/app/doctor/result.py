"""What a check found: a verdict, what was seen, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check ended; what could not be asked is never ``ok``."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


class Area(StrEnum):
    """What a check is about; a finding is made by its area's verdict."""

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
    """One line of the doctor's: ``what`` was seen, or why nothing could be; ``advice`` what to do."""

    area: Area
    name: str
    verdict: CheckStatus
    what: str
    advice: str = ""
