"""The page on which an address says yes to a sign-up."""

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Channel, Locale, Subscriber, SubscriberProfile
from digest.services.signup import ConfirmationStatus, PendingSignup
from digest.text.i18n import translator_for
from digest.web.dependencies import WebDependencies
from digest.web.forms import read_form
from digest.web.locale import request_locale
from digest.web.masks import mask_address
from digest.web.page_renderer import PageRenderer


class ConfirmPage:
    """Answers ``/c/TOKEN``."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages

    async def handle(self, request: Request) -> Response:
        """GET asks and changes nothing, because link scanners open links; POST says yes, once."""
        token = request.path_params["token"]
        waiting = await self._deps.signups.find_pending(token)
        if waiting.subscriber is None:
            return self._render_expired(request_locale(request, self._deps.default_locale))
        if request.method == "POST":
            fields = await read_form(request)
            reader = await self._deps.signups.confirm(token) if fields["token"] == token else None
            if reader is not None:
                return await self._render_confirmed(reader, waiting.address)
            waiting = await self._deps.signups.find_pending(token)
        return self._render_question(token, waiting, waiting.subscriber)

    def _render_question(self, token: str, pending: PendingSignup, subscriber: Subscriber | None) -> Response:
        if subscriber is None:
            return self._render_expired(self._deps.default_locale)
        locale = subscriber.preferences.locale
        tr = translator_for(locale)
        if pending.status is ConfirmationStatus.CONFIRMED:
            return self._pages.render_message(
                locale,
                tr.gettext("You have said yes already"),
                tr.gettext("The papers come to {address}.", address=mask_address(pending.address)),
            )
        chosen = subscriber.preferences
        return self._pages.render(
            "confirm",
            locale,
            token=token,
            address=pending.address,
            domains=self._format_domains(subscriber, locale),
            hour=tr.format_time(chosen.send_minute),
            zone=chosen.timezone,
            known=pending.owner is not None,
            done=False,
        )

    async def _render_confirmed(self, reader: SubscriberProfile, address: str) -> Response:
        locale, words = reader.preferences.locale, translator_for(reader.preferences.locale)
        next_at = reader.subscriber.next_digest_at
        mine = next(
            one for one in reader.endpoints if one.target.channel is Channel.EMAIL and one.target.address == address
        )
        return self._pages.render(
            "confirm",
            locale,
            address=address,
            domains=self._format_domains(reader.subscriber, locale),
            first=words.format_datetime(next_at, reader.preferences.timezone) if next_at else None,
            zone=reader.preferences.timezone,
            preferences=await self._deps.email_links.preferences_token(mine),
            done=True,
        )

    def _format_domains(self, subscriber: Subscriber, locale: Locale) -> str:
        chosen, words = subscriber.preferences.domains, translator_for(locale)
        if chosen is None:
            return words.gettext("every domain")
        return " · ".join(self._deps.taxonomy.name(slug, locale) for slug in chosen)

    def _render_expired(self, locale: Locale) -> Response:
        tr = translator_for(locale)
        return self._pages.render(
            "message",
            locale,
            status=404,
            headline=tr.gettext("This link does not work any more"),
            lines=(
                tr.gettext("It was good for two days. Sign up once more, and a new one comes."),
                tr.gettext("Or the address was cut: copy the whole link from the mail."),
            ),
            sign_up=True,
        )
