"""People's words in their language: gettext catalogues, dates, numbers, lists.

English sentences in the code are the message ids; ``digest/text/locale/<locale>.po`` holds each translation
(standard gettext PO, read by Babel). A message is marked for extraction by the call itself:
``words.say("…")`` and ``words.count("one …", "{n} …", n)``.
"""

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale as Culture
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_day_names
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from digest.model import CATALOGUE_FOLDER, Locale

_FULL_DATES = {Locale.EN: "EEEE, d MMMM y", Locale.ZH: "y年M月d日 EEEE"}
_SHORT_DATES = {Locale.EN: "d MMMM", Locale.ZH: "M月d日"}
_LONG_DATES = {Locale.EN: "d MMMM y", Locale.ZH: "y年M月d日"}
_DATETIMES = {Locale.EN: "EEE d MMM, HH:mm", Locale.ZH: "M月d日 EEE HH:mm"}
"""How a language writes a date; for every other language the Unicode CLDR says it."""


def gettext_noop(message: str) -> str:
    """Return ``message`` as it is: the call marks it for translation where it is not said at once."""
    return message


@dataclass(frozen=True, slots=True)
class Translator:
    """Says things in one language."""

    locale: Locale
    _catalogue: gettext.NullTranslations

    def gettext(self, message: str, /, **values: object) -> str:
        """Return ``message`` in this language, with ``{name}`` places filled from ``values``."""
        return self._catalogue.gettext(message).format(**values)

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return the plural form that fits ``n``; ``{n}`` is filled with the number."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    @property
    def native_name(self) -> str:
        """The language's name in itself: ``English``, ``中文``."""
        return str(Culture(self.locale.value).get_display_name()).capitalize()

    @property
    def english_name(self) -> str:
        """The language's name in English: ``Chinese``."""
        return str(Culture(self.locale.value).english_name)

    def format_full_date(self, day: date) -> str:
        """Return a date for people: ``Saturday, 24 January 2026``, ``2026年1月24日 星期六``."""
        return format_date(day, _FULL_DATES.get(self.locale, "full"), locale=self.locale.value)

    def format_short_date(self, day: date) -> str:
        """Return a date as a subject line has room for it: ``24 January``, ``1月24日``."""
        if pattern := _SHORT_DATES.get(self.locale):
            return format_date(day, pattern, locale=self.locale.value)
        return format_skeleton("MMMMd", day, locale=self.locale.value)

    def format_long_date(self, day: date) -> str:
        """Return a date without its weekday: ``24 January 2026``, ``2026年1月24日``."""
        return format_date(day, _LONG_DATES.get(self.locale, "long"), locale=self.locale.value)

    def format_datetime(self, at: datetime, timezone: str) -> str:
        """Return a moment in a reader's own time: ``Mon 26 Jan, 08:00``, ``1月26日 周一 08:00``."""
        if pattern := _DATETIMES.get(self.locale):
            return format_datetime(at, pattern, tzinfo=ZoneInfo(timezone), locale=self.locale.value)
        day = format_skeleton("MMMEd", at, tzinfo=ZoneInfo(timezone), locale=self.locale.value)
        return f"{day}, {self.format_local_time(at, timezone)}"

    def format_local_time(self, at: datetime, timezone: str) -> str:
        """Return the time of day of a moment in a zone: ``08:05``."""
        return format_time(at, "HH:mm", tzinfo=ZoneInfo(timezone), locale=self.locale.value)

    def short_weekday_name(self, day: int) -> str:
        """Return the short name of a day of the week, counted from Monday = 0: ``Mon``, ``周一``."""
        return str(get_day_names("abbreviated", "stand-alone", self.locale.value)[day])

    def weekday_name(self, day: int) -> str:
        """Return the name of a day of the week, counted from Monday = 0."""
        return str(get_day_names("wide", "stand-alone", self.locale.value)[day])

    def format_time(self, minute: int) -> str:
        """Return a minute of the day as a clock shows it: ``08:05``."""
        at = datetime(2000, 1, 1, minute // 60, minute % 60, tzinfo=ZoneInfo("UTC"))
        return format_time(at, "HH:mm", locale=self.locale.value)

    def format_list(self, items: Sequence[str]) -> str:
        """Join names as this language does: ``a, b and c``; ``a、b和c``."""
        return format_list(list(items), locale="en_GB" if self.locale is Locale.EN else self.locale.value)

    def format_or_list(self, items: Sequence[str]) -> str:
        """Join names of which one is enough: ``a, b or c``; ``a、b或c``."""
        locale = "en_GB" if self.locale is Locale.EN else self.locale.value
        return format_list(list(items), style="or", locale=locale)


@cache
def translator_for(locale: Locale) -> Translator:
    """Return the words of a language; each catalogue is read once."""
    path = CATALOGUE_FOLDER / f"{locale.value}.po"
    if not path.exists():
        return Translator(locale, gettext.NullTranslations())
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale.value))
    compiled.seek(0)
    return Translator(locale, gettext.GNUTranslations(compiled))
