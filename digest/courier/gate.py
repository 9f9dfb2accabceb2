"""Whether a whole channel waits: until when, why, and how the next wait grows."""

from dataclasses import dataclass
from datetime import timedelta

from digest.channel import Later, Outcome, Refused, Sent
from digest.clock import monotonic

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
MOST_DOUBLINGS = 10
MOST_FAULTS = 3
"""So many refusals in a row that are our own fault, and nothing between them, are the set-up's."""


@dataclass(slots=True)
class Gate:
    """The gate through which every delivery of a channel leaves."""

    _until: float = 0.0
    _because: str = ""
    _doublings: int = 0
    _faults: int = 0

    @property
    def shut(self) -> bool:
        """Tell whether everybody waits."""
        return self._until > monotonic()

    @property
    def waits_because(self) -> str | None:
        """Why everybody waits at the moment, None where nobody has to."""
        return self._because if self.shut else None

    def judge(self, outcome: Outcome) -> Outcome:
        """Give what an outcome means beside those before it, and shut the gate where everybody must wait.

        The third refusal in a row that is our own fault tells of the set-up and not of that message: it is
        not refused but waits with all others, and nobody is lost while the operator mends what is wrong.
        """
        match outcome:
            case Sent():
                self._doublings = self._faults = 0
            case Refused(reason=reason, our_fault=True, too_big=False):
                self._faults += 1
                if self._faults >= MOST_FAULTS:
                    outcome = Later(reason=reason, counts=False, whole_channel=True)
            case _:
                pass
        if isinstance(outcome, Later) and outcome.whole_channel:
            self._wait(outcome)
        return outcome

    def shut_for(self, wait: timedelta, reason: str) -> None:
        """Let everybody wait at least so long; a wait is never shortened."""
        self._until = max(self._until, monotonic() + wait.total_seconds())
        self._because = reason

    def _wait(self, outcome: Later) -> None:
        """Wait as long as asked, or 30 s doubling to 15 minutes.

        Several deliveries in flight that meet the same trouble double once.
        """
        if outcome.after is not None:
            self.shut_for(outcome.after, outcome.reason)
        elif not self.shut:
            self.shut_for(min(FIRST_PAUSE * 2**self._doublings, LONGEST_PAUSE), outcome.reason)
            self._doublings = min(self._doublings + 1, MOST_DOUBLINGS)
