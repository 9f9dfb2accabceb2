"""A digest on the web: what one mail said, with everything that the mail had no room for."""

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Digest
from digest.render.web import digest_page_values
from digest.web.dependencies import WebDependencies
from digest.web.page_renderer import PageRenderer, request_locale

_MAX_DIGITS = 18


class DigestPage:
    """Answers ``/d/NUMBER/SIGNATURE``; whoever has the link sees the papers, and nothing of the reader."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages

    async def handle(self, request: Request) -> Response:
        """Return the page, or the same "nothing here" for a wrong number and a wrong signature."""
        number, signature = request.path_params["delivery"], request.path_params["signature"]
        found = None
        if number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS:
            found = await self._deps.email_links.web_copy(int(number), signature)
        if found is None or not isinstance(found.content, Digest):
            return self._pages.render_not_found(request_locale(request, self._deps.default_locale))
        digest = found.content
        papers = await self._deps.archive.get_many([pick.paper_id for pick in digest.papers])
        return self._pages.render(
            "copy", digest.locale, digest=digest_page_values(self._deps.email_context, digest, papers)
        )
