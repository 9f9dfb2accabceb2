"""What happens to the bot in groups and channels, as Telegram tells it."""

import pytest

from digest.model import Announcement, Channel, EndpointState, Target
from digest.telegram import BotApplication
from tests.support.telegram_chat_actions import send_service_message, set_bot_status, without_bot
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait
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


async def owner_notices(chat_app: ChatApp) -> list[str]:
    """Return the lines that wait in the outbox for the owner, the oldest first."""
    rows = await chat_app.store.outbox.claim(
        Channel.TELEGRAM, "a test", due_at=chat_app.clock(), now=chat_app.clock(), until=chat_app.clock(), limit=50
    )
    await chat_app.store.outbox.release("a test")
    owners = [row for row in rows if row.target == Target.telegram(OWNER_ID)]
    return [row.content.text for row in owners if isinstance(row.content, Announcement)]


async def add_forum(telegram: TelegramServer, boss: Person) -> GroupChat:
    """Return a forum with two topics that follow something."""
    group = telegram.group(FORUM_ID, forum=True)
    group.add_member(boss, "creator")
    for thread, domain in ((5, "robotics"), (6, "video")):
        group.add_topic(thread)
        boss.send(f"/subscribe {domain}", to=group, thread=thread)
        await group.wait_for_message("You now follow")
    return group


class TestAdded:
    """The bot comes into a chat."""

    async def test_a_group_is_greeted_once_with_the_keyboard_and_told_who_chooses(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss, group = await start_owner(telegram), without_bot(telegram.group(-100))
        group.add_member(boss, "creator")

        set_bot_status(group, "member", by=boss)
        hello = await group.wait_for_message("Administrators of this group choose")
        set_bot_status(group, "administrator", by=boss)
        await wait_until_idle(bot, boss)
        await boss.tap("Robotics", on=hello).wait_for_answer()

        assert len(group.messages) == 1
        assert await followed_domains(chat_app, -100) == ("robotics",)
        place = (await group_profile(chat_app, -100)).endpoints[0]
        assert (place.owner_id, place.title) == (OWNER_ID, "Lab")

    async def test_a_member_who_adds_the_bot_does_not_choose(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        member, group = telegram.user(OTHER_ID), without_bot(telegram.group(-100))
        group.add_member(member)

        set_bot_status(group, "member", by=member)
        hello = await group.wait_for_message("Hello")
        answer = await member.tap("Robotics", on=hello).wait_for_answer()

        assert answer.alert
        assert "administrators" in (answer.text or "")
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_nothing_is_sent_where_the_bot_may_not_write(
        self, telegram: TelegramServer, bot: BotApplication
    ) -> None:
        boss, group = await start_owner(telegram), without_bot(telegram.group(-100))
        group.add_member(boss, "creator")
        group.chat.permissions = {"can_send_messages": False}

        set_bot_status(group, "member", by=boss)
        await wait_until_idle(bot, boss)

        sent = [call for call in telegram.calls("sendMessage") if call["chat_id"] == "-100"]
        assert sent == []

    async def test_whoever_puts_the_bot_into_a_channel_chooses_for_it_in_private(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, question = await add_channel(telegram, boss)

        await boss.tap("Robotics", on=question).wait_for_answer()
        await boss.wait_for_edit(question, "For Daily Papers")

        assert "What should it receive?" in telegram.calls("sendMessage")[-1]["text"]
        assert await followed_domains(chat_app, CHANNEL_ID) == ("robotics",)
        assert await followed_domains(chat_app, OWNER_ID) == ()
        assert channel.messages == []

    async def test_somebody_who_never_started_the_bot_is_not_written_to(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = telegram.user(OWNER_ID, started=False)
        channel = without_bot(telegram.channel(CHANNEL_ID))
        channel.add_member(boss, "creator")

        set_bot_status(channel, "administrator", by=boss)
        await wait_until_idle(bot, telegram.user(OTHER_ID))
        await send_and_wait(boss, "/groups")

        assert await group_number(chat_app, CHANNEL_ID) > 0
        assert "Daily Papers" in boss.messages[-1].text

    async def test_a_channel_that_lets_the_bot_not_post_is_told_so_to_its_owner(self, telegram: TelegramServer) -> None:
        boss = await start_owner(telegram)
        channel = without_bot(telegram.channel(CHANNEL_ID))
        channel.add_member(boss, "creator")

        set_bot_status(channel, "administrator", by=boss, can_post_messages=False)
        told = await boss.wait_for_message("I have been added to Daily Papers")
        set_bot_status(channel, "administrator", by=boss)
        asked = await boss.wait_for_message("What should it receive?")

        assert "right to post" in told.text
        assert told.buttons == []
        assert len(asked.buttons) > 20


class TestSilenced:
    """The right to write is taken away and given back."""

    async def test_a_channel_rests_without_the_right_to_post_and_goes_on_with_it(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)
        await send_and_wait(boss, f"/groups {await group_number(chat_app, CHANNEL_ID)} subscribe robotics")

        set_bot_status(channel, "administrator", by=boss, can_post_messages=False)
        await wait_until_idle(bot, boss)
        resting = await group_profile(chat_app, CHANNEL_ID)
        first = await owner_notices(chat_app)
        set_bot_status(channel, "administrator", by=boss)
        await boss.wait_for_message("Daily Papers")
        back = await group_profile(chat_app, CHANNEL_ID)
        second = await owner_notices(chat_app)

        assert (resting.endpoints[0].state, resting.subscriber.next_digest_at) == (EndpointState.UNREACHABLE, None)
        assert back.endpoints[0].state is EndpointState.ACTIVE
        assert back.subscriber.next_digest_at is not None
        assert [("can no longer post" in line) for line in first] == [True]
        assert any("can post in “Daily Papers” again" in line for line in second)

    async def test_a_pause_that_an_administrator_wanted_outlives_the_silence(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)
        boss.send("/pause", to=group, thread=5)
        await group.wait_for_message("Paused")

        set_bot_status(group, "restricted", by=boss)
        await wait_until_idle(bot, boss)
        set_bot_status(group, "member", by=boss)
        await wait_until_idle(bot, boss)

        assert (await group_profile(chat_app, FORUM_ID, 5)).subscriber.next_digest_at is None
        assert (await group_profile(chat_app, FORUM_ID, 6)).subscriber.next_digest_at is not None

    async def test_all_topics_of_a_silenced_group_are_one_line_for_its_owner(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)

        set_bot_status(group, "restricted", by=boss)
        await wait_until_idle(bot, boss)

        told = await owner_notices(chat_app)
        assert len(told) == 1
        assert "“Lab”" in told[0]


class TestPutOut:
    """The bot is removed or banned."""

    @pytest.mark.parametrize("status", ["left", "kicked"])
    async def test_every_topic_ends_and_the_owner_hears_it_once(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp, status: str
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)

        set_bot_status(group, "restricted", by=boss)
        set_bot_status(group, status, by=boss)
        set_bot_status(group, status, by=boss)
        await wait_until_idle(bot, boss)

        states = [(await group_profile(chat_app, FORUM_ID, thread)).endpoints[0].state for thread in (5, 6)]
        told = await owner_notices(chat_app)
        assert states == [EndpointState.UNREACHABLE, EndpointState.UNREACHABLE]
        assert [("I was removed from" in line) for line in told] == [False, True]

    async def test_an_administrator_who_brings_the_bot_back_finds_what_was_chosen(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)
        set_bot_status(group, "kicked", by=boss)
        await wait_until_idle(bot, boss)

        set_bot_status(group, "member", by=boss)
        await wait_until_idle(bot, boss)

        back = await group_profile(chat_app, FORUM_ID, 6)
        assert back.endpoints[0].state is EndpointState.ACTIVE
        assert back.subscriber.next_digest_at is not None
        assert back.preferences.domains == ("video",)

    async def test_a_member_who_brings_it_back_starts_nothing(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss, member = await start_owner(telegram), telegram.user(OTHER_ID)
        group = await add_forum(telegram, boss)
        group.add_member(member)
        set_bot_status(group, "kicked", by=boss)
        await wait_until_idle(bot, boss)

        set_bot_status(group, "member", by=member)
        await wait_until_idle(bot, boss)

        assert (await group_profile(chat_app, FORUM_ID, 6)).endpoints[0].state is EndpointState.UNREACHABLE


class TestRenamed:
    """Chats and topics get other names."""

    async def test_titles_of_a_group_and_its_topics_are_kept_in_step(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)

        send_service_message(group, {"forum_topic_edited": {"name": "Robots"}}, thread=5)
        send_service_message(group, {"new_chat_title": "The Lab"})
        send_service_message(group, {"forum_topic_edited": {}}, thread=6)
        await wait_until_idle(bot, boss)

        titles = [(await group_profile(chat_app, FORUM_ID, thread)).endpoints[0].title for thread in (5, 6)]
        assert titles == ["The Lab › Robots", "The Lab"]

    async def test_a_topic_that_was_closed_is_known_until_it_is_opened(
        self, telegram: TelegramServer, bot: BotApplication, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        group = await add_forum(telegram, boss)
        number = await group_number(chat_app, FORUM_ID, 5)

        send_service_message(group, {"forum_topic_closed": {}}, thread=5)
        await wait_until_idle(bot, boss)
        closed = await send_and_wait(boss, f"/groups {number} subscribe video")
        send_service_message(group, {"forum_topic_reopened": {}}, thread=5)
        await wait_until_idle(bot, boss)
        opened = await send_and_wait(boss, f"/groups {number} subscribe video")

        assert "topic is closed" in closed.text
        assert "You now follow" in opened.text
