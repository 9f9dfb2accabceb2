"""What people mean by ``/settings hour 8:30``, ``时区 上海``, ``weekly monday``, or just ``8点半``."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.chat.hour_words import minute_of_day
from digest.chat.keyword_words import NO_KEYWORDS, Keywords, read_keywords
from digest.chat.number_words import small_number
from digest.chat.zones import find_zone
from digest.membership import Choice
from digest.model import Layout, Locale, Preferences, Rhythm
from digest.words import words_in

_MOST = 1000
_PAPERS = re.compile(r"\s*(?:papers?|篇)$")


class Setting(StrEnum):
    """What a reader can set, by the name that is typed."""

    HOUR = "hour"
    ZONE = "zone"
    RHYTHM = "rhythm"
    LANGUAGE = "language"
    MOST = "most"
    EMPTY = "empty"
    LAYOUT = "layout"
    QUIET = "quiet"
    INCLUDE = "include"
    MUTE = "mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A setting that was understood; ``keywords`` for the two lists of words, ``choice`` for all others."""

    setting: Setting
    choice: Choice = field(default_factory=Choice)
    keywords: Keywords | None = None

    @property
    def typed(self) -> str:
        """Give the value as it is typed behind the setting's name."""
        if self.keywords is not None:
            return self.keywords.typed
        choice = self.choice
        match self.setting:
            case Setting.HOUR:
                return f"{choice['minute'] // 60:02}{choice['minute'] % 60:02}"
            case Setting.RHYTHM if "weekday" in choice:
                return f"{choice['rhythm']} {_DAYS[choice['weekday']][0]}"
            case Setting.QUIET | Setting.EMPTY:
                return _ON[0] if next(iter(choice.values())) else _OFF[0]
            case Setting.MOST:
                return str(choice["most"] or _ALL[0])
            case _:
                return str(next(iter(choice.values())))

    def choice_of(self, preferences: Preferences) -> Choice:
        """Give what to change for a reader with these preferences; a word is in one list alone, the newer."""
        if self.keywords is None:
            return self.choice
        had, other = preferences.include, preferences.mute
        if self.setting is Setting.MUTE:
            had, other = other, had
        now = self.keywords.applied(had)
        left = tuple(word for word in other if word not in self.keywords.add)
        if self.setting is Setting.INCLUDE:
            return {"include": now, "mute": left}
        return {"include": left, "mute": now}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A setting that was not: None where not even its name was; ``zones`` are offered instead."""

    setting: Setting | None
    value: str
    zones: tuple[str, ...] = ()


_NAMES = {
    Setting.HOUR: ("hour", "time", "at", "clock", "推送时间", "时间", "小时", "几点", "钟点"),
    Setting.ZONE: ("zone", "time zone", "timezone", "tz", "时区", "城市"),
    Setting.RHYTHM: ("rhythm", "frequency", "schedule", "频率", "节奏", "周期"),
    Setting.LANGUAGE: ("language", "lang", "locale", "语言"),
    Setting.MOST: (
        "most papers",
        "篇数上限",
        "most",
        "max",
        "maximum",
        "limit",
        "篇数",
        "最多",
        "上限",
        "数量",
    ),
    Setting.EMPTY: ("empty days", "没有相关论文时", "empty", "空报", "无论文", "空"),
    Setting.LAYOUT: ("layout", "style", "版式", "样式", "排版", "详略"),
    Setting.QUIET: ("quiet", "silent", "sound", "静音", "免打扰", "声音", "提示音"),
    Setting.INCLUDE: ("include", "keywords", "keyword", "关键词", "包含"),
    Setting.MUTE: ("mute", "exclude", "block", "屏蔽", "排除"),
}
"""Setting.QUIET by its last names means the opposite: ``sound off`` is quiet."""

_NEVER_SOUGHT = ("time zone", "timezone", "language", "keywords", "most papers", "empty days")
"""Settings' names that are no subject of papers, as ``layout`` and ``time`` are."""

_NAMED = {name: setting for setting, names in _NAMES.items() for name in names}
_LONGEST_FIRST = sorted(_NAMED, key=len, reverse=True)
_LANGUAGES = {
    **{words_in(locale).own_name.casefold(): locale for locale in Locale},
    **{name.casefold(): locale for locale in Locale if (name := words_in(locale).english_name)},
    **{locale.value: locale for locale in Locale},
    **dict.fromkeys(
        ("zh", "cn", "zh-cn", "zh-hans", "chinese", "中文", "简体中文", "汉语", "华语"), Locale.ZH
    ),
    **dict.fromkeys(("en", "en-us", "en-gb", "english", "英文", "英语"), Locale.EN),
}
_RHYTHMS = {
    **dict.fromkeys(("daily", "every day", "everyday", "day", "每天", "每日", "天天"), Rhythm.DAILY),
    **dict.fromkeys(("weekdays", "weekday", "workdays", "working days", "工作日", "平日"), Rhythm.WEEKDAYS),
    **dict.fromkeys(("weekly", "every week", "week", "once a week", "每周", "每星期"), Rhythm.WEEKLY),
}
_WEEKLY = ("weekly", "every week", "once a week", "every", "each", "on", "每周", "每星期", "每个", "week")
_DAYS = (
    ("monday", "mon", "mondays", "周一", "星期一", "礼拜一", "一"),
    ("tuesday", "tue", "tuesdays", "周二", "星期二", "礼拜二", "二"),
    ("wednesday", "wed", "wednesdays", "周三", "星期三", "礼拜三", "三"),
    ("thursday", "thu", "thursdays", "周四", "星期四", "礼拜四", "四"),
    ("friday", "fri", "fridays", "周五", "星期五", "礼拜五", "五"),
    ("saturday", "sat", "saturdays", "周六", "星期六", "礼拜六", "六"),
    ("sunday", "sun", "sundays", "周日", "周天", "星期日", "星期天", "礼拜天", "日", "天"),
)
DAY_NUMBERS = {name: number for number, names in enumerate(_DAYS) for name in names}
_ALL = ("all", "any", "everything", "no limit", "unlimited", "none", "全部", "所有", "不限")
_ON = ("on", "yes", "true", "1", "开", "打开", "开启", "是", "要")
_PAUSES = ("pause", "break", "暂停")
_SOUND = ("sound", "声音", "提示音")
_LAYOUTS = {
    **dict.fromkeys(("titles", "title", "titles only", "标题", "仅标题"), Layout.TITLES),
    **dict.fromkeys(("short", "brief", "简短", "短", "简要"), Layout.SHORT),
    **dict.fromkeys(("full", "long", "whole", "完整", "详细", "全文"), Layout.FULL),
}
_OFF = ("off", "no", "false", "0", "关", "关闭", "否", "不", "不要")


def named_page(text: str) -> str | None:
    """Give the page of the settings that a bare name opens, ``all`` for no words; None where it says more."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if not words:
        return "all"
    if words in _PAUSES:
        return "pause"
    setting = _NAMED.get(words)
    if setting in (Setting.INCLUDE, Setting.MUTE):
        return "keywords"
    return setting.value if setting else None


def named_alone(text: str) -> bool:
    """Tell whether a message is the name of a setting and nothing that one would look for in papers."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return words in _NAMED and (not words.isascii() or words in _NEVER_SOUGHT)


def read_setting(text: str, now: datetime) -> Wish | Unclear:
    """Give what a person wants to set; without a name, whatever the value itself tells."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for name in _LONGEST_FIRST:
        glued = not name.isascii() and words.startswith(name)
        if words == name or words.startswith((f"{name} ", f"{name}:", f"{name}=")) or glued:
            return _read(_NAMED[name], words[len(name) :].strip(" :="), now, sound=name in _SOUND)
    for setting in (Setting.RHYTHM, Setting.LANGUAGE, Setting.HOUR):
        if isinstance(wish := _read(setting, words, now), Wish):
            return wish
    wish = _zone(words, now, near=False)
    return wish if isinstance(wish, Wish) else Unclear(setting=None, value=text)


def _read(setting: Setting, value: str, now: datetime, *, sound: bool = False) -> Wish | Unclear:
    if setting is Setting.ZONE:
        return _zone(value, now)
    if setting in (Setting.INCLUDE, Setting.MUTE):
        keywords = read_keywords(NO_KEYWORDS if value in _OFF else value)
        return Wish(setting=setting, keywords=keywords) if keywords else Unclear(setting=setting, value=value)
    choice = _READERS[setting](value)
    if choice and sound:
        choice = {"silent": not choice.get("silent")}
    return Wish(setting=setting, choice=choice) if choice else Unclear(setting=setting, value=value)


def _zone(value: str, now: datetime, *, near: bool = True) -> Wish | Unclear:
    place = find_zone(value, now, near=near)
    if place.zone:
        return Wish(setting=Setting.ZONE, choice={"zone": place.zone})
    return Unclear(setting=Setting.ZONE, value=value, zones=place.nearest)


def _hour(value: str) -> Choice | None:
    minute = minute_of_day(value)
    return None if minute is None else {"minute": minute}


def _rhythm(value: str) -> Choice | None:
    if rhythm := _RHYTHMS.get(value):
        return {"rhythm": rhythm}
    day = value
    for word in _WEEKLY:
        day = day.removeprefix(word).strip()
    if day in DAY_NUMBERS:
        return {"rhythm": Rhythm.WEEKLY, "weekday": DAY_NUMBERS[day]}
    return None


def language_named(word: str) -> Locale | None:
    """Give the language that a word names, in small letters: ``zh``, ``chinese``, ``中文``."""
    return _LANGUAGES.get(word)


def _language(value: str) -> Choice | None:
    locale = language_named(value)
    return {"locale": locale} if locale else None


def _most(value: str) -> Choice | None:
    if value in _ALL:
        return {"most": None}
    number = None if value in ("a", "an") else small_number(_PAPERS.sub("", value).strip())
    return {"most": number} if number and number <= _MOST else None


def _layout(value: str) -> Choice | None:
    layout = _LAYOUTS.get(value)
    return {"layout": layout} if layout else None


def _quiet(value: str) -> Choice | None:
    if value in _ON:
        return {"silent": True}
    return {"silent": False} if value in _OFF else None


def _empty(value: str) -> Choice | None:
    if value in _ON:
        return {"empty_days": True}
    return {"empty_days": False} if value in _OFF else None


_READERS: dict[Setting, Callable[[str], Choice | None]] = {
    Setting.HOUR: _hour,
    Setting.RHYTHM: _rhythm,
    Setting.LANGUAGE: _language,
    Setting.MOST: _most,
    Setting.EMPTY: _empty,
    Setting.LAYOUT: _layout,
    Setting.QUIET: _quiet,
}
