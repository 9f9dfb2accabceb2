"""The web pages on their use cases, served in the service's own process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from digest.app.core import Core, pages_of
from digest.app.couriers import identity_of
from digest.errors import StoreDamaged, StoreError
from digest.render.mail_words import MailWords
from digest.render.web_digest import WebDigest
from digest.web import Health, TelegramHook, WebHouse, WebServer, build_site, listening_socket

log = structlog.get_logger(__name__)


def web_house(
    core: Core, health: Callable[[], Awaitable[Health]], telegram: TelegramHook | None = None
) -> WebHouse:
    """Give what the pages need of the use cases."""
    identity = identity_of(core.settings)
    return WebHouse(
        access=core.access,
        sign_up=core.sign_up,
        membership=core.membership,
        archive=core.archive,
        taxonomy=core.taxonomy,
        digest=WebDigest(words=MailWords(identity=identity, names=core.taxonomy), names=core.taxonomy),
        clock=core.clock,
        public_url=pages_of(core.settings),
        name=identity.sender_name,
        postal=identity.postal_address,
        locale=core.settings.default_locale,
        secret=core.secret,
        health=health,
        telegram=telegram,
    )


async def store_is_well(core: Core) -> bool:
    """Tell whether the store answers."""
    try:
        await core.store.papers.last_arrival()
    except (StoreError, StoreDamaged):
        return False
    return True


@asynccontextmanager
async def serving(
    core: Core, health: Callable[[], Awaitable[Health]], telegram: TelegramHook | None = None
) -> AsyncIterator[WebServer]:
    """Serve the pages while inside; what is being answered on leaving is finished.

    Raises ``BadSettings`` where nothing can listen at ``WEB_HOST`` and ``WEB_PORT``.
    """
    settings = core.settings
    site = build_site(web_house(core, health, telegram))
    listening = listening_socket(settings.web_host, settings.web_port)
    server = WebServer(site, listening, proxies=settings.web_proxies)
    running = asyncio.create_task(server.run(), name="web")
    log.info("web: pages", at=f"http://{settings.web_host}:{server.port}", public=settings.public_url)
    if settings.public_url is None:
        log.warning("web: mails do not lead to the pages; set PUBLIC_URL to where readers reach them")
    try:
        yield server
    finally:
        server.stop()
        await asyncio.wait([running])
        listening.close()
