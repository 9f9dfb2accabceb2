"""Steering channels, groups and topics from the private chat, and everybody who may not."""

import pytest

from digest.callbacks import read_callback
from digest.chat import ChatApplication
from digest.model import EndpointState, Reader, Target
from tests.chat.household import Household
from tests.chat.steered import (
    BOSS,
    CHANNEL,
    FORUM,
    OTHER,
    a_boss,
    a_channel,
    follows,
    number_of,
    reader_at,
    still,
)
from tests.chat.talking import ask, preferences
from tests.support.telegram_moves import place_bot
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")


async def nobody_at(home: Household, chat: int) -> bool:
    """Tell whether a chat is unknown."""
    reader: Reader | None = await home.house.membership.reader(Target.telegram(chat))
    return reader is None


class TestTyped:
    """Commands with a number in front."""

    @pytest.mark.parametrize(
        "words",
        [
            "/groups {n} subscribe robotics",
            "/groups {n} /subscribe robotics",
            "群组 {n} 订阅机器人",
            "频道 #{n} 订阅 机器人",
        ],
    )
    async def test_a_command_means_the_channel_and_not_whoever_gives_it(
        self, telegram: TelegramServer, home: Household, words: str
    ) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        answer = await ask(boss, words.format(n=number))

        assert answer.text.startswith("For Daily Papers:")
        assert await follows(home, CHANNEL) == ("robotics",)
        assert (await preferences(home, boss)).domains == ()
        assert channel.messages == []

    async def test_settings_pause_and_resume_mean_the_channel(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        await ask(boss, f"/groups {number} subscribe all")
        await ask(boss, f"/groups {number} settings hour 8:30")
        await ask(boss, f"/groups {number} settings zone Berlin")
        await ask(boss, f"/groups {number} pause")
        paused = (await reader_at(home, CHANNEL)).subscriber
        await ask(boss, f"/groups {number} resume")

        after = (await reader_at(home, CHANNEL)).subscriber
        assert (paused.paused, after.paused) == (True, False)
        assert (after.preferences.minute, after.preferences.zone) == (510, "Europe/Berlin")
        assert (await preferences(home, boss)).zone == "UTC"

    async def test_today_shows_in_private_what_the_channel_would_get(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)
        await ask(boss, f"/groups {number} subscribe robotics")

        first = await ask(boss, f"/groups {number} today")
        digest = await boss.wait_for_message("4 of 27")
        third = await ask(boss, "3")

        assert "Daily Papers" in first.text
        assert digest.buttons[:2] == ["1", "2"]
        assert third.text
        assert channel.messages == []

    async def test_every_hint_of_an_answer_means_the_channel_too(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        answers = [
            await ask(boss, f"/groups {number} {words}")
            for words in (
                "subscribe robotics",
                "settings",
                "settings hour",
                "unsubscribe",
                "domains",
                "forget",
            )
        ]

        for answer in answers:
            hints = [word for word in answer.html.replace(">", " ").split() if word.startswith("/")]
            assert {hint.partition("<")[0] for hint in hints} <= {"/groups", "/email"}
            for row in answer.keyboard:
                for button in row:
                    pressed = read_callback(button.get("callback_data", ""))
                    assert pressed is None or pressed.about == number

    @pytest.mark.parametrize(
        "words", ["email ada@example.org", "saved", "mydata", "stats", "broadcast x", "nonsense", "8"]
    )
    async def test_what_is_personal_or_unknown_never_acts_on_the_channel(
        self, telegram: TelegramServer, home: Household, words: str
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        before = await reader_at(home, CHANNEL)

        answer = await ask(boss, f"/groups {before.subscriber.id} {words}")

        assert "I did not understand" in answer.text
        assert await reader_at(home, CHANNEL) == before

    async def test_a_topic_is_steered_alone(self, telegram: TelegramServer, home: Household) -> None:
        boss = await a_boss(telegram)
        group = telegram.group(FORUM, forum=True)
        group.member(boss, "creator")
        for thread in (5, 6):
            group.add_topic(thread)
            boss.send("/start@paper_digest_test_bot", to=group, thread=thread)
            await group.wait_for_message()
        number = await number_of(home, FORUM, 6)

        await ask(boss, f"/groups {number} subscribe video")

        assert await follows(home, FORUM, 5) == ()
        assert await follows(home, FORUM, 6) == ("video",)


class TestPressed:
    """Buttons that carry a number."""

    async def test_settings_are_pressed_through_for_the_channel(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        opened = await ask(boss, f"/groups {number}")
        await boss.tap("Settings", on=opened).answered()
        settings = await boss.wait_for_message("Your settings")
        for button in ("Rhythm", "Mon-Fri", "Language", "中文"):
            edits = settings.edits
            await boss.tap(button, on=settings).answered()
            await boss.wait_for_edit(settings, after=edits)

        chosen = (await reader_at(home, CHANNEL)).preferences
        assert (chosen.rhythm.value, chosen.locale.value) == ("weekdays", "zh")
        assert (await preferences(home, boss)).locale.value == "en"

    async def test_a_stranger_with_a_forged_number_changes_nothing_and_learns_nothing(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, stranger = await a_boss(telegram), await a_boss(telegram, OTHER)
        await a_channel(telegram, boss)
        own = await ask(stranger, "/domains")
        before = await reader_at(home, CHANNEL)
        number = before.subscriber.id

        answers = [
            await stranger.press(data, on=own).answered()
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
            await ask(stranger, f"/groups {number}{words}")
            for words in ("", " pause", " forget yes", " leave yes")
        ]

        texts = {answer.text for answer in answers} | {message.text for message in typed}
        assert all(answer.alert for answer in answers)
        assert len(texts) == 1
        assert "Daily Papers" not in (texts.pop() or "")
        assert await reader_at(home, CHANNEL) == before

    async def test_the_number_of_a_person_steers_nobody(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        victim, stranger = await a_boss(telegram), await a_boss(telegram, OTHER)
        number = await number_of(home, victim.id)
        own = await ask(stranger, "/domains")

        pressed = await stranger.press(f"1@{number}:t:robotics", on=own).answered()
        mine = await victim.press(f"1@{number}:t:robotics", on=victim.messages[0]).answered()
        typed = await ask(stranger, f"/groups {number} forget yes")

        assert (pressed.alert, mine.alert) == (True, True)
        assert "no chat with this number" in typed.text
        assert await follows(home, victim.id) == ()

    @pytest.mark.parametrize(
        "data", ["1@9:f:2601.15876:on", "1@9:r:1", "1@9:x:list", "1@9:c:stop:1", "1@9:p:2601.15876"]
    )
    async def test_what_steers_no_chat_is_no_button_about_one(
        self, telegram: TelegramServer, home: Household, data: str
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        forged = data.replace("@9", f"@{await number_of(home, CHANNEL)}")

        answer = await boss.press(forged, on=boss.messages[-1]).answered()

        assert answer.alert
        assert "too old" in (answer.text or "")

    async def test_a_button_about_another_chat_means_nothing_in_a_group(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        group = telegram.group(-100)
        group.member(boss, "creator")
        boss.send("/domains", to=group)
        keyboard = await group.wait_for_message()

        answer = await boss.press(f"1@{await number_of(home, CHANNEL)}:t:robotics", on=keyboard).answered()

        assert answer.alert
        assert await follows(home, CHANNEL) == ()

    async def test_an_administrator_who_was_demoted_meanwhile_has_no_more_say(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, question = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)
        channel.member(boss, "member")

        pressed = await boss.tap("Robotics", on=question).answered()
        typed = await ask(boss, f"/groups {number} subscribe robotics")
        told = await ask(boss, f"/groups {number} forget yes")

        assert pressed.alert
        assert all("Only administrators" in text for text in (pressed.text or "", typed.text, told.text))
        assert await follows(home, CHANNEL) == ()

    async def test_a_bot_that_may_not_post_any_more_says_what_to_do(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, question = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)
        channel.chat.bot = {**channel.chat.bot, "can_post_messages": False}

        pressed = await boss.tap("Robotics", on=question).answered()
        paused = await ask(boss, f"/groups {number} pause")

        assert "right to post" in (pressed.text or "")
        assert "Paused" in paused.text

    async def test_a_telegram_that_does_not_answer_is_no_yes(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        _, question = await a_channel(telegram, boss)
        telegram.refuse_next(502, "Bad Gateway", method="getChatMember", chat=CHANNEL)

        pressed = await boss.tap("Robotics", on=question).answered()

        assert "did not answer" in (pressed.text or "")
        assert await follows(home, CHANNEL) == ()


class TestLeavingAndForgetting:
    """The two that end something ask first."""

    async def test_the_bot_leaves_after_a_yes_and_nobody_is_told_twice(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        question = await ask(boss, f"/groups {number} leave")
        before = channel.chat.bot["status"]
        await boss.tap("Leave", on=question).answered()
        await boss.wait_for_edit(question, "I have left")
        await still(bot, boss)

        assert (before, channel.chat.bot["status"]) == ("administrator", "left")
        assert (await reader_at(home, CHANNEL)).endpoints[0].state is EndpointState.GONE
        assert await home.store.outbox.rows() == []

    async def test_staying_changes_nothing(self, telegram: TelegramServer, home: Household) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)

        question = await ask(boss, f"频道 {await number_of(home, CHANNEL)} 离开")
        await boss.tap("Stay", on=question).answered()
        again = await boss.press(question_key(telegram, question.keyboard), on=question).answered()

        assert channel.chat.bot["status"] == "administrator"
        assert again.alert

    async def test_a_group_is_erased_after_a_yes_and_its_owner_stays(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)

        question = await ask(boss, f"/groups {number} forget")
        kept = await nobody_at(home, CHANNEL)
        await boss.tap("Erase everything", on=question).answered()
        await boss.wait_for_edit(question, "erased")

        assert not kept
        assert await nobody_at(home, CHANNEL)
        assert not await nobody_at(home, BOSS)

    async def test_a_chat_that_put_the_bot_out_can_still_be_erased_by_its_owner_alone(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss, other = await a_boss(telegram), await a_boss(telegram, OTHER)
        channel, _ = await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)
        place_bot(channel, "kicked", by=boss)
        await still(bot, boss)

        strange = await ask(other, f"/groups {number} forget yes")
        refused = await ask(boss, f"/groups {number} subscribe robotics")
        kept = await nobody_at(home, CHANNEL)
        done = await ask(boss, f"/groups {number} forget yes")

        assert "no chat with this number" in strange.text
        assert "I am not in that chat" in refused.text
        assert not kept
        assert "erased" in done.text
        assert await nobody_at(home, CHANNEL)

    async def test_a_person_who_is_forgotten_owns_nothing_more_and_the_channel_goes_on(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        await ask(boss, f"/groups {await number_of(home, CHANNEL)} subscribe robotics")

        await ask(boss, "/forget yes")

        left = await reader_at(home, CHANNEL)
        assert left.endpoints[0].owner is None
        assert left.subscriber.next_at is not None


def question_key(telegram: TelegramServer, keyboard: list[list[dict[str, str]]]) -> str:
    """Give the data of the button that says yes, from the question as it was sent."""
    del keyboard
    sent = telegram.calls("sendMessage")[-1]["reply_markup"]
    return sent.partition('"callback_data": "')[2].partition('"')[0]
