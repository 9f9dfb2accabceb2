"""Whether a whole channel waits: until when, why, and how the next wait grows.

A channel learns from the ends of its deliveries in a row. What one recipient meets may be theirs; what many
meet one after the other, and nobody else between them, is the channel's: the mail server's, Telegram's, the
network's or our set-up's. Then everybody waits, and after the wait one delivery tries before others follow.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from digest.channel import Gone, Later, Outcome, Refused, Sent, Uncertain
from digest.clock import monotonic
from digest.reasons import Reason, ReasonCode

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
MOST_DOUBLINGS = 10
MOST_FAULTS = 3
"""So many refusals in a row that are our own fault, and nothing between them, are the set-up's."""

MOST_DOUBTS = 3
"""So many uncertain ends without a success between them are the channel's, and more would only add doubts."""

MOST_GONE = 5
"""So many addresses end in a row; the next waits for a success, or for an admin who says that it is true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """How many deliveries since the last success ended in doubt, and how many at a gone address."""

    doubts: int = 0
    gone: int = 0


@dataclass(slots=True)
class Gate:
    """The gate through which every delivery of a channel leaves."""

    streak: Streak = Streak()
    _until: float = 0.0
    _because: Reason | None = None
    _doublings: int = 0
    _faults: int = 0
    _trying: bool = False
    _gone_allowed_until: float = 0.0

    @property
    def shut(self) -> bool:
        """Tell whether everybody waits."""
        return self._until > monotonic()

    @property
    def waits_because(self) -> Reason | None:
        """Why everybody waits at the moment, None where nobody has to."""
        return self._because if self.shut else None

    @property
    def doubts_gone(self) -> bool:
        """Whether an admin is asked if so many addresses are really gone."""
        return self.streak.gone >= MOST_GONE and not self._allows_gone

    def width(self, most: int) -> int:
        """Return how many deliveries may be under way: one after a wait, until one has got through."""
        return 1 if self._trying or self.streak.doubts >= MOST_DOUBTS else most

    def judge(self, outcome: Outcome) -> Outcome:
        """Give what an outcome means beside those before it, and shut the gate where everybody must wait.

        The third refusal in a row that is our own fault tells of the set-up and not of that message, and the
        sixth address in a row that is gone more likely of who answers in the server's place: such a delivery
        is not ended but waits with all others, and nobody is lost while somebody looks.
        """
        match outcome:
            case Sent():
                self.streak = Streak()
                self._doublings = self._faults = 0
                self._trying = False
            case Uncertain(reason=reason):
                self.streak = replace(self.streak, doubts=self.streak.doubts + 1)
                if self.streak.doubts >= MOST_DOUBTS:
                    self._wait(Later(reason=reason))
            case Gone(reason=reason) if self.doubts_gone:
                why = reason.as_cause_of(ReasonCode.MANY_UNREACHABLE)
                outcome = Later(reason=why, counts=False, whole_channel=True)
            case Gone() if not self._allows_gone:
                self.streak = replace(self.streak, gone=self.streak.gone + 1)
            case Refused(reason=reason, our_fault=True, too_big=False):
                self._faults += 1
                if self._faults >= MOST_FAULTS:
                    outcome = Later(reason=reason, counts=False, whole_channel=True)
            case _:
                pass
        if isinstance(outcome, Later) and outcome.whole_channel:
            self._wait(outcome)
        elif not isinstance(outcome, Uncertain):
            self._trying = False
        return outcome

    def shut_for(self, wait: timedelta, reason: Reason) -> None:
        """Let everybody wait at least so long, and one try first afterwards; a wait is never shortened."""
        self._until = max(self._until, monotonic() + wait.total_seconds())
        self._because = reason
        self._trying = True

    def allow_gone(self, wait: timedelta) -> None:
        """Believe for so long, on an admin's word, that addresses are gone; who waited for that goes on."""
        if self.doubts_gone:
            self._until = 0.0
        self.streak = replace(self.streak, gone=0)
        self._gone_allowed_until = monotonic() + wait.total_seconds()

    @property
    def _allows_gone(self) -> bool:
        return self._gone_allowed_until > monotonic()

    def _wait(self, outcome: Later) -> None:
        """Wait as long as asked, or 30 s doubling to 15 minutes.

        Several deliveries in flight that meet the same trouble double once.
        """
        if outcome.after is not None:
            self.shut_for(outcome.after, outcome.reason)
        elif not self.shut:
            self.shut_for(min(FIRST_PAUSE * 2**self._doublings, LONGEST_PAUSE), outcome.reason)
            self._doublings = min(self._doublings + 1, MOST_DOUBLINGS)
