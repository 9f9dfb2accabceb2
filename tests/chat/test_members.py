"""What happens to the bot in groups and channels, as Telegram tells it."""

import pytest

from digest.chat import ChatApplication
from digest.model import Announcement, Channel, EndpointState, Target
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
from tests.chat.talking import ask
from tests.support.telegram_moves import absent, place_bot, serve
from tests.support.telegram_people import Group, Person
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")


async def news(home: Household) -> list[str]:
    """Give the lines that wait in the outbox for the owner, the oldest first."""
    rows = await home.store.outbox.claim(
        Channel.TELEGRAM, "a test", due=home.clock(), now=home.clock(), until=home.clock(), most=50
    )
    await home.store.outbox.release("a test")
    owners = [row for row in rows if row.target == Target.telegram(BOSS)]
    return [row.content.text for row in owners if isinstance(row.content, Announcement)]


async def a_group(telegram: TelegramServer, boss: Person) -> Group:
    """Give a forum with two topics that follow something."""
    group = telegram.group(FORUM, forum=True)
    group.member(boss, "creator")
    for thread, domain in ((5, "robotics"), (6, "video")):
        group.add_topic(thread)
        boss.send(f"/subscribe {domain}", to=group, thread=thread)
        await group.wait_for_message("You now follow")
    return group


class TestAdded:
    """The bot comes into a chat."""

    async def test_a_group_is_greeted_once_with_the_keyboard_and_told_who_chooses(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss, group = await a_boss(telegram), absent(telegram.group(-100))
        group.member(boss, "creator")

        place_bot(group, "member", by=boss)
        hello = await group.wait_for_message("Administrators of this group choose")
        place_bot(group, "administrator", by=boss)
        await still(bot, boss)
        await boss.tap("Robotics", on=hello).answered()

        assert len(group.messages) == 1
        assert await follows(home, -100) == ("robotics",)
        place = (await reader_at(home, -100)).endpoints[0]
        assert (place.owner, place.title) == (BOSS, "Lab")

    async def test_a_member_who_adds_the_bot_does_not_choose(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        member, group = telegram.user(OTHER), absent(telegram.group(-100))
        group.member(member)

        place_bot(group, "member", by=member)
        hello = await group.wait_for_message("Hello")
        answer = await member.tap("Robotics", on=hello).answered()

        assert answer.alert
        assert "administrators" in (answer.text or "")
        assert await home.house.membership.reader(Target.telegram(-100)) is None

    async def test_nothing_is_sent_where_the_bot_may_not_write(
        self, telegram: TelegramServer, bot: ChatApplication
    ) -> None:
        boss, group = await a_boss(telegram), absent(telegram.group(-100))
        group.member(boss, "creator")
        group.chat.permissions = {"can_send_messages": False}

        place_bot(group, "member", by=boss)
        await still(bot, boss)

        sent = [call for call in telegram.calls("sendMessage") if call["chat_id"] == "-100"]
        assert sent == []

    async def test_whoever_puts_the_bot_into_a_channel_chooses_for_it_in_private(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, question = await a_channel(telegram, boss)

        await boss.tap("Robotics", on=question).answered()
        await boss.wait_for_edit(question, "For Daily Papers")

        assert "What shall it get?" in telegram.calls("sendMessage")[-1]["text"]
        assert await follows(home, CHANNEL) == ("robotics",)
        assert await follows(home, BOSS) == ()
        assert channel.messages == []

    async def test_somebody_who_never_started_the_bot_is_not_written_to(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = telegram.user(BOSS, started=False)
        channel = absent(telegram.channel(CHANNEL))
        channel.member(boss, "creator")

        place_bot(channel, "administrator", by=boss)
        await still(bot, telegram.user(OTHER))
        await ask(boss, "/groups")

        assert await number_of(home, CHANNEL) > 0
        assert "Daily Papers" in boss.messages[-1].text

    async def test_a_channel_that_lets_the_bot_not_post_is_told_so_to_its_owner(
        self, telegram: TelegramServer
    ) -> None:
        boss = await a_boss(telegram)
        channel = absent(telegram.channel(CHANNEL))
        channel.member(boss, "creator")

        place_bot(channel, "administrator", by=boss, can_post_messages=False)
        told = await boss.wait_for_message("I am in Daily Papers")
        place_bot(channel, "administrator", by=boss)
        asked = await boss.wait_for_message("What shall it get?")

        assert "right to post" in told.text
        assert told.buttons == []
        assert len(asked.buttons) > 20


class TestSilenced:
    """The right to write is taken away and given back."""

    async def test_a_channel_rests_without_the_right_to_post_and_goes_on_with_it(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        channel, _ = await a_channel(telegram, boss)
        await ask(boss, f"/groups {await number_of(home, CHANNEL)} subscribe robotics")

        place_bot(channel, "administrator", by=boss, can_post_messages=False)
        await still(bot, boss)
        resting = await reader_at(home, CHANNEL)
        first = await news(home)
        place_bot(channel, "administrator", by=boss)
        await boss.wait_for_message("Daily Papers")
        back = await reader_at(home, CHANNEL)
        second = await news(home)

        assert (resting.endpoints[0].state, resting.subscriber.next_at) == (EndpointState.GONE, None)
        assert back.endpoints[0].state is EndpointState.ACTIVE
        assert back.subscriber.next_at is not None
        assert [("may not write" in line) for line in first] == [True]
        assert any("may write in “Daily Papers” again" in line for line in second)

    async def test_a_pause_that_an_administrator_wanted_outlives_the_silence(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)
        boss.send("/pause", to=group, thread=5)
        await group.wait_for_message("Paused")

        place_bot(group, "restricted", by=boss)
        await still(bot, boss)
        place_bot(group, "member", by=boss)
        await still(bot, boss)

        assert (await reader_at(home, FORUM, 5)).subscriber.next_at is None
        assert (await reader_at(home, FORUM, 6)).subscriber.next_at is not None

    async def test_all_topics_of_a_silenced_group_are_one_line_for_its_owner(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)

        place_bot(group, "restricted", by=boss)
        await still(bot, boss)

        told = await news(home)
        assert len(told) == 1
        assert "“Lab”" in told[0]


class TestPutOut:
    """The bot is removed or banned."""

    @pytest.mark.parametrize("status", ["left", "kicked"])
    async def test_every_topic_ends_and_the_owner_hears_it_once(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household, status: str
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)

        place_bot(group, "restricted", by=boss)
        place_bot(group, status, by=boss)
        place_bot(group, status, by=boss)
        await still(bot, boss)

        states = [(await reader_at(home, FORUM, thread)).endpoints[0].state for thread in (5, 6)]
        told = await news(home)
        assert states == [EndpointState.GONE, EndpointState.GONE]
        assert [("no longer in" in line) for line in told] == [False, True]

    async def test_an_administrator_who_brings_the_bot_back_finds_what_was_chosen(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)
        place_bot(group, "kicked", by=boss)
        await still(bot, boss)

        place_bot(group, "member", by=boss)
        await still(bot, boss)

        back = await reader_at(home, FORUM, 6)
        assert back.endpoints[0].state is EndpointState.ACTIVE
        assert back.subscriber.next_at is not None
        assert back.preferences.domains == ("video",)

    async def test_a_member_who_brings_it_back_starts_nothing(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss, member = await a_boss(telegram), telegram.user(OTHER)
        group = await a_group(telegram, boss)
        group.member(member)
        place_bot(group, "kicked", by=boss)
        await still(bot, boss)

        place_bot(group, "member", by=member)
        await still(bot, boss)

        assert (await reader_at(home, FORUM, 6)).endpoints[0].state is EndpointState.GONE


class TestRenamed:
    """Chats and topics get other names."""

    async def test_titles_of_a_group_and_its_topics_are_kept_in_step(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)

        serve(group, {"forum_topic_edited": {"name": "Robots"}}, thread=5)
        serve(group, {"new_chat_title": "The Lab"})
        serve(group, {"forum_topic_edited": {}}, thread=6)
        await still(bot, boss)

        titles = [(await reader_at(home, FORUM, thread)).endpoints[0].title for thread in (5, 6)]
        assert titles == ["The Lab › Robots", "The Lab"]

    async def test_a_topic_that_was_closed_is_known_until_it_is_opened(
        self, telegram: TelegramServer, bot: ChatApplication, home: Household
    ) -> None:
        boss = await a_boss(telegram)
        group = await a_group(telegram, boss)
        number = await number_of(home, FORUM, 5)

        serve(group, {"forum_topic_closed": {}}, thread=5)
        await still(bot, boss)
        closed = await ask(boss, f"/groups {number} subscribe video")
        serve(group, {"forum_topic_reopened": {}}, thread=5)
        await still(bot, boss)
        opened = await ask(boss, f"/groups {number} subscribe video")

        assert "topic is closed" in closed.text
        assert "You now follow" in opened.text
