"""Pages from ``templates/web/``: compiled once, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from jinja2 import BytecodeCache, Environment, TemplateError
from jinja2.bccache import Bucket
from starlette.responses import HTMLResponse

from digest.model import Locale
from digest.model.errors import InvalidTemplate
from digest.model.links import WebPath as At
from digest.render.email.split_template import build_environment, render_template
from digest.text.i18n import translator_for
from digest.web.dependencies import WebDependencies

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
        house = self._deps
        common = {
            "base": house.base_path,
            "home": house.base_path + At.SIGNUP,
            "name": house.site_name,
            "postal": house.postal_address,
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
            tr.gettext("The address may have been cut: copy the whole link from the mail."),
            status=404,
        )

    def render_erased(self, locale: Locale) -> HTMLResponse:
        """Return the page of a link whose reader is no more; nothing is left to be changed."""
        tr = translator_for(locale)
        return self.render_message(
            locale,
            tr.gettext("This subscription has ended"),
            tr.gettext("Everything about it was erased, and nothing is sent any more."),
        )
