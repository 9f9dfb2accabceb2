"""A digest on the web: what one mail said, with everything that the mail had no room for."""

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Digest
from digest.web.house import WebHouse
from digest.web.languages import locale_of
from digest.web.pages import Pages

_MOST_DIGITS = 18


class CopyPage:
    """Answers ``/d/NUMBER/SIGNATURE``; whoever has the link sees the papers, and nothing of the reader."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        """Give the page, or the same "nothing here" for a wrong number and a wrong signature."""
        number, signature = request.path_params["delivery"], request.path_params["signature"]
        found = None
        if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
            found = await self._house.access.copy(int(number), signature)
        if found is None or not isinstance(found.content, Digest):
            return self._pages.no_such_page(locale_of(request, self._house.locale))
        digest = found.content
        papers = await self._house.archive.several([pick.paper for pick in digest.picks])
        return self._pages.page(
            "copy", digest.locale, digest=self._house.digest.values(found, digest, papers)
        )
