"""Answers that a test arranges with a stand-in, each for the requests that it is meant for.

What a program asks comes in an order that no test knows, so that "the next answer" would hit whichever
request comes first. An arrangement therefore says which requests it means; one that met none of them fails
the test when its stand-in closes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

RequestT = TypeVar("RequestT")
FaultT = TypeVar("FaultT")

MEET_TIMEOUT = 20.0


@dataclass(slots=True, eq=False, kw_only=True)
class PlannedFault(Generic[RequestT, FaultT]):
    """One fault for the next ``times`` requests that fit, for every one of them where that is None."""

    fault: FaultT
    matches: Callable[[RequestT], bool]
    description: str
    times: int | None
    use_count: int = 0
    _met_event: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_exhausted(self) -> bool:
        """Return whether it has met all that it was meant for."""
        return self.times is not None and self.use_count >= self.times

    @property
    def is_unmet(self) -> bool:
        """Return whether what it was meant for has not come."""
        return self.use_count < (self.times or 1)

    def use(self) -> FaultT:
        """Return the fault to a request that fits."""
        self.use_count += 1
        if not self.is_unmet:
            self._met_event.set()
        return self.fault

    async def wait_until_met(self, within: float = MEET_TIMEOUT) -> None:
        """Wait until it has met what it was meant for."""
        try:
            await asyncio.wait_for(self._met_event.wait(), within)
        except TimeoutError:
            raise AssertionError(f"{self} met nothing in {within} s") from None

    def __str__(self) -> str:
        times = "for ever" if self.times is None else f"{self.times} times"
        return f"{self.fault} for {self.description}, {times}, used {self.use_count} times"


@dataclass(slots=True)
class FaultPlan(Generic[RequestT, FaultT]):
    """Arrangements in the sequence given; the first that fits a request is used."""

    planned: list[PlannedFault[RequestT, FaultT]] = field(default_factory=list)

    def add(
        self, fault: FaultT, matches: Callable[[RequestT], bool], *, description: str, times: int | None
    ) -> PlannedFault[RequestT, FaultT]:
        """Arrange ``fault``; ``description`` says for people which requests fit."""
        arrangement = PlannedFault(fault=fault, matches=matches, description=description, times=times)
        self.planned.append(arrangement)
        return arrangement

    def take(self, request: RequestT) -> FaultT | None:
        """Return the fault for this request, None where nothing was arranged."""
        for arrangement in self.planned:
            if not arrangement.is_exhausted and arrangement.matches(request):
                return arrangement.use()
        return None

    def assert_all_met(self) -> None:
        """Fail where an arrangement did not meet what it was meant for."""
        missed = [str(one) for one in self.planned if one.is_unmet]
        assert not missed, f"arranged, and never asked for: {missed}"
