"""How we ask the Bot API: the bot with its connections, and the arguments of one sendMessage."""

import asyncio
import json
import ssl
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TimedOut
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from digest.model import Delivery
from digest.model.message import Keyboard, TelegramMessage
from digest.telegram.api_answers import validate_response
from digest.telegram.flood import TooManyRequests
from digest.telegram.rate_limiter import Priority
from digest.telegram.request_trace import attach_trace

OFFICIAL_API_URL = "https://api.telegram.org"
MAX_CONNECTIONS = 8
POOL_TIMEOUT = 60.0
READ_TIMEOUT = 25.0
CONNECT_TIMEOUT = 10.0
GENERAL_TOPIC_ID = 1
REQUEST_TIMEOUT = 150.0
"""Seconds for a request with its answer, of which httpx bounds only the silence between two bytes."""


class BotRequest(HTTPXRequest):
    """PTB's HTTP client, which lets through only what Telegram answered, and tells floods as ``TooManyRequests``."""

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - passed on
        """Make one request.

        Raises ``ForeignResponse`` or ``UnreadableResponse`` for what is not Telegram's, ``TooManyRequests``
        for 429, and ``TimedOut`` where the answer is not whole after ``REQUEST_TIMEOUT``.
        """
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                status, body = await super().do_request(url, method, *args, **kwargs)
        except TimeoutError as error:
            raise TimedOut from error
        if method == "GET" and status == HTTPStatus.OK:
            return status, body  # a file, which is what it is
        body = validate_response(url.rpartition("/")[2], status, body)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TooManyRequests(json.loads(body)["parameters"]["retry_after"])
        return status, body


def build_bot(
    token: str,
    api_url: str = OFFICIAL_API_URL,
    rate_limiter: BaseRateLimiter[Priority] | None = None,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
) -> ExtBot[Priority]:
    """Return a bot for ``Application.builder().bot(...)`` and for the postbox, not yet initialized.

    Few connections and a long wait for a free one: a burst queues here instead of failing.
    """
    address = api_url.rstrip("/")
    return ExtBot(
        token=token,
        base_url=f"{address}/bot",
        base_file_url=f"{address}/file/bot",
        request=request or build_request(),
        get_updates_request=get_updates_request or build_request(max_connections=2),
        rate_limiter=rate_limiter,
    )


def build_request(*, max_connections: int = MAX_CONNECTIONS, read_timeout: float = READ_TIMEOUT) -> BaseRequest:
    """Return the HTTP client of a bot."""
    return BotRequest(
        connection_pool_size=max_connections,
        pool_timeout=POOL_TIMEOUT,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        write_timeout=read_timeout,
        httpx_kwargs={
            "limits": httpx.Limits(max_connections=max_connections, keepalive_expiry=30.0),
            "verify": _ssl_context(),
            "event_hooks": {"request": [attach_trace]},
        },
    )


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return whom we trust, read once: each client by itself would read all authorities again."""
    return httpx.create_ssl_context()


def message_arguments(delivery: Delivery, part: TelegramMessage) -> dict[str, Any]:
    """Return the arguments of ``send_message`` for one part, without previews.

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
        arguments["reply_markup"] = inline_keyboard_markup(part.keyboard)
    if part.silent:
        arguments["disable_notification"] = True
    if delivery.target.thread not in (None, GENERAL_TOPIC_ID):
        arguments["message_thread_id"] = delivery.target.thread
    if part.reply_to_first and delivery.receipts and delivery.receipts[0].isdigit():
        arguments["reply_parameters"] = ReplyParameters(
            message_id=int(delivery.receipts[0]), allow_sending_without_reply=True
        )
    return arguments


def inline_keyboard_markup(keyboard: Keyboard) -> InlineKeyboardMarkup:
    """Return PTB's form of a keyboard."""
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    b.text, callback_data=b.callback_data, url=b.url, switch_inline_query=b.switch_inline_query
                )
                for b in row
            ]
            for row in keyboard
        ]
    )
