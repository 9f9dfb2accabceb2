"""The middle of the house on its store: every use case, and nothing of the outside world."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from digest.access import Access
from digest.alerts import Alerts
from digest.archive import Archive
from digest.broadcast import Broadcaster
from digest.clock import Clock
from digest.deliver.folder import files_in
from digest.domains import Taxonomy, load_taxonomy
from digest.edition import EditionDesk
from digest.errors import BadTaxonomy
from digest.hours import zone_data_version
from digest.linking import Linking
from digest.links import LinkMaker
from digest.membership import Membership, scheduled
from digest.model import Channel, Preferences, Target
from digest.private_files import make_private, names_of
from digest.search import Search
from digest.settings import Settings
from digest.shelf import Shelf
from digest.signup import SignUp
from digest.source.parser import ParserProcess
from digest.store import Store, open_store
from digest.store.facts import changed, own_secret
from digest.verp import Verp

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The use cases, wired to one store."""

    settings: Settings
    clock: Clock
    store: Store
    taxonomy: Taxonomy
    secret: bytes
    archive: Archive
    membership: Membership
    linking: Linking
    access: Access
    sign_up: SignUp
    links: LinkMaker
    verp: Verp | None
    desk: EditionDesk
    search: Search
    broadcaster: Broadcaster
    alerts: Alerts
    shelf: Shelf

    @property
    def lock_file(self) -> Path:
        """Where the one service on this database holds its lock."""
        return Path(f"{self.store.database.url.database}.lock")


def read_taxonomy(settings: Settings) -> Taxonomy:
    """Read the domains; raises ``BadTaxonomy`` in one line that names the file."""
    return load_taxonomy(_text_of(settings.taxonomy_file))


@asynccontextmanager
async def opened(settings: Settings, clock: Clock) -> AsyncIterator[Core]:
    """Give the use cases on the store of ``settings``, its papers classified by the present taxonomy."""
    taxonomy = read_taxonomy(settings)
    await asyncio.to_thread(_mend_letters, settings.mail_dir)
    store = await open_store(settings.database_url, clock)
    try:
        secret = (
            settings.secret_key.get_secret_value().encode()
            if settings.secret_key
            else await own_secret(store.database)
        )
        fingerprint = sha256(settings.taxonomy_file.read_bytes()).hexdigest()
        await store.papers.reclassify(taxonomy.classify, fingerprint)
        membership = Membership(
            people=store.people,
            addresses=store.addresses,
            clock=clock,
            defaults=default_preferences(settings),
        )
        if await changed(store.database, "time zones", zone_data_version()):
            now = clock()
            moved = await store.people.change_all(lambda one: scheduled(one, now) if one.next_at else one)
            log.info("time zones have new rules", version=zone_data_version(), readers_moved=moved)
        links = LinkMaker(public_url=pages_of(settings), secret=secret)
        verp = Verp(address=settings.bounce_address, secret=secret) if settings.bounce_address else None
        yield Core(
            settings=settings,
            clock=clock,
            store=store,
            taxonomy=taxonomy,
            secret=secret,
            archive=Archive(papers=store.papers, taxonomy=taxonomy, clock=clock, parse=ParserProcess().parse),
            membership=membership,
            linking=Linking(addresses=store.addresses, membership=membership, clock=clock, secret=secret),
            access=Access(
                keys=store.keys,
                membership=membership,
                links=links if settings.public_url else None,
                secret=secret,
                clock=clock,
                verp=verp,
            ),
            sign_up=SignUp(sign_ups=store.sign_ups, membership=membership, secret=secret, clock=clock),
            links=links,
            verp=verp,
            desk=EditionDesk(editions=store.editions, clock=clock),
            search=Search(index=store.index, papers=store.papers, taxonomy=taxonomy),
            broadcaster=Broadcaster(
                broadcasts=store.broadcasts,
                clock=clock,
                rates={Channel.TELEGRAM: settings.telegram_rate, Channel.EMAIL: settings.smtp_rate},
            ),
            alerts=Alerts(book=store.alerts, admins=admins(settings), clock=clock),
            shelf=Shelf(shelves=store.shelves, membership=membership, clock=clock),
        )
    finally:
        await store.close()


def _mend_letters(folder: Path) -> None:
    """Take the rights to letters of an earlier version from all but their owner."""
    if mended := make_private(files_in(folder)):
        log.warning("others could read letters in MAIL_DIR; only their owner can now", files=names_of(mended))


def default_preferences(settings: Settings) -> Preferences:
    """Give what a new reader begins with."""
    return Preferences(minute=settings.digest_time, zone=settings.timezone, locale=settings.default_locale)


def pages_of(settings: Settings) -> str:
    """Give where the pages are: ``PUBLIC_URL``, or this machine as long as nobody has said."""
    return settings.public_url or f"http://127.0.0.1:{settings.web_port}"


def admins(settings: Settings) -> list[Target]:
    """Give where admins are told what needs them."""
    return [
        *(Target.telegram(number) for number in sorted(settings.telegram_admin_ids)),
        *(Target.email(address) for address in settings.admin_emails),
    ]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTaxonomy(f"{path}: cannot be read; TAXONOMY_FILE names the table of domains") from error
