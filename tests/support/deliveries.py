"""Deliveries and parts as the courier would hand them to a channel."""

from datetime import UTC, datetime

from digest.model import Announcement, Channel, Delivery, Target
from digest.model.message import Keyboard, RenderedEmail, TelegramMessage

ADA_TARGET = Target.email("ada@example.org")
CHAT_TARGET = Target.telegram(42)


def make_delivery(to: Target = CHAT_TARGET, *, key: str = "d-1", receipts: tuple[str, ...] = ()) -> Delivery:
    """Return a delivery; what it carries does not matter to a channel."""
    return Delivery(
        id=1,
        key=key,
        endpoint_id=1,
        subscriber_id=1,
        target=to,
        content=Announcement(text="hello"),
        created_at=datetime(2026, 1, 24, 8, tzinfo=UTC),
        receipts=receipts,
    )


def make_email_delivery(address: str, *, key: str = "d-1") -> Delivery:
    """Return a delivery by email."""
    return make_delivery(Target(channel=Channel.EMAIL, address=address), key=key)


def make_telegram_message(
    html: str = "<b>hello</b>",
    plain: str = "hello",
    *,
    keyboard: Keyboard = (),
    silent: bool = False,
    reply_to_first: bool = False,
) -> TelegramMessage:
    """Return a Telegram message."""
    return TelegramMessage(html=html, plain=plain, keyboard=keyboard, silent=silent, reply_to_first=reply_to_first)


def make_email(raw: bytes = b"Subject: hi\r\n\r\nhello\r\n") -> RenderedEmail:
    """Return an email."""
    return RenderedEmail(raw=raw, message_id="<1@example.org>", subject="hi", html="<p>hello</p>", text="hello\n")
