"""Who reads, and what they chose."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from digest.model.endpoint import Channel, Endpoint, EndpointState
from digest.model.locale import Locale


class Frequency(StrEnum):
    """On which local days a reader is due."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


class DetailLevel(StrEnum):
    """How much of a paper a digest shows: its title alone, one sentence, or as much as there is room for."""

    TITLES = "titles"
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a reader chose.

    ``domains`` None means everything, an empty tuple nothing yet. ``send_minute`` is the minute of the local
    day (480 = 08:00) in the IANA zone ``timezone``. ``weekday`` counts from Monday = 0 and matters for the
    weekly rhythm alone. ``max_papers`` is the most papers of one digest, None for no bound.
    ``notify_when_empty``: True sends one line with the reason on a day without papers for this reader.
    ``detail_level`` is how much of each paper a digest shows. ``silent``: True delivers without a sound.
    ``include_keywords`` are keywords that bring a paper whatever its domains, ``mute_keywords`` those that
    keep it away (``digest.papers.keywords``).
    """

    domains: tuple[str, ...] | None = ()
    send_minute: int = 480
    timezone: str = "UTC"
    frequency: Frequency = Frequency.DAILY
    weekday: int = 0
    locale: Locale = Locale.EN
    max_papers: int | None = None
    notify_when_empty: bool = False
    detail_level: DetailLevel = DetailLevel.SHORT
    silent: bool = False
    include_keywords: tuple[str, ...] = ()
    mute_keywords: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was chosen: no domain, and no keyword that brings a paper."""
        return self.domains == () and not self.include_keywords


class PreferenceChanges(TypedDict, total=False):
    """The preferences that change; absent ones stay."""

    domains: tuple[str, ...] | None
    send_minute: int
    timezone: str
    frequency: Frequency
    weekday: int
    locale: Locale
    max_papers: int | None
    notify_when_empty: bool
    detail_level: DetailLevel
    silent: bool
    include_keywords: tuple[str, ...]
    mute_keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader.

    ``last_paper_seq`` is the sequence number of the newest paper that was considered for this reader,
    ``papers_since`` the report date from which papers count. ``next_digest_at`` is the next turn, None while
    paused and while nothing was chosen; ``last_digest_at`` the last turn (when it was due, not when it was
    late). ``paused_until`` ends a pause by itself on that local day, whose turn is then ``next_digest_at``;
    None for a pause without an end.
    """

    id: int
    preferences: Preferences
    created_at: dt.datetime
    next_digest_at: dt.datetime | None
    paused: bool = False
    last_paper_seq: int = 0
    papers_since: dt.date | None = None
    last_digest_at: dt.datetime | None = None
    paused_until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberProfile:
    """A subscriber with their endpoints."""

    subscriber: Subscriber
    endpoints: tuple[Endpoint, ...]

    @property
    def preferences(self) -> Preferences:
        """What the reader chose."""
        return self.subscriber.preferences

    def active_addresses(self, channel: Channel) -> tuple[str, ...]:
        """Return the active addresses on a channel."""
        return tuple(
            e.target.address for e in self.endpoints if e.target.channel is channel and e.state is EndpointState.ACTIVE
        )
