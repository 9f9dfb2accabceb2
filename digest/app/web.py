"""The web pages on their use cases, served in the service's own process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from digest.app.container import Container, public_base_url
from digest.app.delivery import build_sender_identity
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.render.email.context import EmailContext
from digest.web import HealthStatus, TelegramWebhook, WebDependencies, WebServer, build_web_app, open_listen_socket

log = structlog.get_logger(__name__)


def web_dependencies(
    container: Container, health: Callable[[], Awaitable[HealthStatus]], webhook: TelegramWebhook | None = None
) -> WebDependencies:
    """Return what the pages need of the use cases."""
    identity = build_sender_identity(container.settings)
    return WebDependencies(
        email_links=container.email_links,
        signups=container.signup,
        subscriptions=container.subscriptions,
        archive=container.archive,
        taxonomy=container.taxonomy,
        email_context=EmailContext(identity=identity, domain_names=container.taxonomy),
        clock=container.clock,
        public_url=public_base_url(container.settings),
        site_name=identity.sender_name,
        postal_address=identity.postal_address,
        default_locale=container.settings.default_locale,
        form_secret=container.secret,
        check_health=health,
        telegram_webhook=webhook,
    )


async def is_database_ok(container: Container) -> bool:
    """Return whether the store answers."""
    try:
        await container.store.papers.last_ingested_at()
    except (StoreError, DatabaseCorrupted):
        return False
    return True


@asynccontextmanager
async def run_web_server(
    container: Container, health: Callable[[], Awaitable[HealthStatus]], webhook: TelegramWebhook | None = None
) -> AsyncIterator[WebServer]:
    """Serve the pages while inside; what is being answered on leaving is finished.

    Raises ``InvalidSettings`` where nothing can listen at ``WEB_HOST`` and ``WEB_PORT``.
    """
    settings = container.settings
    site = build_web_app(web_dependencies(container, health, webhook))
    listening = open_listen_socket(settings.web_host, settings.web_port)
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
