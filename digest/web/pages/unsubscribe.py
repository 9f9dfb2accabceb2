"""The page that ends the mails to one address: with one click of a mailbox (RFC 8058), or with a button."""

from starlette.requests import Request
from starlette.responses import Response

from digest.model import EndpointState
from digest.model.links import TokenPurpose
from digest.services.email_links import InvalidLink, LinkOwner
from digest.text.redact import mask_address
from digest.web.dependencies import WebDependencies
from digest.web.forms import read_form
from digest.web.page_renderer import PageRenderer, request_locale


class UnsubscribePage:
    """Answers ``/u/TOKEN``."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages

    async def handle(self, request: Request) -> Response:
        """GET asks and changes nothing. POST unsubscribes, whatever its body says, or undoes with ``again``.

        RFC 8058 section 3.2: no cookies, no redirect; the same answer for whoever asks again.
        """
        token = request.path_params["token"]
        if request.method != "POST":
            return self._render(
                request, token, await self._deps.email_links.find_owner(token, TokenPurpose.UNSUBSCRIBE)
            )
        fields = await read_form(request)
        if fields["do"] == "again" and fields["token"] == token:
            await self._deps.email_links.resubscribe(token)
        else:
            await self._deps.email_links.unsubscribe(token)
        after = await self._deps.email_links.find_owner(token, TokenPurpose.UNSUBSCRIBE)
        return self._render(request, token, after, done=True)

    def _render(self, request: Request, token: str, owner: LinkOwner | InvalidLink, *, done: bool = False) -> Response:
        if owner is InvalidLink.ERASED:
            return self._pages.render_erased(request_locale(request, self._deps.default_locale))
        if not isinstance(owner, LinkOwner):
            return self._pages.render_not_found(request_locale(request, self._deps.default_locale))
        return self._pages.render(
            "unsubscribe",
            owner.profile.preferences.locale,
            token=token,
            address=mask_address(owner.endpoint.target.address),
            active=owner.endpoint.state is EndpointState.ACTIVE,
            can_return=owner.endpoint.state is not EndpointState.SUPPRESSED,
            elsewhere=any(
                one.state is EndpointState.ACTIVE for one in owner.profile.endpoints if one.id != owner.endpoint.id
            ),
            paused=owner.profile.subscriber.paused,
            done=done,
        )
