"""What a test can order of the mail server at each stage of a conversation."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from tests.support.fault_plan import FaultPlan, PlannedFault


class SmtpFaultStage(StrEnum):
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
    AFTER_END = "after"
    RSET = "rset"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """Answer with these bytes instead of what is usual; with code 2xx at END the message is stored."""

    raw: bytes
    wire_note: ClassVar = "raw reply"

    @property
    def is_positive(self) -> bool:
        """Return whether the client may believe that all is well."""
        return self.raw[:1] in (b"2", b"3")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConnection:
    """Cut the connection without an answer; ``stored`` counts at END."""

    stored: bool = False
    wire_note: ClassVar = "connection dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayReply:
    """Keep silent for so many seconds, then go on as usual."""

    seconds: float
    wire_note: ClassVar = "reply delayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrickleReply:
    """Answer as usual, one byte every so many seconds."""

    seconds: float
    wire_note: ClassVar = "reply trickled"


SmtpFault = RawReply | DropConnection | DelayReply | TrickleReply
"""Each has a ``wire_note``, with which the wire log names it: a name of its own, not that of the class."""

RECIPIENT_STAGES = frozenset(
    {SmtpFaultStage.RCPT, SmtpFaultStage.DATA, SmtpFaultStage.BODY, SmtpFaultStage.END, SmtpFaultStage.AFTER_END}
)
"""Stages at which it is known who a mail is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPoint:
    """Where a conversation stands: its stage, the number of its connection, the recipients so far."""

    stage: SmtpFaultStage
    connection: int
    recipients: tuple[str, ...]


def _no_faults() -> FaultPlan[SmtpPoint, SmtpFault]:
    return FaultPlan()


@dataclass(slots=True)
class SmtpFaults:
    """What was arranged; ``times`` None stands for every mail that it is meant for."""

    plan: FaultPlan[SmtpPoint, SmtpFault] = field(default_factory=_no_faults)

    def add(
        self, stage: SmtpFaultStage, fault: SmtpFault, *, to: str | None, connection: int | None, times: int | None
    ) -> PlannedFault[SmtpPoint, SmtpFault]:
        """Arrange ``fault`` at ``stage``, for one recipient or on one connection (the first is 1).

        Connections are numbered as they are accepted: where several are opened at once, name the recipient.
        Raises ``ValueError`` where it would hit whichever mail comes first, or could never be met.
        """
        if times is not None and to is None and connection is None:
            raise ValueError(f"which {stage} is meant? name to=, connection=, or times=None for every one")
        if to is not None and stage not in RECIPIENT_STAGES:
            raise ValueError(f"at {stage} nobody knows the recipient; name connection=")

        def matches(point: SmtpPoint) -> bool:
            return (
                point.stage is stage
                and (to is None or to in point.recipients)
                and connection in (None, point.connection)
            )

        named = "".join([f" to {to}" if to else "", f" on connection {connection}" if connection else ""])
        return self.plan.add(fault, matches, description=f"{stage}{named}", times=times)

    def take(self, stage: SmtpFaultStage, connection: int, to: tuple[str, ...] = ()) -> SmtpFault | None:
        """Return the fault for this moment, if one was arranged."""
        return self.plan.take(SmtpPoint(stage=stage, connection=connection, recipients=to))
