"""Whether a whole channel waits: until when, why, and how the next wait grows.

A channel learns from the ends of its deliveries in a row. What one recipient meets may be theirs; what many
meet one after the other, and nobody else between them, is the channel's: the mail server's, Telegram's, the
network's or our set-up's. Then everybody waits, and after the wait one delivery tries before others follow.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from digest.model.clock import monotonic
from digest.model.outcome import Outcome, Refused, RetryLater, Sent, Uncertain, Unreachable
from digest.model.reasons import Reason, ReasonCode

MIN_PAUSE = timedelta(seconds=30)
MAX_PAUSE = timedelta(minutes=15)
MAX_DOUBLINGS = 10
MAX_FAULTS = 3
"""So many refusals in a row that are our own fault, and nothing between them, are the set-up's."""

MAX_UNCERTAIN = 3
"""So many uncertain ends without a success between them are the channel's, and more would only add doubts."""

MAX_UNREACHABLE = 5
"""So many addresses end in a row; the next waits for a success, or for an admin who says that it is true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureStreak:
    """How many deliveries since the last success ended in doubt, and how many at a gone address."""

    uncertain: int = 0
    unreachable: int = 0


@dataclass(slots=True)
class CircuitBreaker:
    """The gate through which every delivery of a channel leaves."""

    streak: FailureStreak = FailureStreak()
    _open_until: float = 0.0
    _reason: Reason | None = None
    _doublings: int = 0
    _faults: int = 0
    _is_probing: bool = False
    _unreachable_allowed_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether everybody waits."""
        return self._open_until > monotonic()

    @property
    def open_reason(self) -> Reason | None:
        """Why everybody waits at the moment, None where nobody has to."""
        return self._reason if self.is_open else None

    @property
    def has_many_unreachable(self) -> bool:
        """Whether an admin is asked if so many addresses are really gone."""
        return self.streak.unreachable >= MAX_UNREACHABLE and not self._allows_unreachable

    def concurrency(self, limit: int) -> int:
        """Return how many deliveries may be under way: one after a wait, until one has got through."""
        return 1 if self._is_probing or self.streak.uncertain >= MAX_UNCERTAIN else limit

    def record(self, outcome: Outcome) -> Outcome:
        """Return what an outcome means beside those before it, and shut the gate where everybody must wait.

        The third refusal in a row that is our own fault tells of the set-up and not of that message, and the
        sixth address in a row that is gone more likely of who answers in the server's place: such a delivery
        is not ended but waits with all others, and nobody is lost while somebody looks.
        """
        match outcome:
            case Sent():
                self.streak = FailureStreak()
                self._doublings = self._faults = 0
                self._is_probing = False
            case Uncertain(reason=reason):
                self.streak = replace(self.streak, uncertain=self.streak.uncertain + 1)
                if self.streak.uncertain >= MAX_UNCERTAIN:
                    self._open(RetryLater(reason=reason))
            case Unreachable(reason=reason) if self.has_many_unreachable:
                why = reason.as_cause_of(ReasonCode.MANY_UNREACHABLE)
                outcome = RetryLater(reason=why, counts_as_attempt=False, pause_channel=True)
            case Unreachable() if not self._allows_unreachable:
                self.streak = replace(self.streak, unreachable=self.streak.unreachable + 1)
            case Refused(reason=reason, is_our_fault=True, is_too_large=False):
                self._faults += 1
                if self._faults >= MAX_FAULTS:
                    outcome = RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)
            case _:
                pass
        if isinstance(outcome, RetryLater) and outcome.pause_channel:
            self._open(outcome)
        elif not isinstance(outcome, Uncertain):
            self._is_probing = False
        return outcome

    def open_for(self, wait: timedelta, reason: Reason) -> None:
        """Pause the channel for at least so long, then let one delivery try first; a pause is never shortened."""
        self._open_until = max(self._open_until, monotonic() + wait.total_seconds())
        self._reason = reason
        self._is_probing = True

    def allow_unreachable(self, wait: timedelta) -> None:
        """Believe for so long, on an admin's word, that addresses are gone; who waited for that goes on."""
        if self.has_many_unreachable:
            self._open_until = 0.0
        self.streak = replace(self.streak, unreachable=0)
        self._unreachable_allowed_until = monotonic() + wait.total_seconds()

    @property
    def _allows_unreachable(self) -> bool:
        return self._unreachable_allowed_until > monotonic()

    def _open(self, outcome: RetryLater) -> None:
        """Wait as long as asked, or 30 s doubling to 15 minutes.

        Several deliveries in flight that meet the same trouble double once.
        """
        if outcome.retry_after is not None:
            self.open_for(outcome.retry_after, outcome.reason)
        elif not self.is_open:
            self.open_for(min(MIN_PAUSE * 2**self._doublings, MAX_PAUSE), outcome.reason)
            self._doublings = min(self._doublings + 1, MAX_DOUBLINGS)
