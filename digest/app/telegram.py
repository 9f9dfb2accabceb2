"""The chat on its use cases: for Telegram with a token, for a terminal without."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram.ext import Application, ExtBot
from telegram.request import BaseRequest

from digest.app.container import Container
from digest.app.health import build_status
from digest.model.webhook_url import webhook_url
from digest.render.chart import Figures
from digest.render.chart.png import render_png
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.admin import ServiceStatus
from digest.services.groups import GroupService
from digest.telegram import BotApplication, HandlerDependencies, register_handlers
from digest.telegram.rate_limiter import Priority
from digest.telegram.receiver import Answering, UpdateReceiver, Webhook, WebhookQueue

log = structlog.get_logger(__name__)

OFFLINE_TOKEN = "1:offline"  # noqa: S105 - a bot that never leaves the terminal needs some token


def handler_dependencies(
    container: Container, status: Callable[[], Awaitable[ServiceStatus]] | None = None
) -> HandlerDependencies:
    """Return what the chat's handlers need of the use cases; ``status`` tells how the service does."""
    settings = container.settings
    return HandlerDependencies(
        subscriptions=container.subscriptions,
        email_linking=container.email_linking,
        groups=GroupService(store=container.store.groups, subscriptions=container.subscriptions),
        archive=container.archive,
        editions=container.editions,
        broadcasts=container.broadcasts,
        stats=container.store.stats,
        last_lists=container.store.last_lists,
        search=container.search,
        last_queries=container.store.last_searches,
        deliveries=container.store.outbox,
        stats_history=container.store.stats_history,
        subscriber_details=container.store.subscriber_details,
        export_data=container.store.link_tokens.export_data,
        status=status or partial(build_status, container),
        render_chart=draw_chart,
        saved_papers=container.saved_papers,
        taxonomy=container.taxonomy,
        renderer=TelegramRenderer(taxonomy=container.taxonomy),
        clock=container.clock,
        admin_ids=settings.telegram_admin_ids,
        default_locale=settings.default_locale,
        email_folder=None if settings.smtp_host else str(settings.mail_dir),
    )


async def draw_chart(figures: Figures) -> bytes | None:
    """Return the PNG of these figures; None where they cannot be drawn, which the log tells."""
    try:
        # A few calls of milliseconds each, between which other people are answered.
        return await asyncio.to_thread(render_png, figures)
    except ValueError as error:
        log.warning("the picture of the numbers could not be drawn", why=str(error))
        return None


def build_application(bot: ExtBot[Priority], dependencies: HandlerDependencies) -> BotApplication:
    """Return the application that polls with a bot and answers with the use cases."""
    application = Application.builder().bot(bot).concurrent_updates(Answering()).updater(None).build()
    register_handlers(application, dependencies)
    return application


def build_terminal_application(request: BaseRequest, dependencies: HandlerDependencies) -> BotApplication:
    """Return the application on a request that answers in this process."""
    application = (
        Application.builder().token(OFFLINE_TOKEN).request(request).get_updates_request(request).updater(None).build()
    )
    register_handlers(application, dependencies)
    return application


def build_receiver(
    container: Container, application: BotApplication, webhook_queue: WebhookQueue | None
) -> UpdateReceiver:
    """Return what receives updates for the application: a webhook with its queue, else long polling."""
    settings = container.settings
    secret = settings.telegram_webhook_secret
    webhook = None
    if secret and settings.public_url:
        webhook = Webhook(url=webhook_url(settings.public_url), secret=secret.get_secret_value())
    return UpdateReceiver(
        application=application,
        webhook_queue=webhook_queue,
        webhook=webhook,
        updates=container.store.telegram_updates,
        alerts=container.admin_alerts,
        clock=container.clock,
        admin_ids=settings.telegram_admin_ids,
    )
