"""All that the chat's handlers need of the rest of the house."""

from collections.abc import Callable
from dataclasses import dataclass, field

from digest.archive import Archive
from digest.broadcast import Broadcaster
from digest.bucket import Bucket
from digest.chat.confirmations import Confirmations
from digest.clock import Clock, monotonic
from digest.domains import Taxonomy
from digest.edition import EditionDesk
from digest.membership import Membership
from digest.model import Locale
from digest.overview import Deliveries, Listings, Overview
from digest.render.telegram import TelegramRenderer
from digest.search import Search, Searches


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The use cases behind the door, and what the operator decided.

    ``admin_ids`` are the numeric Telegram ids of those who may use ``/broadcast``, ``/stats``, ``/outbox``.
    ``locale`` is spoken to people whose language is unknown. ``mail_folder`` says where mail goes while
    there is no mail server, None where there is one. The three buckets, for commands, buttons and inline
    queries, and ``confirmations`` live as long as the process; ``seconds`` is the clock of the buckets,
    which never goes back.
    """

    membership: Membership
    archive: Archive
    desk: EditionDesk
    broadcaster: Broadcaster
    overview: Overview
    listings: Listings
    search: Search
    searches: Searches
    deliveries: Deliveries
    taxonomy: Taxonomy
    renderer: TelegramRenderer
    clock: Clock
    admin_ids: frozenset[int] = frozenset()
    locale: Locale = Locale.EN
    mail_folder: str | None = None
    commands: Bucket = field(default_factory=Bucket)
    presses: Bucket = field(default_factory=lambda: Bucket(most=90))
    inlines: Bucket = field(default_factory=lambda: Bucket(most=120))
    confirmations: Confirmations = field(default_factory=Confirmations)
    seconds: Callable[[], float] = monotonic
