"""Steering channels, groups and topics from the private chat, and everybody who may not."""

import pytest

from digest.model import EndpointState, SubscriberProfile, Target
from digest.render.telegram.callback_data import decode_callback
from digest.telegram import BotApplication
from tests.support.telegram_chat_actions import set_bot_status
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait, stored_preferences
from tests.telegram.managed_group import (
    CHANNEL_ID,
    FORUM_ID,
    OTHER_ID,
    OWNER_ID,
    add_channel,
    followed_domains,
    group_number,
    group_profile,
    start_owner,
    wait_until_idle,
)

pytestmark = pytest.mark.usefixtures("bot")


async def is_unknown(chat_app: ChatApp, chat: int) -> bool:
    """Return whether a chat is unknown."""
    reader: SubscriberProfile | None = await chat_app.deps.subscriptions.find_profile(Target.telegram(chat))
    return reader is None


class TestTyped:
    """Commands with a number in front."""

    async def test_a_command_means_the_channel_and_not_whoever_gives_it(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        for words in (
            "/groups {n} subscribe robotics",
            "/groups {n} /subscribe robotics",
            "群组 {n} 订阅机器人",
            "频道 #{n} 订阅 机器人",
        ):
            answer = await send_and_wait(boss, words.format(n=number))

            assert answer.text.startswith("For Daily Papers:"), words
            assert await followed_domains(chat_app, CHANNEL_ID) == ("robotics",), words
            assert (await stored_preferences(chat_app, boss)).domains == (), words
            assert channel.messages == [], words

    async def test_the_page_of_a_paused_channel_names_the_command_that_resumes_it(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        await send_and_wait(boss, f"/groups {number} subscribe robotics")
        await send_and_wait(boss, f"/groups {number} pause")

        page = await send_and_wait(boss, f"/groups {number}")

        assert f"Resume with /groups {number} resume" in page.text

    async def test_settings_pause_and_resume_mean_the_channel(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        await send_and_wait(boss, f"/groups {number} subscribe all")
        await send_and_wait(boss, f"/groups {number} settings hour 8:30")
        await send_and_wait(boss, f"/groups {number} settings zone Berlin")
        await send_and_wait(boss, f"/groups {number} pause")
        paused = (await group_profile(chat_app, CHANNEL_ID)).subscriber
        await send_and_wait(boss, f"/groups {number} resume")

        after = (await group_profile(chat_app, CHANNEL_ID)).subscriber
        assert (paused.paused, after.paused) == (True, False)
        assert (after.preferences.send_minute, after.preferences.timezone) == (510, "Europe/Berlin")
        assert (await stored_preferences(chat_app, boss)).timezone == "UTC"

    async def test_today_shows_in_private_what_the_channel_would_get(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        await send_and_wait(boss, f"/groups {number} subscribe robotics")

        first = await send_and_wait(boss, f"/groups {number} today")
        digest = await boss.wait_for_message("4 of 27")
        third = await send_and_wait(boss, "3")

        assert "Daily Papers" in first.text
        assert digest.buttons[:2] == ["1", "2"]
        assert third.text
        assert channel.messages == []

    async def test_every_hint_of_an_answer_means_the_channel_too(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        answers = [
            await send_and_wait(boss, f"/groups {number} {words}")
            for words in ("subscribe robotics", "settings", "settings hour", "unsubscribe", "domains", "forget")
        ]

        for answer in answers:
            hints = [word for word in answer.html.replace(">", " ").split() if word.startswith("/")]
            assert {hint.partition("<")[0] for hint in hints} <= {"/groups", "/email"}
            for row in answer.keyboard:
                for button in row:
                    pressed = decode_callback(button.get("callback_data", ""))
                    assert pressed is None or pressed.target_id == number

    async def test_what_is_personal_or_unknown_never_acts_on_the_channel(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        before = await group_profile(chat_app, CHANNEL_ID)

        for words in ("email ada@example.org", "saved", "mydata", "stats", "broadcast x", "nonsense", "8"):
            answer = await send_and_wait(boss, f"/groups {before.subscriber.id} {words}")

            assert "I did not understand" in answer.text, words
            assert await group_profile(chat_app, CHANNEL_ID) == before, words

    async def test_a_topic_is_steered_alone(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss = await start_owner(telegram)
        group = telegram.group(FORUM_ID, forum=True)
        group.add_member(boss, "creator")
        for thread in (5, 6):
            group.add_topic(thread)
            boss.send("/start@paper_digest_test_bot", to=group, thread=thread)
            await group.wait_for_message()
        number = await group_number(chat_app, FORUM_ID, 6)

        await send_and_wait(boss, f"/groups {number} subscribe video")

        assert await followed_domains(chat_app, FORUM_ID, 5) == ()
        assert await followed_domains(chat_app, FORUM_ID, 6) == ("video",)


class TestPressed:
    """Buttons that carry a number."""

    async def test_settings_are_pressed_through_for_the_channel(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        opened = await send_and_wait(boss, f"/groups {number}")
        await boss.tap("Settings", on=opened).wait_for_answer()
        settings = await boss.wait_for_message("Your settings")
        for button in ("Frequency", "Mon-Fri", "Language", "中文"):
            edits = settings.edit_count
            await boss.tap(button, on=settings).wait_for_answer()
            await boss.wait_for_edit(settings, after=edits)

        chosen = (await group_profile(chat_app, CHANNEL_ID)).preferences
        assert (chosen.frequency.value, chosen.locale.value) == ("weekdays", "zh")
        assert (await stored_preferences(chat_app, boss)).locale.value == "en"

    async def test_a_stranger_with_a_forged_number_changes_nothing_and_learns_nothing(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, stranger = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        await add_channel(telegram, boss)
        own = await send_and_wait(stranger, "/domains")
        before = await group_profile(chat_app, CHANNEL_ID)
        number = before.subscriber.id

        answers = [
            await stranger.send_callback(data, on=own).wait_for_answer()
            for data in (
                f"1@{number}:t:robotics",
                f"1@{number}:a",
                f"1@{number}:o:deliveries:off",
                f"1@{number}:k",
                f"1@{number}:y:0000",
                f"1:x:pause:{number}",
                f"1:x:leave:{number}",
                f"1:x:open:{number}",
            )
        ]
        typed = [
            await send_and_wait(stranger, f"/groups {number}{words}")
            for words in ("", " pause", " forget yes", " leave yes")
        ]

        texts = {answer.text for answer in answers} | {message.text for message in typed}
        assert all(answer.alert for answer in answers)
        assert len(texts) == 1
        assert "Daily Papers" not in (texts.pop() or "")
        assert await group_profile(chat_app, CHANNEL_ID) == before

    async def test_the_number_of_a_person_steers_nobody(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        victim, stranger = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        number = await group_number(chat_app, victim.id)
        own = await send_and_wait(stranger, "/domains")

        pressed = await stranger.send_callback(f"1@{number}:t:robotics", on=own).wait_for_answer()
        mine = await victim.send_callback(f"1@{number}:t:robotics", on=victim.messages[0]).wait_for_answer()
        typed = await send_and_wait(stranger, f"/groups {number} forget yes")

        assert (pressed.alert, mine.alert) == (True, True)
        assert "You don't manage a chat" in typed.text
        assert await followed_domains(chat_app, victim.id) == ()

    async def test_what_steers_no_chat_is_no_button_about_one(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        for data in ("1@9:f:2601.15876:on", "1@9:r:1", "1@9:x:list", "1@9:c:stop:1", "1@9:p:2601.15876"):
            forged = data.replace("@9", f"@{await group_number(chat_app, CHANNEL_ID)}")

            answer = await boss.send_callback(forged, on=boss.messages[-1]).wait_for_answer()

            assert answer.alert, data
            assert "no longer valid" in (answer.text or ""), data

    async def test_a_button_about_another_chat_means_nothing_in_a_group(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        group = telegram.group(-100)
        group.add_member(boss, "creator")
        boss.send("/domains", to=group)
        keyboard = await group.wait_for_message()

        answer = await boss.send_callback(
            f"1@{await group_number(chat_app, CHANNEL_ID)}:t:robotics", on=keyboard
        ).wait_for_answer()

        assert answer.alert
        assert await followed_domains(chat_app, CHANNEL_ID) == ()

    async def test_an_administrator_who_was_demoted_meanwhile_has_no_more_say(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, question = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        channel.add_member(boss, "member")

        pressed = await boss.tap("Robotics", on=question).wait_for_answer()
        typed = await send_and_wait(boss, f"/groups {number} subscribe robotics")
        told = await send_and_wait(boss, f"/groups {number} forget yes")

        assert pressed.alert
        assert all("Only administrators" in text for text in (pressed.text or "", typed.text, told.text))
        assert await followed_domains(chat_app, CHANNEL_ID) == ()

    async def test_a_bot_that_may_not_post_any_more_says_what_to_do(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, question = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        channel.chat.bot_membership = {**channel.chat.bot_membership, "can_post_messages": False}

        pressed = await boss.tap("Robotics", on=question).wait_for_answer()
        paused = await send_and_wait(boss, f"/groups {number} pause")

        assert "right to post" in (pressed.text or "")
        assert "Paused" in paused.text

    async def test_a_telegram_that_does_not_answer_is_no_yes(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss = await start_owner(telegram)
        _, question = await add_channel(telegram, boss)
        telegram.plan_refusal(502, "Bad Gateway", method="getChatMember", chat=CHANNEL_ID)

        pressed = await boss.tap("Robotics", on=question).wait_for_answer()

        assert "did not respond" in (pressed.text or "")
        assert await followed_domains(chat_app, CHANNEL_ID) == ()


class TestLeavingAndForgetting:
    """The two that end something ask first."""

    async def test_the_bot_leaves_after_a_yes_and_nobody_is_told_twice(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        question = await send_and_wait(boss, f"/groups {number} leave")
        before = channel.chat.bot_membership["status"]
        await boss.tap("Leave", on=question).wait_for_answer()
        await boss.wait_for_edit(question, "I have left")
        await wait_until_idle(bot, boss)

        assert (before, channel.chat.bot_membership["status"]) == ("administrator", "left")
        assert (await group_profile(chat_app, CHANNEL_ID)).endpoints[0].state is EndpointState.UNREACHABLE
        assert await chat_app.store.outbox.list_deliveries() == []

    async def test_staying_changes_nothing(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)

        question = await send_and_wait(boss, f"频道 {await group_number(chat_app, CHANNEL_ID)} 离开")
        await boss.tap("Stay", on=question).wait_for_answer()
        again = await boss.send_callback(confirmation_data(telegram, question.keyboard), on=question).wait_for_answer()

        assert channel.chat.bot_membership["status"] == "administrator"
        assert again.alert

    async def test_a_group_is_erased_after_a_yes_and_its_owner_stays(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)

        question = await send_and_wait(boss, f"/groups {number} forget")
        kept = await is_unknown(chat_app, CHANNEL_ID)
        await boss.tap("Erase everything", on=question).wait_for_answer()
        await boss.wait_for_edit(question, "erased")

        assert not kept
        assert await is_unknown(chat_app, CHANNEL_ID)
        assert not await is_unknown(chat_app, OWNER_ID)

    async def test_a_chat_that_put_the_bot_out_can_still_be_erased_by_its_owner_alone(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss, other = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        channel, _ = await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        set_bot_status(channel, "kicked", by=boss)
        await wait_until_idle(bot, boss)

        strange = await send_and_wait(other, f"/groups {number} forget yes")
        refused = await send_and_wait(boss, f"/groups {number} subscribe robotics")
        kept = await is_unknown(chat_app, CHANNEL_ID)
        done = await send_and_wait(boss, f"/groups {number} forget yes")

        assert "You don't manage a chat" in strange.text
        assert "I am not a member of that chat" in refused.text
        assert not kept
        assert "erased" in done.text
        assert await is_unknown(chat_app, CHANNEL_ID)

    async def test_a_person_who_is_forgotten_owns_nothing_more_and_the_channel_goes_on(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        await send_and_wait(boss, f"/groups {await group_number(chat_app, CHANNEL_ID)} subscribe robotics")

        await send_and_wait(boss, "/forget yes")

        left = await group_profile(chat_app, CHANNEL_ID)
        assert left.endpoints[0].owner_id is None
        assert left.subscriber.next_digest_at is not None


def confirmation_data(telegram: TelegramServer, keyboard: list[list[dict[str, str]]]) -> str:
    """Return the data of the button that says yes, from the question as it was sent."""
    del keyboard
    sent = telegram.calls("sendMessage")[-1]["reply_markup"]
    return sent.partition('"callback_data": "')[2].partition('"')[0]
