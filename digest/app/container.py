"""Every use case, wired to one database; nothing here talks to the outside world."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from digest.app.file_sender import list_sent_files
from digest.app.settings import Settings, read_taxonomy
from digest.model import Preferences, Target
from digest.model.clock import Clock
from digest.model.links import LinkBuilder
from digest.model.private_files import format_paths, make_private
from digest.model.verp import Verp
from digest.papers.domains import Taxonomy
from digest.services.admin_alerts import AlertService
from digest.services.archive import Archive
from digest.services.broadcasts import BroadcastService
from digest.services.channels import CHANNELS
from digest.services.editions import EditionService
from digest.services.email_linking import EmailLinkingService
from digest.services.email_links import EmailLinkService
from digest.services.saved_papers import SavedPaperService
from digest.services.schedule import timezone_data_version
from digest.services.search import SearchService
from digest.services.signup import SignupService
from digest.services.subscriptions import SubscriptionService, reschedule
from digest.sources.report_parser import ParserProcess
from digest.storage import Store, open_store
from digest.storage.app_state import installation_secret, update_if_changed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The use cases, wired to one store."""

    settings: Settings
    clock: Clock
    store: Store
    taxonomy: Taxonomy
    secret: bytes
    archive: Archive
    subscriptions: SubscriptionService
    email_linking: EmailLinkingService
    email_links: EmailLinkService
    signup: SignupService
    link_builder: LinkBuilder
    verp: Verp | None
    editions: EditionService
    search: SearchService
    broadcasts: BroadcastService
    admin_alerts: AlertService
    saved_papers: SavedPaperService

    async def clean_up(self) -> None:
        """Purge expired sign-ups, and record the numbers of this day for the statistics."""
        await self.signup.purge_expired()
        await self.store.stats_history.record_daily_counts(self.clock())

    @property
    def lock_file(self) -> Path:
        """The file that the running service keeps locked; one service per database."""
        return Path(f"{self.store.database.url.database}.lock")


@asynccontextmanager
async def open_container(settings: Settings, clock: Clock) -> AsyncIterator[Container]:
    """Return the use cases on the database of ``settings``; its papers are classified by the current taxonomy."""
    taxonomy = read_taxonomy(settings)
    await asyncio.to_thread(_restrict_output_files, settings.mail_dir)
    store = await open_store(settings.database_url, clock)
    try:
        secret = (
            settings.secret_key.get_secret_value().encode()
            if settings.secret_key
            else await installation_secret(store.database)
        )
        fingerprint = sha256(settings.taxonomy_file.read_bytes()).hexdigest()
        await store.papers.reclassify(taxonomy.classify, fingerprint)
        subscriptions = SubscriptionService(
            store=store.subscribers,
            endpoints=store.email_verification,
            clock=clock,
            defaults=default_preferences(settings),
        )
        if await update_if_changed(store.database, "time zones", timezone_data_version()):
            now = clock()
            moved = await store.subscribers.update_all(lambda one: reschedule(one, now) if one.next_digest_at else one)
            log.info("time zones have new rules", version=timezone_data_version(), readers_moved=moved)
        links = LinkBuilder(public_url=public_base_url(settings), secret=secret)
        verp = Verp(address=settings.bounce_address, secret=secret) if settings.bounce_address else None
        yield Container(
            settings=settings,
            clock=clock,
            store=store,
            taxonomy=taxonomy,
            secret=secret,
            archive=Archive(store=store.papers, taxonomy=taxonomy, clock=clock, parse=ParserProcess().parse),
            subscriptions=subscriptions,
            email_linking=EmailLinkingService(
                store=store.email_verification, subscriptions=subscriptions, clock=clock, secret=secret
            ),
            email_links=EmailLinkService(
                store=store.link_tokens,
                subscriptions=subscriptions,
                links=links if settings.public_url else None,
                secret=secret,
                clock=clock,
                verp=verp,
            ),
            signup=SignupService(store=store.signups, subscriptions=subscriptions, secret=secret, clock=clock),
            link_builder=links,
            verp=verp,
            editions=EditionService(store=store.editions, clock=clock),
            search=SearchService(index=store.search_index, papers=store.papers, taxonomy=taxonomy),
            broadcasts=BroadcastService(
                store=store.broadcasts,
                clock=clock,
                rates={one.channel: getattr(settings, one.rate_setting.lower()) for one in CHANNELS.values()},
            ),
            admin_alerts=AlertService(store=store.admin_alerts, admins=admin_targets(settings), clock=clock),
            saved_papers=SavedPaperService(store=store.saved_papers, subscriptions=subscriptions, clock=clock),
        )
    finally:
        await store.close()


def _restrict_output_files(folder: Path) -> None:
    """Make files of an earlier version in MAIL_DIR readable by their owner only."""
    if changed := make_private(list_sent_files(folder)):
        log.warning("others could read letters in MAIL_DIR; only their owner can now", files=format_paths(changed))


def default_preferences(settings: Settings) -> Preferences:
    """Return the preferences of a new subscriber."""
    return Preferences(send_minute=settings.digest_time, timezone=settings.timezone, locale=settings.default_locale)


def public_base_url(settings: Settings) -> str:
    """Return ``PUBLIC_URL``, or the address on this machine if it is not set."""
    return settings.public_url or f"http://127.0.0.1:{settings.web_port}"


def admin_targets(settings: Settings) -> list[Target]:
    """Return where alerts for admins are sent."""
    return [
        *(Target.telegram(number) for number in sorted(settings.telegram_admin_ids)),
        *(Target.email(address) for address in settings.admin_emails),
    ]
