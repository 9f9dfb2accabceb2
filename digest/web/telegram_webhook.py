"""The webhook: a request with our secret is queued, any other gets 404."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

SECRET_HEADER = b"x-telegram-bot-api-secret-token"
MAX_UPDATE_BYTES = 1024 * 1024
"""Bytes of an update, at most. The Bot API names no bound; a text of 4,096 signs that answers another such
text, with all their entities, comes to about a tenth of it."""

RETRY_HEADERS = {"Retry-After": "1"}
"""Telegram brings an update again after this; without it, at once (tdlib/telegram-bot-api, WebhookActor)."""

_MAX_UPDATE_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramWebhook:
    """The secret that Telegram shows, and what takes its updates in.

    ``enqueue`` gives False where an update cannot be answered for just now: Telegram brings it again.
    """

    secret: bytes = field(repr=False)
    enqueue: Callable[[Mapping[str, Any]], Awaitable[bool]]


class TelegramWebhookEndpoint:
    """Answers ``/telegram``. Strangers see what they see at an address that does not exist."""

    def __init__(self, webhook: TelegramWebhook) -> None:
        self._webhook = webhook
        # The larger bound is for Telegram alone, so it stands behind the look at the secret.
        self._authenticated_app: ASGIApp = RequestBodyLimitMiddleware(self._handle, max_body_size=MAX_UPDATE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing of a stranger's is read."""
        shown = next((value for name, value in scope["headers"] if name == SECRET_HEADER), b"")
        if not hmac.compare_digest(shown, self._webhook.secret) or scope["method"] != "POST":
            raise HTTPException(404)
        await self._authenticated_app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        response = await self._process_update(body)
        await response(scope, receive, send)

    async def _process_update(self, body: bytes) -> Response:
        update = parse_update(body)
        if update is None:
            log.warning("telegram: what came with our secret is no update")
            return PlainTextResponse("not an update\n", 400)
        if await self._webhook.enqueue(update):
            return Response()
        return PlainTextResponse("not now\n", 503, headers=RETRY_HEADERS)


def parse_update(body: bytes) -> Mapping[str, Any] | None:
    """Return the update in a request body if its ``update_id`` can be stored, else None."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    number = found.get("update_id")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_UPDATE_ID:
        return None
    return found
