"""How we ask the Bot API: the bot with its connections, and the arguments of one sendMessage."""

import json
import ssl
from functools import cache
from typing import Any

import httpx
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from digest.deliver.flood import Flooded
from digest.deliver.pacing import Pace
from digest.deliver.request_trace import report_to_watcher
from digest.message import ChatPart, Keyboard
from digest.model import Delivery

TELEGRAM = "https://api.telegram.org"
CONNECTIONS = 8
POOL_TIMEOUT = 60.0
READ_TIMEOUT = 25.0
CONNECT_TIMEOUT = 10.0
GENERAL_TOPIC = 1
TOO_MANY_REQUESTS = 429


class BotRequest(HTTPXRequest):
    """PTB's HTTP client, which tells floods as ``Flooded``."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - passed on
        """Make one request; raises ``Flooded`` for 429 with a wait."""
        status, body = await super().do_request(*args, **kwargs)
        if status == TOO_MANY_REQUESTS and (seconds := _wait_in(body)):
            raise Flooded(seconds)
        return status, body


def _wait_in(body: bytes) -> int:
    try:
        return int(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 0


def build_bot(
    token: str,
    api_url: str = TELEGRAM,
    rate_limiter: BaseRateLimiter[Pace] | None = None,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
) -> ExtBot[Pace]:
    """Give a bot for ``Application.builder().bot(...)`` and for the postbox, not yet initialized.

    Few connections and a long wait for a free one: a burst queues here instead of failing.
    """
    address = api_url.rstrip("/")
    return ExtBot(
        token=token,
        base_url=f"{address}/bot",
        base_file_url=f"{address}/file/bot",
        request=request or build_request(),
        get_updates_request=get_updates_request or build_request(connections=2),
        rate_limiter=rate_limiter,
    )


def build_request(*, connections: int = CONNECTIONS, read_timeout: float = READ_TIMEOUT) -> BaseRequest:
    """Give the HTTP client of a bot."""
    return BotRequest(
        connection_pool_size=connections,
        pool_timeout=POOL_TIMEOUT,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        write_timeout=read_timeout,
        httpx_kwargs={
            "limits": httpx.Limits(max_connections=connections, keepalive_expiry=30.0),
            "verify": _trusted(),
            "event_hooks": {"request": [report_to_watcher]},
        },
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Give whom we trust, read once: each client by itself would read all authorities again."""
    return httpx.create_ssl_context()


def message_arguments(delivery: Delivery, part: ChatPart) -> dict[str, Any]:
    """Give the arguments of ``send_message`` for one part, without previews.

    The thread of a forum's General topic is left out, because Telegram refuses to be told it.
    """
    address = delivery.target.address
    arguments: dict[str, Any] = {
        "chat_id": int(address) if address.lstrip("-").isdigit() else address,
        "text": part.html,
        "parse_mode": ParseMode.HTML,
        "link_preview_options": LinkPreviewOptions(is_disabled=True),
    }
    if part.keyboard:
        arguments["reply_markup"] = keyboard_of(part.keyboard)
    if part.silent:
        arguments["disable_notification"] = True
    if delivery.target.thread not in (None, GENERAL_TOPIC):
        arguments["message_thread_id"] = delivery.target.thread
    if part.reply_to_first and delivery.receipts and delivery.receipts[0].isdigit():
        arguments["reply_parameters"] = ReplyParameters(
            message_id=int(delivery.receipts[0]), allow_sending_without_reply=True
        )
    return arguments


def keyboard_of(keyboard: Keyboard) -> InlineKeyboardMarkup:
    """Give PTB's form of a keyboard."""
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(b.text, callback_data=b.data, url=b.url, switch_inline_query=b.inline)
                for b in row
            ]
            for row in keyboard
        ]
    )
