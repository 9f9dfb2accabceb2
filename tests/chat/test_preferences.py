"""Settings, pause and resume, over HTTP."""

from typing import Any

import pytest

from digest.model import Locale, Rhythm, Target
from tests.chat.household import Household
from tests.chat.talking import ask, preferences
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("/settings hour 8:30", {"minute": 510}),
        ("/settings 7pm", {"minute": 1140}),
        ("设置 时间 8点半", {"minute": 510}),
        ("设置 晚上八点", {"minute": 1200}),
        ("/settings zone Europe/Berlin", {"zone": "Europe/Berlin"}),
        ("/settings zone berlin", {"zone": "Europe/Berlin"}),
        ("设置 时区 上海", {"zone": "Asia/Shanghai"}),
        ("/settings rhythm weekdays", {"rhythm": Rhythm.WEEKDAYS}),
        ("/settings rhythm weekly monday", {"rhythm": Rhythm.WEEKLY, "weekday": 0}),
        ("设置 频率 每周五", {"rhythm": Rhythm.WEEKLY, "weekday": 4}),
        ("设置 每天", {"rhythm": Rhythm.DAILY}),
        ("/settings language zh", {"locale": Locale.ZH}),
        ("/settings 中文", {"locale": Locale.ZH}),
        ("/settings most 10", {"most": 10}),
        ("设置 篇数 不限", {"most": None}),
        ("/settings empty on", {"empty_days": True}),
        ("设置 空报 关", {"empty_days": False}),
    ],
)
async def test_settings_are_changed_in_the_words_that_people_use(
    telegram: TelegramServer, home: Household, words: str, chosen: dict[str, Any]
) -> None:
    reader = telegram.user(42)

    answer = await ask(reader, words)

    kept = await preferences(home, reader)
    assert {name: getattr(kept, name) for name in chosen} == chosen
    assert "/settings" in answer.text


@pytest.mark.parametrize("words", ["/settings", "设置", "settings"])
async def test_every_setting_is_shown_with_the_words_that_change_it(
    telegram: TelegramServer, words: str
) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")
    await ask(reader, "/settings zone berlin")

    answer = await ask(reader, words)

    for shown in (
        "Robotics",
        "08:00",
        "Europe/Berlin",
        "every day",
        "English",
        "/settings most 10",
        "/email",
    ):
        assert shown in answer.text
    assert "Next digest: Sun 25 Jan, 08:00 (Europe/Berlin)." in answer.text


@pytest.mark.parametrize(
    ("words", "help_with"),
    [
        ("/settings hour late", "8:30"),
        ("/settings hour 25:00", "8:30"),
        ("/settings rhythm sometimes", "weekly monday"),
        ("/settings language klingon", "中文"),
        ("/settings most 0", "most 10"),
        ("/settings most -3", "most 10"),
        ("/settings empty perhaps", "empty off"),
        ("/settings zone Xyzzyville", "UTC+8"),
        ("/settings zone ../../etc/passwd", "UTC+8"),
        ("/settings gibberish", "/settings"),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_shows_how(
    telegram: TelegramServer, home: Household, words: str, help_with: str
) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")
    before = await preferences(home, reader)

    answer = await ask(reader, words)

    assert help_with in answer.text
    assert await preferences(home, reader) == before


async def test_a_place_that_may_be_several_is_offered(telegram: TelegramServer, home: Household) -> None:
    reader = telegram.user(42)

    answer = await ask(reader, "/settings zone shangai")
    await reader.tap("Shanghai", on=answer).answered()
    await reader.wait_for_edit(answer, "Asia/Shanghai")

    assert (await preferences(home, reader)).zone == "Asia/Shanghai"


async def test_buttons_change_settings_in_place(telegram: TelegramServer, home: Household) -> None:
    reader = telegram.user(42)
    shown = await ask(reader, "/settings")

    await reader.tap("Weekly", on=shown).answered()
    await reader.wait_for_edit(shown)
    await reader.tap("中文", on=shown).answered()
    await reader.wait_for_edit(shown, after=1)

    assert "您的设置" in shown.text
    assert (await preferences(home, reader)).rhythm is Rhythm.WEEKLY
    assert (await preferences(home, reader)).locale is Locale.ZH


async def test_a_reader_is_answered_in_the_language_they_chose(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="en")

    answer = await ask(reader, "/settings language 中文")
    later = await ask(reader, "/help")

    assert "今后我们用中文交流" in answer.text
    assert "您可以这样说" in later.text


async def test_a_chinese_reader_is_spoken_to_in_chinese_from_the_start(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="zh-hans")

    answer = await ask(reader, "/start")

    assert "篇论文" in answer.text


@pytest.mark.parametrize(("pause", "resume"), [("/pause", "/resume"), ("暂停", "继续"), ("/stop", "恢复")])
async def test_a_pause_ends_deliveries_until_the_reader_comes_back(
    telegram: TelegramServer, home: Household, pause: str, resume: str
) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")

    paused = await ask(reader, pause)
    silent = await home.house.membership.reader(Target.telegram(42))
    back = await ask(reader, resume)

    known = await home.house.membership.reader(Target.telegram(42))
    assert silent is not None
    assert silent.subscriber.next_at is None
    assert known is not None
    assert known.subscriber.next_at is not None
    assert "/resume" in paused.text
    assert "Next digest" in back.text


async def test_the_pause_button_turns_into_resume(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await ask(reader, "/subscribe robotics")
    shown = await ask(reader, "/settings")

    await reader.tap("Pause", on=shown).answered()
    await reader.wait_for_edit(shown, "paused")

    assert "Resume" in shown.buttons
