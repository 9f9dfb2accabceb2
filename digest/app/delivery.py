"""One courier a channel: to the real server where there is one, else into a folder."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.app.container import Container
from digest.app.file_sender import FileSender
from digest.app.mail_account import build_smtp_account
from digest.app.sender_process import SenderProcess
from digest.app.settings import Settings
from digest.app.tls import load_ca_context
from digest.mail.dkim import load_signer
from digest.mail.sender import SmtpSender
from digest.model import Channel
from digest.model.message import RenderedEmail, TelegramMessage
from digest.model.outcome import MessageSender
from digest.render.email.mime import SenderIdentity
from digest.render.email.renderer import EmailRenderer
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.delivery import DeliveryWorker
from digest.services.delivery.renderer import DeliveryRenderer
from digest.telegram.client import build_bot
from digest.telegram.rate_limiter import Priority, TelegramRateLimiter
from digest.telegram.sender import TelegramSender

log = structlog.get_logger(__name__)

TEMPLATE_FOLDER = Path("templates/email")
TELEGRAM_CONCURRENCY = 8


def build_renderer(container: Container, bot: ExtBot[Priority] | None = None) -> DeliveryRenderer:
    """Compile the templates and read the keys.

    Raises ``InvalidTemplate`` or ``InvalidSettings`` in one line.
    """
    return DeliveryRenderer(
        archive=container.archive,
        email_links=container.email_links,
        links=container.link_builder,
        email_renderer=build_email_renderer(container),
        telegram_renderer=TelegramRenderer(taxonomy=container.taxonomy),
        sign=_load_signer(container.settings),
        bot_username=partial(fetch_username, bot) if bot else None,
    )


def build_sender_identity(settings: Settings) -> SenderIdentity:
    """Return who we are in a mail and on a page."""
    name, address = settings.sender
    return SenderIdentity(
        sender_name=name,
        from_address=address,
        list_domain=address.rpartition("@")[2],
        postal_address=settings.mail_postal_address,
    )


def build_email_renderer(container: Container) -> EmailRenderer:
    """Compile the mail templates with the operator's name and address."""
    return EmailRenderer.load(
        TEMPLATE_FOLDER,
        taxonomy=container.taxonomy,
        identity=build_sender_identity(container.settings),
        secret=container.secret,
        on_error=log.error,
    )


def build_email_worker(
    container: Container, renderer: DeliveryRenderer, process: SenderProcess
) -> DeliveryWorker[RenderedEmail]:
    """Return the courier of email."""
    return DeliveryWorker(
        channel=Channel.EMAIL,
        owner=f"{process.name}.email",
        outbox=container.store.outbox,
        sender=_build_email_sender(container),
        bounce_threshold=container.settings.bounce_threshold,
        render=renderer.render_email,
        clock=container.clock,
        concurrency=container.settings.smtp_connections,
    )


def build_telegram_worker(
    container: Container, renderer: DeliveryRenderer, process: SenderProcess, bot: ExtBot[Priority] | None
) -> DeliveryWorker[TelegramMessage]:
    """Return the courier of Telegram; without a bot it writes to the folder."""
    postbox: MessageSender[TelegramMessage] = TelegramSender(bot) if bot else FileSender(container.settings.mail_dir)
    return DeliveryWorker(
        channel=Channel.TELEGRAM,
        owner=f"{process.name}.telegram",
        outbox=container.store.outbox,
        sender=postbox,
        render=renderer.render_telegram,
        clock=container.clock,
        concurrency=TELEGRAM_CONCURRENCY,
    )


async def fetch_username(bot: ExtBot[Priority]) -> str | None:
    """Return a bot's username, which Telegram is asked for once; None where it does not answer."""
    with suppress(RuntimeError):
        return bot.username
    try:
        return (await bot.get_me()).username
    except TelegramError:
        return None


def bot_from_settings(settings: Settings) -> ExtBot[Priority] | None:
    """Return the bot of the operator's token at the pace we keep, None without a token."""
    if settings.telegram_bot_token is None:
        return None
    return build_bot(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        rate_limiter=TelegramRateLimiter(settings.telegram_rate),
    )


async def restore_pause(container: Container, bot: ExtBot[Priority] | None) -> None:
    """Let a bot's bulk wait, where Telegram told the program before this one to wait; replies go on."""
    now = container.clock()
    hold = await container.store.outbox.active_pause(Channel.TELEGRAM, now)
    if hold and bot and isinstance(bot.rate_limiter, TelegramRateLimiter):
        bot.rate_limiter.pause_bulk_for((hold.until - now).total_seconds())
        log.warning("telegram: bulk waits, replies go on", until=hold.until.isoformat(timespec="seconds"))


def _load_signer(settings: Settings) -> Callable[[bytes], bytes] | None:
    """Return what signs mail with the operator's keys, None without a key; raises ``InvalidSettings``."""
    signer = load_signer(
        domain=settings.dkim_domain,
        selector=settings.dkim_selector,
        key_file=settings.dkim_key_file,
        ed25519_selector=settings.dkim_ed25519_selector,
        ed25519_key_file=settings.dkim_ed25519_key_file,
    )
    return signer.sign if signer else None


def _build_email_sender(container: Container) -> MessageSender[RenderedEmail]:
    settings, verp = container.settings, container.verp
    if settings.smtp_host is None:
        return FileSender(settings.mail_dir)
    return SmtpSender(
        build_smtp_account(settings, load_ca_context("SMTP_CA_FILE", settings.smtp_ca_file)),
        sender=(lambda delivery: verp.envelope_sender(delivery.id)) if verp else settings.sender[1],
        max_connections=settings.smtp_connections,
        rate=settings.smtp_rate,
    )
