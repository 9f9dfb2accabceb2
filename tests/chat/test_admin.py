"""Broadcast and stats, over HTTP: for admins, and for nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.chat.confirmations import Confirmations
from digest.model import Channel
from tests.chat.conftest import running
from tests.chat.household import ADMIN, Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


async def queued(home: Household) -> list[str]:
    """Give the addresses for which a message waits in Telegram."""
    return sorted(row.target.address for row in await home.store.outbox.rows())


async def preview(admin: Person, words: str) -> tuple[ChatMessage, ChatMessage]:
    """Ask for a broadcast; give what would arrive, and the question."""
    shown = await ask(admin, words)
    return shown, await admin.wait_for_message()


@pytest.mark.usefixtures("bot")
class TestBroadcast:
    """From a text to the outbox."""

    async def test_an_admin_sees_the_message_before_anybody_gets_it(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")

        shown, question = await preview(admin, "/broadcast Hello <all>,\n\nwe move on Friday & Sunday 👩‍🔬")

        assert shown.text == "Hello <all>,\n\nwe move on Friday & Sunday 👩‍🔬"
        assert "1 in Telegram" in question.text
        assert question.buttons == ["Send to one", "Cancel"]
        assert await queued(home) == []

    async def test_a_confirmed_broadcast_goes_out_once(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        await ask(telegram.user(43), "/subscribe video")
        _, question = await preview(admin, "/broadcast Hello")
        data = question.button("Send to 2")["callback_data"]

        first = admin.press(data, on=question)
        again = admin.press(data, on=question)

        assert not (await first.answered()).alert
        assert (await again.answered()).alert
        await admin.wait_for_edit(question, "on its way: 2 in Telegram")
        assert await queued(home) == ["42", "43"]

    async def test_a_broadcast_can_be_confirmed_by_words(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        typed = next(line for line in question.text.split(", or type ") if line.startswith("/broadcast yes"))

        done = await ask(admin, typed.rstrip("."))
        replayed = await ask(admin, typed.rstrip("."))

        assert "on its way" in done.text
        assert "closed" in replayed.text
        assert await queued(home) == ["42"]

    async def test_a_cancelled_broadcast_is_gone(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        data = question.button("Send to one")["callback_data"]

        await admin.tap("Cancel", on=question).answered()
        late = await admin.press(data, on=question).answered()

        assert late.alert
        assert "nothing was sent" in question.text
        assert await queued(home) == []

    async def test_a_confirmation_dies_after_ten_minutes(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        home.clock.forward(timedelta(minutes=10, seconds=1))

        late = await admin.tap("Send to one", on=question).answered()

        assert late.alert
        assert await queued(home) == []

    async def test_a_new_preview_closes_the_one_before(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        _, first = await preview(admin, "/broadcast Helo")
        await preview(admin, "/broadcast Hello")

        late = await admin.tap("Send to one", on=first).answered()

        assert late.alert
        assert await queued(home) == []

    async def test_an_audience_is_named_before_the_text(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        await ask(telegram.user(43), "/subscribe video")

        shown, question = await preview(admin, "/broadcast domain:机器人 channel:telegram Hello robots")
        await admin.tap("Send to one", on=question).answered()
        await admin.wait_for_edit(question)

        assert shown.text == "Hello robots"
        assert await queued(home) == ["42"]

    async def test_an_audience_of_nobody_is_told_without_a_button(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")

        _, answer = await preview(admin, "/broadcast channel:email Hello")

        assert answer.buttons == []
        assert "nobody" in answer.text

    async def test_the_text_can_be_a_message_that_is_answered(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        draft = admin.send("The seminar is at noon.")
        await admin.wait_for_message()

        admin.send("/broadcast", reply_to=draft)
        shown = await admin.wait_for_message()

        assert shown.text == "The seminar is at noon."

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("/broadcast", "What shall I tell everybody?"),
            ("/broadcast domain:robotics", "What shall I tell everybody?"),
            ("/broadcast domain:nonsense Hello", "domain:nonsense"),
            ("/broadcast channel:pigeon Hello", "channel:pigeon"),
            ("/broadcast yes 00000000", "closed"),
            (f"/broadcast {'x' * 3501}", "3500"),
            ("广播", "What shall I tell everybody?"),
        ],
    )
    async def test_what_makes_no_sense_is_told(self, admin: Person, words: str, told: str) -> None:
        answer = await ask(admin, words)

        assert told in answer.text


@pytest.mark.usefixtures("bot")
class TestStrangers:
    """Admin's commands do not exist for anybody else."""

    @pytest.mark.parametrize("words", ["/broadcast Hello", "/stats", "/broadcast yes 00000000", "/统计"])
    async def test_a_stranger_gets_the_answer_of_an_unknown_command(
        self, telegram: TelegramServer, words: str
    ) -> None:
        stranger = telegram.user(42)

        answer = await ask(stranger, words)
        unknown = await ask(stranger, "/no_such_command")

        assert answer.text == unknown.text

    async def test_a_stranger_cannot_press_an_admins_button(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await ask(stranger, "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        data = question.button("Send to one")["callback_data"]

        refused = await stranger.press(data, on=mine).answered()

        assert refused.alert
        assert await queued(home) == []

    async def test_a_strangers_try_does_not_close_the_question(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await ask(stranger, "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        await stranger.press(question.button("Send to one")["callback_data"], on=mine).answered()

        await admin.tap("Send to one", on=question).answered()

        assert await queued(home) == ["42"]

    async def test_an_admin_in_a_group_is_not_obeyed(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        group = telegram.group(-100)
        group.member(admin, "creator")

        admin.send("/stats", to=group)
        answer = await group.wait_for_message()

        assert "/help" in answer.text
        assert "Readers" not in answer.text
        assert await queued(home) == []


async def test_a_confirmation_dies_with_a_restart(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with running(telegram, home.house):
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
    async with running(telegram, replace(home.house, confirmations=Confirmations())):
        late = await admin.tap("Send to one", on=question).answered()

    assert late.alert
    assert await queued(home) == []


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("words", ["/stats", "统计"])
async def test_an_admin_sees_the_whole_in_numbers(
    telegram: TelegramServer, admin: Person, words: str
) -> None:
    reader, resting = telegram.user(42), telegram.user(43)
    await ask(reader, "/subscribe robotics, video")
    await ask(resting, "/subscribe all")
    await ask(resting, "/pause")

    answer = await ask(admin, words)

    for told in ("Readers: 2, of whom 1 paused", "Papers: 27", "Everything: 1", "Robotics", "Nothing waits."):
        assert told in answer.text
    assert Channel.TELEGRAM.value.capitalize() in answer.text


@pytest.mark.usefixtures("bot")
async def test_only_an_admins_help_names_an_admins_commands(telegram: TelegramServer, admin: Person) -> None:
    mine, theirs = await ask(admin, "/help"), await ask(telegram.user(42), "/help")

    assert "/broadcast" in mine.text
    assert "/broadcast" not in theirs.text
