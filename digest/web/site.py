"""The pages by their addresses."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest import webhook
from digest.errors import StoreDamaged
from digest.links import Path
from digest.web.confirm import ConfirmPage
from digest.web.copies import CopyPage
from digest.web.guard import Guard
from digest.web.house import WebHouse
from digest.web.languages import locale_of
from digest.web.pages import Pages
from digest.web.preferences import PreferencesPage
from digest.web.sign_up import SignUpPage
from digest.web.telegram import TelegramDoor
from digest.web.unsubscribe import UnsubscribePage
from digest.words import words_in

MOST_BYTES = 64 * 1024
"""Bytes of a request's body, at most."""

_PRIVATE = ("/u/", "/p/", "/c/", "/d/")
_NO_ROUTE = 404
_ENDING = 503


def build_site(house: WebHouse) -> ASGIApp:
    """Give the application of all pages; raises ``BadTemplate`` where one of them does not compile."""
    pages = Pages.load(house)
    small = _Small(house, pages)
    unsubscribe, preferences = UnsubscribePage(house, pages), PreferencesPage(house, pages)
    sign_up, confirm, copy = SignUpPage(house, pages), ConfirmPage(house, pages), CopyPage(house, pages)
    both = ("GET", "POST")
    app = Starlette(
        routes=[
            Route(Path.SIGN_UP, sign_up.answer, methods=both),
            Route(Path.UNSUBSCRIBE, unsubscribe.answer, methods=both),
            Route(Path.PREFERENCES, preferences.answer, methods=both),
            Route(Path.CONFIRM, confirm.answer, methods=both),
            Route(Path.COPY, copy.answer),
            Route("/site.css", small.style),
            Route("/robots.txt", small.robots),
            Route("/healthz", small.health),
            Route("/readyz", small.health),
            *([Route(webhook.PATH, TelegramDoor(house.telegram))] if house.telegram else []),
        ],
        exception_handlers={
            HTTPException: small.refused,
            StoreDamaged: small.ended,
            Exception: small.failed,
        },
        max_body_size=MOST_BYTES,
    )
    app.router.redirect_slashes = False
    return Guard(app, house.base, house.is_https)


class _Small:
    """What is too small for a page of its own."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def style(self, _request: Request) -> Response:
        """Give the style sheet."""
        return Response(
            self._pages.style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
        )

    async def robots(self, _request: Request) -> Response:
        """Ask search engines to leave people's own pages alone."""
        lines = (f"Disallow: {self._house.base}{path}\n" for path in _PRIVATE)
        return PlainTextResponse(f"User-agent: *\n{''.join(lines)}")

    async def health(self, _request: Request) -> Response:
        """Say whether the service can do its work, for whoever watches it."""
        health = await self._house.health()
        said = {"status": "ok" if health.well else "unwell"}
        parts = {name: "ok" if well else "unwell" for name, well in health.parts.items()}
        status = 200 if health.well else 503
        return JSONResponse({**said, **parts}, status_code=status, headers={"Cache-Control": "no-store"})

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer what leads nowhere, or asks in a way that a page does not know."""
        locale = locale_of(request, self._house.locale)
        status = error.status_code if isinstance(error, HTTPException) else _NO_ROUTE
        if status == _NO_ROUTE:
            return self._pages.no_such_page(locale)
        words = words_in(locale)
        page = self._pages.message(
            locale,
            words.say("This page cannot do that"),
            words.say("Please open it in a browser, and use its buttons."),
            status=status,
        )
        page.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return page

    async def ended(self, request: Request, error: Exception) -> Response:
        """Answer while the service ends; a proxy or Telegram asks again."""
        page = await self.failed(request, error)
        page.status_code = _ENDING
        return page

    async def failed(self, request: Request, _error: Exception) -> Response:
        """Answer where we failed; the log says how."""
        locale = locale_of(request, self._house.locale)
        words = words_in(locale)
        return self._pages.message(
            locale,
            words.say("That went wrong"),
            words.say("Something went wrong here, and it was not you. Please try again in a minute."),
            status=500,
        )
