"""The delivery workers of this process: one per channel, to the real server or into a folder."""

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.app.container import Container
from digest.app.file_sender import FileSender
from digest.app.mail_account import build_smtp_account, load_dkim_signer
from digest.app.settings import Settings
from digest.app.tls import load_ca_context
from digest.mail.sender import SmtpSender
from digest.model import Channel
from digest.model.clock import system_clock
from digest.model.message import RenderedEmail, TelegramMessage
from digest.model.outcome import MessageSender
from digest.render.email.mime import SenderIdentity
from digest.render.email.renderer import EmailRenderer
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.delivery import DeliveryWorker
from digest.services.delivery.renderer import DeliveryRenderer
from digest.storage.sqlite.locks import SenderLocks
from digest.telegram.client import build_bot
from digest.telegram.rate_limiter import Priority, TelegramRateLimiter
from digest.telegram.sender import TelegramSender

log = structlog.get_logger(__name__)

TEMPLATE_FOLDER = Path("templates/email")
TELEGRAM_CONCURRENCY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderProcess:
    """A process that sends; its workers claim deliveries in its ``name``.

    Only ``run_as_sender`` makes one, so that every sending process is seen alive by the others.
    """

    name: str


@asynccontextmanager
async def run_as_sender(container: Container) -> AsyncIterator[SenderProcess]:
    """Send from a database while inside; deliveries of senders that died are recovered first.

    While inside, damaged, deleted or replaced database files make each claim raise ``DatabaseCorrupted``.
    Several processes may send at the same time: each is seen alive by the others.
    """
    database, name = container.store.database, new_sender_name()
    senders = SenderLocks(database=Path(database.url.database or ""), own_name=name)
    with senders.register():
        await database.watch_files(is_alone=senders.is_alone)
        recovered = await container.store.outbox.recover(
            system_clock(), is_alive=lambda owner: senders.is_alive(sender_name_of(owner))
        )
        if recovered.due or recovered.uncertain:
            log.warning("after a crash", due_again=recovered.due, uncertain=recovered.uncertain)
        file_watch = asyncio.create_task(database.monitor_files(), name="files of the database")
        try:
            yield SenderProcess(name=name)
        finally:
            file_watch.cancel()
            await asyncio.gather(file_watch, return_exceptions=True)


def new_sender_name() -> str:
    """Return a name for the claims of this process: host, process id and a random part."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"


def sender_name_of(owner: str) -> str:
    """Return the sender of an ``owner``, which is the sender's name and the worker's channel."""
    return owner.rpartition(".")[0]


def build_renderer(container: Container, bot: ExtBot[Priority] | None = None) -> DeliveryRenderer:
    """Compile the templates and read the keys.

    Raises ``InvalidTemplate`` or ``InvalidSettings`` in one line.
    """
    signer = load_dkim_signer(container.settings)
    return DeliveryRenderer(
        archive=container.archive,
        email_links=container.email_links,
        links=container.link_builder,
        email_renderer=build_email_renderer(container),
        telegram_renderer=TelegramRenderer(taxonomy=container.taxonomy),
        sign=signer.sign if signer else None,
        bot_username=partial(fetch_username, bot) if bot else None,
    )


def build_sender_identity(settings: Settings) -> SenderIdentity:
    """Return the sender's name and addresses, for emails and pages."""
    name, address = settings.sender
    return SenderIdentity(
        sender_name=name,
        from_address=address,
        list_domain=address.rpartition("@")[2],
        postal_address=settings.mail_postal_address,
    )


def build_email_renderer(container: Container) -> EmailRenderer:
    """Compile the email templates with the operator's name and address."""
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
    """Return the worker of email."""
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
    """Return the worker of Telegram; without a bot it writes to the folder."""
    sender: MessageSender[TelegramMessage] = TelegramSender(bot) if bot else FileSender(container.settings.mail_dir)
    return DeliveryWorker(
        channel=Channel.TELEGRAM,
        owner=f"{process.name}.telegram",
        outbox=container.store.outbox,
        sender=sender,
        render=renderer.render_telegram,
        clock=container.clock,
        concurrency=TELEGRAM_CONCURRENCY,
    )


def build_workers(
    container: Container, renderer: DeliveryRenderer, process: SenderProcess, bot: ExtBot[Priority] | None
) -> Sequence[DeliveryWorker[Any]]:
    """Return the worker of each channel."""
    return (build_email_worker(container, renderer, process), build_telegram_worker(container, renderer, process, bot))


async def fetch_username(bot: ExtBot[Priority]) -> str | None:
    """Return a bot's username, fetched once; None if Telegram does not respond."""
    with suppress(RuntimeError):
        return bot.username
    try:
        return (await bot.get_me()).username
    except TelegramError:
        return None


def bot_from_settings(settings: Settings) -> ExtBot[Priority] | None:
    """Return the rate-limited bot of the operator's token, None without a token."""
    if settings.telegram_bot_token is None:
        return None
    return build_bot(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        rate_limiter=TelegramRateLimiter(settings.telegram_rate),
    )


async def restore_pause(container: Container, bot: ExtBot[Priority] | None) -> None:
    """Pause bulk messages if Telegram asked the previous process to wait; replies continue."""
    now = container.clock()
    pause = await container.store.outbox.active_pause(Channel.TELEGRAM, now)
    if pause and bot and isinstance(bot.rate_limiter, TelegramRateLimiter):
        bot.rate_limiter.pause_bulk_for((pause.until - now).total_seconds())
        log.warning("telegram: bulk waits, replies go on", until=pause.until.isoformat(timespec="seconds"))


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
