"""The pages by their addresses."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.model import webhook_url
from digest.model.errors import DatabaseCorrupted
from digest.model.links import WebPath
from digest.text.i18n import translator_for
from digest.web.dependencies import WebDependencies
from digest.web.locale import request_locale
from digest.web.middleware import WebMiddleware
from digest.web.page_renderer import PageRenderer
from digest.web.pages.confirm import ConfirmPage
from digest.web.pages.digest import DigestPage
from digest.web.pages.preferences import PreferencesPage
from digest.web.pages.signup import SignupPage
from digest.web.pages.unsubscribe import UnsubscribePage
from digest.web.telegram_webhook import TelegramWebhookEndpoint

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
        """Say whether the service can do its work, for whoever watches it."""
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
            tr.gettext("That went wrong"),
            tr.gettext("Something went wrong here, and it was not you. Please try again in a minute."),
            status=500,
        )
