"""What a check found: a verdict, what was seen, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
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

    def ok(self, name: str, what: str, advice: str = "") -> "Finding":
        """Find that all is well."""
        return Finding(area=self, name=name, verdict=Verdict.OK, what=what, advice=advice)

    def warning(self, name: str, what: str, advice: str) -> "Finding":
        """Find something that works, and will not always or not for everybody."""
        return Finding(area=self, name=name, verdict=Verdict.WARNING, what=what, advice=advice)

    def problem(self, name: str, what: str, advice: str) -> "Finding":
        """Find something that does not work."""
        return Finding(area=self, name=name, verdict=Verdict.PROBLEM, what=what, advice=advice)

    def not_checked(self, name: str, why: str, advice: str = "") -> "Finding":
        """Find nothing, and say why."""
        return Finding(area=self, name=name, verdict=Verdict.NOT_CHECKED, what=why, advice=advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's: ``what`` was seen, or why nothing could be; ``advice`` what to do."""

    area: Area
    name: str
    verdict: Verdict
    what: str
    advice: str = ""
