"""The values that walk through the house: frozen, keyword-only, without behaviour of the outside world.

Reading order is the order of a paper's way: Paper, Report, Subscriber, Endpoint, Digest, Delivery.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Self


class Section(StrEnum):
    """The five sections of a paper, in reading order."""

    AREA = "area"
    CONTRIBUTION = "contribution"
    USAGE = "usage"
    INNOVATIONS = "innovations"
    RESULTS = "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper as a report tells of it.

    ``id`` is the arXiv id without its version (``2601.15876``) and the paper's key everywhere.
    ``read_from`` is what the report's author read, as written (``HTML``, ``ArXiv Abs``), or None.
    ``sections`` holds Markdown as written; a section that the report lacks is absent.
    ``domains`` are taxonomy slugs, most telling first; empty until the paper was classified.
    """

    id: str
    title: str
    url: str
    version: int | None = None
    read_from: str | None = None
    sections: Mapping[Section, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()

    @property
    def abstract_only(self) -> bool:
        """Tell whether the summary was written from the abstract alone."""
        return self.read_from is not None and "abs" in self.read_from.lower()

    @property
    def arxiv_url(self) -> str:
        """Address of the abstract page at arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """Address of the PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def huggingface_url(self) -> str:
        """Address of the paper's page at Hugging Face."""
        return f"https://huggingface.co/papers/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a report that makes no sense, with its line (from 1)."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report file says; what made no sense stands in ``problems``, in order."""

    date: dt.date | None
    source_url: str | None
    papers: tuple[Paper, ...]
    problems: tuple[Problem, ...] = ()


class Vote(IntEnum):
    """What a reader thinks of a paper."""

    UP = 1
    DOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a reader did with a paper: kept it, liked it or not (``vote`` None: neither)."""

    saved: bool = False
    vote: Vote | None = None


class Channel(StrEnum):
    """The ways to reach a reader."""

    EMAIL = "email"
    TELEGRAM = "telegram"


class Rhythm(StrEnum):
    """On which local days a reader is due."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


CATALOGUES = Path(__file__).parent / "locale"
"""Where each language but English has its words: ``<code>.po``."""


class Locale(StrEnum):
    """The languages of the interface: English, and each that has a catalogue."""

    EN = "en"
    ZH = "zh"
    vars().update({path.stem.upper(): path.stem for path in CATALOGUES.glob("*.po") if path.stem != "zh"})

    @classmethod
    def known(cls, code: str) -> Self:
        """Give the language of a code; English where its catalogue is gone."""
        return cls(code) if code in set(cls) else cls("en")


class Layout(StrEnum):
    """How much of a paper a digest shows: its title alone, one sentence, or as much as there is room for."""

    TITLES = "titles"
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a message goes: an email address, or a Telegram chat and, in a forum, its thread."""

    channel: Channel
    address: str
    thread: int | None = None

    @classmethod
    def email(cls, address: str) -> Self:
        """Give the target of an email address."""
        return cls(channel=Channel.EMAIL, address=address)

    @classmethod
    def telegram(cls, chat: int, thread: int | None = None) -> Self:
        """Give the target of a Telegram chat."""
        return cls(channel=Channel.TELEGRAM, address=str(chat), thread=thread)


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


class EndpointState(StrEnum):
    """Whether an endpoint receives.

    ``pending``: an address that waits for its proof. ``gone`` cannot be reached, until its reader is heard of
    again. ``unsubscribed`` is what its reader wants, until they ask for more there. ``suppressed`` does not
    come back by itself: mail to it has bounced too often.
    """

    PENDING = "pending"
    ACTIVE = "active"
    GONE = "gone"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of a subscriber on one channel.

    ``owner`` is the Telegram id of whoever set a group or channel up, and hears of it where it can be written
    to no more; ``title`` is its name as it was then. Both are None for a private chat and an address.
    """

    id: int
    subscriber: int
    target: Target
    state: EndpointState = EndpointState.ACTIVE
    owner: int | None = None
    title: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A paper as selection sees it; ``seq`` counts papers in the order in which they were first seen.

    ``text`` is its title and sections made ready for keywords (``digest.keywords.searchable``); empty where
    nobody asked for it.
    """

    paper: str
    seq: int
    date: dt.date
    domains: tuple[str, ...]
    text: str = ""


class Nothing(StrEnum):
    """Why a digest holds no paper."""

    NO_NEW_PAPERS = "no_new_papers"
    NONE_IN_DOMAINS = "none_in_domains"
    NO_DOMAINS_CHOSEN = "no_domains_chosen"
    NO_REPORT_YET = "no_report_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper of a digest and why it is there: the chosen domains it has, or () for "everything".

    ``keywords`` are the reader's own words that brought it where no domain did.
    """

    paper: str
    reasons: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One subscriber's share of an edition, frozen when it is written.

    ``date`` is the newest report's date, None before the first report.
    ``total`` counts all new papers of the edition, whether for this reader or not; ``left_out`` those
    for this reader beyond their bound. ``follows`` are the chosen slugs, None for everything.
    ``nothing`` is None exactly when ``picks`` is not empty.
    ``next_at`` is the reader's next turn (UTC), for the footer; None where there is none.
    ``layout`` and ``silent`` are as the reader chose; ``include`` are their keywords.
    """

    date: dt.date | None
    locale: Locale
    picks: tuple[Pick, ...]
    total: int
    follows: tuple[str, ...] | None = None
    left_out: int = 0
    nothing: Nothing | None = None
    next_at: dt.datetime | None = None
    zone: str = "UTC"
    since: dt.date | None = None
    layout: Layout = Layout.SHORT
    silent: bool = False
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An admin's broadcast: plain text, sent as written.

    ``notice`` True: the program's own words to one person, an alarm or a line about an address; they belong
    to no list.
    """

    text: str
    locale: Locale = Locale.EN
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCode:
    """The six-digit code that proves an email address; ``minutes`` is how long it is good for."""

    code: str
    minutes: int
    locale: Locale = Locale.EN


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """The question whether an address that was typed into the sign-up page wants the digest.

    The link that says yes is made of ``nonce`` (``digest.links``) and good for ``hours``.
    """

    nonce: str
    hours: int
    locale: Locale = Locale.EN


Content = Digest | Announcement | AddressCode | OptIn
"""What a delivery carries."""


class DeliveryState(StrEnum):
    """States of an outbox row; the arrows between them stand in ``docs/delivery.md``."""

    DUE = "due"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    GONE = "gone"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint, claimed from the outbox.

    ``key`` is stable for a delivery over restarts and repeats (Message-IDs derive from it).
    ``receipts`` holds one entry for each part that surely arrived; sending goes on at part
    ``len(receipts)``. ``attempts`` counts earlier tries that ended with "later"; ``points`` counts tries to
    this endpoint, of whatever, that ended with a wait of days and no success since.
    ``shorter``: it was too big once, and says less now.
    """

    id: int
    key: str
    endpoint: int
    subscriber: int
    target: Target
    content: Content
    created_at: dt.datetime
    attempts: int = 0
    points: int = 0
    shorter: bool = False
    receipts: tuple[str, ...] = ()
