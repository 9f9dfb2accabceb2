"""What an instrument says: one line, and what it found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_FAULTS_SHOWN = 12


class ValidatorUnavailable(Exception):
    """An instrument could not be used at all; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorReport:
    """An instrument's verdict: ``scope`` is what it looked at; without ``faults`` all is well."""

    name: str
    version: str
    scope: str
    faults: tuple[str, ...] = ()

    def format_lines(self) -> Iterable[str]:
        """Return the one line, and below it the first faults."""
        said = f"{len(self.faults)} faults" if self.faults else "ok"
        yield f"{self.name:<14}{self.version:<10}{self.scope}: {said}"
        yield from (f"    {fault}" for fault in self.faults[:MAX_FAULTS_SHOWN])
        if len(self.faults) > MAX_FAULTS_SHOWN:
            yield f"    … and {len(self.faults) - MAX_FAULTS_SHOWN} more"


def prefix_with_name(found: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return each fault behind the name of the mail that has it."""
    return tuple(f"{name}: {fault}" for name, faults in found.items() for fault in faults)
