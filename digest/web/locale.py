"""Which language a stranger's page speaks."""

import re
from functools import cache

from babel import negotiate_locale
from starlette.requests import Request

from digest.model import Locale
from digest.text.i18n import translator_for

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
