"""The page on which a reader sees and changes everything about their subscription."""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from digest.access import SWITCHABLE, Holder, NoHolder
from digest.bucket import Bucket, Pour
from digest.clock import monotonic
from digest.links import Purpose, hashed
from digest.model import Channel, EndpointState, Locale, Preferences, Rhythm
from digest.web.forms import Fields, fields_of, preferences_choice
from digest.web.house import WebHouse
from digest.web.languages import locale_of, own_names
from digest.web.masks import masked
from digest.web.pages import Pages
from digest.web.zones import zone_options
from digest.words import Words, words_in

WEEK = 7
CHANGES_AN_HOUR = 60
"""So often may one link be used to change something; whoever needs more is a program."""


class PreferencesPage:
    """Answers ``/p/TOKEN``; every button of the page is a form of its own, told apart by ``do``."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._bucket = Bucket(most=CHANGES_AN_HOUR, seconds=3600)

    async def answer(self, request: Request) -> Response:
        """GET shows; POST with the token in its body does what the button says."""
        token = request.path_params["token"]
        holder = await self._house.access.holder(token, Purpose.PREFERENCES)
        if not isinstance(holder, Holder):
            return self._nobody(request, holder)
        if request.method != "POST":
            return self._show(token, holder)
        if self._bucket.pour(hashed(token), monotonic()) is not Pour.YES:
            words = words_in(holder.reader.preferences.locale)
            return self._pages.message(
                holder.reader.preferences.locale,
                words.say("Too many changes just now"),
                words.say("Please try again in an hour."),
                status=429,
            )
        fields = await fields_of(request)
        if fields["token"] != token:
            words = words_in(holder.reader.preferences.locale)
            return self._show(token, holder, wrong={"form": words.say("Please use this page's own buttons.")})
        return await self._do(request, token, holder, fields)

    async def _do(self, request: Request, token: str, holder: Holder, fields: Fields) -> Response:
        house, target = self._house, holder.endpoint.target
        match fields["do"]:
            case "save":
                return await self._save(token, holder, fields)
            case "pause":
                await house.membership.pause(target)
            case "resume":
                await house.membership.resume(target)
            case "on" | "off" as switch:
                await house.access.switch(holder, _number(fields["endpoint"]), on=switch == "on")
            case "export":
                return await self._export(holder)
            case "erase":
                return self._ask_to_erase(token, holder)
            case "erase really":
                await house.membership.forget(target)
                return self._nobody(request, NoHolder.ERASED, holder.reader.preferences.locale)
            case _:
                return self._show(token, holder)
        return await self._saved(request, token)

    async def _save(self, token: str, holder: Holder, fields: Fields) -> Response:
        words = words_in(holder.reader.preferences.locale)
        filled = preferences_choice(fields, self._house.taxonomy, words, holder.reader.preferences)
        if filled.wrong:
            return self._show(token, holder, fields=fields, wrong=filled.wrong)
        await self._house.membership.change(holder.endpoint.target, **filled.choice)
        return await self._saved(None, token)

    async def _saved(self, request: Request | None, token: str) -> Response:
        """Show the page as it is now."""
        after = await self._house.access.holder(token, Purpose.PREFERENCES)
        if isinstance(after, Holder):
            return self._show(token, after, saved=True)
        return self._nobody(request, after)

    async def _export(self, holder: Holder) -> Response:
        record = await self._house.access.record(holder)
        return Response(
            json.dumps(record, ensure_ascii=False, indent=2),
            media_type="application/json",
            headers={
                "Content-Disposition": 'attachment; filename="paper-digest.json"',
                "Cache-Control": "no-store",
            },
        )

    def _ask_to_erase(self, token: str, holder: Holder) -> Response:
        return self._pages.page(
            "erase",
            holder.reader.preferences.locale,
            token=token,
            channels=[masked(one.target.address) for one in holder.reader.endpoints],
        )

    def _nobody(self, request: Request | None, why: NoHolder, locale: Locale | None = None) -> Response:
        locale = locale or (locale_of(request, self._house.locale) if request else self._house.locale)
        return self._pages.erased(locale) if why is NoHolder.ERASED else self._pages.no_such_page(locale)

    def _show(
        self,
        token: str,
        holder: Holder,
        *,
        fields: Fields | None = None,
        wrong: Mapping[str, str] | None = None,
        saved: bool = False,
    ) -> Response:
        """Show the page: what is chosen, or what was typed where something is wrong with it."""
        subscriber, locale = holder.reader.subscriber, holder.reader.preferences.locale
        chosen, words, house = subscriber.preferences, words_in(locale), self._house
        typed = _as_typed(chosen, words)
        if fields:
            values = {**typed.values, "empty_days": "", **fields.values}
            typed = Fields(values=values, repeated=fields.repeated)
        return self._pages.page(
            "preferences",
            locale,
            status=422 if wrong else 200,
            token=token,
            wrong=wrong or {},
            saved=saved,
            typed=typed.values,
            chosen=set(typed.all("domain")),
            domains=[(one.slug, one.name(locale)) for one in house.taxonomy.domains],
            zones=zone_options(typed["zone"]),
            rhythms=list(Rhythm),
            weekdays=[words.weekday(day) for day in range(WEEK)],
            locales=own_names(),
            paused=subscriber.paused,
            next_time=words.moment(subscriber.next_at, chosen.zone) if subscriber.next_at else None,
            zone=chosen.zone,
            places=[
                {
                    "id": one.id,
                    "name": masked(one.target.address),
                    "email": one.target.channel is Channel.EMAIL,
                    "state": one.state,
                    "on": one.state is EndpointState.ACTIVE,
                    "switchable": one.state is EndpointState.ACTIVE or one.state in SWITCHABLE,
                }
                for one in holder.reader.endpoints
            ],
        )


def _as_typed(chosen: Preferences, words: Words) -> Fields:
    """Give the fields of the form that says what is chosen."""
    return Fields(
        values={
            "scope": "all" if chosen.domains is None else "some",
            "hour": words.hour(chosen.minute),
            "zone": chosen.zone,
            "rhythm": chosen.rhythm,
            "weekday": str(chosen.weekday),
            "locale": chosen.locale,
            "most": str(chosen.most or ""),
            "layout": chosen.layout,
            "include": words.say(", ").join(chosen.include),
            "mute": words.say(", ").join(chosen.mute),
            "empty_days": "on" if chosen.empty_days else "",
        },
        repeated={"domain": chosen.domains or ()},
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**62)) else 0
