"""What an instrument says: one line, and what it found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_SHOWN = 12


class Broken(Exception):
    """An instrument could not be used at all; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An instrument's verdict: ``tried`` is what it looked at; without ``faults`` all is well."""

    name: str
    version: str
    tried: str
    faults: tuple[str, ...] = ()

    def lines(self) -> Iterable[str]:
        """Give the one line, and below it the first faults."""
        said = f"{len(self.faults)} faults" if self.faults else "ok"
        yield f"{self.name:<14}{self.version:<10}{self.tried}: {said}"
        yield from (f"    {fault}" for fault in self.faults[:MOST_SHOWN])
        if len(self.faults) > MOST_SHOWN:
            yield f"    … and {len(self.faults) - MOST_SHOWN} more"


def in_each(found: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Give each fault behind the name of the mail that has it."""
    return tuple(f"{name}: {fault}" for name, faults in found.items() for fault in faults)
