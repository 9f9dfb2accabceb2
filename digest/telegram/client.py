"""How we ask the Bot API: the bot with its connections, and whether a request has begun to leave."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from telegram.error import TimedOut
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from digest.telegram.api_answers import TooManyRequests, validate_response
from digest.telegram.rate_limiter import Priority

OFFICIAL_API_URL = "https://api.telegram.org"
MAX_CONNECTIONS = 8
POOL_TIMEOUT = 60.0
READ_TIMEOUT = 25.0
CONNECT_TIMEOUT = 10.0
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
            "event_hooks": {"request": [_attach_trace]},
        },
    )


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return the trusted authorities, read once and not by each client."""
    return httpx.create_ssl_context()


@dataclass(slots=True)
class RequestTrace:
    """Whether the last request has begun to leave: between "surely not sent" and "nobody knows"."""

    has_started: bool = False

    async def on_event(self, event: str, _details: object) -> None:
        """Note what httpcore does (its ``trace`` extension)."""
        if event.endswith("send_request_headers.started"):
            self.has_started = True


_CURRENT_TRACE: ContextVar[RequestTrace | None] = ContextVar("current_trace", default=None)


@contextmanager
def trace_requests() -> Iterator[RequestTrace]:
    """Trace the requests that the current task makes while inside."""
    trace = RequestTrace()
    before = _CURRENT_TRACE.set(trace)
    try:
        yield trace
    finally:
        _CURRENT_TRACE.reset(before)


async def _attach_trace(request: httpx.Request) -> None:
    """Report a request to the current trace; a hook of httpx's client."""
    if trace := _CURRENT_TRACE.get():
        trace.has_started = False
        request.extensions = {**request.extensions, "trace": trace.on_event}
