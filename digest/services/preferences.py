"""What a subscriber can choose: one row for each preference, which every part of the program iterates over.

Storage, CSV, web form, ``/settings`` and the admin's view of a subscriber have no list of their own. Each knows
the kinds of fields (a choice, a yes or no, a number …) and how to read and show them. A new preference of a
kind that exists is a row here: docs/developing.md says what else it needs.

Sentences are in Telegram's HTML. ``gettext_noop`` marks them; they are translated when somebody reads.
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from digest.model import DetailLevel, Frequency, Locale, PreferenceChanges, Preferences
from digest.model.errors import InvalidInput
from digest.papers.keywords import MAX_KEYWORDS, normalize_keyword, parse_keywords
from digest.services.schedule import known_timezones, parse_time
from digest.text.i18n import Translator, gettext_noop

MAX_PAPERS = 1000
MINUTES_PER_DAY = 24 * 60
DAYS_PER_WEEK = 7

ON_NAMES = ("on", "yes", "true", "1", "开", "打开", "开启", "是", "要")
OFF_NAMES = ("off", "no", "false", "0", "关", "关闭", "否", "不", "不要")
NO_LIMIT_NAMES = ("all", "any", "everything", "no limit", "unlimited", "none", "全部", "所有", "不限")

Sentence = Callable[[Translator, Any, str], str]
"""Takes a value, and that value in the reader's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value of a field.

    ``names`` are what people type, the first being what buttons and hints hold. ``button`` is the label of the
    button, ``text`` the value in a list or within a sentence.
    """

    value: Any
    names: tuple[str, ...]
    button: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceField:
    """One preference; ``name`` is its attribute of ``Preferences`` and its column of ``subscribers``.

    ``csv_name`` and ``form_name`` are the column of the CSV file and the field of the web form, "" for none.
    ``key`` is what ``/settings`` and its buttons call it, "" where it is set together with another field.
    ``aliases`` are the other names that people type; those in ``not_searched`` are never taken for a search.

    ``label`` names the row and the button on the page of all settings. ``question`` is the text of the field's
    own page, with ``typed_hint`` below its options; ``usage`` says how it is typed. ``changed`` reports a
    change. ``details`` is the line for admins, left out where the value is empty or False; None for what their
    first line holds. ``form_label`` is the label on the web form, where ``placeholder`` is an example and
    ``form_group`` the group of fields.
    """

    kind: ClassVar[str] = ""
    name: str
    csv_name: str = ""
    form_name: str = ""
    form_label: str = ""
    form_group: str = ""
    placeholder: str = ""
    key: str = ""
    aliases: tuple[str, ...] = ()
    not_searched: tuple[str, ...] = ()
    label: str = ""
    question: str = ""
    typed_hint: str = ""
    usage: str = ""
    changed: Sentence | None = None
    details: Sentence | None = None

    def get(self, preferences: Preferences) -> Any:  # noqa: ANN401 - each field has a type of its own
        """Return what was chosen."""
        return getattr(preferences, self.name)

    def change_to(self, value: object) -> PreferenceChanges:
        """Return the change that sets a value."""
        return cast("PreferenceChanges", {self.name: value})

    def from_column(self, stored: Any) -> Any:  # noqa: ANN401
        """Return the value that a column holds."""
        return stored

    def to_column(self, value: Any) -> Any:  # noqa: ANN401
        """Return what the column holds for a value."""
        return value

    def validate(self, value: Any) -> None:  # noqa: ANN401
        """Raise ``InvalidInput`` where a value is outside what it may be."""

    def to_csv(self, value: Any) -> str:  # noqa: ANN401
        """Return the cell for a value."""
        return str(value)

    def from_csv(self, cell: str) -> Any:  # noqa: ANN401
        """Return the value of a cell that is not empty, None to leave the default; raises ``ValueError``."""
        return cell


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField(PreferenceField):
    """A minute of the local day."""

    kind: ClassVar[str] = "time"

    def validate(self, value: int) -> None:
        if not 0 <= value < MINUTES_PER_DAY:
            raise InvalidInput("an hour looks like 08:00, from 00:00 to 23:59")

    def to_csv(self, value: int) -> str:
        return f"{value // 60:02}:{value % 60:02}"

    def from_csv(self, cell: str) -> int:
        return parse_time(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimezoneField(PreferenceField):
    """The name of an IANA time zone."""

    kind: ClassVar[str] = "timezone"

    def validate(self, value: str) -> None:
        if value not in known_timezones():
            raise InvalidInput(f"{value!r} is no time zone; a zone looks like Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayField(PreferenceField):
    """A day of the week, counted from Monday = 0; in a CSV file its English name."""

    kind: ClassVar[str] = "weekday"

    def validate(self, value: int) -> None:
        if value not in range(DAYS_PER_WEEK):
            raise InvalidInput("a weekday is a number from 0 for Monday to 6 for Sunday")

    def to_csv(self, value: int) -> str:
        return calendar.day_name[value].lower()

    def from_csv(self, cell: str) -> int:
        names = [name.lower() for name in calendar.day_name]
        if cell.lower() not in names:
            raise InvalidInput(f"{cell!r} is no weekday; one looks like monday")
        return names.index(cell.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleField(PreferenceField):
    """A language of the interface."""

    kind: ClassVar[str] = "locale"

    def from_column(self, stored: str) -> Locale:
        return Locale.from_code(stored)

    def from_csv(self, cell: str) -> Locale | None:
        """Return the language; other tools write en-US, and a language that we do not speak gets the default."""
        code = cell[:2].lower()
        return Locale(code) if code in set(Locale) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(PreferenceField):
    """A number of at least 1, or None for no bound; ``suggestions`` have buttons."""

    kind: ClassVar[str] = "number"
    maximum: int
    suggestions: tuple[int, ...]
    range_error: str

    def validate(self, value: int | None) -> None:
        if value is not None and not 1 <= value <= self.maximum:
            raise InvalidInput(f"{self.range_error} is a number from 1 to {self.maximum}")

    def to_csv(self, value: int | None) -> str:
        return str(value or "")

    def from_csv(self, cell: str) -> int:
        return int(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(PreferenceField):
    """One of a few values of an enum."""

    kind: ClassVar[str] = "choice"
    options: tuple[Option, ...]

    def option_of(self, value: object) -> Option:
        """Return the option that has a value."""
        return next(option for option in self.options if option.value == value)

    def option_named(self, name: str) -> Option | None:
        """Return the option that somebody typed, in small letters."""
        return next((option for option in self.options if name in option.names), None)

    def from_column(self, stored: Any) -> Any:  # noqa: ANN401
        return self.option_of(stored).value

    def from_csv(self, cell: str) -> Any:  # noqa: ANN401
        return type(self.options[0].value)(cell.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagField(ChoiceField):
    """A yes or no; ``inverted_aliases`` are names by which it means the opposite, such as "sound" for silent."""

    kind: ClassVar[str] = "flag"
    inverted_aliases: tuple[str, ...] = ()

    def to_csv(self, value: bool) -> str:  # noqa: FBT001
        return "on" if value else ""

    def from_column(self, stored: bool) -> bool:  # noqa: FBT001
        return stored

    def from_csv(self, cell: str) -> bool:
        """Return whether it is on; an empty cell says no as well."""
        return cell == "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordsField(PreferenceField):
    """A list of keywords."""

    kind: ClassVar[str] = "keywords"

    def from_column(self, stored: list[str]) -> tuple[str, ...]:
        return tuple(stored)

    def to_column(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def validate(self, value: tuple[str, ...]) -> None:
        if len(value) > MAX_KEYWORDS:
            raise InvalidInput(f"{MAX_KEYWORDS} keywords are the most; these are {len(value)}")
        if any(normalize_keyword(word) != word for word in value):
            raise InvalidInput("a keyword is written as digest.papers.keywords.normalize_keyword gives it")

    def to_csv(self, value: tuple[str, ...]) -> str:
        return "; ".join(value)

    def from_csv(self, cell: str) -> tuple[str, ...] | None:
        return parse_keywords(cell.removeprefix("'")) or None


SEND_TIME = TimeField(
    name="send_minute",
    csv_name="hour",
    form_name="hour",
    key="hour",
    aliases=("time", "at", "clock", "推送时间", "时间", "小时", "几点", "钟点"),
    label=gettext_noop("Delivery time"),
    usage=gettext_noop("Enter a time such as {/settings:hour 8:30}, also 8, 8pm or 20:30."),
    changed=lambda tr, _, shown: tr.gettext("Your digest now comes at {hour}.", hour=shown),
)
TIMEZONE = TimezoneField(
    name="timezone",
    csv_name="zone",
    form_name="zone",
    key="zone",
    aliases=("time zone", "timezone", "tz", "时区", "城市"),
    not_searched=("time zone", "timezone"),
    label=gettext_noop("Time zone"),
    usage=gettext_noop(
        "Unknown place. Enter a city or a time zone: {/settings:zone Berlin}, {/settings:zone "
        "Asia/Shanghai}, {/settings:zone UTC+8}."
    ),
    changed=lambda tr, _, shown: tr.gettext("Your time zone is now {zone}.", zone=shown),
)
FREQUENCY = ChoiceField(
    name="frequency",
    csv_name="rhythm",
    form_name="rhythm",
    key="rhythm",
    aliases=("frequency", "schedule", "频率", "节奏", "周期"),
    options=(
        Option(
            value=Frequency.DAILY,
            names=("daily", "every day", "everyday", "day", "每天", "每日", "天天"),
            button=gettext_noop("Every day"),
            text=gettext_noop("every day"),
        ),
        Option(
            value=Frequency.WEEKDAYS,
            names=("weekdays", "weekday", "workdays", "working days", "工作日", "平日"),
            button=gettext_noop("Mon-Fri"),
            text=gettext_noop("Monday to Friday"),
        ),
        Option(
            value=Frequency.WEEKLY,
            names=("weekly", "every week", "week", "once a week", "每周", "每星期"),
            button=gettext_noop("Once a week"),
            text=gettext_noop("once a week, on {day}"),
        ),
    ),
    label=gettext_noop("Frequency"),
    usage=gettext_noop(
        "There are three frequencies: {/settings:rhythm daily}, {/settings:rhythm weekdays}, "
        "{/settings:rhythm weekly monday}."
    ),
    changed=lambda tr, _, shown: tr.gettext("Your digest now comes {rhythm}.", rhythm=shown),
)
WEEKDAY = WeekdayField(name="weekday", csv_name="weekday", form_name="weekday")
DETAIL_LEVEL = ChoiceField(
    name="detail_level",
    csv_name="layout",
    form_name="layout",
    form_label=gettext_noop("How much of each paper?"),
    key="layout",
    aliases=("style", "版式", "样式", "排版", "详略"),
    options=(
        Option(
            value=DetailLevel.TITLES,
            names=("titles", "title", "titles only", "标题", "仅标题"),
            button=gettext_noop("Titles"),
            text=gettext_noop("titles only"),
        ),
        Option(
            value=DetailLevel.SHORT,
            names=("short", "brief", "简短", "短", "简要"),
            button=gettext_noop("Short"),
            text=gettext_noop("each paper in one sentence"),
        ),
        Option(
            value=DetailLevel.FULL,
            names=("full", "long", "whole", "完整", "详细", "全文"),
            button=gettext_noop("Full"),
            text=gettext_noop("as much of each paper as fits"),
        ),
    ),
    label=gettext_noop("Layout"),
    question=gettext_noop("How much of each paper should the digest show?"),
    typed_hint=gettext_noop("You can also type {/settings:layout full}."),
    usage=gettext_noop(
        "There are three detail levels: {/settings:layout titles}, {/settings:layout short}, {/settings:layout full}."
    ),
    changed=lambda tr, _, shown: tr.gettext("Your digest now shows {layout}.", layout=shown),
)
PAPER_LIMIT = NumberField(
    name="max_papers",
    csv_name="most",
    form_name="most",
    form_label=gettext_noop("The maximum number of papers in one digest"),
    key="most",
    aliases=("most papers", "篇数上限", "max", "maximum", "limit", "篇数", "最多", "上限", "数量"),
    not_searched=("most papers",),
    maximum=MAX_PAPERS,
    suggestions=(3, 5, 10, 20),
    range_error="the most papers of a digest",
    label=gettext_noop("Maximum papers"),
    question=gettext_noop(
        "How many papers can a digest have at most? The others remain available with {/today}. You can also "
        "type {/settings:most 12}."
    ),
    usage=gettext_noop("How many papers at most? {/settings:most 10}, or {/settings:most all}."),
    changed=lambda tr, n, _: (
        tr.ngettext("Your digest now has at most one paper.", "Your digest now has at most {n} papers.", n)
        if n
        else tr.gettext("Your digest now contains every paper of your domains.")
    ),
    details=lambda tr, n, _: tr.ngettext("At most {n} paper per digest", "At most {n} papers per digest", n),
)
SILENT = FlagField(
    name="silent",
    csv_name="quiet",
    key="quiet",
    aliases=("silent", "sound", "静音", "免打扰", "声音", "提示音"),
    inverted_aliases=("sound", "声音", "提示音"),
    options=(
        Option(value=False, names=OFF_NAMES, button=gettext_noop("With a sound"), text=gettext_noop("with a sound")),
        Option(value=True, names=ON_NAMES, button=gettext_noop("Without"), text=gettext_noop("without")),
    ),
    label=gettext_noop("Sound"),
    question=gettext_noop("Should the digest arrive with a sound? You can also type {/settings:quiet on}."),
    usage=gettext_noop("With or without a sound? {/settings:quiet off} or {/settings:quiet on}."),
    changed=lambda tr, silent, _: (
        tr.gettext("Your digest now arrives without a sound.")
        if silent
        else tr.gettext("Your digest now arrives with a sound.")
    ),
    details=lambda tr, _, __: tr.gettext("Without a sound"),
)
NOTIFY_WHEN_EMPTY = FlagField(
    name="notify_when_empty",
    csv_name="empty",
    form_name="empty_days",
    form_label=gettext_noop("Send one line on days without papers for me"),
    form_group="when",
    key="empty",
    aliases=("empty days", "没有相关论文时", "空报", "无论文", "空"),
    not_searched=("empty days",),
    options=(
        Option(
            value=True, names=ON_NAMES, button=gettext_noop("One line"), text=gettext_noop("one line that says why")
        ),
        Option(value=False, names=OFF_NAMES, button=gettext_noop("No message"), text=gettext_noop("no message")),
    ),
    label=gettext_noop("Days without papers"),
    question=gettext_noop(
        "On days without papers for you: one silent line that says why, or nothing? You can also type "
        "{/settings:empty on}."
    ),
    usage=gettext_noop(
        "Do you want a message on days without papers for you? {/settings:empty on} or {/settings:empty off}."
    ),
    changed=lambda tr, speaks, _: (
        tr.gettext("On days without papers for you, you will get one line that says so.")
        if speaks
        else tr.gettext("You will no longer be notified on days without papers for you.")
    ),
    details=lambda tr, _, __: tr.gettext("Is notified on days without papers"),
)
INCLUDE = KeywordsField(
    name="include_keywords",
    csv_name="include",
    form_name="include",
    form_label=gettext_noop("Papers with these keywords are included, whatever their domain"),
    form_group="keywords",
    placeholder=gettext_noop("diffusion, world model"),
    key="include",
    aliases=("keywords", "keyword", "关键词", "包含"),
    not_searched=("keywords",),
    usage=gettext_noop(
        "Which keywords should add papers to your digest? {/settings:include diffusion, world model}. "
        "Remove: {/settings:include remove diffusion}, clear: {/settings:include none}. A keyword can have "
        "at most {most} characters."
    ),
    changed=lambda tr, words, shown: (
        tr.gettext("Papers with {keywords} are included, whatever their domain.", keywords=shown)
        if words
        else tr.gettext("No keywords add papers to your digest; only your domains do.")
    ),
    details=lambda tr, _, shown: tr.gettext("Keywords: {words}", words=shown),
)
MUTE = KeywordsField(
    name="mute_keywords",
    csv_name="mute",
    form_name="mute",
    form_label=gettext_noop("Papers with these keywords are left out"),
    form_group="keywords",
    placeholder=gettext_noop("survey"),
    key="mute",
    aliases=("exclude", "block", "屏蔽", "排除"),
    usage=gettext_noop(
        "Which keywords should keep papers out of your digest? {/settings:mute survey}. Remove: "
        "{/settings:mute remove survey}, clear: {/settings:mute none}. A keyword can have at most {most} "
        "characters."
    ),
    changed=lambda tr, words, shown: (
        tr.gettext("Papers with {keywords} are left out.", keywords=shown)
        if words
        else tr.gettext("No muted keywords.")
    ),
    details=lambda tr, _, shown: tr.gettext("Muted: {words}", words=shown),
)
LANGUAGE = LocaleField(
    name="locale",
    csv_name="locale",
    form_name="locale",
    key="language",
    aliases=("lang", "locale", "语言"),
    not_searched=("language",),
    label=gettext_noop("Language"),
    usage=gettext_noop("Available languages: {languages}. Choose one: {/settings:language 中文}."),
    changed=lambda tr, _, __: tr.gettext("The language is now English."),
)

FIELDS: tuple[PreferenceField, ...] = (
    *(SEND_TIME, TIMEZONE, FREQUENCY, WEEKDAY),
    *(DETAIL_LEVEL, PAPER_LIMIT, SILENT, NOTIFY_WHEN_EMPTY),
    *(INCLUDE, MUTE, LANGUAGE),
)
"""Every preference but the domains, in the order in which people are shown them."""

FIELD_BY_KEY: Mapping[str, PreferenceField] = {field.key: field for field in FIELDS if field.key}

ALL_USAGE = gettext_noop(
    "You can set hour, zone, rhythm, layout, quiet, most, empty, language, include and mute, for example "
    "{/settings:hour 8:30}. To choose by tapping: {/settings}"
)
"""Names every key, for somebody who typed none."""


def validate_preferences(changes: PreferenceChanges) -> None:
    """Raise ``InvalidInput`` where a value is outside what it may be."""
    for field in FIELDS:
        if field.name in changes:
            field.validate(cast("Mapping[str, Any]", changes)[field.name])
