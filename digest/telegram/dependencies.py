"""What the chat's handlers need of the rest of the program."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digest.model import Locale
from digest.model.clock import Clock, monotonic
from digest.papers.domains import Taxonomy
from digest.render.chart import Figures
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.admin import (
    DeliveryAdmin,
    HistoryStore,
    LastListStore,
    ServiceStatus,
    StatsStore,
    SubscriberDetailsStore,
)
from digest.services.archive import Archive
from digest.services.broadcasts import BroadcastService
from digest.services.editions import EditionService
from digest.services.email_linking import EmailLinkingService
from digest.services.groups import GroupService
from digest.services.rate_limit import RateLimiter
from digest.services.saved_papers import SavedPaperService
from digest.services.search import LastQueryStore, SearchService
from digest.services.subscriptions import SubscriptionService
from digest.telegram.broadcast_progress import ProgressMessages
from digest.telegram.confirmations import Confirmations
from digest.telegram.permissions import ChatPermissions, OfflineChats


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerDependencies:
    """The use cases, and the operator's settings.

    ``admin_ids`` are the numeric Telegram ids of those who may use ``/broadcast``, ``/stats``, ``/outbox``.
    ``export_data`` gives every row about a subscriber. ``status`` tells how this program does.
    ``render_chart`` makes the picture of the numbers, None where it cannot; without it they are told in
    words. ``default_locale`` is spoken to people whose language is unknown. ``email_folder`` says where mail
    goes while there is no mail server, None where there is one. The three buckets, for commands, buttons and
    inline queries, and ``confirmations`` live as long as the process, and so does ``progress_messages``,
    which follows broadcasts while it runs; ``monotonic_clock`` is the clock of the buckets, which never goes
    back. ``permissions`` says what Telegram knows of a group or channel.
    """

    subscriptions: SubscriptionService
    email_linking: EmailLinkingService
    groups: GroupService
    archive: Archive
    editions: EditionService
    broadcasts: BroadcastService
    stats: StatsStore
    last_lists: LastListStore
    search: SearchService
    last_queries: LastQueryStore
    deliveries: DeliveryAdmin
    stats_history: HistoryStore
    subscriber_details: SubscriberDetailsStore
    export_data: Callable[[int], Awaitable[Mapping[str, Any]]]
    status: Callable[[], Awaitable[ServiceStatus]]
    saved_papers: SavedPaperService
    taxonomy: Taxonomy
    renderer: TelegramRenderer
    clock: Clock
    admin_ids: frozenset[int] = frozenset()
    default_locale: Locale = Locale.EN
    email_folder: str | None = None
    render_chart: Callable[[Figures], Awaitable[bytes | None]] | None = None
    command_limiter: RateLimiter = field(default_factory=RateLimiter)
    button_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(limit=90))
    inline_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(limit=120))
    confirmations: Confirmations = field(default_factory=Confirmations)
    permissions: ChatPermissions = field(default_factory=OfflineChats)
    progress_messages: ProgressMessages = field(default_factory=ProgressMessages)
    monotonic_clock: Callable[[], float] = monotonic

    def locale_for(self, language_code: str | None) -> Locale:
        """Return the language in which to speak to somebody who has chosen none, by their program's."""
        known = {locale.value: locale for locale in Locale}
        return known.get((language_code or "").lower().partition("-")[0], self.default_locale)
