"""Who may give which command: to strangers and in groups, an admin's commands and buttons do not exist."""

from dataclasses import replace
from pathlib import Path

import pytest

from digest.telegram.commands import COMMANDS
from digest.telegram.confirmations import Confirmations
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.admin_actions import ask_for_broadcast, queued_addresses, send_broadcast, typed_confirmation
from tests.telegram.chat_app import ADMIN, OTHER_ADMIN, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

ADMIN_COMMANDS = [f"/{name} 1" for name, command in COMMANDS.items() if command.admin_only]


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


@pytest.mark.usefixtures("bot")
class TestStrangers:
    """Admin's commands do not exist for anybody else."""

    @pytest.mark.parametrize(
        "words",
        [f"/{name} 1" for name, command in COMMANDS.items() if command.admin_only]
        + ["/broadcast yes 00000000", "/统计"],
    )
    async def test_a_stranger_gets_the_answer_of_an_unknown_command(self, telegram: TelegramServer, words: str) -> None:
        stranger = telegram.user(42)

        answer = await send_and_wait(stranger, words)
        unknown = await send_and_wait(stranger, "/no_such_command")

        assert answer.text == unknown.text

    async def test_a_stranger_cannot_press_an_admins_button(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await send_and_wait(stranger, "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        data = question.find_button("Send to one")["callback_data"]

        refused = await stranger.send_callback(data, on=mine).wait_for_answer()

        assert refused.alert
        assert await queued_addresses(chat_app) == []

    async def test_a_strangers_try_does_not_close_the_question(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await send_and_wait(stranger, "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        await stranger.send_callback(question.find_button("Send to one")["callback_data"], on=mine).wait_for_answer()

        await admin.tap("Send to one", on=question).wait_for_answer()

        assert await queued_addresses(chat_app) == ["42"]

    @pytest.mark.parametrize("words", ADMIN_COMMANDS)
    async def test_an_admin_in_a_group_is_not_obeyed(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str
    ) -> None:
        group = telegram.group(-100)
        group.add_member(admin, "creator")

        admin.send("/no_such_command", to=group)
        admin.send(words, to=group)
        answer = await group.wait_for_message()

        assert "Unknown command" in answer.text
        assert await queued_addresses(chat_app) == []

    async def test_an_admins_own_button_pressed_in_a_group_does_nothing(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        group = telegram.group(-100)
        group.add_member(admin, "creator")
        await send_and_wait(telegram.user(42), "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        data = question.find_button("Send to one")["callback_data"]
        admin.send("/help", to=group)
        theirs = await group.wait_for_message()

        answers = [
            await admin.send_callback(one, on=theirs).wait_for_answer()
            for one in (data, "1:c:pause:1", "1:c:stop:1", "1:r:1")
        ]

        assert [one.alert for one in answers] == [True] * 4
        assert await queued_addresses(chat_app) == []

    @pytest.mark.parametrize("what", ["pause", "go", "stop", "look"])
    async def test_a_stranger_cannot_steer_a_broadcast_with_a_forged_button(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person, what: str
    ) -> None:
        stranger = telegram.user(42)
        mine = await send_and_wait(stranger, "/subscribe robotics")
        number = await send_broadcast(admin, "/broadcast Hello", "Send to one")

        refused = await stranger.send_callback(f"1:c:{what}:{number}", on=mine).wait_for_answer()

        known = await chat_app.store.broadcasts.find_status(number)
        assert refused.alert
        assert "Hello" not in "".join(one.text for one in stranger.messages)
        assert known is not None
        assert (known.paused_at, known.is_finished) == (None, False)

    async def test_one_admins_question_is_not_another_admins(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        other = telegram.user(OTHER_ADMIN)
        mine = await send_and_wait(other, "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")

        pressed = await other.send_callback(
            question.find_button("Send to one")["callback_data"], on=mine
        ).wait_for_answer()
        typed = await send_and_wait(other, typed_confirmation(question))

        assert pressed.alert
        assert "already answered" in typed.text
        assert await queued_addresses(chat_app) == []

    async def test_a_press_that_comes_twice_from_telegram_sends_once(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        await send_and_wait(telegram.user(42), "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
        data = question.find_button("Send to one")["callback_data"]

        taps = [admin.send_callback(data, on=question) for _ in range(5)]
        answers = [await tap.wait_for_answer() for tap in taps]

        assert sorted(one.alert for one in answers) == [False, True, True, True, True]
        assert await queued_addresses(chat_app) == ["42"]


async def test_a_confirmation_dies_with_a_restart(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    async with run_chat(telegram, chat_app.deps):
        await send_and_wait(telegram.user(42), "/subscribe robotics")
        _, question = await ask_for_broadcast(admin, "/broadcast Hello")
    async with run_chat(telegram, replace(chat_app.deps, confirmations=Confirmations())):
        late = await admin.tap("Send to one", on=question).wait_for_answer()

    assert late.alert
    assert await queued_addresses(chat_app) == []


@pytest.mark.usefixtures("bot")
async def test_only_an_admins_help_names_an_admins_commands(telegram: TelegramServer, admin: Person) -> None:
    mine, theirs = await send_and_wait(admin, "/help"), await send_and_wait(telegram.user(42), "/help")

    assert "/broadcast" in mine.text
    assert "/broadcast" not in theirs.text


@pytest.mark.usefixtures("bot")
async def test_a_mistyped_command_is_told_what_comes_nearest(telegram: TelegramServer, admin: Person) -> None:
    stranger = telegram.user(42)

    assert "Did you mean /help?" in (await send_and_wait(stranger, "/helpp")).text
    assert "Did you mean /settings?" in (await send_and_wait(stranger, "/setings hour 8")).text
    assert "Did you mean" not in (await send_and_wait(stranger, "/broadcastt")).text
    assert "Did you mean /broadcast?" in (await send_and_wait(admin, "/broadcastt")).text


def test_the_guide_names_the_files_that_name_a_command() -> None:
    root = Path(__file__).parents[2]
    guide = (root / "docs/developing.md").read_text(encoding="utf-8")
    part = guide.partition("### A command\n")[2].partition("\n#")[0]
    files = [*(root / "digest").rglob("*.py"), root / "docs/telegram.md"]

    naming = [str(one.relative_to(root)) for one in files if "mydata" in one.read_text(encoding="utf-8")]

    assert naming == ["digest/telegram/handlers/privacy.py", "docs/telegram.md"]
    for name in ("digest/telegram/handlers/", "digest/telegram/commands.py", "digest/text/locale/zh.po"):
        assert f"`{name}`" in part
        assert (root / name).exists()
