"""The front page with the sign-up form, and the page on which an address confirms it."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Channel, Locale, Subscriber, SubscriberProfile
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.services.signup import ConfirmationStatus, PendingSignup, SignupResponse, client_network
from digest.text.i18n import Translator, translator_for
from digest.text.redact import mask_address
from digest.web.dependencies import WebDependencies
from digest.web.forms import (
    FormFields,
    ParsedForm,
    create_form_token,
    is_valid_form_token,
    parse_signup_form,
    read_form,
)
from digest.web.page_renderer import PageRenderer, language_names, request_locale, timezone_options

HONEYPOT_FIELD = "website"
"""A field that people do not see; what fills it is no person."""


class SignupPage:
    """Answers ``/``."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages

    async def handle(self, request: Request) -> Response:
        """GET shows the form; POST asks the address, and says the same whatever that address is to us."""
        locale = request_locale(request, self._deps.default_locale)
        if request.method != "POST":
            return await self._render_form(locale, FormFields(), {})
        fields = await read_form(request)
        tr = translator_for(locale)
        if not is_valid_form_token(self._deps.form_secret, fields["form"], self._deps.clock()):
            errors = {"form": tr.gettext("The page was open for too long. Please tap the button again.")}
            return await self._render_form(locale, fields, errors, status=403)
        filled = parse_signup_form(fields, self._deps.taxonomy, tr, self._deps.subscriptions.defaults)
        if errors := {**_address_errors(fields, tr), **filled.errors}:
            return await self._render_form(locale, fields, errors, status=422)
        return await self._request_signup(request, locale, fields, filled)

    async def _request_signup(
        self, request: Request, locale: Locale, fields: FormFields, parsed: ParsedForm
    ) -> Response:
        tr = translator_for(locale)
        asked = SignupResponse.CONFIRMATION_SENT
        if not fields[HONEYPOT_FIELD]:
            network = client_network(request.client.host if request.client else "")
            asked = await self._deps.signups.request_confirmation(fields["email"], parsed.changes, network=network)
        if asked is SignupResponse.TOO_MANY:
            return self._pages.render_message(
                locale, tr.gettext("Too many sign-ups"), tr.gettext("Please try again in an hour."), status=429
            )
        return self._pages.render_message(
            locale,
            tr.gettext("Check your inbox"),
            tr.gettext("Check your inbox and follow the link to confirm."),
            tr.gettext("Nothing after ten minutes? Check your spam folder. Each address gets one such email per day."),
        )

    async def _render_form(
        self, locale: Locale, fields: FormFields, errors: Mapping[str, str], *, status: int = 200
    ) -> Response:
        today, tr = await self._deps.archive.latest_summary(), translator_for(locale)
        defaults = self._deps.subscriptions.defaults
        counts = today.domain_counts if today else {}
        return self._pages.render(
            "sign_up",
            locale,
            status=status,
            private=False,
            form=create_form_token(self._deps.form_secret, self._deps.clock()),
            honeypot=HONEYPOT_FIELD,
            errors=errors,
            today=today and tr.format_full_date(today.date),
            papers=today.paper_count if today else 0,
            email=fields["email"][:254],
            scope=fields["scope"] or "all",
            selected_domains=set(fields.get_all("domain")),
            domains=[(one.slug, one.name(locale), counts.get(one.slug, 0)) for one in self._deps.taxonomy.domains],
            hour=fields["hour"] or tr.format_time(defaults.send_minute),
            zones=timezone_options(fields["zone"] or defaults.timezone),
            locales=language_names(),
            selected_locale=fields["locale"] or locale,
        )


def _address_errors(fields: FormFields, tr: Translator) -> Mapping[str, str]:
    """Return what is wrong with the address that signs up, by the field's name."""
    try:
        normalize_email(fields["email"])
    except InvalidInput:
        return {"email": tr.gettext("This is not an email address. An example: ann@example.org.")}
    return {}


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
                tr.gettext("You have already confirmed"),
                tr.gettext("Papers are sent to {address}.", address=mask_address(pending.address)),
            )
        preferences = subscriber.preferences
        return self._pages.render(
            "confirm",
            locale,
            token=token,
            address=pending.address,
            domains=self._format_domains(subscriber, locale),
            hour=tr.format_time(preferences.send_minute),
            zone=preferences.timezone,
            known=pending.owner is not None,
            done=False,
        )

    async def _render_confirmed(self, reader: SubscriberProfile, address: str) -> Response:
        locale, tr = reader.preferences.locale, translator_for(reader.preferences.locale)
        next_at = reader.subscriber.next_digest_at
        mine = next(
            one for one in reader.endpoints if one.target.channel is Channel.EMAIL and one.target.address == address
        )
        return self._pages.render(
            "confirm",
            locale,
            address=address,
            domains=self._format_domains(reader.subscriber, locale),
            first=tr.format_datetime(next_at, reader.preferences.timezone) if next_at else None,
            zone=reader.preferences.timezone,
            preferences=await self._deps.email_links.preferences_token(mine),
            done=True,
        )

    def _format_domains(self, subscriber: Subscriber, locale: Locale) -> str:
        domains = subscriber.preferences.domains
        if domains is None:
            return translator_for(locale).gettext("every domain")
        return " · ".join(self._deps.taxonomy.name(slug, locale) for slug in domains)

    def _render_expired(self, locale: Locale) -> Response:
        tr = translator_for(locale)
        return self._pages.render(
            "message",
            locale,
            status=404,
            headline=tr.gettext("This link is no longer valid"),
            lines=(
                tr.gettext("The link was valid for two days. Sign up again to get a new one."),
                tr.gettext("The address may also be incomplete: copy the whole link from the email."),
            ),
            sign_up=True,
        )
