"""Start, subscribe, unsubscribe and domains, over HTTP."""

import pytest

from digest.model import Target
from digest.model.reasons import Reason, ReasonCode
from digest.telegram import BotApplication
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait, stored_preferences

pytestmark = pytest.mark.usefixtures("bot")


async def test_a_newcomer_is_told_what_this_is_and_can_choose_at_once(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/start")

    assert "27 papers" in answer.text
    assert answer.buttons[0] == "Everything"
    assert any("Robotics" in button for button in answer.buttons)


async def test_a_reader_who_starts_again_is_known(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    answer = await send_and_wait(reader, "/start")

    assert "You follow “Robotics" in answer.text
    assert "Next digest" in answer.text


async def test_a_link_to_a_paper_opens_it(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/start p_2601-15876")

    assert "EvoCUA" in answer.text


async def test_domains_are_followed_in_the_words_that_people_use(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, (words, slugs) in enumerate(
        (
            ("/subscribe robotics", ("robotics",)),
            ("/subscribe@paper_digest_test_bot robotics, video", ("robotics", "video")),
            ("/follow NLP", ("nlp",)),
            ("subscribe robotics，video", ("robotics", "video")),
            ("订阅 机器人", ("robotics",)),
            ("订阅机器人、视频", ("robotics", "video")),
            ("/订阅 三维", ("3d",)),
            ("/subscribe all", None),
            ("订阅 全部", None),
        ),
        start=42,
    ):
        reader = telegram.user(number)

        answer = await send_and_wait(reader, words)

        assert (await stored_preferences(chat_app, reader)).domains == slugs, words
        assert "/today" in answer.text, words


async def test_only_one_domain_takes_the_place_of_all_others(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, words in enumerate(
        ("/subscribe only robotics", "订阅 只看机器人", "/subscribe just robotics"), start=42
    ):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe video, nlp")

        await send_and_wait(reader, words)

        assert (await stored_preferences(chat_app, reader)).domains == ("robotics",), words


async def test_a_reader_of_everything_is_told_so_and_can_narrow_with_one_tap(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe all")

    answer = await send_and_wait(reader, "/subscribe robotics")
    tap = reader.tap("Only Robotics", on=answer)
    await tap.wait_for_answer()
    await reader.wait_for_edit(answer)

    assert "You now follow “Robotics" in answer.text
    assert (await stored_preferences(chat_app, reader)).domains == ("robotics",)


async def test_a_mistyped_domain_is_offered_as_buttons_and_as_words(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/subscribe robtics")
    await reader.tap("Robotics", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)

    assert len(answer.buttons) == 0
    assert (await stored_preferences(chat_app, reader)).domains == ("robotics",)


async def test_a_mistyped_domain_keeps_the_others_that_were_right(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/subscribe video and robtics")

    assert "“robtics”" in answer.text
    assert "/subscribe robotics" in answer.text
    assert len(answer.buttons) == 3
    assert (await stored_preferences(chat_app, reader)).domains == ("video",)


async def test_subscribing_to_nothing_shows_what_there_is(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/subscribe")

    assert len(answer.buttons) > 20


async def test_a_domain_is_left_and_the_others_stay(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, words in enumerate(("/unsubscribe video", "退订 视频", "退订视频", "取消关注 video"), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics, video")

        answer = await send_and_wait(reader, words)

        assert (await stored_preferences(chat_app, reader)).domains == ("robotics",), words
        assert "Robotics" in answer.text, words


async def test_who_leaves_everything_gets_nothing_more(telegram: TelegramServer, chat_app: ChatApp) -> None:
    for number, words in enumerate(("/unsubscribe all", "退订 全部"), start=42):
        reader = telegram.user(number)
        await send_and_wait(reader, "/subscribe robotics")

        answer = await send_and_wait(reader, words)

        assert (await stored_preferences(chat_app, reader)).domains == (), words
        assert "/forget" in answer.text, words


async def test_one_domain_can_be_left_out_of_everything(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe all")

    answer = await send_and_wait(reader, "/unsubscribe video")

    domains = (await stored_preferences(chat_app, reader)).domains
    assert domains is not None
    assert "video" not in domains
    assert "everything except “Video" in answer.text


async def test_unsubscribing_without_words_offers_what_is_followed(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics, video")

    answer = await send_and_wait(reader, "/unsubscribe")
    await reader.tap("Video", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)

    assert (await stored_preferences(chat_app, reader)).domains == ("robotics",)


async def test_a_stranger_who_unsubscribes_is_told_what_to_do(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answers = [
        await send_and_wait(reader, words) for words in ("/unsubscribe", "/unsubscribe video", "/unsubscribe vidoe")
    ]

    assert ["/domains" in answer.text for answer in answers] == [True, True, True]


async def test_tapping_a_domain_ticks_it_in_place(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    answer = await send_and_wait(reader, "/domains")

    await reader.tap("Robotics", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)

    assert "✓" in answer.find_button("Robotics")["text"]
    assert (await stored_preferences(chat_app, reader)).domains == ("robotics",)


async def test_tapping_a_ticked_domain_takes_it_away(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    answer = await send_and_wait(reader, "领域")

    await reader.tap("Robotics", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)

    assert "✓" not in answer.find_button("Robotics")["text"]
    assert (await stored_preferences(chat_app, reader)).domains == ()


async def test_everything_is_a_switch(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    hello = await send_and_wait(reader, "/start")
    await reader.tap("Everything", on=hello).wait_for_answer()
    await reader.wait_for_message("Is that right?")
    answer = await send_and_wait(reader, "/domains")

    await reader.tap("Everything", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)
    await reader.tap("Everything", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer, after=1)
    on = (await stored_preferences(chat_app, reader)).domains
    await reader.tap("Everything", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer, after=2)

    assert on is None
    assert (await stored_preferences(chat_app, reader)).domains == ()


async def test_many_taps_at_once_all_count(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    answer = await send_and_wait(reader, "/domains")

    taps = [reader.tap(name, on=answer) for name in ("Robotics", "Video", "Medicine", "Physics", "Robotics")]
    for tap in taps:
        await tap.wait_for_answer()

    assert (await stored_preferences(chat_app, reader)).domains == ("video", "medical", "physics")


async def test_naming_a_domain_offers_to_follow_it(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "机器人")
    await reader.tap("Robotics", on=answer).wait_for_answer()
    await reader.wait_for_edit(answer)

    assert (await stored_preferences(chat_app, reader)).domains == ("robotics",)


async def test_a_reader_comes_back_after_blocking_the_bot(
    telegram: TelegramServer, chat_app: ChatApp, bot: BotApplication
) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(42), Reason(ReasonCode.BOT_BLOCKED))

    await send_and_wait(reader, "/start")

    known = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert known is not None
    assert known.subscriber.next_digest_at is not None
    assert bot.running


async def test_a_subscription_to_nothing_asks_which_domains(telegram: TelegramServer) -> None:
    for words in ("/subscribe ,,,", "订阅 ，", "/subscribe only", "订阅 只看", "/subscribe /"):
        answer = await send_and_wait(telegram.user(42), words)

        assert "Which domains?" in answer.text, words


async def test_a_reader_of_keywords_alone_is_greeted_with_them(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/settings include world model")

    answer = await send_and_wait(reader, "/start")

    assert "You follow papers with “world model”." in answer.text


async def test_words_that_name_a_domain_can_be_searched_for_too(telegram: TelegramServer) -> None:
    answer = await send_and_wait(telegram.user(42), "world model")

    assert "/search world model" in answer.text
