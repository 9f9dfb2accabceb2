"""The page on which a reader sees and changes everything about their subscription."""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from digest.model import EndpointState, Locale, Preferences
from digest.model.clock import monotonic
from digest.model.links import TokenPurpose, hash_token
from digest.services.channels import CHANNELS
from digest.services.email_links import REACTIVATABLE, InvalidLink, LinkOwner
from digest.services.preferences import DAYS_PER_WEEK, FIELDS, FlagField
from digest.services.rate_limit import RateLimiter, RateLimitResult
from digest.text.i18n import Translator, translator_for
from digest.text.redact import mask_address
from digest.web.dependencies import WebDependencies
from digest.web.forms import OPTION_FIELDS, FormFields, form_value, parse_preferences_form, read_form
from digest.web.page_renderer import PageRenderer, language_names, request_locale, timezone_options

MAX_CHANGES_PER_HOUR = 60
"""So often may one link be used to change something; whoever needs more is a program."""


class PreferencesPage:
    """Answers ``/p/TOKEN``; every button of the page is a form of its own, told apart by ``do``."""

    def __init__(self, deps: WebDependencies, pages: PageRenderer) -> None:
        self._deps = deps
        self._pages = pages
        self._rate_limiter = RateLimiter(limit=MAX_CHANGES_PER_HOUR, window_seconds=3600)

    async def handle(self, request: Request) -> Response:
        """GET shows; POST with the token in its body does what the button says."""
        token = request.path_params["token"]
        holder = await self._deps.email_links.find_owner(token, TokenPurpose.PREFERENCES)
        if not isinstance(holder, LinkOwner):
            return self._invalid_link(request, holder)
        if request.method != "POST":
            return self._render(token, holder)
        if self._rate_limiter.allow(hash_token(token), monotonic()) is not RateLimitResult.ALLOWED:
            tr = translator_for(holder.profile.preferences.locale)
            return self._pages.render_message(
                holder.profile.preferences.locale,
                tr.gettext("Too many changes just now"),
                tr.gettext("Please try again in an hour."),
                status=429,
            )
        fields = await read_form(request)
        if fields["token"] != token:
            tr = translator_for(holder.profile.preferences.locale)
            return self._render(token, holder, errors={"form": tr.gettext("Please use this page's own buttons.")})
        return await self._perform_action(request, token, holder, fields)

    async def _perform_action(self, request: Request, token: str, owner: LinkOwner, fields: FormFields) -> Response:
        deps, target = self._deps, owner.endpoint.target
        match fields["do"]:
            case "save":
                return await self._save(token, owner, fields)
            case "pause":
                await deps.subscriptions.pause(target)
            case "resume":
                await deps.subscriptions.resume(target)
            case "on" | "off" as switch:
                await deps.email_links.set_enabled(owner, _parse_id(fields["endpoint"]), enabled=switch == "on")
            case "export":
                return await self._export(owner)
            case "erase":
                return self._confirm_erase(token, owner)
            case "erase really":
                await deps.subscriptions.erase(target)
                return self._invalid_link(request, InvalidLink.ERASED, owner.profile.preferences.locale)
            case _:
                return self._render(token, owner)
        return await self._show_saved(request, token)

    async def _save(self, token: str, owner: LinkOwner, fields: FormFields) -> Response:
        tr = translator_for(owner.profile.preferences.locale)
        filled = parse_preferences_form(fields, self._deps.taxonomy, tr, owner.profile.preferences)
        if filled.errors:
            return self._render(token, owner, fields=fields, errors=filled.errors)
        await self._deps.subscriptions.update_preferences(owner.endpoint.target, **filled.changes)
        return await self._show_saved(None, token)

    async def _show_saved(self, request: Request | None, token: str) -> Response:
        """Show the page as it is now."""
        after = await self._deps.email_links.find_owner(token, TokenPurpose.PREFERENCES)
        if isinstance(after, LinkOwner):
            return self._render(token, after, saved=True)
        return self._invalid_link(request, after)

    async def _export(self, owner: LinkOwner) -> Response:
        record = await self._deps.email_links.export_data(owner)
        return Response(
            json.dumps(record, ensure_ascii=False, indent=2),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="paper-digest.json"', "Cache-Control": "no-store"},
        )

    def _confirm_erase(self, token: str, owner: LinkOwner) -> Response:
        return self._pages.render(
            "erase",
            owner.profile.preferences.locale,
            token=token,
            channels=[mask_address(one.target.address) for one in owner.profile.endpoints],
        )

    def _invalid_link(self, request: Request | None, reason: InvalidLink, locale: Locale | None = None) -> Response:
        locale = locale or (
            request_locale(request, self._deps.default_locale) if request else self._deps.default_locale
        )
        return (
            self._pages.render_erased(locale) if reason is InvalidLink.ERASED else self._pages.render_not_found(locale)
        )

    def _render(
        self,
        token: str,
        owner: LinkOwner,
        *,
        fields: FormFields | None = None,
        errors: Mapping[str, str] | None = None,
        saved: bool = False,
    ) -> Response:
        """Show the page: what is chosen, or what was typed where something is wrong with it."""
        subscriber, locale = owner.profile.subscriber, owner.profile.preferences.locale
        preferences, tr = subscriber.preferences, translator_for(locale)
        form = _form_values(preferences, tr)
        if fields:
            unchecked = {one.form_name: "" for one in OPTION_FIELDS if isinstance(one, FlagField)}
            values = {**form.values, **unchecked, **fields.values}
            form = FormFields(values=values, all_values=fields.all_values)
        return self._pages.render(
            "preferences",
            locale,
            status=422 if errors else 200,
            token=token,
            errors=errors or {},
            saved=saved,
            values=form.values,
            selected_domains=set(form.get_all("domain")),
            domains=[(one.slug, one.name(locale)) for one in self._deps.taxonomy.domains],
            zones=timezone_options(form["zone"]),
            options=OPTION_FIELDS,
            weekdays=[tr.weekday_name(day) for day in range(DAYS_PER_WEEK)],
            locales=language_names(),
            paused=subscriber.paused,
            next_time=tr.format_datetime(subscriber.next_digest_at, preferences.timezone)
            if subscriber.next_digest_at
            else None,
            zone=preferences.timezone,
            endpoints=[
                {
                    "id": one.id,
                    "name": mask_address(one.target.address),
                    "channel": tr.gettext(CHANNELS[one.target.channel].label),
                    "state": one.state,
                    "on": one.state is EndpointState.ACTIVE,
                    "switchable": one.state is EndpointState.ACTIVE or one.state in REACTIVATABLE,
                }
                for one in owner.profile.endpoints
            ],
        )


def _form_values(preferences: Preferences, tr: Translator) -> FormFields:
    """Return the fields of the form that says what is chosen."""
    return FormFields(
        values={
            "scope": "all" if preferences.domains is None else "some",
            **{one.form_name: form_value(one, preferences, tr) for one in FIELDS if one.form_name},
        },
        all_values={"domain": preferences.domains or ()},
    )


def _parse_id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**62)) else 0
