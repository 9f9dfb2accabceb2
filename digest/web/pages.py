"""Pages from ``templates/web/``: compiled once, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from jinja2 import BytecodeCache, Environment, TemplateError
from jinja2.bccache import Bucket
from starlette.responses import HTMLResponse

from digest.errors import BadTemplate
from digest.links import Path as At
from digest.model import Locale
from digest.render.skeleton import environment_for, render
from digest.web.house import WebHouse
from digest.words import words_in

TEMPLATES = Path("templates/web")
NAMES = (
    "base",
    "confirm",
    "copy",
    "erase",
    "fields",
    "message",
    "preferences",
    "sign_up",
    "unsubscribe",
)


class _Compiled(BytecodeCache):
    """Keeps compiled templates by their text: those of the second language are the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled of the same text."""
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Fills the templates of pages; made by ``Pages.load`` once."""

    style: bytes
    _house: WebHouse
    _environments: Mapping[Locale, Environment]

    @classmethod
    def load(cls, house: WebHouse, folder: Path = TEMPLATES) -> Self:
        """Compile every template in every language; raises ``BadTemplate`` naming the file."""
        environments = {locale: environment_for(locale, folder, html=True) for locale in Locale}
        for environment in environments.values():
            environment.bytecode_cache = _COMPILED
            for name in NAMES:
                try:
                    environment.get_template(f"{name}.html.j2")
                except (TemplateError, OSError, UnicodeDecodeError) as error:
                    raise BadTemplate(f"{folder / name}.html.j2: {error}") from error
        try:
            style = (folder / "site.css").read_bytes()
        except OSError as error:
            raise BadTemplate(f"{folder / 'site.css'} cannot be read: {error.strerror}") from error
        return cls(style=style, _house=house, _environments=environments)

    def page(
        self, name: str, locale: Locale, /, *, status: int = 200, private: bool = True, **values: object
    ) -> HTMLResponse:
        """Give a page; one that is ``private`` is kept by no cache and found by no search engine."""
        house = self._house
        common = {
            "base": house.base,
            "home": house.base + At.SIGN_UP,
            "name": house.name,
            "postal": house.postal,
            "locale": locale,
            "private": private,
        }
        html = render(self._environments[locale].get_template(f"{name}.html.j2"), {**common, **values})
        headers = {"Content-Language": locale.value, "Vary": "Accept-Language"}
        if private:
            headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
        return HTMLResponse(html, status_code=status, headers=headers)

    def message(self, locale: Locale, headline: str, *lines: str, status: int = 200) -> HTMLResponse:
        """Give a page that only says something."""
        return self.page("message", locale, status=status, headline=headline, lines=lines)

    def no_such_page(self, locale: Locale) -> HTMLResponse:
        """Give the page of an address that leads nowhere."""
        words = words_in(locale)
        return self.message(
            locale,
            words.say("There is nothing here"),
            words.say("The address may have been cut: copy the whole link from the mail."),
            status=404,
        )

    def erased(self, locale: Locale) -> HTMLResponse:
        """Give the page of a link whose reader is no more; nothing is left to be changed."""
        words = words_in(locale)
        return self.message(
            locale,
            words.say("This subscription has ended"),
            words.say("Everything about it was erased, and nothing is sent any more."),
        )
