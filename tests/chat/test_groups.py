"""The list of groups and channels, and the ways to add one from the private chat."""

import pytest

from digest.callbacks import read_callback
from digest.chat.answers.lacks import lacks, no_such
from digest.chat.chats import Lack
from digest.markup import utf16_length
from digest.model import Locale
from digest.words import words_in
from tests.chat.household import Household
from tests.chat.steered import BOSS, CHANNEL, OTHER, a_boss, a_channel, follows, number_of, reader_at
from tests.chat.talking import ask
from tests.support.telegram_moves import absent, forward, share
from tests.support.telegram_people import Group, Person
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")


def a_channel_of(telegram: TelegramServer, boss: Person) -> Group:
    """Give a channel in which the bot is already, but of which it has not been told."""
    channel = telegram.channel(CHANNEL, username="dailypapers")
    channel.member(boss, "administrator")
    return channel


class TestList:
    """What a person set up."""

    async def test_who_has_set_up_nothing_learns_how(self, telegram: TelegramServer) -> None:
        boss = await a_boss(telegram)

        answer = await ask(boss, "/groups")

        assert "no group or channel yet" in answer.text
        assert [button["text"] for row in answer.below["keyboard"] for button in row] == [
            "Choose a channel",
            "Choose a group",
        ]

    @pytest.mark.parametrize("words", ["/groups", "/channels", "groups", "群组", "/频道"])
    async def test_what_was_set_up_is_listed_and_opens_with_a_tap(
        self, telegram: TelegramServer, home: Household, words: str
    ) -> None:
        boss = await a_boss(telegram)
        await a_channel(telegram, boss)
        number = await number_of(home, CHANNEL)
        await ask(boss, f"/groups {number} subscribe robotics")

        answer = await ask(boss, words)
        await boss.tap("Daily Papers", on=answer).answered()
        await boss.wait_for_edit(answer, "gets:")

        assert f"/groups {number} pause" in answer.text
        assert answer.buttons == [
            "Domains",
            "Settings",
            "Today's papers",
            "Pause",
            "Leave this chat",
            "All your chats",
        ]

    async def test_others_do_not_see_it(self, telegram: TelegramServer) -> None:
        boss, other = await a_boss(telegram), await a_boss(telegram, OTHER)
        await a_channel(telegram, boss)

        answer = await ask(other, "/groups")

        assert "Daily Papers" not in answer.text

    async def test_a_new_name_is_met_when_the_channel_is_opened(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)
        channel.chat.title = "<b>Nightly</b> & co"

        opened = await ask(boss, f"/groups {await number_of(home, CHANNEL)}")
        listed = await ask(boss, "/groups")

        assert "<b>Nightly</b> & co gets" in opened.text
        assert "<b>Nightly</b> & co" in listed.text

    async def test_a_long_list_stays_within_what_a_message_holds(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        for at in range(26):
            group = telegram.group(-1000 - at, title=f"Group {at:02} " + "𝕽" * 200)
            group.member(boss, "creator")
            boss.send("/subscribe robotics, video, nlp, 3d", to=group)
            await group.wait_for_message()

        answer = await ask(boss, "/groups")

        assert "6 more" in answer.text
        assert len(answer.buttons) == 21
        assert len(await home.house.groups.owned(BOSS)) == 26

    async def test_in_a_group_it_is_personal(self, telegram: TelegramServer) -> None:
        boss, group = telegram.user(BOSS), telegram.group(-100)
        group.member(boss, "creator")

        boss.send("/groups", to=group)

        assert "private chat" in (await group.wait_for_message()).text


class TestAdd:
    """Naming, choosing and forwarding."""

    @pytest.mark.parametrize(
        "name",
        [
            "@dailypapers",
            "＠DailyPapers",
            "https://t.me/dailypapers",
            "t.me/dailypapers/17",
            "dailypapers",
            "-100500",
        ],
    )
    async def test_a_channel_is_added_by_any_of_its_names(
        self, telegram: TelegramServer, home: Household, name: str
    ) -> None:
        boss = await a_boss(telegram)
        a_channel_of(telegram, boss)

        answer = await ask(boss, f"/groups {name}")
        await boss.tap("Robotics", on=answer).answered()

        assert "What shall it get?" in answer.text
        assert await follows(home, CHANNEL) == ("robotics",)

    async def test_a_channel_is_chosen_with_a_button_below_the_text_field(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel = a_channel_of(telegram, boss)
        offer = await ask(boss, "/groups add")

        share(boss, "Choose a channel", channel, on=offer)
        taken = await boss.wait_for_message("Let me look")
        question = await boss.wait_for_message("What shall it get?")

        assert taken.below == {"remove_keyboard": True}
        assert read_callback(question.button("Robotics")["callback_data"]) is not None
        assert (await reader_at(home, CHANNEL)).endpoints[0].owner == BOSS

    async def test_a_group_is_chosen_too_and_wants_the_bot_inside(self, telegram: TelegramServer) -> None:
        boss = await a_boss(telegram)
        group = telegram.group(-100)
        group.member(boss, "creator")
        offer = await ask(boss, "群组 添加")

        share(boss, "Choose a group", group, on=offer)
        question = await boss.wait_for_message("What shall it get?")
        wanted = [button["request_chat"] for row in offer.below["keyboard"] for button in row]

        assert "Lab" in question.text
        assert wanted[1]["bot_is_member"]
        assert wanted[0]["bot_administrator_rights"]["can_post_messages"]

    async def test_a_forwarded_post_names_its_channel(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel = a_channel_of(telegram, boss)

        forward(boss, "Good morning", channel)
        await boss.wait_for_message("What shall it get?")

        assert (await reader_at(home, CHANNEL)).endpoints[0].title == "Daily Papers"

    async def test_a_forwarded_post_of_somebody_elses_channel_is_read_for_its_paper(
        self, telegram: TelegramServer
    ) -> None:
        boss, reader = await a_boss(telegram), await a_boss(telegram, OTHER)
        channel = a_channel_of(telegram, boss)

        forward(reader, "https://arxiv.org/abs/2601.15876", channel)
        paper = await reader.wait_for_message()
        forward(reader, "Good morning", channel)
        refused = await reader.wait_for_message()

        assert "EvoCUA" in paper.text
        assert "Only administrators" in refused.text

    async def test_a_channel_that_one_does_not_run_is_not_added(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, stranger = await a_boss(telegram), await a_boss(telegram, OTHER)
        a_channel_of(telegram, boss)

        answer = await ask(stranger, "/groups @dailypapers")

        assert "Only administrators" in answer.text
        assert len(await home.store.people.readers()) == 2

    @pytest.mark.parametrize(
        "name", ["@nosuchchannel", "-1009", "42", "@", "a b c", "-", "9" * 18, "</b>", "x" * 3000]
    )
    async def test_a_name_that_means_nothing_gets_one_clear_line(
        self, telegram: TelegramServer, name: str
    ) -> None:
        boss = await a_boss(telegram)

        answer = await ask(boss, f"/groups {name}")

        assert "/groups" in answer.text
        assert len(answer.text) < 400

    async def test_a_channel_without_the_bot_is_told_how_to_get_it(self, telegram: TelegramServer) -> None:
        boss = await a_boss(telegram)
        absent(a_channel_of(telegram, boss))

        answer = await ask(boss, "/groups @dailypapers")

        assert "I am not in that chat" in answer.text

    async def test_a_second_administrator_steers_it_and_the_first_still_owns_it(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, other = await a_boss(telegram), await a_boss(telegram, OTHER)
        channel, _ = await a_channel(telegram, boss)
        channel.member(other, "administrator")

        await ask(other, "/groups @dailypapers")
        both = (await reader_at(home, CHANNEL)).endpoints[0].owner
        channel.member(boss, "member")
        await ask(other, "/groups @dailypapers")

        assert both == BOSS
        assert (await reader_at(home, CHANNEL)).endpoints[0].owner == OTHER


async def test_every_lack_fits_an_alert_and_says_what_to_do() -> None:
    for locale in Locale:
        words = words_in(locale)
        texts = [lacks(words, lack) for lack in Lack] + [no_such(words)]

        assert all(utf16_length(text) <= 200 for text in texts)
        assert len(set(texts)) == len(texts)


async def test_all_of_it_is_said_in_chinese_too(telegram: TelegramServer) -> None:
    boss = await a_boss(telegram, language_code="zh")
    a_channel_of(telegram, boss)

    added, opened = await ask(boss, "频道 @dailypapers"), await ask(boss, "频道")

    assert "要给它送些什么" in added.text
    assert "您的群组和频道" in opened.text
