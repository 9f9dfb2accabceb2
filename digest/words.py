"""People's words in their language: gettext catalogues, dates, numbers, lists.

English sentences in the code are the message ids; ``digest/locale/<locale>.po`` holds each translation
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

from digest.model import CATALOGUES, Locale

_DAYS = {Locale.EN: "EEEE, d MMMM y", Locale.ZH: "y年M月d日 EEEE"}
_SHORT_DAYS = {Locale.EN: "d MMMM", Locale.ZH: "M月d日"}
_CALENDAR_DAYS = {Locale.EN: "d MMMM y", Locale.ZH: "y年M月d日"}
_MOMENTS = {Locale.EN: "EEE d MMM, HH:mm", Locale.ZH: "M月d日 EEE HH:mm"}
"""How a language writes a date; for every other language the Unicode CLDR says it."""


def gettext_noop(message: str) -> str:
    """Return ``message`` as it is: the call marks it for translation where it is not said at once."""
    return message


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language."""

    locale: Locale
    _catalogue: gettext.NullTranslations

    def say(self, message: str, /, **values: object) -> str:
        """Give ``message`` in this language, with ``{name}`` places filled from ``values``."""
        return self._catalogue.gettext(message).format(**values)

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Give the plural form that fits ``n``; ``{n}`` is filled with the number."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    @property
    def own_name(self) -> str:
        """The language's name in itself: ``English``, ``中文``."""
        return str(Culture(self.locale.value).get_display_name()).capitalize()

    @property
    def english_name(self) -> str:
        """The language's name in English: ``Chinese``."""
        return str(Culture(self.locale.value).english_name)

    def day(self, day: date) -> str:
        """Give a date for people: ``Saturday, 24 January 2026``, ``2026年1月24日 星期六``."""
        return format_date(day, _DAYS.get(self.locale, "full"), locale=self.locale.value)

    def short_day(self, day: date) -> str:
        """Give a date as a subject line has room for it: ``24 January``, ``1月24日``."""
        if pattern := _SHORT_DAYS.get(self.locale):
            return format_date(day, pattern, locale=self.locale.value)
        return format_skeleton("MMMMd", day, locale=self.locale.value)

    def calendar_day(self, day: date) -> str:
        """Give a date without its weekday: ``24 January 2026``, ``2026年1月24日``."""
        return format_date(day, _CALENDAR_DAYS.get(self.locale, "long"), locale=self.locale.value)

    def moment(self, at: datetime, zone: str) -> str:
        """Give a moment in a reader's own time: ``Mon 26 Jan, 08:00``, ``1月26日 周一 08:00``."""
        if pattern := _MOMENTS.get(self.locale):
            return format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=self.locale.value)
        day = format_skeleton("MMMEd", at, tzinfo=ZoneInfo(zone), locale=self.locale.value)
        return f"{day}, {self.clock(at, zone)}"

    def clock(self, at: datetime, zone: str) -> str:
        """Give the time of day of a moment in a zone: ``08:05``."""
        return format_time(at, "HH:mm", tzinfo=ZoneInfo(zone), locale=self.locale.value)

    def short_weekday(self, day: int) -> str:
        """Give the short name of a day of the week, counted from Monday = 0: ``Mon``, ``周一``."""
        return str(get_day_names("abbreviated", "stand-alone", self.locale.value)[day])

    def weekday(self, day: int) -> str:
        """Give the name of a day of the week, counted from Monday = 0."""
        return str(get_day_names("wide", "stand-alone", self.locale.value)[day])

    def hour(self, minute: int) -> str:
        """Give a minute of the day as a clock shows it: ``08:05``."""
        at = datetime(2000, 1, 1, minute // 60, minute % 60, tzinfo=ZoneInfo("UTC"))
        return format_time(at, "HH:mm", locale=self.locale.value)

    def listing(self, items: Sequence[str]) -> str:
        """Join names as this language does: ``a, b and c``; ``a、b和c``."""
        return format_list(list(items), locale="en_GB" if self.locale is Locale.EN else self.locale.value)

    def either(self, items: Sequence[str]) -> str:
        """Join names of which one is enough: ``a, b or c``; ``a、b或c``."""
        locale = "en_GB" if self.locale is Locale.EN else self.locale.value
        return format_list(list(items), style="or", locale=locale)


@cache
def words_in(locale: Locale) -> Words:
    """Give the words of a language; each catalogue is read once."""
    path = CATALOGUES / f"{locale.value}.po"
    if not path.exists():
        return Words(locale, gettext.NullTranslations())
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale.value))
    compiled.seek(0)
    return Words(locale, gettext.GNUTranslations(compiled))
