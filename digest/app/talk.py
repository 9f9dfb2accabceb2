"""The chat on its use cases: for Telegram with a token, for a terminal without."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram.ext import Application, ExtBot
from telegram.request import BaseRequest

from digest import webhook
from digest.app.core import Core
from digest.app.inbox import Inbox
from digest.app.signs import signs_of
from digest.app.talking import Answering, Talk, Webhook
from digest.chat import ChatApplication, House, register
from digest.deliver.pacing import Pace
from digest.groups import Groups
from digest.overview import Signs
from digest.render.figures import Figures
from digest.render.stats_png import render_png
from digest.render.telegram import TelegramRenderer

log = structlog.get_logger(__name__)

OFFLINE_TOKEN = "1:offline"  # noqa: S105 - a bot that never leaves the terminal needs some token


def house_of(core: Core, signs: Callable[[], Awaitable[Signs]] | None = None) -> House:
    """Give what the chat's handlers need of the use cases; ``signs`` tells how the service does."""
    settings = core.settings
    return House(
        membership=core.membership,
        linking=core.linking,
        groups=Groups(book=core.store.groups, membership=core.membership),
        archive=core.archive,
        desk=core.desk,
        broadcaster=core.broadcaster,
        overview=core.store.overview,
        listings=core.store.listings,
        search=core.search,
        searches=core.store.searches,
        deliveries=core.store.outbox,
        history=core.store.history,
        cards=core.store.cards,
        record=core.store.keys.record,
        signs=signs or partial(signs_of, core),
        draw=draw_chart,
        shelf=core.shelf,
        taxonomy=core.taxonomy,
        renderer=TelegramRenderer(taxonomy=core.taxonomy),
        clock=core.clock,
        admin_ids=settings.telegram_admin_ids,
        locale=settings.default_locale,
        mail_folder=None if settings.smtp_host else str(settings.mail_dir),
    )


async def draw_chart(figures: Figures) -> bytes | None:
    """Return the PNG of these figures; None where they cannot be drawn, which the log tells."""
    try:
        # A few calls of milliseconds each, between which other people are answered.
        return await asyncio.to_thread(render_png, figures)
    except ValueError as error:
        log.warning("the picture of the numbers could not be drawn", why=str(error))
        return None


def chat_on(bot: ExtBot[Pace], house: House) -> ChatApplication:
    """Give the application that polls with a bot and answers with the use cases."""
    application = Application.builder().bot(bot).concurrent_updates(Answering()).updater(None).build()
    register(application, house)
    return application


def chat_in_terminal(request: BaseRequest, house: House) -> ChatApplication:
    """Give the application on a request that answers in this process."""
    application = (
        Application.builder()
        .token(OFFLINE_TOKEN)
        .request(request)
        .get_updates_request(request)
        .updater(None)
        .build()
    )
    register(application, house)
    return application


def talk_of(core: Core, chat: ChatApplication, inbox: Inbox | None) -> Talk:
    """Return what brings updates to the application: a webhook with an inbox, else long polling."""
    settings = core.settings
    secret = settings.telegram_webhook_secret
    address = None
    if secret and settings.public_url:
        address = Webhook(url=webhook.address_below(settings.public_url), secret=secret.get_secret_value())
    return Talk(
        chat=chat,
        inbox=inbox,
        webhook=address,
        updates=core.store.updates,
        alerts=core.alerts,
        clock=core.clock,
        admin_ids=settings.telegram_admin_ids,
    )
