"""Which language a stranger's page speaks."""

from babel import negotiate_locale
from starlette.requests import Request

from digest.model import Locale


def locale_of(request: Request, default: Locale) -> Locale:
    """Give the language that the address names (``?lang=zh``), or the browser asks for, or the default."""
    named = request.query_params.get("lang", "")
    if named in set(Locale):
        return Locale(named)
    wanted = _accepted(request.headers.get("accept-language", ""))
    found = negotiate_locale(wanted, [locale.value for locale in Locale], sep="-")
    return Locale(found) if found else default


def _accepted(header: str) -> list[str]:
    """Give the languages of an ``Accept-Language`` header, the dearest first (RFC 9110 section 12.5.4)."""
    weighed = []
    for at, part in enumerate(header[:500].split(",")):
        name, _, weight = part.partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            value = 0.0
        if name.strip() and value > 0:
            weighed.append((-value, at, name.strip()))
    return [name for _, _, name in sorted(weighed)]
