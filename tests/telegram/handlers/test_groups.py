"""The list of groups and channels, and the ways to add one from the private chat."""

import pytest

from digest.model import Locale
from digest.render.telegram.callback_data import decode_callback
from digest.telegram.permissions import MissingPermission, missing_permission, unknown_group
from digest.text.i18n import translator_for
from digest.text.truncate import utf16_length
from tests.support.telegram_chat_actions import forward_post, share_chat, without_bot
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait
from tests.telegram.managed_group import (
    CHANNEL_ID,
    OTHER_ID,
    OWNER_ID,
    add_channel,
    followed_domains,
    group_number,
    group_profile,
    start_owner,
)

pytestmark = pytest.mark.usefixtures("bot")


def make_channel(telegram: TelegramServer, boss: Person) -> GroupChat:
    """Return a channel in which the bot is already, but of which it has not been told."""
    channel = telegram.channel(CHANNEL_ID, username="dailypapers")
    channel.add_member(boss, "administrator")
    return channel


class TestList:
    """What a person set up."""

    async def test_who_has_set_up_nothing_learns_how(self, telegram: TelegramServer) -> None:
        boss = await start_owner(telegram)

        answer = await send_and_wait(boss, "/groups")

        assert "not set up any groups" in answer.text
        assert [button["text"] for row in answer.reply_markup["keyboard"] for button in row] == [
            "Choose a channel",
            "Choose a group",
        ]

    async def test_what_was_set_up_is_listed_and_opens_with_a_tap(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        await add_channel(telegram, boss)
        number = await group_number(chat_app, CHANNEL_ID)
        await send_and_wait(boss, f"/groups {number} subscribe robotics")

        for words in ("/groups", "/channels", "groups", "群组", "/频道"):
            answer = await send_and_wait(boss, words)
            await boss.tap("Daily Papers", on=answer).wait_for_answer()
            await boss.wait_for_edit(answer, "receives:")

            assert f"/groups {number} pause" in answer.text, words
            assert answer.buttons == [
                "Domains",
                "Settings",
                "Today's papers",
                "Pause",
                "Leave this chat",
                "All your chats",
            ], words

    async def test_others_do_not_see_it(self, telegram: TelegramServer) -> None:
        boss, other = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        await add_channel(telegram, boss)

        answer = await send_and_wait(other, "/groups")

        assert "Daily Papers" not in answer.text

    async def test_a_new_name_is_met_when_the_channel_is_opened(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel, _ = await add_channel(telegram, boss)
        channel.chat.title = "<b>Nightly</b> & co"

        opened = await send_and_wait(boss, f"/groups {await group_number(chat_app, CHANNEL_ID)}")
        listed = await send_and_wait(boss, "/groups")

        assert "<b>Nightly</b> & co receives" in opened.text
        assert "<b>Nightly</b> & co" in listed.text

    async def test_a_long_list_stays_within_what_a_message_holds(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        for at in range(26):
            group = telegram.group(-1000 - at, title=f"Group {at:02} " + "𝕽" * 200)
            group.add_member(boss, "creator")
            boss.send("/subscribe robotics, video, nlp, 3d", to=group)
            await group.wait_for_message()

        answer = await send_and_wait(boss, "/groups")

        assert "6 more" in answer.text
        assert len(answer.buttons) == 21
        assert len(await chat_app.deps.groups.owned_by(OWNER_ID)) == 26

    async def test_in_a_group_it_is_personal(self, telegram: TelegramServer) -> None:
        boss, group = telegram.user(OWNER_ID), telegram.group(-100)
        group.add_member(boss, "creator")

        boss.send("/groups", to=group)

        assert "private chat" in (await group.wait_for_message()).text


class TestAdd:
    """Naming, choosing and forwarding."""

    @pytest.mark.parametrize(
        "name",
        ["@dailypapers", "＠DailyPapers", "https://t.me/dailypapers", "t.me/dailypapers/17", "dailypapers", "-100500"],
    )
    async def test_a_channel_is_added_by_any_of_its_names(
        self, telegram: TelegramServer, chat_app: ChatApp, name: str
    ) -> None:
        boss = await start_owner(telegram)
        make_channel(telegram, boss)

        answer = await send_and_wait(boss, f"/groups {name}")
        await boss.tap("Robotics", on=answer).wait_for_answer()

        assert "What should it receive?" in answer.text
        assert await followed_domains(chat_app, CHANNEL_ID) == ("robotics",)

    async def test_a_channel_is_chosen_with_a_button_below_the_text_field(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss = await start_owner(telegram)
        channel = make_channel(telegram, boss)
        offer = await send_and_wait(boss, "/groups add")

        share_chat(boss, "Choose a channel", channel, on=offer)
        taken = await boss.wait_for_message("Checking this chat")
        question = await boss.wait_for_message("What should it receive?")

        assert taken.reply_markup == {"remove_keyboard": True}
        assert decode_callback(question.find_button("Robotics")["callback_data"]) is not None
        assert (await group_profile(chat_app, CHANNEL_ID)).endpoints[0].owner_id == OWNER_ID

    async def test_a_group_is_chosen_too_and_wants_the_bot_inside(self, telegram: TelegramServer) -> None:
        boss = await start_owner(telegram)
        group = telegram.group(-100)
        group.add_member(boss, "creator")
        offer = await send_and_wait(boss, "群组 添加")

        share_chat(boss, "Choose a group", group, on=offer)
        question = await boss.wait_for_message("What should it receive?")
        wanted = [button["request_chat"] for row in offer.reply_markup["keyboard"] for button in row]

        assert "Lab" in question.text
        assert wanted[1]["bot_is_member"]
        assert wanted[0]["bot_administrator_rights"]["can_post_messages"]

    async def test_a_forwarded_post_names_its_channel(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss = await start_owner(telegram)
        channel = make_channel(telegram, boss)

        forward_post(boss, "Good morning", channel)
        await boss.wait_for_message("What should it receive?")

        assert (await group_profile(chat_app, CHANNEL_ID)).endpoints[0].title == "Daily Papers"

    async def test_a_forwarded_post_of_somebody_elses_channel_is_read_for_its_paper(
        self, telegram: TelegramServer
    ) -> None:
        boss, reader = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        channel = make_channel(telegram, boss)

        forward_post(reader, "https://arxiv.org/abs/2601.15876", channel)
        paper = await reader.wait_for_message()
        forward_post(reader, "Good morning", channel)
        refused = await reader.wait_for_message()

        assert "EvoCUA" in paper.text
        assert "Only administrators" in refused.text

    async def test_a_channel_that_one_does_not_run_is_not_added(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, stranger = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        make_channel(telegram, boss)

        answer = await send_and_wait(stranger, "/groups @dailypapers")

        assert "Only administrators" in answer.text
        assert len(await chat_app.store.subscribers.list_profiles()) == 2

    async def test_a_name_that_means_nothing_gets_one_clear_line(self, telegram: TelegramServer) -> None:
        boss = await start_owner(telegram)

        for name in ("@nosuchchannel", "-1009", "42", "@", "a b c", "-", "9" * 18, "</b>", "x" * 3000):
            answer = await send_and_wait(boss, f"/groups {name}")

            assert "/groups" in answer.text, name
            assert len(answer.text) < 400, name

    async def test_a_channel_without_the_bot_is_told_how_to_get_it(self, telegram: TelegramServer) -> None:
        boss = await start_owner(telegram)
        without_bot(make_channel(telegram, boss))

        answer = await send_and_wait(boss, "/groups @dailypapers")

        assert "I am not a member of that chat" in answer.text

    async def test_a_second_administrator_steers_it_and_the_first_still_owns_it(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        boss, other = await start_owner(telegram), await start_owner(telegram, OTHER_ID)
        channel, _ = await add_channel(telegram, boss)
        channel.add_member(other, "administrator")

        await send_and_wait(other, "/groups @dailypapers")
        both = (await group_profile(chat_app, CHANNEL_ID)).endpoints[0].owner_id
        channel.add_member(boss, "member")
        await send_and_wait(other, "/groups @dailypapers")

        assert both == OWNER_ID
        assert (await group_profile(chat_app, CHANNEL_ID)).endpoints[0].owner_id == OTHER_ID


async def test_every_lack_fits_an_alert_and_says_what_to_do() -> None:
    for locale in Locale:
        tr = translator_for(locale)
        texts = [missing_permission(tr, lack) for lack in MissingPermission] + [unknown_group(tr)]

        assert all(utf16_length(text) <= 200 for text in texts)
        assert len(set(texts)) == len(texts)


async def test_all_of_it_is_said_in_chinese_too(telegram: TelegramServer) -> None:
    boss = await start_owner(telegram, language_code="zh")
    make_channel(telegram, boss)

    added, opened = await send_and_wait(boss, "频道 @dailypapers"), await send_and_wait(boss, "频道")

    assert "请选择要推送的领域" in added.text
    assert "您的群组和频道" in opened.text
