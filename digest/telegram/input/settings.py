"""What people mean by ``/settings hour 8:30``, ``时区 上海``, ``weekly monday``, or just ``8点半``."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from digest.model import Frequency, Locale, PreferenceChanges, Preferences
from digest.model.errors import InvalidInput
from digest.papers.keywords import parse_keywords
from digest.services.preferences import (
    FIELD_BY_KEY,
    FREQUENCY,
    INCLUDE,
    LANGUAGE,
    MUTE,
    NO_LIMIT_NAMES,
    OFF_NAMES,
    SEND_TIME,
    TIMEZONE,
    ChoiceField,
    FlagField,
    KeywordsField,
    LocaleField,
    NumberField,
    PreferenceField,
    TimeField,
)
from digest.telegram.input.dates import WEEKDAY_NAMES, WEEKDAY_NUMBERS, parse_time_of_day
from digest.telegram.input.timezones import find_timezone
from digest.text.i18n import translator_for
from digest.text.numerals import parse_small_number

ALL_PAGE = "all"
KEYWORDS_PAGE = "keywords"
PAUSE_PAGE = "pause"
PAGES = (
    ALL_PAGE,
    *(key for key, setting in FIELD_BY_KEY.items() if not isinstance(setting, KeywordsField)),
    KEYWORDS_PAGE,
    PAUSE_PAGE,
)
"""The pages of the settings, as a button names them."""

NO_KEYWORDS = "none"
_NONE_WORDS = (NO_KEYWORDS, "nothing", "clear", "无", "清空", "没有")
_ONLY_PREFIX = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只有|只|仅)\s*")
_REMOVE_PREFIX = re.compile(r"(?:remove|drop|delete|without)(?:\s+|$)|(?:去掉|删除|移除|不要)\s*")


def _quote_all(keywords: tuple[str, ...]) -> str:
    """Return keywords as they are typed so that none of them is taken for an order."""
    return ", ".join(f'"{word}"' for word in keywords)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordChange:
    """What shall become of a list of keywords: some more, some fewer, or these alone."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    only: bool = False

    @property
    def input_text(self) -> str:
        """Return the words that mean this."""
        if self.only:
            return f"only {_quote_all(self.add)}" if self.add else NO_KEYWORDS
        return f"remove {_quote_all(self.remove)}" if self.remove else _quote_all(self.add)

    def apply(self, current: tuple[str, ...]) -> tuple[str, ...]:
        """Return the list that comes of one."""
        kept = () if self.only else tuple(word for word in current if word not in self.remove)
        return tuple(dict.fromkeys((*kept, *self.add)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSetting:
    """A setting that was understood.

    ``keyword_change`` for the two lists of words, ``changes`` for all others.
    """

    setting: PreferenceField
    changes: PreferenceChanges = field(default_factory=PreferenceChanges)
    keyword_change: KeywordChange | None = None

    @property
    def input_text(self) -> str:
        """Return the value as it is typed behind the setting's name."""
        if self.keyword_change is not None:
            return self.keyword_change.input_text
        value = cast("Mapping[str, Any]", self.changes)[self.setting.name]
        match self.setting:
            case TimeField():
                return f"{value // 60:02}{value % 60:02}"
            case ChoiceField():
                name = self.setting.option_of(value).names[0]
                return f"{name} {WEEKDAY_NAMES[self.changes['weekday']][0]}" if "weekday" in self.changes else name
            case NumberField():
                return str(value or NO_LIMIT_NAMES[0])
            case _:
                return str(value)

    def changes_for(self, preferences: Preferences) -> PreferenceChanges:
        """Return what to change for a reader with these preferences.

        A word is in one list alone, the newer.
        """
        if self.keyword_change is None:
            return self.changes
        other = INCLUDE if self.setting is MUTE else MUTE
        left = tuple(word for word in other.get(preferences) if word not in self.keyword_change.add)
        changed = self.keyword_change.apply(self.setting.get(preferences))
        return self.setting.change_to(changed) | other.change_to(left)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearSetting:
    """A setting that was not: None where not even its name was; ``timezones`` are offered instead."""

    setting: PreferenceField | None
    value: str
    timezones: tuple[str, ...] = ()


_SETTING_BY_NAME = {name: setting for key, setting in FIELD_BY_KEY.items() for name in (key, *setting.aliases)}
_NAMES_LONGEST_FIRST = sorted(_SETTING_BY_NAME, key=len, reverse=True)
_NOT_SEARCHED = frozenset(name for setting in FIELD_BY_KEY.values() for name in setting.not_searched)
_LANGUAGES = {
    **{translator_for(locale).native_name.casefold(): locale for locale in Locale},
    **{name.casefold(): locale for locale in Locale if (name := translator_for(locale).english_name)},
    **{locale.value: locale for locale in Locale},
    **dict.fromkeys(("zh", "cn", "zh-cn", "zh-hans", "chinese", "中文", "简体中文", "汉语", "华语"), Locale.ZH),
    **dict.fromkeys(("en", "en-us", "en-gb", "english", "英文", "英语"), Locale.EN),
}
_WEEKLY_WORDS = ("weekly", "every week", "once a week", "every", "each", "on", "每周", "每星期", "每个", "week")
_PAUSE_WORDS = ("pause", "break", "暂停")
_PAPERS_SUFFIX = re.compile(r"\s*(?:papers?|篇)$")


def page_named(text: str) -> str | None:
    """Return the page of the settings that a bare name opens, ``all`` for no words.

    None where it says more.
    """
    words = _normalize(text)
    if not words:
        return ALL_PAGE
    if words in _PAUSE_WORDS:
        return PAUSE_PAGE
    setting = _SETTING_BY_NAME.get(words)
    if isinstance(setting, KeywordsField):
        return KEYWORDS_PAGE
    return setting.key if setting else None


def is_setting_name(text: str) -> bool:
    """Return whether a message is the name of a setting and nothing that one would look for in papers."""
    words = _normalize(text)
    return words in _SETTING_BY_NAME and (not words.isascii() or words in _NOT_SEARCHED)


def parse_setting(text: str, now: datetime) -> ParsedSetting | UnclearSetting:
    """Return what a person wants to set; without a name, whatever the value itself tells."""
    words = _normalize(text)
    for name in _NAMES_LONGEST_FIRST:
        glued = not name.isascii() and words.startswith(name)
        if words == name or words.startswith((f"{name} ", f"{name}:", f"{name}=")) or glued:
            setting = _SETTING_BY_NAME[name]
            inverted = isinstance(setting, FlagField) and name in setting.inverted_aliases
            return _parse_value(setting, words[len(name) :].strip(" :="), now, inverted=inverted)
    for setting in (FREQUENCY, LANGUAGE, SEND_TIME):
        if isinstance(wish := _parse_value(setting, words, now), ParsedSetting):
            return wish
    wish = _parse_timezone(words, now, fuzzy=False)
    return wish if isinstance(wish, ParsedSetting) else UnclearSetting(setting=None, value=text)


def locale_named(word: str) -> Locale | None:
    """Return the language that a word names, in small letters: ``zh``, ``chinese``, ``中文``."""
    return _LANGUAGES.get(word)


def _normalize(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _parse_value(
    setting: PreferenceField, value: str, now: datetime, *, inverted: bool = False
) -> ParsedSetting | UnclearSetting:
    if setting is TIMEZONE:
        return _parse_timezone(value, now)
    if isinstance(setting, KeywordsField):
        if keywords := parse_keyword_change(NO_KEYWORDS if value in OFF_NAMES else value):
            return ParsedSetting(setting=setting, keyword_change=keywords)
    elif changes := _parse_changes(setting, value, inverted=inverted):
        return ParsedSetting(setting=setting, changes=changes)
    return UnclearSetting(setting=setting, value=value)


def _parse_timezone(value: str, now: datetime, *, fuzzy: bool = True) -> ParsedSetting | UnclearSetting:
    place = find_timezone(value, now, fuzzy=fuzzy)
    if place.timezone:
        return ParsedSetting(setting=TIMEZONE, changes={"timezone": place.timezone})
    return UnclearSetting(setting=TIMEZONE, value=value, timezones=place.suggestions)


def _parse_changes(setting: PreferenceField, value: str, *, inverted: bool) -> PreferenceChanges | None:
    match setting:
        case TimeField():
            minute = parse_time_of_day(value)
            return None if minute is None else setting.change_to(minute)
        case LocaleField():
            locale = locale_named(value)
            return setting.change_to(locale) if locale else None
        case NumberField():
            if value in NO_LIMIT_NAMES:
                return setting.change_to(None)
            number = None if value in ("a", "an") else parse_small_number(_PAPERS_SUFFIX.sub("", value).strip())
            return setting.change_to(number) if number and number <= setting.maximum else None
        case ChoiceField():
            if option := setting.option_named(value):
                return setting.change_to(not option.value if inverted else option.value)
        case _:
            pass
    return _parse_weekly(value) if setting is FREQUENCY else None


def _parse_weekly(value: str) -> PreferenceChanges | None:
    day = value
    for word in _WEEKLY_WORDS:
        day = day.removeprefix(word).strip()
    if day in WEEKDAY_NUMBERS:
        return {"frequency": Frequency.WEEKLY, "weekday": WEEKDAY_NUMBERS[day]}
    return None


def parse_keyword_change(value: str) -> KeywordChange | None:
    """Return what shall become of a list of keywords, None where one of them is none."""
    if value in _NONE_WORDS:
        return KeywordChange(only=True)
    only, drop = _ONLY_PREFIX.match(value), _REMOVE_PREFIX.match(value)
    behind = value[(only or drop).end() :] if only or drop else value  # type: ignore[union-attr] # one of them
    try:
        words = parse_keywords(behind)
    except InvalidInput:
        return None
    if not words:
        return None
    return KeywordChange(remove=words) if drop and not only else KeywordChange(add=words, only=only is not None)
