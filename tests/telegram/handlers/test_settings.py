"""Settings, pause and resume, over HTTP."""

from typing import Any

import pytest

from digest.model import DetailLevel, EndpointState, Frequency, Locale, Target
from digest.model.reasons import Reason, ReasonCode
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait, stored_preferences

pytestmark = pytest.mark.usefixtures("bot")


async def test_settings_are_changed_in_the_words_that_people_use(telegram: TelegramServer, chat_app: ChatApp) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("/settings hour 8:30", {"send_minute": 510}),
        ("/settings 7pm", {"send_minute": 1140}),
        ("设置 时间 8点半", {"send_minute": 510}),
        ("设置 晚上八点", {"send_minute": 1200}),
        ("/settings zone Europe/Berlin", {"timezone": "Europe/Berlin"}),
        ("/settings zone berlin", {"timezone": "Europe/Berlin"}),
        ("设置 时区 上海", {"timezone": "Asia/Shanghai"}),
        ("/settings rhythm weekdays", {"frequency": Frequency.WEEKDAYS}),
        ("/settings rhythm weekly monday", {"frequency": Frequency.WEEKLY, "weekday": 0}),
        ("设置 频率 每周五", {"frequency": Frequency.WEEKLY, "weekday": 4}),
        ("设置 每天", {"frequency": Frequency.DAILY}),
        ("/settings language zh", {"locale": Locale.ZH}),
        ("/settings 中文", {"locale": Locale.ZH}),
        ("/settings most 10", {"max_papers": 10}),
        ("设置 篇数 不限", {"max_papers": None}),
        ("/settings layout titles", {"detail_level": DetailLevel.TITLES}),
        ("设置 版式 完整", {"detail_level": DetailLevel.FULL}),
        ("/settings quiet on", {"silent": True}),
        ("/settings sound off", {"silent": True}),
        ("设置 静音 关", {"silent": False}),
        ("/settings include diffusion, World-Model", {"include_keywords": ("diffusion", "world model")}),
        ("设置 关键词 扩散，世界模型", {"include_keywords": ("扩散", "世界模型")}),
        ("/settings mute survey", {"mute_keywords": ("survey",)}),
        ("设置 屏蔽 综述", {"mute_keywords": ("综述",)}),
        ("/settings empty on", {"notify_when_empty": True}),
        ("设置 空报 关", {"notify_when_empty": False}),
    ]
    for number, (words, chosen) in enumerate(rows, start=42):
        reader = telegram.user(number)

        answer = await send_and_wait(reader, words)

        kept = await stored_preferences(chat_app, reader)
        assert {name: getattr(kept, name) for name in chosen} == chosen, words
        assert "/settings" in answer.text, words


async def test_every_setting_is_shown_with_the_words_that_change_it(telegram: TelegramServer) -> None:
    for number, words in enumerate(("/settings", "设置", "settings"), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")
        await send_and_wait(reader, "/settings zone berlin")

        answer = await send_and_wait(reader, words)

        for shown in ("Robotics", "08:00", "Europe/Berlin", "every day", "English", "/settings hour 8:30", "/email"):
            assert shown in answer.text
        assert "Next digest: Sun 25 Jan, 08:00 (Europe/Berlin)." in answer.text, words


async def test_what_makes_no_sense_changes_nothing_and_shows_how(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, (words, help_with) in enumerate(
        (
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
        ),
        start=42,
    ):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")
        before = await stored_preferences(chat_app, reader)

        answer = await send_and_wait(reader, words)

        assert help_with in answer.text, words
        assert await stored_preferences(chat_app, reader) == before, words


async def test_a_place_that_may_be_several_is_offered(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/settings zone shangai")
    await reader.tap("Shanghai", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer, "Asia/Shanghai")

    assert (await stored_preferences(chat_app, reader)).timezone == "Asia/Shanghai"


async def test_buttons_change_settings_in_place(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    shown = await send_and_wait(reader, "/settings")

    for name in ("Frequency", "Fri", "Language", "中文"):
        edits = shown.edit_count
        await reader.tap(name, on=shown).wait_for_answer()
        await reader.wait_for_edit(shown, after=edits)

    assert "您的设置" in shown.text
    assert (await stored_preferences(chat_app, reader)).frequency is Frequency.WEEKLY
    assert (await stored_preferences(chat_app, reader)).weekday == 4
    assert (await stored_preferences(chat_app, reader)).locale is Locale.ZH


async def test_a_reader_is_answered_in_the_language_they_chose(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="en")

    answer = await send_and_wait(reader, "/settings language 中文")
    later = await send_and_wait(reader, "/help")

    assert "语言已切换为中文" in answer.text
    assert "您可以这样说" in later.text


async def test_a_chinese_reader_is_spoken_to_in_chinese_from_the_start(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="zh-hans")

    answer = await send_and_wait(reader, "/start")

    assert "篇论文" in answer.text


async def test_a_pause_ends_deliveries_until_the_reader_comes_back(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, (pause, resume) in enumerate((("/pause", "/resume"), ("暂停", "继续"), ("/stop", "恢复")), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")

        paused = await send_and_wait(reader, pause)
        silent = await chat_app.deps.subscriptions.find_profile(Target.telegram(number))
        back = await send_and_wait(reader, resume)

        known = await chat_app.deps.subscriptions.find_profile(Target.telegram(number))
        assert silent is not None, pause
        assert silent.subscriber.next_digest_at is None, pause
        assert known is not None, pause
        assert known.subscriber.next_digest_at is not None, pause
        assert "/resume" in paused.text, pause
        assert "Next digest" in back.text, pause


async def test_the_pause_button_turns_into_resume(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    shown = await send_and_wait(reader, "/settings")

    await reader.tap("Pause", on=shown).wait_for_answer()
    await reader.wait_for_edit(shown)
    await reader.tap("Until I send /resume", on=shown).wait_for_answer()
    await reader.wait_for_edit(shown, "paused")
    paused = shown.buttons
    await reader.tap("Resume", on=shown).wait_for_answer()
    await reader.wait_for_edit(shown, "Next digest")

    assert "Resume" in paused
    assert "Pause" in shown.buttons


async def test_every_page_of_the_settings_opens_in_place_and_leads_back(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    shown = await send_and_wait(reader, "/settings")
    first, pages = shown.text, [name for name in shown.buttons if name != "Domains"]

    for name in pages:
        edits = shown.edit_count
        await reader.tap(name, on=shown).wait_for_answer()
        await reader.wait_for_edit(shown, after=edits)
        assert shown.text != first
        assert "Next digest" in shown.text
        edits = shown.edit_count
        await reader.tap("◀ All settings", on=shown).wait_for_answer()
        await reader.wait_for_edit(shown, after=edits)
        assert shown.text == first

    assert len(pages) == 10
    assert len(reader.messages) == 2


async def test_the_name_of_a_setting_alone_opens_its_page(telegram: TelegramServer) -> None:
    for number, (words, shown) in enumerate(
        (
            ("/settings hour", "When do you want your digest"),
            ("设置 时区", "Where are you"),
            ("/settings keywords", "No keyword"),
            ("/settings mute", "No keyword"),
            ("/settings pause", "How long do you want to pause"),
        ),
        start=42,
    ):
        answer = await send_and_wait(telegram.user(number), words)

        assert shown in answer.text, words


async def test_hour_and_minutes_are_tapped_one_after_the_other(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    shown = await send_and_wait(reader, "/settings hour")

    for button in ("19", ":30"):
        edits = shown.edit_count
        await reader.tap(button, on=shown).wait_for_answer()
        await reader.wait_for_edit(shown, after=edits)

    assert (await stored_preferences(chat_app, reader)).send_minute == 19 * 60 + 30
    assert "19 ✓" in shown.buttons


async def test_keywords_are_added_taken_away_and_replaced(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings include diffusion, world model, 机器人")
    await send_and_wait(reader, "/settings include remove world-model")
    first = (await stored_preferences(chat_app, reader)).include_keywords
    await send_and_wait(reader, "/settings include only RLHF")
    second = (await stored_preferences(chat_app, reader)).include_keywords
    await send_and_wait(reader, "/settings include none")

    assert first == ("diffusion", "机器人")
    assert second == ("rlhf",)
    assert (await stored_preferences(chat_app, reader)).include_keywords == ()


async def test_a_tap_takes_a_keyword_away(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(
        reader, "/settings include diffusion, 一个很长很长的关键词用来看看按钮放不放得下它的六十四个字节"
    )
    shown = await send_and_wait(reader, "/settings keywords")

    await reader.tap("Remove: diffusion", on=shown).wait_for_answer()
    await reader.wait_for_edit(shown)

    assert (await stored_preferences(chat_app, reader)).include_keywords == (
        "一个很长很长的关键词用来看看按钮放不放得下它的六十四个字节",
    )
    assert "Remove: diffusion" not in shown.buttons


async def test_what_is_no_keyword_says_how_one_looks(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, words in enumerate(("x" * 41, "…", ", ,", "only"), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/settings include diffusion")

        answer = await send_and_wait(reader, f"/settings include {words}")

        assert "/settings include" in answer.text, words
        assert (await stored_preferences(chat_app, reader)).include_keywords == ("diffusion",), words


async def test_there_is_a_bound_on_keywords(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings include " + ", ".join(f"word{n}" for n in range(20)))

    answer = await send_and_wait(reader, "/settings include one more")

    assert "20 keywords" in answer.text
    assert len((await stored_preferences(chat_app, reader)).include_keywords) == 20


async def test_a_pause_with_an_end_tells_when_the_next_digest_comes(telegram: TelegramServer) -> None:
    for number, (words, end) in enumerate(
        (
            ("/pause two weeks", "Sat 7 Feb, 08:00"),
            ("/pause until 5 February", "Thu 5 Feb, 08:00"),
            ("暂停到2月5日", "Thu 5 Feb, 08:00"),
            ("/pause 2026-01-30", "Fri 30 Jan, 08:00"),
        ),
        start=42,
    ):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")

        answer = await send_and_wait(reader, words)

        assert end in answer.text, words
        assert "/resume" in answer.text, words


async def test_a_pause_without_sense_says_how_one_looks(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, words in enumerate(("/pause yesterday", "/pause 2020-01-01", "/pause until 2031-01-01"), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")

        answer = await send_and_wait(reader, words)

        assert "/pause two weeks" in answer.text, words
        found = await chat_app.deps.subscriptions.find_profile(Target.telegram(number))
        assert found is not None, words
        assert not found.subscriber.paused, words


async def test_a_value_by_itself_is_offered_as_a_setting(telegram: TelegramServer, chat_app: ChatApp) -> None:
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("柏林", "Yes, Europe/Berlin", {"timezone": "Europe/Berlin"}),
        ("lisbon", "Yes, Europe/Lisbon", {"timezone": "Europe/Lisbon"}),
        ("8:30", "Yes, 08:30", {"send_minute": 510}),
        ("晚上8点", "Yes, 20:00", {"send_minute": 1200}),
        ("English", "Yes, English", {"locale": Locale.EN}),
        ("weekly friday", "Yes, weekly friday", {"frequency": Frequency.WEEKLY, "weekday": 4}),
        ("每周五", "Yes, 每周五", {"frequency": Frequency.WEEKLY, "weekday": 4}),
        ("工作日", "Yes, 工作日", {"frequency": Frequency.WEEKDAYS}),
        ("layout titles", "Yes, layout titles", {"detail_level": DetailLevel.TITLES}),
        ("most ten", "Yes, most ten", {"max_papers": 10}),
        ("最多 十二 篇", "Yes, 最多 十二 篇", {"max_papers": 12}),
        ("静音 开", "Yes, 静音 开", {"silent": True}),
        ("声音 关", "Yes, 声音 关", {"silent": True}),
        ("屏蔽 综述", "Yes, 屏蔽 综述", {"mute_keywords": ("综述",)}),
        ("关键词 只要 扩散，世界模型", "Yes, 关键词", {"include_keywords": ("扩散", "世界模型")}),
    ]
    for number, (words, button, chosen) in enumerate(rows, start=42):
        reader = telegram.user(number)
        offer = await send_and_wait(reader, words)

        await reader.tap(button, on=offer).wait_for_answer()
        await reader.wait_for_edit(offer)

        kept = await stored_preferences(chat_app, reader)
        assert {name: getattr(kept, name) for name in chosen} == chosen, words


async def test_a_double_tap_on_a_pause_is_one_pause(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    shown = await send_and_wait(reader, "/settings pause")

    for _ in range(2):
        await reader.send_callback("1:o:pause:on", on=shown).wait_for_answer()

    found = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert found is not None
    assert found.subscriber.paused


async def test_a_pause_button_that_is_too_old_says_so(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    shown = await send_and_wait(reader, "/settings pause")

    answers = [
        await reader.send_callback(f"1:o:pause:{day}", on=shown).wait_for_answer()
        for day in ("2026-01-24", "2026-02-31", "2028-01-01", "7")
    ]

    assert [answer.alert for answer in answers] == [True] * 4
    found = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert found is not None
    assert not found.subscriber.paused


async def test_looking_at_the_settings_brings_nobody_back(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(42), Reason(ReasonCode.BOT_BLOCKED))

    await send_and_wait(reader, "/settings")

    found = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert found is not None
    assert [one.state for one in found.endpoints] == [EndpointState.UNREACHABLE]


async def test_a_reader_of_keywords_alone_can_leave(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings include diffusion")

    hint = await send_and_wait(reader, "/unsubscribe robotics")
    done = await send_and_wait(reader, "/unsubscribe all")

    assert "only keywords" in hint.text
    assert "You now follow nothing" in done.text
    assert (await stored_preferences(chat_app, reader)).is_empty


async def test_every_row_of_the_settings_can_be_named(telegram: TelegramServer) -> None:
    for number, (words, shown) in enumerate(
        (
            ("/settings domains", "Tap a domain"),
            ("设置 领域", "Tap a domain"),
            ("/settings email", "/email you@example.org"),
            ("设置 提示音 关", "without a sound"),
            ("设置 推送时间 9点", "09:00"),
            ("/settings nonsense", "You can set hour"),
        ),
        start=42,
    ):
        answer = await send_and_wait(telegram.user(number), words)

        assert shown in answer.text, words


async def test_a_word_is_wanted_or_muted_and_the_newer_counts(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings mute diffusion, survey")
    await send_and_wait(reader, "/settings include diffusion")

    kept = await stored_preferences(chat_app, reader)
    assert (kept.include_keywords, kept.mute_keywords) == (("diffusion",), ("survey",))


async def test_the_name_of_a_setting_opens_its_page(telegram: TelegramServer) -> None:
    for number, (words, shown) in enumerate(
        (("关键词", "include diffusion"), ("时区", "time zone"), ("language", "中文"), ("版式", "Titles")), start=42
    ):
        page = await send_and_wait(telegram.user(number), words)

        assert any(shown in text for text in (page.text, *page.buttons)), words


async def test_english_words_that_papers_use_are_looked_for(telegram: TelegramServer) -> None:
    for number, words in enumerate(("block diffusion", "layout", "include"), start=42):
        answer = await send_and_wait(telegram.user(number), words)

        assert "Save this setting?" not in answer.text, words
        assert "/search" in answer.text, words
        assert "All settings" not in "".join(answer.buttons), words


async def test_who_resumes_without_a_pause_is_told_so(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    answer = await send_and_wait(reader, "/resume")

    assert "Delivery was not paused." in answer.text
    assert "Next digest:" in answer.text


async def test_a_button_shows_what_was_said_as_it_was_said(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    offer = await send_and_wait(reader, "屏蔽 R&D")
    await reader.tap("Yes, 屏蔽 R&D", on=offer).wait_for_answer()
    await reader.wait_for_edit(offer)

    assert (await stored_preferences(chat_app, reader)).mute_keywords == ("r&d",)


async def test_a_button_for_a_keyword_too_many_says_so(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings include " + ", ".join(f"word{number}" for number in range(20)))

    offer = await send_and_wait(reader, "关键词 扩散")
    await reader.tap("Yes", on=offer).wait_for_answer()
    await reader.wait_for_edit(offer, "You can have 20 keywords of each kind")

    assert len((await stored_preferences(chat_app, reader)).include_keywords) == 20
