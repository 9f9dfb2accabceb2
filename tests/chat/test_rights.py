"""Who may change what a group gets: asked of Telegram at each command and each press."""

import pytest
from telegram import Bot
from telegram.error import TelegramError

from digest.chat import ChatApplication
from digest.chat.chats import Lack
from digest.chat.rights import TelegramChats
from digest.model import Target
from tests.chat.household import Household
from tests.chat.steered import BOSS, CHANNEL, OTHER, a_boss, a_channel, follows, reader_at, still
from tests.support.telegram_moves import say_as
from tests.support.telegram_people import Group, Person
from tests.support.telegram_places import member_json
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import BOT

pytestmark = pytest.mark.usefixtures("bot")


def a_group(telegram: TelegramServer, *, forum: bool = False) -> tuple[Person, Group]:
    """Give a group and its creator."""
    boss, group = telegram.user(BOSS), telegram.group(-100, forum=forum)
    group.member(boss, "creator")
    return boss, group


class TestWhoWrites:
    """Commands in a group."""

    async def test_an_anonymous_administrator_is_the_group_itself(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        _, group = a_group(telegram)

        say_as(group, "/subscribe robotics", group)
        await group.wait_for_message("You now follow")

        assert await follows(home, -100) == ("robotics",)
        assert (await reader_at(home, -100)).endpoints[0].owner is None

    async def test_who_writes_as_the_linked_channel_is_asked_to_write_as_themselves(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        _, group = a_group(telegram)

        say_as(group, "/subscribe robotics", telegram.channel(CHANNEL))
        answer = await group.wait_for_message()

        assert "Write as yourself" in answer.text
        assert await home.house.membership.reader(Target.telegram(-100)) is None

    async def test_posts_that_come_from_the_linked_channel_by_themselves_are_left_alone(
        self, telegram: TelegramServer, bot: ChatApplication
    ) -> None:
        boss, group = a_group(telegram)
        channel = telegram.channel(CHANNEL)
        body = {"message_id": 9, "date": 1, "chat": group.chat.as_json(), "text": "/subscribe robotics"}
        body |= {"sender_chat": channel.chat.as_json(), "is_automatic_forward": True}
        body |= {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}}

        telegram.world.updates.add("message", body)
        await still(bot, boss)

        assert group.messages == []

    async def test_the_anonymous_of_two_groups_do_not_use_up_each_others_commands(
        self, telegram: TelegramServer
    ) -> None:
        _, one = a_group(telegram)
        two = telegram.group(-200)

        for _ in range(3):
            say_as(one, "/help", one)
            await one.wait_for_message()
        say_as(two, "/help", two)

        assert "What you can say" in (await two.wait_for_message()).text

    async def test_what_an_anonymous_administrator_asked_any_administrator_may_confirm(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram)
        member = telegram.user(OTHER)
        group.member(member)
        say_as(group, "/subscribe robotics", group)
        await group.wait_for_message()

        say_as(group, "/forget", group)
        question = await group.wait_for_message("Shall I erase")
        refused = await member.tap("Erase everything", on=question).answered()
        kept = await follows(home, -100)
        await boss.tap("Erase everything", on=question).answered()

        assert refused.alert
        assert kept == ("robotics",)
        assert await home.house.membership.reader(Target.telegram(-100)) is None

    async def test_start_in_a_topic_is_about_that_topic(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram, forum=True)
        group.add_topic(5)

        boss.send("/start@paper_digest_test_bot", to=group, thread=5)
        welcome = await group.wait_for_message()
        await boss.tap("Robotics", on=welcome).answered()
        boss.send("/start", to=group)
        general = await group.wait_for_message("What may I send you")

        assert (welcome.thread, general.thread) == (5, None)
        assert await follows(home, -100, 5) == ("robotics",)
        assert await follows(home, -100) == ()

    async def test_a_topic_is_called_by_its_name_where_telegram_tells_it(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram, forum=True)
        group.add_topic(5)
        made = {"message_id": 5, "date": 1, "chat": group.chat.as_json(), "message_thread_id": 5}
        made |= {"forum_topic_created": {"name": "Robots", "icon_color": 1}}
        body = {"message_id": 9, "date": 1, "chat": group.chat.as_json(), "text": "/subscribe robotics"}
        body |= {"from": boss.user, "message_thread_id": 5, "is_topic_message": True}

        telegram.world.updates.add("message", body | {"reply_to_message": made})
        await group.wait_for_message("You now follow")
        boss.send("/pause", to=group, thread=5)
        await group.wait_for_message("Paused")

        assert (await reader_at(home, -100, 5)).endpoints[0].title == "Lab › Robots"


class TestWhoPresses:
    """Buttons in a group or channel."""

    async def test_rights_are_asked_anew_at_each_press(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram)
        boss.send("/domains", to=group)
        keyboard = await group.wait_for_message()

        await boss.tap("Robotics", on=keyboard).answered()
        group.member(boss, "member")
        refused = await boss.tap("Video", on=keyboard).answered()

        assert refused.alert
        assert await follows(home, -100) == ("robotics",)

    async def test_a_reader_of_a_channel_presses_no_switch_there_though_the_channel_wrote_it(
        self, telegram: TelegramServer, home: Household, bot: ChatApplication
    ) -> None:
        boss, reader = await a_boss(telegram), telegram.user(OTHER)
        channel, _ = await a_channel(telegram, boss)
        post = await bot.bot.send_message(CHANNEL, "today's papers")
        shown = channel.messages[-1]

        refused = await reader.press("1:t:robotics", on=shown).answered()
        read = await reader.press("1:p:2601.15876", on=shown).answered()

        assert post.sender_chat is not None
        assert refused.alert
        assert "administrators" in (refused.text or "")
        assert await follows(home, CHANNEL) == ()
        assert len(read.text or "") > 20


class TestWhatTelegramTells:
    """Lookups that fail."""

    async def test_where_members_are_hidden_the_list_of_administrators_decides(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram)
        member = telegram.user(OTHER)
        group.member(member)
        group.chat.secretive = True

        member.send("/subscribe video", to=group)
        refused = await group.wait_for_message()
        boss.send("/subscribe robotics", to=group)
        await group.wait_for_message("You now follow")

        assert "administrators" in refused.text
        assert await follows(home, -100) == ("robotics",)

    async def test_where_nobody_is_told_the_bot_says_in_one_line_what_helps(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        boss, group = a_group(telegram)
        group.chat.secretive = True
        telegram.refuse_next(
            400, "Bad Request: CHAT_ADMIN_REQUIRED", method="getChatAdministrators", chat=-100
        )

        boss.send("/subscribe robotics", to=group)
        answer = await group.wait_for_message()

        assert "Make me an administrator" in answer.text
        assert await home.house.membership.reader(Target.telegram(-100)) is None

    @pytest.mark.parametrize(
        ("status", "words", "lack"),
        [
            (400, "Bad Request: user not found", Lack.ADMINISTRATOR),
            (400, "Bad Request: PARTICIPANT_ID_INVALID", Lack.ADMINISTRATOR),
            (400, "Bad Request: chat not found", Lack.BOT),
            (403, "Forbidden: bot is not a member of the channel chat", Lack.BOT),
            (500, "Internal Server Error", Lack.ANSWER),
            (429, "Too Many Requests: retry after 5", Lack.ANSWER),
        ],
    )
    async def test_each_refusal_of_a_lookup_has_a_meaning(
        self, telegram: TelegramServer, bot: ChatApplication, status: int, words: str, lack: Lack
    ) -> None:
        a_group(telegram)
        telegram.refuse_next(status, words, method="getChatMember", chat=-100)

        assert await TelegramChats(bot.bot).administers(-100, BOSS) is lack

    @pytest.mark.parametrize(
        ("kind", "status", "rights", "lack"),
        [
            ("supergroup", "member", {}, None),
            ("supergroup", "restricted", {}, Lack.RIGHT),
            ("supergroup", "restricted", {"can_send_messages": True}, None),
            ("supergroup", "restricted", {"is_member": False}, Lack.BOT),
            ("supergroup", "administrator", {}, None),
            ("supergroup", "left", {}, Lack.BOT),
            ("channel", "administrator", {}, None),
            ("channel", "administrator", {"can_post_messages": False}, Lack.RIGHT),
            ("channel", "kicked", {}, Lack.BOT),
        ],
    )
    async def test_the_bots_own_place_tells_whether_it_may_post(
        self,
        telegram: TelegramServer,
        bot: ChatApplication,
        kind: str,
        status: str,
        rights: dict[str, bool],
        lack: Lack | None,
    ) -> None:
        group = telegram.group(-100, kind=kind)
        group.chat.bot = member_json(group.chat, BOT, status, **rights)

        found = await TelegramChats(bot.bot).lets_post(-100)

        assert found is lack
        assert await can_send(bot.bot) is (lack is None)

    async def test_a_closed_topic_lets_only_those_post_who_manage_topics(
        self, telegram: TelegramServer, bot: ChatApplication
    ) -> None:
        group, chats = telegram.group(-100, forum=True), TelegramChats(bot.bot)
        group.chat.bot = member_json(group.chat, BOT, "administrator")
        shut = await chats.lets_post(-100, closed=True)
        group.chat.bot = member_json(group.chat, BOT, "administrator", can_manage_topics=True)

        assert shut is Lack.TOPIC
        assert await chats.lets_post(-100, closed=True) is None


async def can_send(bot: Bot) -> bool:
    """Tell whether the stand-in takes a message for the group."""
    try:
        await bot.send_message(-100, "hello")
    except TelegramError:
        return False
    return True
