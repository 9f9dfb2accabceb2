"""One courier a channel: to the real server where there is one, else into a folder."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.app.core import Core
from digest.app.letters import Letters
from digest.app.mail_account import mail_account
from digest.app.sending import Sender
from digest.app.trust import trust
from digest.channel import Postbox
from digest.courier import Courier
from digest.deliver.dkim import load_signer
from digest.deliver.folder import FolderPostbox
from digest.deliver.pacing import Pace, Pacing
from digest.deliver.smtp import SmtpPostbox
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot
from digest.message import ChatPart, MailPart
from digest.model import Channel
from digest.render.email import MailRenderer
from digest.render.mail_message import MailIdentity
from digest.render.telegram import TelegramRenderer
from digest.settings import Settings

log = structlog.get_logger(__name__)

TEMPLATES = Path("templates/email")
TELEGRAM_WIDTH = 8


def letters_for(core: Core, bot: ExtBot[Pace] | None = None) -> Letters:
    """Compile the templates and read the keys; raises ``BadTemplate`` or ``BadSettings`` in one line."""
    return Letters(
        archive=core.archive,
        access=core.access,
        links=core.links,
        mail=mail_renderer(core),
        chat=TelegramRenderer(taxonomy=core.taxonomy),
        sign=_signature(core.settings),
        bot=partial(username_of, bot) if bot else None,
    )


def identity_of(settings: Settings) -> MailIdentity:
    """Give who we are in a mail and on a page."""
    name, address = settings.sender
    return MailIdentity(
        sender_name=name,
        from_address=address,
        list_domain=address.rpartition("@")[2],
        postal_address=settings.mail_postal_address,
    )


def mail_renderer(core: Core) -> MailRenderer:
    """Compile the mail templates with the operator's name and address."""
    return MailRenderer.load(
        TEMPLATES,
        taxonomy=core.taxonomy,
        identity=identity_of(core.settings),
        secret=core.secret,
        tell=log.error,
    )


def mail_courier(core: Core, letters: Letters, sender: Sender) -> Courier[MailPart]:
    """Give the courier of email."""
    return Courier(
        channel=Channel.EMAIL,
        owner=f"{sender.name}.email",
        outbox=core.store.outbox,
        postbox=_mail_postbox(core),
        bounce_threshold=core.settings.bounce_threshold,
        render=letters.as_mail,
        clock=core.clock,
        width=core.settings.smtp_connections,
    )


def telegram_courier(
    core: Core, letters: Letters, sender: Sender, bot: ExtBot[Pace] | None
) -> Courier[ChatPart]:
    """Give the courier of Telegram; without a bot it writes to the folder."""
    postbox: Postbox[ChatPart] = TelegramPostbox(bot) if bot else FolderPostbox(core.settings.mail_dir)
    return Courier(
        channel=Channel.TELEGRAM,
        owner=f"{sender.name}.telegram",
        outbox=core.store.outbox,
        postbox=postbox,
        render=letters.as_chat,
        clock=core.clock,
        width=TELEGRAM_WIDTH,
    )


async def username_of(bot: ExtBot[Pace]) -> str | None:
    """Give a bot's username, which Telegram is asked for once; None where it does not answer."""
    with suppress(RuntimeError):
        return bot.username
    try:
        return (await bot.get_me()).username
    except TelegramError:
        return None


def bot_of(settings: Settings) -> ExtBot[Pace] | None:
    """Give the bot of the operator's token at the pace we keep, None without a token."""
    if settings.telegram_bot_token is None:
        return None
    return build_bot(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        rate_limiter=Pacing(settings.telegram_rate),
    )


async def obey_hold(core: Core, bot: ExtBot[Pace] | None) -> None:
    """Let a bot's bulk wait, where Telegram told the program before this one to wait; replies go on."""
    now = core.clock()
    hold = await core.store.outbox.held(Channel.TELEGRAM, now)
    if hold and bot and isinstance(bot.rate_limiter, Pacing):
        bot.rate_limiter.halt((hold.until - now).total_seconds())
        log.warning("telegram: bulk waits, replies go on", until=hold.until.isoformat(timespec="seconds"))


def _signature(settings: Settings) -> Callable[[bytes], bytes] | None:
    """Give what signs mail with the operator's keys, None without a key; raises ``BadSettings``."""
    signer = load_signer(
        domain=settings.dkim_domain,
        selector=settings.dkim_selector,
        key_file=settings.dkim_key_file,
        ed25519_selector=settings.dkim_ed25519_selector,
        ed25519_key_file=settings.dkim_ed25519_key_file,
    )
    return signer.sign if signer else None


def _mail_postbox(core: Core) -> Postbox[MailPart]:
    settings, verp = core.settings, core.verp
    if settings.smtp_host is None:
        return FolderPostbox(settings.mail_dir)
    return SmtpPostbox(
        mail_account(settings, trust("SMTP_CA_FILE", settings.smtp_ca_file)),
        sender=(lambda delivery: verp.sender(delivery.id)) if verp else settings.sender[1],
        connections=settings.smtp_connections,
        rate=settings.smtp_rate,
    )
