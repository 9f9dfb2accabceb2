"""The page that ends the mails to one address: with one click of a mailbox (RFC 8058), or with a button."""

from starlette.requests import Request
from starlette.responses import Response

from digest.access import Holder, NoHolder
from digest.links import Purpose
from digest.model import EndpointState
from digest.web.forms import fields_of
from digest.web.house import WebHouse
from digest.web.languages import locale_of
from digest.web.masks import masked
from digest.web.pages import Pages


class UnsubscribePage:
    """Answers ``/u/TOKEN``."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        """GET asks and changes nothing. POST unsubscribes, whatever its body says, or undoes with ``again``.

        RFC 8058 section 3.2: no cookies, no redirect; the same answer for whoever asks again.
        """
        token = request.path_params["token"]
        if request.method != "POST":
            return self._page(request, token, await self._house.access.holder(token, Purpose.UNSUBSCRIBE))
        fields = await fields_of(request)
        if fields["do"] == "again" and fields["token"] == token:
            await self._house.access.subscribe_again(token)
        else:
            await self._house.access.unsubscribe(token)
        after = await self._house.access.holder(token, Purpose.UNSUBSCRIBE)
        return self._page(request, token, after, done=True)

    def _page(
        self, request: Request, token: str, found: Holder | NoHolder, *, done: bool = False
    ) -> Response:
        if found is NoHolder.ERASED:
            return self._pages.erased(locale_of(request, self._house.locale))
        if not isinstance(found, Holder):
            return self._pages.no_such_page(locale_of(request, self._house.locale))
        return self._pages.page(
            "unsubscribe",
            found.reader.preferences.locale,
            token=token,
            address=masked(found.endpoint.target.address),
            active=found.endpoint.state is EndpointState.ACTIVE,
            can_return=found.endpoint.state is not EndpointState.SUPPRESSED,
            elsewhere=any(
                one.state is EndpointState.ACTIVE
                for one in found.reader.endpoints
                if one.id != found.endpoint.id
            ),
            paused=found.reader.subscriber.paused,
            done=done,
        )
