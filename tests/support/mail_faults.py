"""What a test can order of the mail server at each stage of a conversation."""

from dataclasses import dataclass, field
from enum import StrEnum


class MailStage(StrEnum):
    """The places of a conversation where something can go wrong.

    BODY is in the middle of the message, END its final dot, AFTER the moment after the last 250.
    """

    GREETING = "greeting"
    EHLO = "ehlo"
    HELO = "helo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    END = "end"
    AFTER = "after"
    RSET = "rset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Answer with these bytes instead of what is usual; with code 2xx at END the message is stored."""

    raw: bytes

    @property
    def positive(self) -> bool:
        """Tell whether the client may believe that all is well."""
        return self.raw[:1] in (b"2", b"3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Cut the connection without an answer; ``stored`` counts at END."""

    stored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Keep silent for so many seconds, then go on as usual."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """Answer as usual, one byte every so many seconds."""

    seconds: float


MailFault = Say | Drop | Wait | Drip


@dataclass(slots=True)
class _Order:
    stage: MailStage
    fault: MailFault
    to: str | None
    times: int | None


@dataclass(slots=True)
class MailFaults:
    """Orders in the sequence given; ``times`` None stands for ever."""

    orders: list[_Order] = field(default_factory=list)

    def add(self, stage: MailStage, fault: MailFault, *, to: str | None, times: int | None) -> None:
        """Order ``fault`` at ``stage``, for one recipient or for any."""
        self.orders.append(_Order(stage, fault, to, times))

    def take(self, stage: MailStage, to: tuple[str, ...] = ()) -> MailFault | None:
        """Give the fault for this moment, if one was ordered."""
        for order in self.orders:
            if order.stage is stage and (order.to is None or order.to in to):
                if order.times is not None:
                    order.times -= 1
                    if order.times <= 0:
                        self.orders.remove(order)
                return order.fault
        return None
