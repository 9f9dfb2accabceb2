"""What people mean by ``/settings hour 8:30``, ``时区 上海``, ``weekly monday``, or just ``8点半``."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.model import DetailLevel, Frequency, Locale, PreferenceChanges, Preferences
from digest.telegram.input.dates import WEEKDAY_NAMES, WEEKDAY_NUMBERS, parse_time_of_day
from digest.telegram.input.keywords import NO_KEYWORDS, KeywordChange, parse_keyword_change
from digest.telegram.input.timezones import find_timezone
from digest.text.i18n import translator_for
from digest.text.numerals import parse_small_number

_MAX_PAPERS = 1000
_PAPERS_SUFFIX = re.compile(r"\s*(?:papers?|篇)$")


class Setting(StrEnum):
    """What a reader can set, by the name that is typed."""

    SEND_TIME = "hour"
    TIMEZONE = "zone"
    FREQUENCY = "rhythm"
    LANGUAGE = "language"
    MAX_PAPERS = "most"
    EMPTY_DAYS = "empty"
    DETAIL_LEVEL = "layout"
    SILENT = "quiet"
    INCLUDE = "include"
    MUTE = "mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSetting:
    """A setting that was understood.

    ``keyword_change`` for the two lists of words, ``changes`` for all others.
    """

    setting: Setting
    changes: PreferenceChanges = field(default_factory=PreferenceChanges)
    keyword_change: KeywordChange | None = None

    @property
    def input_text(self) -> str:
        """Return the value as it is typed behind the setting's name."""
        if self.keyword_change is not None:
            return self.keyword_change.input_text
        choice = self.changes
        match self.setting:
            case Setting.SEND_TIME:
                return f"{choice['send_minute'] // 60:02}{choice['send_minute'] % 60:02}"
            case Setting.FREQUENCY if "weekday" in choice:
                return f"{choice['frequency']} {WEEKDAY_NAMES[choice['weekday']][0]}"
            case Setting.SILENT | Setting.EMPTY_DAYS:
                return _ON_WORDS[0] if next(iter(choice.values())) else _OFF_WORDS[0]
            case Setting.MAX_PAPERS:
                return str(choice["max_papers"] or _NO_LIMIT_WORDS[0])
            case _:
                return str(next(iter(choice.values())))

    def changes_for(self, preferences: Preferences) -> PreferenceChanges:
        """Return what to change for a reader with these preferences.

        A word is in one list alone, the newer.
        """
        if self.keyword_change is None:
            return self.changes
        had, other = preferences.include_keywords, preferences.mute_keywords
        if self.setting is Setting.MUTE:
            had, other = other, had
        now = self.keyword_change.apply(had)
        left = tuple(word for word in other if word not in self.keyword_change.add)
        if self.setting is Setting.INCLUDE:
            return {"include_keywords": now, "mute_keywords": left}
        return {"include_keywords": left, "mute_keywords": now}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearSetting:
    """A setting that was not: None where not even its name was; ``timezones`` are offered instead."""

    setting: Setting | None
    value: str
    timezones: tuple[str, ...] = ()


_SETTING_NAMES = {
    Setting.SEND_TIME: ("hour", "time", "at", "clock", "推送时间", "时间", "小时", "几点", "钟点"),
    Setting.TIMEZONE: ("zone", "time zone", "timezone", "tz", "时区", "城市"),
    Setting.FREQUENCY: ("rhythm", "frequency", "schedule", "频率", "节奏", "周期"),
    Setting.LANGUAGE: ("language", "lang", "locale", "语言"),
    Setting.MAX_PAPERS: ("most papers", "篇数上限", "most", "max", "maximum", "limit", "篇数", "最多", "上限", "数量"),
    Setting.EMPTY_DAYS: ("empty days", "没有相关论文时", "empty", "空报", "无论文", "空"),
    Setting.DETAIL_LEVEL: ("layout", "style", "版式", "样式", "排版", "详略"),
    Setting.SILENT: ("quiet", "silent", "sound", "静音", "免打扰", "声音", "提示音"),
    Setting.INCLUDE: ("include", "keywords", "keyword", "关键词", "包含"),
    Setting.MUTE: ("mute", "exclude", "block", "屏蔽", "排除"),
}
"""Setting.QUIET by its last names means the opposite: ``sound off`` is quiet."""

_NEVER_SEARCHED = ("time zone", "timezone", "language", "keywords", "most papers", "empty days")
"""Settings' names that are no subject of papers, as ``layout`` and ``time`` are."""

_SETTING_BY_NAME = {name: setting for setting, names in _SETTING_NAMES.items() for name in names}
_NAMES_LONGEST_FIRST = sorted(_SETTING_BY_NAME, key=len, reverse=True)
_LANGUAGES = {
    **{translator_for(locale).native_name.casefold(): locale for locale in Locale},
    **{name.casefold(): locale for locale in Locale if (name := translator_for(locale).english_name)},
    **{locale.value: locale for locale in Locale},
    **dict.fromkeys(("zh", "cn", "zh-cn", "zh-hans", "chinese", "中文", "简体中文", "汉语", "华语"), Locale.ZH),
    **dict.fromkeys(("en", "en-us", "en-gb", "english", "英文", "英语"), Locale.EN),
}
_FREQUENCIES = {
    **dict.fromkeys(("daily", "every day", "everyday", "day", "每天", "每日", "天天"), Frequency.DAILY),
    **dict.fromkeys(("weekdays", "weekday", "workdays", "working days", "工作日", "平日"), Frequency.WEEKDAYS),
    **dict.fromkeys(("weekly", "every week", "week", "once a week", "每周", "每星期"), Frequency.WEEKLY),
}
_WEEKLY_WORDS = ("weekly", "every week", "once a week", "every", "each", "on", "每周", "每星期", "每个", "week")
_NO_LIMIT_WORDS = ("all", "any", "everything", "no limit", "unlimited", "none", "全部", "所有", "不限")
_ON_WORDS = ("on", "yes", "true", "1", "开", "打开", "开启", "是", "要")
_PAUSE_WORDS = ("pause", "break", "暂停")
_SOUND_NAMES = ("sound", "声音", "提示音")
_DETAIL_LEVELS = {
    **dict.fromkeys(("titles", "title", "titles only", "标题", "仅标题"), DetailLevel.TITLES),
    **dict.fromkeys(("short", "brief", "简短", "短", "简要"), DetailLevel.SHORT),
    **dict.fromkeys(("full", "long", "whole", "完整", "详细", "全文"), DetailLevel.FULL),
}
_OFF_WORDS = ("off", "no", "false", "0", "关", "关闭", "否", "不", "不要")


def page_named(text: str) -> str | None:
    """Return the page of the settings that a bare name opens, ``all`` for no words.

    None where it says more.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if not words:
        return "all"
    if words in _PAUSE_WORDS:
        return "pause"
    setting = _SETTING_BY_NAME.get(words)
    if setting in (Setting.INCLUDE, Setting.MUTE):
        return "keywords"
    return setting.value if setting else None


def is_setting_name(text: str) -> bool:
    """Return whether a message is the name of a setting and nothing that one would look for in papers."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return words in _SETTING_BY_NAME and (not words.isascii() or words in _NEVER_SEARCHED)


def parse_setting(text: str, now: datetime) -> ParsedSetting | UnclearSetting:
    """Return what a person wants to set; without a name, whatever the value itself tells."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for name in _NAMES_LONGEST_FIRST:
        glued = not name.isascii() and words.startswith(name)
        if words == name or words.startswith((f"{name} ", f"{name}:", f"{name}=")) or glued:
            return _parse_value(
                _SETTING_BY_NAME[name], words[len(name) :].strip(" :="), now, inverted=name in _SOUND_NAMES
            )
    for setting in (Setting.FREQUENCY, Setting.LANGUAGE, Setting.SEND_TIME):
        if isinstance(wish := _parse_value(setting, words, now), ParsedSetting):
            return wish
    wish = _parse_timezone(words, now, fuzzy=False)
    return wish if isinstance(wish, ParsedSetting) else UnclearSetting(setting=None, value=text)


def _parse_value(
    setting: Setting, value: str, now: datetime, *, inverted: bool = False
) -> ParsedSetting | UnclearSetting:
    if setting is Setting.TIMEZONE:
        return _parse_timezone(value, now)
    if setting in (Setting.INCLUDE, Setting.MUTE):
        keywords = parse_keyword_change(NO_KEYWORDS if value in _OFF_WORDS else value)
        return (
            ParsedSetting(setting=setting, keyword_change=keywords)
            if keywords
            else UnclearSetting(setting=setting, value=value)
        )
    choice = _PARSERS[setting](value)
    if choice and inverted:
        choice = {"silent": not choice.get("silent")}
    return ParsedSetting(setting=setting, changes=choice) if choice else UnclearSetting(setting=setting, value=value)


def _parse_timezone(value: str, now: datetime, *, fuzzy: bool = True) -> ParsedSetting | UnclearSetting:
    place = find_timezone(value, now, fuzzy=fuzzy)
    if place.timezone:
        return ParsedSetting(setting=Setting.TIMEZONE, changes={"timezone": place.timezone})
    return UnclearSetting(setting=Setting.TIMEZONE, value=value, timezones=place.suggestions)


def _parse_send_time(value: str) -> PreferenceChanges | None:
    minute = parse_time_of_day(value)
    return None if minute is None else {"send_minute": minute}


def _parse_frequency(value: str) -> PreferenceChanges | None:
    if rhythm := _FREQUENCIES.get(value):
        return {"frequency": rhythm}
    day = value
    for word in _WEEKLY_WORDS:
        day = day.removeprefix(word).strip()
    if day in WEEKDAY_NUMBERS:
        return {"frequency": Frequency.WEEKLY, "weekday": WEEKDAY_NUMBERS[day]}
    return None


def locale_named(word: str) -> Locale | None:
    """Return the language that a word names, in small letters: ``zh``, ``chinese``, ``中文``."""
    return _LANGUAGES.get(word)


def _parse_language(value: str) -> PreferenceChanges | None:
    locale = locale_named(value)
    return {"locale": locale} if locale else None


def _parse_max_papers(value: str) -> PreferenceChanges | None:
    if value in _NO_LIMIT_WORDS:
        return {"max_papers": None}
    number = None if value in ("a", "an") else parse_small_number(_PAPERS_SUFFIX.sub("", value).strip())
    return {"max_papers": number} if number and number <= _MAX_PAPERS else None


def _parse_detail_level(value: str) -> PreferenceChanges | None:
    layout = _DETAIL_LEVELS.get(value)
    return {"detail_level": layout} if layout else None


def _parse_silent(value: str) -> PreferenceChanges | None:
    if value in _ON_WORDS:
        return {"silent": True}
    return {"silent": False} if value in _OFF_WORDS else None


def _parse_empty_days(value: str) -> PreferenceChanges | None:
    if value in _ON_WORDS:
        return {"notify_when_empty": True}
    return {"notify_when_empty": False} if value in _OFF_WORDS else None


_PARSERS: dict[Setting, Callable[[str], PreferenceChanges | None]] = {
    Setting.SEND_TIME: _parse_send_time,
    Setting.FREQUENCY: _parse_frequency,
    Setting.LANGUAGE: _parse_language,
    Setting.MAX_PAPERS: _parse_max_papers,
    Setting.EMPTY_DAYS: _parse_empty_days,
    Setting.DETAIL_LEVEL: _parse_detail_level,
    Setting.SILENT: _parse_silent,
}
