"""The front page: what this is, what came today, and signing up by mail."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.model import Locale
from digest.signup import Asked, network_of
from digest.web.forms import Fields, Filled, fields_of, is_stamped, sign_up_choice, stamp
from digest.web.house import WebHouse
from digest.web.languages import locale_of, own_names
from digest.web.pages import Pages
from digest.web.zones import zone_options
from digest.words import Words, words_in

TRAP = "website"
"""A field that people do not see; what fills it is no person."""


class SignUpPage:
    """Answers ``/``."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        """GET shows the form; POST asks the address, and says the same whatever that address is to us."""
        locale = locale_of(request, self._house.locale)
        if request.method != "POST":
            return await self._form(locale, Fields(), {})
        fields = await fields_of(request)
        words = words_in(locale)
        if not is_stamped(self._house.secret, fields["form"], self._house.clock()):
            wrong = {"form": words.say("The page stood open for too long. Please press the button again.")}
            return await self._form(locale, fields, wrong, status=403)
        filled = sign_up_choice(fields, self._house.taxonomy, words, self._house.membership.defaults)
        if wrong := {**_wrong_address(fields, words), **filled.wrong}:
            return await self._form(locale, fields, wrong, status=422)
        return await self._ask(request, locale, fields, filled)

    async def _ask(self, request: Request, locale: Locale, fields: Fields, filled: Filled) -> Response:
        words = words_in(locale)
        asked = Asked.LOOK_INTO_YOUR_MAIL
        if not fields[TRAP]:
            network = network_of(request.client.host if request.client else "")
            asked = await self._house.sign_up.ask(fields["email"], filled.choice, network=network)
        if asked is Asked.TOO_MANY:
            return self._pages.message(
                locale,
                words.say("Too many sign-ups just now"),
                words.say("Please try again in an hour."),
                status=429,
            )
        return self._pages.message(
            locale,
            words.say("Look into your mailbox"),
            words.say("A mail with a link is on its way. Press the button behind it, and your papers come."),
            words.say(
                "Nothing there in ten minutes? Look among the unwanted mails. "
                "An address gets one such mail a day."
            ),
        )

    async def _form(
        self, locale: Locale, fields: Fields, wrong: Mapping[str, str], *, status: int = 200
    ) -> Response:
        house = self._house
        today, words = await house.archive.today(), words_in(locale)
        defaults = house.membership.defaults
        counts = today.domains if today else {}
        return self._pages.page(
            "sign_up",
            locale,
            status=status,
            private=False,
            form=stamp(house.secret, house.clock()),
            trap=TRAP,
            wrong=wrong,
            today=today and words.day(today.date),
            papers=today.papers if today else 0,
            email=fields["email"][:254],
            scope=fields["scope"] or "all",
            chosen=set(fields.all("domain")),
            domains=[(one.slug, one.name(locale), counts.get(one.slug, 0)) for one in house.taxonomy.domains],
            hour=fields["hour"] or words.hour(defaults.minute),
            zones=zone_options(fields["zone"] or defaults.zone),
            locales=own_names(),
            chosen_locale=fields["locale"] or locale,
        )


def _wrong_address(fields: Fields, words: Words) -> Mapping[str, str]:
    """Give what is wrong with the address that signs up, by the field's name."""
    try:
        normal_address(fields["email"])
    except BadRequest:
        return {"email": words.say("This is no email address. One looks like ann@example.org.")}
    return {}
