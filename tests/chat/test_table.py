"""Who may give which command: to strangers and in groups, an admin's commands and buttons do not exist."""

from dataclasses import replace

import pytest

from digest.chat.confirmations import Confirmations
from digest.chat.table import COMMANDS
from tests.chat.admins import broadcast_to, preview, queued, typed_yes
from tests.chat.conftest import running
from tests.chat.household import ADMIN, OTHER_ADMIN, Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer

ADMINS = [f"/{name} 1" for name, command in COMMANDS.items() if command.admin]


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


@pytest.mark.usefixtures("bot")
class TestStrangers:
    """Admin's commands do not exist for anybody else."""

    @pytest.mark.parametrize(
        "words",
        [f"/{name} 1" for name, command in COMMANDS.items() if command.admin]
        + ["/broadcast yes 00000000", "/统计"],
    )
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

    @pytest.mark.parametrize("words", ADMINS)
    async def test_an_admin_in_a_group_is_not_obeyed(
        self, telegram: TelegramServer, home: Household, admin: Person, words: str
    ) -> None:
        group = telegram.group(-100)
        group.member(admin, "creator")

        admin.send("/no_such_command", to=group)
        admin.send(words, to=group)
        answer = await group.wait_for_message()

        assert "I do not know this command" in answer.text
        assert await queued(home) == []

    async def test_an_admins_own_button_pressed_in_a_group_does_nothing(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        group = telegram.group(-100)
        group.member(admin, "creator")
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        data = question.button("Send to one")["callback_data"]
        admin.send("/help", to=group)
        theirs = await group.wait_for_message()

        answers = [
            await admin.press(one, on=theirs).answered()
            for one in (data, "1:c:pause:1", "1:c:stop:1", "1:r:1")
        ]

        assert [one.alert for one in answers] == [True] * 4
        assert await queued(home) == []

    @pytest.mark.parametrize("what", ["pause", "go", "stop", "look"])
    async def test_a_stranger_cannot_steer_a_broadcast_with_a_forged_button(
        self, telegram: TelegramServer, home: Household, admin: Person, what: str
    ) -> None:
        stranger = telegram.user(42)
        mine = await ask(stranger, "/subscribe robotics")
        number = await broadcast_to(admin, "/broadcast Hello", "Send to one")

        refused = await stranger.press(f"1:c:{what}:{number}", on=mine).answered()

        known = await home.store.broadcasts.standing(number)
        assert refused.alert
        assert "Hello" not in "".join(one.text for one in stranger.messages)
        assert known is not None
        assert (known.paused_at, known.over) == (None, False)

    async def test_one_admins_question_is_not_another_admins(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        other = telegram.user(OTHER_ADMIN)
        mine = await ask(other, "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")

        pressed = await other.press(question.button("Send to one")["callback_data"], on=mine).answered()
        typed = await ask(other, typed_yes(question))

        assert pressed.alert
        assert "closed" in typed.text
        assert await queued(home) == []

    async def test_a_press_that_comes_twice_from_telegram_sends_once(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        _, question = await preview(admin, "/broadcast Hello")
        data = question.button("Send to one")["callback_data"]

        taps = [admin.press(data, on=question) for _ in range(5)]
        answers = [await tap.answered() for tap in taps]

        assert sorted(one.alert for one in answers) == [False, True, True, True, True]
        assert await queued(home) == ["42"]


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
async def test_only_an_admins_help_names_an_admins_commands(telegram: TelegramServer, admin: Person) -> None:
    mine, theirs = await ask(admin, "/help"), await ask(telegram.user(42), "/help")

    assert "/broadcast" in mine.text
    assert "/broadcast" not in theirs.text


@pytest.mark.usefixtures("bot")
async def test_a_mistyped_command_is_told_what_comes_nearest(telegram: TelegramServer, admin: Person) -> None:
    stranger = telegram.user(42)

    assert "Did you mean /help?" in (await ask(stranger, "/helpp")).text
    assert "Did you mean /settings?" in (await ask(stranger, "/setings hour 8")).text
    assert "Did you mean" not in (await ask(stranger, "/broadcastt")).text
    assert "Did you mean /broadcast?" in (await ask(admin, "/broadcastt")).text
