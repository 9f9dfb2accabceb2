"""How we ask the Bot API: the bot with its connections, and the arguments of one sendMessage."""

import asyncio
import json
import ssl
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import TimedOut
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from digest.deliver.flood import Flooded
from digest.deliver.pacing import Pace
from digest.deliver.request_trace import report_to_watcher
from digest.deliver.telegram_answers import judged
from digest.message import ChatPart, Keyboard
from digest.model import Delivery

TELEGRAM = "https://api.telegram.org"
CONNECTIONS = 8
POOL_TIMEOUT = 60.0
READ_TIMEOUT = 25.0
CONNECT_TIMEOUT = 10.0
GENERAL_TOPIC = 1
LONGEST_REQUEST = 150.0
"""Seconds for a request with its answer, of which httpx bounds only the silence between two bytes."""


class BotRequest(HTTPXRequest):
    """PTB's HTTP client, which lets through only what Telegram answered, and tells floods as ``Flooded``."""

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - passed on
        """Make one request.

        Raises ``ForeignAnswer`` or ``UnreadableAnswer`` for what is not Telegram's, ``Flooded`` for 429, and
        ``TimedOut`` where the answer is not whole after ``LONGEST_REQUEST``.
        """
        try:
            async with asyncio.timeout(LONGEST_REQUEST):
                status, body = await super().do_request(url, method, *args, **kwargs)
        except TimeoutError as error:
            raise TimedOut from error
        if method == "GET" and status == HTTPStatus.OK:
            return status, body  # a file, which is what it is
        body = judged(url.rpartition("/")[2], status, body)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Flooded(json.loads(body)["parameters"]["retry_after"])
        return status, body


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
