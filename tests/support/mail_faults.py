"""What a test can order of the mail server at each stage of a conversation."""

from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.arranged import Arrangement, Arrangements


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


AT_A_RECIPIENT = frozenset({MailStage.RCPT, MailStage.DATA, MailStage.BODY, MailStage.END, MailStage.AFTER})
"""Stages at which it is known who a mail is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where a conversation stands: its stage, the number of its connection, the recipients so far."""

    stage: MailStage
    connection: int
    to: tuple[str, ...]


def _no_faults() -> Arrangements[Moment, MailFault]:
    return Arrangements()


@dataclass(slots=True)
class MailFaults:
    """What was arranged; ``times`` None stands for every mail that it is meant for."""

    arranged: Arrangements[Moment, MailFault] = field(default_factory=_no_faults)

    def add(
        self, stage: MailStage, fault: MailFault, *, to: str | None, connection: int | None, times: int | None
    ) -> Arrangement[Moment, MailFault]:
        """Arrange ``fault`` at ``stage``, for one recipient or on one connection (the first is 1).

        Raises ``ValueError`` where it would hit whichever mail comes first, or could never be met.
        """
        if times is not None and to is None and connection is None:
            raise ValueError(f"which {stage} is meant? name to=, connection=, or times=None for every one")
        if to is not None and stage not in AT_A_RECIPIENT:
            raise ValueError(f"at {stage} nobody knows the recipient; name connection=")

        def fits(moment: Moment) -> bool:
            return (
                moment.stage is stage
                and (to is None or to in moment.to)
                and connection in (None, moment.connection)
            )

        named = "".join([f" to {to}" if to else "", f" on connection {connection}" if connection else ""])
        return self.arranged.add(fault, fits, meant=f"{stage}{named}", times=times)

    def take(self, stage: MailStage, connection: int, to: tuple[str, ...] = ()) -> MailFault | None:
        """Give the fault for this moment, if one was arranged."""
        return self.arranged.take(Moment(stage=stage, connection=connection, to=to))
