"""Answers that a test arranges with a stand-in, each for the requests that it is meant for.

What a program asks comes in an order that no test knows, so that "the next answer" would hit whichever
request comes first. An arrangement therefore says which requests it means; one that met none of them fails
the test when its stand-in closes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Fault = TypeVar("Fault")

PATIENCE = 20.0


@dataclass(slots=True, eq=False, kw_only=True)
class Arrangement(Generic[Asked, Fault]):
    """One fault for the next ``times`` requests that fit, for every one of them where that is None."""

    fault: Fault
    fits: Callable[[Asked], bool]
    meant: str
    times: int | None
    used: int = 0
    _used_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        """Tell whether it has met all that it was meant for."""
        return self.times is not None and self.used >= self.times

    @property
    def missed(self) -> bool:
        """Tell whether what it was meant for has not come."""
        return self.used < (self.times or 1)

    def use(self) -> Fault:
        """Give the fault to a request that fits."""
        self.used += 1
        if not self.missed:
            self._used_up.set()
        return self.fault

    async def met(self, within: float = PATIENCE) -> None:
        """Wait until it has met what it was meant for."""
        try:
            await asyncio.wait_for(self._used_up.wait(), within)
        except TimeoutError:
            raise AssertionError(f"{self} met nothing in {within} s") from None

    def __str__(self) -> str:
        times = "for ever" if self.times is None else f"{self.times} times"
        return f"{self.fault} for {self.meant}, {times}, used {self.used} times"


@dataclass(slots=True)
class Arrangements(Generic[Asked, Fault]):
    """Arrangements in the sequence given; the first that fits a request is used."""

    every: list[Arrangement[Asked, Fault]] = field(default_factory=list)

    def add(
        self, fault: Fault, fits: Callable[[Asked], bool], *, meant: str, times: int | None
    ) -> Arrangement[Asked, Fault]:
        """Arrange ``fault``; ``meant`` says for people which requests fit."""
        arrangement = Arrangement(fault=fault, fits=fits, meant=meant, times=times)
        self.every.append(arrangement)
        return arrangement

    def take(self, asked: Asked) -> Fault | None:
        """Give the fault for this request, None where nothing was arranged."""
        for arrangement in self.every:
            if not arrangement.over and arrangement.fits(asked):
                return arrangement.use()
        return None

    def check(self) -> None:
        """Fail where an arrangement did not meet what it was meant for."""
        missed = [str(one) for one in self.every if one.missed]
        assert not missed, f"arranged, and never asked for: {missed}"
