"""Faults that a test can ask of the Bot API stand-in, and the list that hands them out."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Refuse with this answer, doing nothing."""

    status: int
    description: str
    retry_after: int | None = None
    migrate_to: int | None = None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Keep silent for so many seconds, after doing the work where ``stored``; then answer as usual."""

    seconds: float
    stored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Close the connection without an answer, after doing the work where ``stored``."""

    stored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Do the work, send half of the answer, close the connection."""


Fault = Answer | Hang | Cut | Half


@dataclass(slots=True)
class _Order:
    fault: Fault
    method: str
    chat: int | None
    times: int


@dataclass(slots=True)
class FaultList:
    """Orders in the sequence given; each is used up by the calls that fit it."""

    orders: list[_Order] = field(default_factory=list)

    def add(self, fault: Fault, *, method: str, chat: int | None, times: int) -> None:
        """Order ``fault`` for the next ``times`` calls of ``method``, of one chat or of any."""
        self.orders.append(_Order(fault, method.lower(), chat, times))

    def take(self, method: str, chat: int | None) -> Fault | None:
        """Give the fault for this call, if one was ordered."""
        for order in self.orders:
            if order.method in ("*", method.lower()) and order.chat in (None, chat):
                order.times -= 1
                if order.times <= 0:
                    self.orders.remove(order)
                return order.fault
        return None

    def clear(self) -> None:
        """Forget every order."""
        self.orders.clear()
