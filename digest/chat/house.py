"""All that the chat's handlers need of the rest of the house."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digest.archive import Archive
from digest.broadcast import Broadcaster
from digest.bucket import Bucket
from digest.chat.chats import Chats, NoChats
from digest.chat.confirmations import Confirmations
from digest.chat.progress import Progress
from digest.clock import Clock, monotonic
from digest.domains import Taxonomy
from digest.edition import EditionDesk
from digest.groups import Groups
from digest.linking import Linking
from digest.membership import Membership
from digest.model import Locale
from digest.overview import Cards, Deliveries, Histories, Listings, Overview, Signs
from digest.render.figures import Figures
from digest.render.telegram import TelegramRenderer
from digest.search import Search, Searches
from digest.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The use cases behind the door, and what the operator decided.

    ``admin_ids`` are the numeric Telegram ids of those who may use ``/broadcast``, ``/stats``, ``/outbox``.
    ``record`` gives every row about a subscriber. ``signs`` tells how this program does. ``draw`` makes the
    picture of the numbers, None where it cannot; without it they are told in words. ``locale`` is spoken to
    people whose language is unknown. ``mail_folder`` says where mail goes while there is no mail server, None
    where there is one. The three buckets, for commands, buttons and inline queries, and ``confirmations``
    live as long as the process, and so does ``progress``, which follows broadcasts while it runs;
    ``seconds`` is the clock of the buckets, which never goes back. ``chats`` says what Telegram knows of a
    group or channel.
    """

    membership: Membership
    linking: Linking
    groups: Groups
    archive: Archive
    desk: EditionDesk
    broadcaster: Broadcaster
    overview: Overview
    listings: Listings
    search: Search
    searches: Searches
    deliveries: Deliveries
    history: Histories
    cards: Cards
    record: Callable[[int], Awaitable[Mapping[str, Any]]]
    signs: Callable[[], Awaitable[Signs]]
    shelf: Shelf
    taxonomy: Taxonomy
    renderer: TelegramRenderer
    clock: Clock
    admin_ids: frozenset[int] = frozenset()
    locale: Locale = Locale.EN
    mail_folder: str | None = None
    draw: Callable[[Figures], Awaitable[bytes | None]] | None = None
    commands: Bucket = field(default_factory=Bucket)
    presses: Bucket = field(default_factory=lambda: Bucket(most=90))
    inlines: Bucket = field(default_factory=lambda: Bucket(most=120))
    confirmations: Confirmations = field(default_factory=Confirmations)
    chats: Chats = field(default_factory=NoChats)
    progress: Progress = field(default_factory=Progress)
    seconds: Callable[[], float] = monotonic

    def speaks(self, code: str | None) -> Locale:
        """Give the language in which to speak to somebody who has chosen none, by their program's."""
        known = {locale.value: locale for locale in Locale}
        return known.get((code or "").lower().partition("-")[0], self.locale)
