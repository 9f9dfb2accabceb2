"""Who may change what a group gets: asked of Telegram at each command and each press."""

import pytest
from telegram import Bot
from telegram.error import TelegramError

from digest.model import Target
from digest.telegram import BotApplication
from digest.telegram.permissions import MissingPermission, TelegramChatPermissions
from tests.support.telegram_chat_actions import send_as_chat
from tests.support.telegram_members import chat_member_json
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.support.telegram_world import BOT_USER
from tests.telegram.chat_app import ChatApp
from tests.telegram.managed_group import (
    CHANNEL_ID,
    OTHER_ID,
    OWNER_ID,
    add_channel,
    followed_domains,
    group_profile,
    start_owner,
    wait_until_idle,
)

pytestmark = pytest.mark.usefixtures("bot")


def add_group(telegram: TelegramServer, *, forum: bool = False) -> tuple[Person, GroupChat]:
    """Return a group and its creator."""
    boss, group = telegram.user(OWNER_ID), telegram.group(-100, forum=forum)
    group.add_member(boss, "creator")
    return boss, group


class TestWhoWrites:
    """Commands in a group."""

    async def test_an_anonymous_administrator_is_the_group_itself(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        _, group = add_group(telegram)

        send_as_chat(group, "/subscribe robotics", group)
        await group.wait_for_message("You now follow")

        assert await followed_domains(chat_app, -100) == ("robotics",)
        assert (await group_profile(chat_app, -100)).endpoints[0].owner_id is None

    async def test_who_writes_as_the_linked_channel_is_asked_to_write_as_themselves(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        _, group = add_group(telegram)

        send_as_chat(group, "/subscribe robotics", telegram.channel(CHANNEL_ID))
        answer = await group.wait_for_message()

        assert "Write as yourself" in answer.text
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_posts_that_come_from_the_linked_channel_by_themselves_are_left_alone(
        self, telegram: TelegramServer, bot: BotApplication
    ) -> None:
        boss, group = add_group(telegram)
        channel = telegram.channel(CHANNEL_ID)
        body = {"message_id": 9, "date": 1, "chat": group.chat.as_json(), "text": "/subscribe robotics"}
        body |= {"sender_chat": channel.chat.as_json(), "is_automatic_forward": True}
        body |= {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}}

        telegram.world.updates.add("message", body)
        await wait_until_idle(bot, boss)

        assert group.messages == []

    async def test_the_anonymous_of_two_groups_do_not_use_up_each_others_commands(
        self, telegram: TelegramServer
    ) -> None:
        _, one = add_group(telegram)
        two = telegram.group(-200)

        for _ in range(3):
            send_as_chat(one, "/help", one)
            await one.wait_for_message()
        send_as_chat(two, "/help", two)

        assert "What you can type" in (await two.wait_for_message()).text

    async def test_what_an_anonymous_administrator_asked_any_administrator_may_confirm(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, group = add_group(telegram)
        member = telegram.user(OTHER_ID)
        group.add_member(member)
        send_as_chat(group, "/subscribe robotics", group)
        await group.wait_for_message()

        send_as_chat(group, "/forget", group)
        question = await group.wait_for_message("Erase what this chat follows")
        refused = await member.tap("Erase everything", on=question).wait_for_answer()
        kept = await followed_domains(chat_app, -100)
        await boss.tap("Erase everything", on=question).wait_for_answer()

        assert refused.alert
        assert kept == ("robotics",)
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_start_in_a_topic_is_about_that_topic(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss, group = add_group(telegram, forum=True)
        group.add_topic(5)

        boss.send("/start@paper_digest_test_bot", to=group, thread=5)
        welcome = await group.wait_for_message()
        await boss.tap("Robotics", on=welcome).wait_for_answer()
        boss.send("/start", to=group)
        general = await group.wait_for_message("What would you like to receive")

        assert (welcome.thread_id, general.thread_id) == (5, None)
        assert await followed_domains(chat_app, -100, 5) == ("robotics",)
        assert await followed_domains(chat_app, -100) == ()

    async def test_a_topic_is_called_by_its_name_where_telegram_tells_it(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, group = add_group(telegram, forum=True)
        group.add_topic(5)
        made = {"message_id": 5, "date": 1, "chat": group.chat.as_json(), "message_thread_id": 5}
        made |= {"forum_topic_created": {"name": "Robots", "icon_color": 1}}
        body = {"message_id": 9, "date": 1, "chat": group.chat.as_json(), "text": "/subscribe robotics"}
        body |= {"from": boss.user, "message_thread_id": 5, "is_topic_message": True}

        telegram.world.updates.add("message", body | {"reply_to_message": made})
        await group.wait_for_message("You now follow")
        boss.send("/pause", to=group, thread=5)
        await group.wait_for_message("Paused")

        assert (await group_profile(chat_app, -100, 5)).endpoints[0].title == "Lab › Robots"


class TestWhoPresses:
    """Buttons in a group or channel."""

    async def test_rights_are_asked_anew_at_each_press(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss, group = add_group(telegram)
        boss.send("/domains", to=group)
        keyboard = await group.wait_for_message()

        await boss.tap("Robotics", on=keyboard).wait_for_answer()
        group.add_member(boss, "member")
        refused = await boss.tap("Video", on=keyboard).wait_for_answer()

        assert refused.alert
        assert await followed_domains(chat_app, -100) == ("robotics",)

    async def test_a_reader_of_a_channel_presses_no_switch_there_though_the_channel_wrote_it(
        self, telegram: TelegramServer, chat_app: ChatApp, bot: BotApplication
    ) -> None:
        boss, reader = await start_owner(telegram), telegram.user(OTHER_ID)
        channel, _ = await add_channel(telegram, boss)
        post = await bot.bot.send_message(CHANNEL_ID, "today's papers")
        shown = channel.messages[-1]

        refused = await reader.send_callback("1:t:robotics", on=shown).wait_for_answer()
        read = await reader.send_callback("1:p:2601.15876", on=shown).wait_for_answer()

        assert post.sender_chat is not None
        assert refused.alert
        assert "administrators" in (refused.text or "")
        assert await followed_domains(chat_app, CHANNEL_ID) == ()
        assert len(read.text or "") > 20


class TestWhatTelegramTells:
    """Lookups that fail."""

    async def test_where_members_are_hidden_the_list_of_administrators_decides(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, group = add_group(telegram)
        member = telegram.user(OTHER_ID)
        group.add_member(member)
        group.chat.hides_members = True

        member.send("/subscribe video", to=group)
        refused = await group.wait_for_message()
        boss.send("/subscribe robotics", to=group)
        await group.wait_for_message("You now follow")

        assert "administrators" in refused.text
        assert await followed_domains(chat_app, -100) == ("robotics",)

    async def test_where_nobody_is_told_the_bot_says_in_one_line_what_helps(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, group = add_group(telegram)
        group.chat.hides_members = True
        telegram.plan_refusal(400, "Bad Request: CHAT_ADMIN_REQUIRED", method="getChatAdministrators", chat=-100)

        boss.send("/subscribe robotics", to=group)
        answer = await group.wait_for_message()

        assert "Make me an administrator" in answer.text
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_each_refusal_of_a_lookup_has_a_meaning(self, telegram: TelegramServer, bot: BotApplication) -> None:
        rows = [
            (400, "Bad Request: user not found", MissingPermission.NOT_ADMIN),
            (400, "Bad Request: PARTICIPANT_ID_INVALID", MissingPermission.NOT_ADMIN),
            (400, "Bad Request: chat not found", MissingPermission.BOT_ABSENT),
            (403, "Forbidden: bot is not a member of the channel chat", MissingPermission.BOT_ABSENT),
            (500, "Internal Server Error", MissingPermission.NO_ANSWER),
            (429, "Too Many Requests: retry after 5", MissingPermission.NO_ANSWER),
        ]
        add_group(telegram)
        for status, words, lack in rows:
            telegram.plan_refusal(status, words, method="getChatMember", chat=-100)

            assert await TelegramChatPermissions(bot.bot).check_is_admin(-100, OWNER_ID) is lack, words

    async def test_the_bots_own_place_tells_whether_it_may_post(
        self, telegram: TelegramServer, bot: BotApplication
    ) -> None:
        rows: list[tuple[str, str, dict[str, bool], MissingPermission | None]] = [
            ("supergroup", "member", {}, None),
            ("supergroup", "restricted", {}, MissingPermission.CANNOT_POST),
            ("supergroup", "restricted", {"can_send_messages": True}, None),
            ("supergroup", "restricted", {"is_member": False}, MissingPermission.BOT_ABSENT),
            ("supergroup", "administrator", {}, None),
            ("supergroup", "left", {}, MissingPermission.BOT_ABSENT),
            ("channel", "administrator", {}, None),
            ("channel", "administrator", {"can_post_messages": False}, MissingPermission.CANNOT_POST),
            ("channel", "kicked", {}, MissingPermission.BOT_ABSENT),
        ]
        for number, (kind, status, rights, lack) in enumerate(rows, start=100):
            group = telegram.group(-number, kind=kind)
            group.chat.bot_membership = chat_member_json(group.chat, BOT_USER, status, **rights)

            assert await TelegramChatPermissions(bot.bot).check_can_post(-number) is lack, (kind, status, rights)
            assert await can_bot_post(bot.bot, -number) is (lack is None), (kind, status, rights)

    async def test_a_closed_topic_lets_only_those_post_who_manage_topics(
        self, telegram: TelegramServer, bot: BotApplication
    ) -> None:
        group, chats = telegram.group(-100, forum=True), TelegramChatPermissions(bot.bot)
        group.chat.bot_membership = chat_member_json(group.chat, BOT_USER, "administrator")
        shut = await chats.check_can_post(-100, topic_closed=True)
        group.chat.bot_membership = chat_member_json(group.chat, BOT_USER, "administrator", can_manage_topics=True)

        assert shut is MissingPermission.TOPIC_CLOSED
        assert await chats.check_can_post(-100, topic_closed=True) is None


async def can_bot_post(bot: Bot, chat: int) -> bool:
    """Return whether the stand-in takes a message for the group."""
    try:
        await bot.send_message(chat, "hello")
    except TelegramError:
        return False
    return True
