"""How much one person may ask for in a while: commands in a chat, changes on a page."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum, auto


class Pour(Enum):
    """What the bucket says to one more command."""

    YES = auto()
    FIRST_NO = auto()
    """No, and the person does not know yet."""
    NO = auto()


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Lets ``most`` commands of one person through in any ``seconds``; None lets everything through.

    What was refused does not count, so that whoever waits is heard again. It remembers nobody for longer
    than they matter.
    """

    most: int | None = 20
    seconds: float = 60.0
    _given: dict[Hashable, deque[float]] = field(default_factory=dict)
    _told: set[Hashable] = field(default_factory=set)

    def pour(self, person: Hashable, now: float) -> Pour:
        """Count one command of ``person`` at ``now``, in seconds of a clock that never goes back."""
        if self.most is None:
            return Pour.YES
        self._forget(now)
        given = self._given.setdefault(person, deque())
        if len(given) < self.most:
            given.append(now)
            self._told.discard(person)
            return Pour.YES
        if person in self._told:
            return Pour.NO
        self._told.add(person)
        return Pour.FIRST_NO

    def __len__(self) -> int:
        """Count the people who are remembered."""
        return len(self._given)

    def _forget(self, now: float) -> None:
        """Drop commands that are too old to matter; those who spoke longest ago stand first."""
        for person, given in list(self._given.items()):
            while given and now - given[0] >= self.seconds:
                given.popleft()
            if not given:
                del self._given[person]
                self._told.discard(person)
