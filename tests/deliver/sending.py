"""Deliveries and parts as the courier would hand them to a channel."""

from datetime import UTC, datetime

from digest.message import ChatPart, Keyboard, MailPart
from digest.model import Announcement, Channel, Delivery, Target

ADA = Target.email("ada@example.org")
READER = Target.telegram(42)


def delivery(to: Target = READER, *, key: str = "d-1", receipts: tuple[str, ...] = ()) -> Delivery:
    """Give a delivery; what it carries does not matter to a channel."""
    return Delivery(
        id=1,
        key=key,
        endpoint=1,
        subscriber=1,
        target=to,
        content=Announcement(text="hello"),
        created_at=datetime(2026, 1, 24, 8, tzinfo=UTC),
        receipts=receipts,
    )


def mail_to(address: str, *, key: str = "d-1") -> Delivery:
    """Give a delivery by email."""
    return delivery(Target(channel=Channel.EMAIL, address=address), key=key)


def chat_part(
    html: str = "<b>hello</b>",
    plain: str = "hello",
    *,
    keyboard: Keyboard = (),
    silent: bool = False,
    reply_to_first: bool = False,
) -> ChatPart:
    """Give a Telegram message."""
    return ChatPart(html=html, plain=plain, keyboard=keyboard, silent=silent, reply_to_first=reply_to_first)


def mail_part(raw: bytes = b"Subject: hi\r\n\r\nhello\r\n") -> MailPart:
    """Give an email."""
    return MailPart(raw=raw, message_id="<1@example.org>", subject="hi", html="<p>hello</p>", text="hello\n")
