"""What people mean by the words behind ``/settings``."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Frequency, Locale
from digest.services import preferences
from digest.telegram.input.settings import ParsedSetting, UnclearSetting, parse_setting

NOW = datetime(2026, 1, 24, 9, tzinfo=UTC)


def test_a_wish_is_understood() -> None:
    for text, choice in (
        ("hour 8:30", {"send_minute": 510}),
        ("time: 8:30", {"send_minute": 510}),
        ("HOUR 8PM", {"send_minute": 1200}),
        ("at 7", {"send_minute": 420}),
        ("时间8点半", {"send_minute": 510}),
        ("8点半", {"send_minute": 510}),
        ("tz Asia/Tokyo", {"timezone": "Asia/Tokyo"}),
        ("时区上海", {"timezone": "Asia/Shanghai"}),
        ("paris", {"timezone": "Europe/Paris"}),
        ("daily", {"frequency": Frequency.DAILY}),
        ("every day", {"frequency": Frequency.DAILY}),
        ("工作日", {"frequency": Frequency.WEEKDAYS}),
        ("rhythm weekly", {"frequency": Frequency.WEEKLY}),
        ("weekly on friday", {"frequency": Frequency.WEEKLY, "weekday": 4}),
        ("every sunday", {"frequency": Frequency.WEEKLY, "weekday": 6}),
        ("monday", {"frequency": Frequency.WEEKLY, "weekday": 0}),
        ("每周三", {"frequency": Frequency.WEEKLY, "weekday": 2}),
        ("频率 每周 周日", {"frequency": Frequency.WEEKLY, "weekday": 6}),
        ("language ZH", {"locale": Locale.ZH}),
        ("english", {"locale": Locale.EN}),
        ("语言中文", {"locale": Locale.ZH}),
        ("most 10", {"max_papers": 10}),
        ("最多10篇", {"max_papers": 10}),
        ("limit all", {"max_papers": None}),
        ("empty yes", {"notify_when_empty": True}),
        ("空报关", {"notify_when_empty": False}),
    ):
        wish = parse_setting(text, NOW)

        assert isinstance(wish, ParsedSetting), text
        assert wish.changes == choice, text


def test_what_is_unclear_says_of_which_setting() -> None:
    for text, setting in (
        ("hour soon", preferences.SEND_TIME),
        ("zone", preferences.TIMEZONE),
        ("rhythm monthly", preferences.FREQUENCY),
        ("language latin", preferences.LANGUAGE),
        ("most 0", preferences.PAPER_LIMIT),
        ("most 99999999999999999999", preferences.PAPER_LIMIT),
        ("empty maybe", preferences.NOTIFY_WHEN_EMPTY),
        ("whatever", None),
    ):
        wish = parse_setting(text, NOW)

        assert isinstance(wish, UnclearSetting), text
        assert wish.setting is setting, text


def test_a_mistyped_place_offers_zones() -> None:
    wish = parse_setting("zone shangai", NOW)

    assert isinstance(wish, UnclearSetting)
    assert wish.timezones == ("Asia/Shanghai",)


@given(text=st.text(max_size=100))
def test_any_text_is_a_wish_or_unclear(text: str) -> None:
    assert isinstance(parse_setting(text, NOW), ParsedSetting | UnclearSetting)


def test_what_is_typed_for_a_wish_means_the_same() -> None:
    for words in (
        '包含 "none"',
        "屏蔽 「不要」",
        "关键词：、only x",
        "include diffusion, world model",
        "mute remove survey",
        "include none",
    ):
        wish = parse_setting(words, NOW)

        assert isinstance(wish, ParsedSetting), words
        assert parse_setting(f"{wish.setting.key} {wish.input_text}", NOW) == wish, words


def test_what_is_no_number_of_papers_is_unclear() -> None:
    for words in ("most a", "most an", "most 0", "most 1001"):
        assert isinstance(parse_setting(words, NOW), UnclearSetting), words
