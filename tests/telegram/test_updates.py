"""The door itself: groups, blocked bots, floods, hostile words, and what goes wrong."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from digest.model import EndpointState, Preferences, Section, Target
from digest.services.rate_limit import RateLimiter
from digest.text.markdown import inline_plain
from tests.support.database import make_paper, save_report
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import NOW, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait, stored_preferences

HOSTILE_TEXTS = {
    "html": "</b><script>alert(1)</script>&amp;<a href='x'>",
    "nul": "robo\x00tics\x00",
    "direction": "\u202ertl\u202c\u2066 \u200f",
    "emoji": "👩‍👩‍👧‍👦" * 50,
    "long": "x" * 4096,
    "words": "word " * 800,
    "braces": "{domains} {0} %s",
    "surrogate pairs": "𝕽𝖔𝖇𝖔𝖙" * 100,
    "lines": "\n\n\n",
    "zalgo": "r̶̛̗o̷͎͝b̶͇̾o̸̲̐t̵̰̎" * 60,
}


COMMANDS = ("", "/subscribe", "/unsubscribe", "/today", "/paper", "/settings", "/settings zone", "/email", "/")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("hostile", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
async def test_hostile_words_get_a_calm_answer_from_every_command(telegram: TelegramServer, hostile: str) -> None:
    reader = telegram.user(42)

    with capture_logs() as logs:
        answers = [(await send_and_wait(reader, f"{command} {hostile}"[:4096])).text for command in COMMANDS]

    assert all(len(answer) < 4000 and "wrong" not in answer for answer in answers)
    assert not [line for line in logs if line["log_level"] == "error"]


@pytest.mark.usefixtures("bot")
async def test_a_button_that_means_nothing_gets_a_polite_alert(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    message = await send_and_wait(reader, "/start")

    for data in ("", "2:p:2601.15876", "1:zz", "1:p:", "1:p:../x", "1:t:nonsense", "1:o:zone", "x"):
        answer = await reader.send_callback(data, on=message).wait_for_answer()

        assert answer.alert, data
        assert "/today" in (answer.text or ""), data


@pytest.mark.usefixtures("bot")
async def test_a_forged_button_sets_nothing_that_has_no_button(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    message = await send_and_wait(reader, "/settings")

    answers = [
        await reader.send_callback(data, on=message).wait_for_answer()
        for data in (
            "1:o:most:0",
            "1:o:only:nonsense",
            "1:o:nonsense:1",
            "1:o:include:~00000000x",
            "1:o:pause:9999",
            "1:m:nonsense",
            "1:h:nonsense",
            "1:h:zone:../etc",
            "1:h:hour:2599",
            "1:o:zone:../etc",
        )
    ]

    assert [answer.alert for answer in answers[:3]] == [True, True, True]
    assert [answer.alert for answer in answers[4:9]] == [True] * 5
    assert await stored_preferences(chat_app, reader) == Preferences()


async def test_whoever_sends_too_much_is_told_once_and_then_not_answered(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader, other = telegram.user(42), telegram.user(43)
    now = [0.0]
    house = replace(chat_app.deps, command_limiter=RateLimiter(limit=3), monotonic_clock=lambda: now[0])

    async with run_chat(telegram, house):
        first = await send_and_wait(reader, "/help")
        for _ in range(5):
            reader.send("/help")
        await reader.send_callback("after all of them", on=first).wait_for_answer()
        told = [message.text for message in reader.messages]
        heard = await send_and_wait(other, "/help")
        now[0] = 61.0
        reader.send("/help")
        await reader.send_callback("after that too", on=first).wait_for_answer()

    assert [("Too many commands" in text) for text in told] == [False, False, False, True]
    assert heard.text == first.text
    assert [message.text for message in reader.messages][4:] == [first.text]


@pytest.mark.usefixtures("bot")
async def test_a_reader_who_blocks_the_bot_gets_nothing_until_they_start_it_again(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    message = await send_and_wait(reader, "/settings")
    telegram.world.updates.add("my_chat_member", chat_member_update(42, "kicked"))
    await reader.send_callback("after that", on=message).wait_for_answer()
    gone = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    await send_and_wait(reader, "/start")
    back = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))

    assert gone is not None
    assert gone.endpoints[0].state is EndpointState.UNREACHABLE
    assert gone.subscriber.next_digest_at is None
    assert back is not None
    assert back.endpoints[0].state is EndpointState.ACTIVE
    assert back.subscriber.next_digest_at is not None


def chat_member_update(chat: int, status: str) -> dict[str, object]:
    """Return Telegram's word that the bot's place in a private chat changed."""
    person = {"id": chat, "is_bot": False, "first_name": "Ada"}
    bot = {"id": 7000000001, "is_bot": True, "first_name": "Paper Digest", "username": "paper_digest_test_bot"}
    return {
        "chat": {"id": chat, "type": "private", "first_name": "Ada"},
        "from": person,
        "date": 1769247000,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status, "until_date": 0},
    }


@pytest.mark.usefixtures("bot")
class TestGroups:
    """In groups only administrators change things, and nobody is disturbed."""

    async def test_a_member_cannot_change_what_the_group_gets(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        group.add_member(member)

        member.send("/subscribe@paper_digest_test_bot robotics", to=group)
        answer = await group.wait_for_message()

        assert "administrators" in answer.text
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    @pytest.mark.parametrize("status", ["creator", "administrator"])
    async def test_an_administrator_subscribes_the_group(
        self, telegram: TelegramServer, chat_app: ChatApp, status: str
    ) -> None:
        boss, group = telegram.user(42), telegram.group(-100)
        group.add_member(boss, status)

        boss.send("/subscribe robotics", to=group)
        await group.wait_for_message("You now follow")

        known = await chat_app.deps.subscriptions.find_profile(Target.telegram(-100))
        assert known is not None
        assert known.preferences.domains == ("robotics",)

    async def test_a_topic_is_a_target_of_its_own(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        boss, group = telegram.user(42), telegram.group(-100, forum=True)
        group.add_topic(5)
        group.add_member(boss, "creator")

        boss.send("/subscribe robotics", to=group, thread=5)
        answer = await group.wait_for_message("You now follow")

        assert answer.thread_id == 5
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100, 5)) is not None
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_a_member_may_read_but_not_press_switches(self, telegram: TelegramServer, chat_app: ChatApp) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        group.add_member(member)
        member.send("/domains", to=group)
        keyboard = await group.wait_for_message()

        answer = await member.tap("Robotics", on=keyboard).wait_for_answer()

        assert answer.alert
        assert "administrators" in (answer.text or "")
        assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None

    async def test_a_number_answers_with_the_contribution_in_an_alert(self, telegram: TelegramServer) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        group.add_member(member)
        member.send("/today robotics", to=group)
        listed = await group.wait_for_message("4 of 27")

        answer = await member.tap("2", on=listed).wait_for_answer()

        assert answer.alert
        assert "Cosmos Policy" in (answer.text or "")
        assert len(group.messages) == 1

    async def test_every_contribution_of_the_seed_fits_an_alert_whole(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        member.send("/today", to=group)
        listed = await group.wait_for_message("27 new papers")
        papers = await chat_app.deps.archive.get_many(list(await chat_app.deps.last_lists.load(Target.telegram(-100))))

        answers = [await member.tap(str(n), on=listed).wait_for_answer() for n in range(1, 28)]

        whole = {inline_plain(paper.sections[Section.CONTRIBUTION]).strip() for paper in papers.values()}
        assert {answer.text for answer in answers} == whole
        assert len(whole) == 27

    async def test_a_contribution_that_is_too_long_for_an_alert_is_cut_by_its_units(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        await save_report(chat_app.store, NOW.date(), make_paper(1, text="𝕏" * 300))
        member.send("/help", to=group)
        message = await group.wait_for_message()

        answer = await member.send_callback("1:p:2601.00001", on=message).wait_for_answer()

        assert answer.text == "𝕏" * 99 + "…"

    async def test_titles_lead_to_the_private_chat(self, telegram: TelegramServer) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        member.send("/today robotics", to=group)
        listed = await group.wait_for_message("4 of 27")
        addresses = [one["url"] for one in listed.entities if one["type"] == "text_link"]

        member.send("/start " + addresses[1].partition("?start=")[2])
        paper = await member.wait_for_message("Cosmos Policy")

        assert all(url.startswith("https://t.me/paper_digest_test_bot?start=p_2601-") for url in addresses)
        assert len(addresses) == 4
        assert "🔖 Save" in paper.buttons

    async def test_a_paper_in_a_group_never_turns_into_another(self, telegram: TelegramServer) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        member.send("/today robotics", to=group)
        await group.wait_for_message("4 of 27")
        member.send("/paper 2", to=group)
        paper = await group.wait_for_message("Cosmos Policy")

        answer = await member.send_callback("1:p:2601.15703", on=paper).wait_for_answer()

        assert answer.alert
        assert paper.edit_count == 0
        assert not any("Next" in button for button in paper.buttons)

    async def test_talk_and_other_bots_commands_are_left_alone(self, telegram: TelegramServer) -> None:
        member, group = telegram.user(42), telegram.group(-100)
        group.add_member(member)

        for words in ("hello", "今天", "/today@another_bot", "/weather", "https://arxiv.org/abs/2601.15876"):
            member.send(words, to=group)
        member.send("/help", to=group)
        await group.wait_for_message("What you can type")

        assert len(group.messages) == 1

    async def test_what_is_personal_is_not_done_in_a_group(self, telegram: TelegramServer) -> None:
        boss, group = telegram.user(42), telegram.group(-100)
        group.add_member(boss, "creator")

        boss.send("/email ada@example.org", to=group)
        answer = await group.wait_for_message()

        assert "private chat" in answer.text


async def test_our_own_failure_is_logged_and_told_in_one_line(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    async with run_chat(telegram, chat_app.deps):
        message = await send_and_wait(reader, "/start")
        await chat_app.store.close()

        with capture_logs() as logs:
            answer = await send_and_wait(reader, "/start")
            pressed = await reader.tap("Robotics", on=message).wait_for_answer()

    assert "Something went wrong on our side" in answer.text
    assert "Something went wrong on our side" in (pressed.text or "")
    assert [line["kind"] for line in logs if line["log_level"] == "error"] == ["StoreError", "StoreError"]


@pytest.mark.usefixtures("bot")
async def test_an_answer_whose_style_is_refused_goes_as_plain_words(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    words = "Bad Request: can't parse entities: Unexpected end tag at byte offset 7"
    telegram.plan_refusal(400, words, chat=42)

    answer = await send_and_wait(reader, "/help")

    assert answer.text.startswith("What you can type")
    assert answer.entities == [] or all(entity["type"] == "bot_command" for entity in answer.entities)


@pytest.mark.usefixtures("bot")
async def test_a_reader_who_blocks_in_the_middle_is_no_error(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    refusal = telegram.plan_refusal(403, "Forbidden: bot was blocked by the user", chat=42)

    with capture_logs() as logs:
        reader.send("/help")
        await refusal.wait_until_met()
        await send_and_wait(telegram.user(43), "/help")

    assert [(line["log_level"], line["kind"]) for line in logs if "did not get through" in line["event"]] == [
        ("warning", "Forbidden")
    ]
    assert not [line for line in logs if line["log_level"] == "error"]
