"""Pages from ``templates/web/``, compiled once in each language; their languages and time zones."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

from babel import negotiate_locale
from jinja2 import BytecodeCache, Environment, TemplateError
from jinja2.bccache import Bucket
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from digest.model import Locale
from digest.model.errors import InvalidTemplate
from digest.model.links import WebPath as At
from digest.render.email.templates import build_environment, render_template
from digest.services.schedule import known_timezones
from digest.text.i18n import translator_for
from digest.web.dependencies import WebDependencies

_LANGUAGE_RANGE = re.compile(r"\s*([a-z0-9*-]+)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?", re.ASCII | re.IGNORECASE)
"""A language and its weight; blanks may stand around the semicolon, and letters are small or capital."""


@cache
def language_names() -> list[tuple[Locale, str]]:
    """Return every language with its name in itself."""
    return [(locale, translator_for(locale).native_name) for locale in Locale]


def request_locale(request: Request, default: Locale) -> Locale:
    """Return the language that the address names (``?lang=zh``), or the browser asks for, or the default."""
    named = request.query_params.get("lang", "")
    if named in set(Locale):
        return Locale(named)
    wanted = _accepted_languages(request.headers.get("accept-language", ""))
    found = negotiate_locale(wanted, [locale.value for locale in Locale], sep="-")
    return Locale(found) if found else default


def _accepted_languages(header: str) -> list[str]:
    """Return the languages of an ``Accept-Language`` header, the dearest first (RFC 9110 section 12.5.4)."""
    found = enumerate(map(_LANGUAGE_RANGE.fullmatch, header[:500].split(",")))
    weighed = [(-float(one[2] or 1), at, one[1].lower()) for at, one in found if one]
    return [name for weight, _, name in sorted(weighed) if weight]


REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def timezones_by_region() -> Mapping[str, Sequence[str]]:
    """Return the zones that people choose from, by region; ``UTC`` stands by itself before them."""
    regions: dict[str, Sequence[str]] = {"UTC": ("UTC",)}
    for region in REGIONS:
        regions[region] = sorted(zone for zone in known_timezones() if zone.startswith(f"{region}/"))
    return {region: zones for region, zones in regions.items() if zones}


def timezone_options(selected: str) -> Markup:
    """Return the list's options as HTML, by region, the ``selected`` one selected.

    What is no zone selects none.

    A zone outside the regions (``US/Eastern``), which a chat or an operator may have set, stands first: a
    form that is sent back must not change what nobody touched.
    """
    return _render_options(selected if selected in known_timezones() else "")


@lru_cache(maxsize=64)
def _render_options(selected: str) -> Markup:
    """Return the options; they are most of a page, and the same for everybody in a zone."""
    regions = timezones_by_region()
    listed = {zone for zones in regions.values() for zone in zones}
    groups = [_render_option(selected, selected)] if selected and selected not in listed else []
    for region, zones in regions.items():
        inside = Markup("\n").join(_render_option(zone, selected) for zone in zones)
        groups.append(Markup('<optgroup label="{}">\n{}\n</optgroup>').format(region, inside))
    return Markup("\n").join(groups)


def _render_option(zone: str, selected: str) -> Markup:
    return Markup("<option{}>{}</option>").format(Markup(" selected") if zone == selected else "", zone)


TEMPLATE_FOLDER = Path("templates/web")
TEMPLATE_NAMES = ("base", "confirm", "copy", "erase", "fields", "message", "preferences", "sign_up", "unsubscribe")


class _MemoryBytecodeCache(BytecodeCache):
    """Keeps compiled templates by their text: those of the second language are the same."""

    def __init__(self) -> None:
        self._bytecode: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled of the same text."""
        if kept := self._bytecode.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._bytecode[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_BYTECODE_CACHE = _MemoryBytecodeCache()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRenderer:
    """Fills the templates of pages; made by ``PageRenderer.load`` once."""

    stylesheet: bytes
    _deps: WebDependencies
    _environments: Mapping[Locale, Environment]

    @classmethod
    def load(cls, deps: WebDependencies, folder: Path = TEMPLATE_FOLDER) -> Self:
        """Compile every template in every language; raises ``InvalidTemplate`` naming the file."""
        environments = {locale: build_environment(locale, folder, escape_html=True) for locale in Locale}
        for environment in environments.values():
            environment.bytecode_cache = _BYTECODE_CACHE
            for name in TEMPLATE_NAMES:
                try:
                    environment.get_template(f"{name}.html.j2")
                except (TemplateError, OSError, UnicodeDecodeError) as error:
                    raise InvalidTemplate(f"{folder / name}.html.j2: {error}") from error
        try:
            style = (folder / "site.css").read_bytes()
        except OSError as error:
            raise InvalidTemplate(f"{folder / 'site.css'} cannot be read: {error.strerror}") from error
        return cls(stylesheet=style, _deps=deps, _environments=environments)

    def render(
        self, name: str, locale: Locale, /, *, status: int = 200, private: bool = True, **values: object
    ) -> HTMLResponse:
        """Return a page; one that is ``private`` is kept by no cache and found by no search engine."""
        common = {
            "base": self._deps.base_path,
            "home": self._deps.base_path + At.SIGNUP,
            "name": self._deps.site_name,
            "postal_address": self._deps.postal_address,
            "locale": locale,
            "private": private,
        }
        html = render_template(self._environments[locale].get_template(f"{name}.html.j2"), {**common, **values})
        headers = {"Content-Language": locale.value, "Vary": "Accept-Language"}
        if private:
            headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
        return HTMLResponse(html, status_code=status, headers=headers)

    def render_message(self, locale: Locale, headline: str, *lines: str, status: int = 200) -> HTMLResponse:
        """Return a page that only says something."""
        return self.render("message", locale, status=status, headline=headline, lines=lines)

    def render_not_found(self, locale: Locale) -> HTMLResponse:
        """Return the page of an address that leads nowhere."""
        tr = translator_for(locale)
        return self.render_message(
            locale,
            tr.gettext("There is nothing here"),
            tr.gettext("The address may be incomplete: copy the whole link from the email."),
            status=404,
        )

    def render_erased(self, locale: Locale) -> HTMLResponse:
        """Return the page of a link whose reader is no more; nothing is left to be changed."""
        tr = translator_for(locale)
        return self.render_message(
            locale,
            tr.gettext("This subscription has ended"),
            tr.gettext("All data about this subscription was erased, and nothing will be sent any more."),
        )
