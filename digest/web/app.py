"""The pages by their addresses, the headers on every answer, and a log that holds no secret."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.model import webhook_url
from digest.model.clock import monotonic
from digest.model.errors import DatabaseCorrupted
from digest.model.links import WebPath
from digest.model.webhook_url import WEBHOOK_PATH
from digest.text.i18n import translator_for
from digest.web.dependencies import WebDependencies
from digest.web.page_renderer import PageRenderer, request_locale
from digest.web.pages.digest import DigestPage
from digest.web.pages.preferences import PreferencesPage
from digest.web.pages.signup import ConfirmPage, SignupPage
from digest.web.pages.unsubscribe import UnsubscribePage
from digest.web.telegram_webhook import TelegramWebhookEndpoint

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


MAX_BODY_BYTES = 64 * 1024
"""Bytes of a request's body, at most."""

_PRIVATE_PATHS = ("/u/", "/p/", "/c/", "/d/")
_NOT_FOUND = 404
_UNAVAILABLE = 503


def build_web_app(deps: WebDependencies) -> ASGIApp:
    """Return the application of all pages; raises ``InvalidTemplate`` where one of them does not compile."""
    pages = PageRenderer.load(deps)
    small = _UtilityRoutes(deps, pages)
    unsubscribe, preferences = UnsubscribePage(deps, pages), PreferencesPage(deps, pages)
    sign_up, confirm, copy = SignupPage(deps, pages), ConfirmPage(deps, pages), DigestPage(deps, pages)
    both = ("GET", "POST")
    app = Starlette(
        routes=[
            Route(WebPath.SIGNUP, sign_up.handle, methods=both),
            Route(WebPath.UNSUBSCRIBE, unsubscribe.handle, methods=both),
            Route(WebPath.PREFERENCES, preferences.handle, methods=both),
            Route(WebPath.CONFIRM, confirm.handle, methods=both),
            Route(WebPath.WEB_COPY, copy.handle),
            Route("/site.css", small.stylesheet),
            Route("/robots.txt", small.robots),
            Route("/healthz", small.health),
            Route("/readyz", small.health),
            *(
                [Route(webhook_url.WEBHOOK_PATH, TelegramWebhookEndpoint(deps.telegram_webhook))]
                if deps.telegram_webhook
                else []
            ),
        ],
        exception_handlers={
            HTTPException: small.http_error,
            DatabaseCorrupted: small.unavailable,
            Exception: small.server_error,
        },
        max_body_size=MAX_BODY_BYTES,
    )
    app.router.redirect_slashes = False
    return WebMiddleware(app, deps.base_path, deps.is_https)


class _UtilityRoutes:
    """What is too small for a page of its own."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages

    async def stylesheet(self, _request: Request) -> Response:
        """Return the style sheet."""
        return Response(
            self._pages.stylesheet, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
        )

    async def robots(self, _request: Request) -> Response:
        """Ask search engines to leave people's own pages alone."""
        lines = (f"Disallow: {self._deps.base_path}{path}\n" for path in _PRIVATE_PATHS)
        return PlainTextResponse(f"User-agent: *\n{''.join(lines)}")

    async def health(self, _request: Request) -> Response:
        """Return whether the service works, for monitoring."""
        health = await self._deps.check_health()
        said = {"status": "ok" if health.is_healthy else "unwell"}
        parts = {name: "ok" if well else "unwell" for name, well in health.checks.items()}
        status = 200 if health.is_healthy else 503
        return JSONResponse({**said, **parts}, status_code=status, headers={"Cache-Control": "no-store"})

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Answer what leads nowhere, or asks in a way that a page does not know."""
        locale = request_locale(request, self._deps.default_locale)
        status = error.status_code if isinstance(error, HTTPException) else _NOT_FOUND
        if status == _NOT_FOUND:
            return self._pages.render_not_found(locale)
        tr = translator_for(locale)
        page = self._pages.render_message(
            locale,
            tr.gettext("This page cannot do that"),
            tr.gettext("Please open it in a browser, and use its buttons."),
            status=status,
        )
        page.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return page

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """Answer while the service ends; a proxy or Telegram asks again."""
        page = await self.server_error(request, error)
        page.status_code = _UNAVAILABLE
        return page

    async def server_error(self, request: Request, _error: Exception) -> Response:
        """Answer where we failed; the log says how."""
        locale = request_locale(request, self._deps.default_locale)
        tr = translator_for(locale)
        return self._pages.render_message(
            locale,
            tr.gettext("Something went wrong"),
            tr.gettext("Something went wrong on our side. Please try again in a minute."),
            status=500,
        )
