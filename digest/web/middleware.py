"""What stands around every page: headers on every answer, and a log that holds no secret."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.model.clock import monotonic
from digest.model.webhook_url import WEBHOOK_PATH

log = structlog.get_logger(__name__)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer, errors too (ASVS 5.0 V3.4)."""

HSTS = "max-age=31536000"
DEBUG_LOGGED_ROUTES = frozenset({"/healthz", "/readyz", "/site.css", "/robots.txt", f"{WEBHOOK_PATH} 200"})
"""Routes, some with one status, that are asked for so often that only ``LOG_LEVEL=debug`` tells of them."""


@dataclass(frozen=True, slots=True)
class WebMiddleware:
    """Wraps the whole application.

    ``base_path`` is the path in front of ours, whether the proxy takes it away or not. The log names the
    route (``/u/{token}``) and never the path: a token is a secret.
    """

    app: ASGIApp
    base_path: str
    is_https: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _ResponseSender(send, is_https=self.is_https)
        scope, began = _strip_base_path(self.base_path, scope), monotonic()
        try:
            await self.app(scope, receive, answer)
        except Exception:
            log.exception("web: a page failed", route=_route(scope), method=scope["method"])
        finally:
            spent, route = round((monotonic() - began) * 1000), _route(scope)
            tell = log.debug if {route, f"{route} {answer.status}"} & DEBUG_LOGGED_ROUTES else log.info
            tell("web", method=scope["method"], route=route, status=answer.status, ms=spent)


class _ResponseSender:
    """Sends an answer with our headers; ``status`` is its status, 0 as long as there is none."""

    def __init__(self, send: Send, *, is_https: bool) -> None:
        self._send = send
        self._is_https = is_https
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY_HEADERS)
            if self._is_https:
                headers["Strict-Transport-Security"] = HSTS
        await self._send(message)


def _strip_base_path(base_path: str, scope: Scope) -> Scope:
    """Return a request without the path in front of ours."""
    path: str = scope["path"]
    if not base_path or not (path == base_path or path.startswith(base_path + "/")):
        return scope
    return {**scope, "path": path.removeprefix(base_path) or "/"}


def _route(scope: Scope) -> str:
    """Return the route that a request met, never the path that it named."""
    route = scope.get("route")
    return str(getattr(route, "path", "-"))
