"""The page on which an address says yes to a sign-up."""

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Channel, Locale, Reader, Subscriber
from digest.signup import Answer, Waiting
from digest.web.forms import fields_of
from digest.web.house import WebHouse
from digest.web.languages import locale_of
from digest.web.masks import masked
from digest.web.pages import Pages
from digest.words import words_in


class ConfirmPage:
    """Answers ``/c/TOKEN``."""

    def __init__(self, house: WebHouse, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        """GET asks and changes nothing, because link scanners open links; POST says yes, once."""
        token = request.path_params["token"]
        waiting = await self._house.sign_up.waiting(token)
        if waiting.subscriber is None:
            return self._late(locale_of(request, self._house.locale))
        if request.method == "POST":
            fields = await fields_of(request)
            reader = await self._house.sign_up.confirm(token) if fields["token"] == token else None
            if reader is not None:
                return await self._done(reader, waiting.address)
            waiting = await self._house.sign_up.waiting(token)
        return self._ask(token, waiting, waiting.subscriber)

    def _ask(self, token: str, waiting: Waiting, asked: Subscriber | None) -> Response:
        if asked is None:
            return self._late(self._house.locale)
        locale = asked.preferences.locale
        words = words_in(locale)
        if waiting.answer is Answer.DONE:
            return self._pages.message(
                locale,
                words.say("You have said yes already"),
                words.say("The papers come to {address}.", address=masked(waiting.address)),
            )
        chosen = asked.preferences
        return self._pages.page(
            "confirm",
            locale,
            token=token,
            address=waiting.address,
            domains=self._domains(asked, locale),
            hour=words.hour(chosen.minute),
            zone=chosen.zone,
            known=waiting.owner is not None,
            done=False,
        )

    async def _done(self, reader: Reader, address: str) -> Response:
        locale, words = reader.preferences.locale, words_in(reader.preferences.locale)
        next_at = reader.subscriber.next_at
        mine = next(
            one
            for one in reader.endpoints
            if one.target.channel is Channel.EMAIL and one.target.address == address
        )
        return self._pages.page(
            "confirm",
            locale,
            address=address,
            domains=self._domains(reader.subscriber, locale),
            first=words.moment(next_at, reader.preferences.zone) if next_at else None,
            zone=reader.preferences.zone,
            preferences=await self._house.access.preferences_token(mine),
            done=True,
        )

    def _domains(self, subscriber: Subscriber, locale: Locale) -> str:
        chosen, words = subscriber.preferences.domains, words_in(locale)
        if chosen is None:
            return words.say("every domain")
        return " · ".join(self._house.taxonomy.name(slug, locale) for slug in chosen)

    def _late(self, locale: Locale) -> Response:
        words = words_in(locale)
        return self._pages.page(
            "message",
            locale,
            status=404,
            headline=words.say("This link does not work any more"),
            lines=(
                words.say("It was good for two days. Sign up once more, and a new one comes."),
                words.say("Or the address was cut: copy the whole link from the mail."),
            ),
            sign_up=True,
        )
