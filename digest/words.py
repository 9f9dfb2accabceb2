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
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, get_day_names
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from digest.model import Locale

CATALOGUES = Path(__file__).parent / "locale"


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

    def day(self, day: date) -> str:
        """Give a date for people: ``Saturday, 24 January 2026``, ``2026年1月24日 星期六``."""
        pattern = "y年M月d日 EEEE" if self.locale is Locale.ZH else "EEEE, d MMMM y"
        return format_date(day, pattern, locale=self.locale.value)

    def short_day(self, day: date) -> str:
        """Give a date as a subject line has room for it: ``24 January``, ``1月24日``."""
        pattern = "M月d日" if self.locale is Locale.ZH else "d MMMM"
        return format_date(day, pattern, locale=self.locale.value)

    def calendar_day(self, day: date) -> str:
        """Give a date without its weekday: ``24 January 2026``, ``2026年1月24日``."""
        pattern = "y年M月d日" if self.locale is Locale.ZH else "d MMMM y"
        return format_date(day, pattern, locale=self.locale.value)

    def moment(self, at: datetime, zone: str) -> str:
        """Give a moment in a reader's own time: ``Mon 26 Jan, 08:00``, ``1月26日 周一 08:00``."""
        pattern = "M月d日 EEE HH:mm" if self.locale is Locale.ZH else "EEE d MMM, HH:mm"
        return format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=self.locale.value)

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
