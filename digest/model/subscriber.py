"""Who reads, and what they chose."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from digest.model.endpoint import Channel, Endpoint, EndpointState
from digest.model.language import Locale


class Rhythm(StrEnum):
    """On which local days a reader is due."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


class Layout(StrEnum):
    """How much of a paper a digest shows: its title alone, one sentence, or as much as there is room for."""

    TITLES = "titles"
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a reader chose.

    ``domains`` None means everything, an empty tuple nothing yet.
    ``minute`` is the minute of the local day (480 = 08:00) in the IANA zone ``zone``.
    ``weekday`` counts from Monday = 0 and matters for the weekly rhythm alone.
    ``most`` is the most papers of one digest, None for no bound.
    ``empty_days``: True sends one line with the reason on a day without papers for this reader.
    ``layout`` is how much of each paper a digest shows. ``silent``: True delivers without a sound.
    ``include`` are keywords that bring a paper whatever its domains, ``mute`` those that keep it away
    (``digest.keywords``).
    """

    domains: tuple[str, ...] | None = ()
    minute: int = 480
    zone: str = "UTC"
    rhythm: Rhythm = Rhythm.DAILY
    weekday: int = 0
    locale: Locale = Locale.EN
    most: int | None = None
    empty_days: bool = False
    layout: Layout = Layout.SHORT
    silent: bool = False
    include: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Tell whether nothing was chosen: no domain, and no keyword that brings a paper."""
        return self.domains == () and not self.include


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader.

    ``watermark`` is the sequence number of the newest paper that was considered for this reader,
    ``since`` the report date from which papers count. ``next_at`` is the next turn, None while paused and
    while nothing was chosen; ``served_at`` the last turn (when it was due, not when it was late).
    ``paused_until`` ends a pause by itself on that local day, whose turn is then ``next_at``; None for a
    pause without an end.
    """

    id: int
    preferences: Preferences
    created_at: dt.datetime
    next_at: dt.datetime | None
    paused: bool = False
    watermark: int = 0
    since: dt.date | None = None
    served_at: dt.datetime | None = None
    paused_until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A subscriber with their endpoints, as the doors see them."""

    subscriber: Subscriber
    endpoints: tuple[Endpoint, ...]

    @property
    def preferences(self) -> Preferences:
        """What the reader chose."""
        return self.subscriber.preferences

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """Give the active addresses on a channel."""
        return tuple(
            e.target.address
            for e in self.endpoints
            if e.target.channel is channel and e.state is EndpointState.ACTIVE
        )
