"""Reports sent as a file, over HTTP: looked at, shown, and taken in after a yes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.telegram.confirmations import Confirmations
from digest.telegram.handlers.upload import MAX_BYTES
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.admin_actions import typed_confirmation
from tests.telegram.chat_app import ADMIN, SEEDS, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

SEED = (SEEDS / "2026-01-24.md").read_text(encoding="utf-8")
NEXT_DAY = SEED.replace("2026-01-24", "2026-01-25").replace("2601.15876", "2601.99876").encode()
"""The seed's report under another date, with one paper that nobody has seen."""


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def count_papers(chat_app: ChatApp) -> int:
    """Count the papers of the archive."""
    return (await chat_app.store.stats.load_stats()).papers


async def upload_file(admin: Person, data: bytes, name: str = "2026-01-25.md", **more: int) -> ChatMessage:
    """Send a file and give the first answer."""
    admin.send_file(data, name, **more)  # type: ignore[arg-type] # size alone
    return await admin.wait_for_message()


@pytest.mark.usefixtures("bot")
class TestAdmins:
    """An admin sends a report."""

    async def test_a_report_is_shown_and_nothing_is_stored_before_a_yes(self, chat_app: ChatApp, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)

        for told in (
            "Report of Sunday, 25 January 2026",
            "27 papers: 1 new",
            "No problems found.",
            "Robotics, embodied AI & driving 4",
            "First titles",
            "and 22 more",
        ):
            assert told in shown.text
        assert shown.buttons == ["Import", "Do not import"]
        assert await count_papers(chat_app) == 27

    async def test_a_yes_takes_it_in_once_and_says_who_gets_it_when(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        await send_and_wait(telegram.user(42), "/subscribe robotics")
        shown = await upload_file(admin, NEXT_DAY)
        data = shown.find_button("Import")["callback_data"]

        first, again = [admin.send_callback(data, on=shown) for _ in range(2)]

        assert not (await first.wait_for_answer()).alert
        assert (await again.wait_for_answer()).alert
        await admin.wait_for_edit(shown, "1 new")
        assert "1 subscriber gets the matching papers at their own delivery time, Sun 25 Jan, 08:00" in shown.text
        assert await count_papers(chat_app) == 28

    async def test_a_report_can_be_confirmed_by_words(self, chat_app: ChatApp, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)

        done = await send_and_wait(admin, typed_confirmation(shown))
        replayed = await send_and_wait(admin, typed_confirmation(shown))

        assert "Imported" in done.text
        assert "already answered" in replayed.text
        assert await count_papers(chat_app) == 28

    async def test_the_same_report_twice_changes_nothing_and_says_so(self, chat_app: ChatApp, admin: Person) -> None:
        first = await upload_file(admin, NEXT_DAY)
        await send_and_wait(admin, typed_confirmation(first))

        again = await upload_file(admin, NEXT_DAY)
        elsewhere = await upload_file(admin, NEXT_DAY, "another name.md")

        for answer in (again, elsewhere):
            assert "already contains all of this" in answer.text
            assert answer.buttons == []
        assert (await chat_app.store.stats.load_stats()).reports == 2

    async def test_a_report_that_came_meanwhile_changes_nothing(self, chat_app: ChatApp, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)
        await chat_app.deps.archive.ingest(NEXT_DAY, name="2026-01-25.md")

        done = await send_and_wait(admin, typed_confirmation(shown))

        assert "Nothing changed" in done.text

    async def test_a_report_that_only_repeats_papers_is_still_its_days_report(
        self, chat_app: ChatApp, admin: Person
    ) -> None:
        repeats = SEED.replace("2026-01-24", "2026-01-25").encode()

        shown = await upload_file(admin, repeats)
        done = await send_and_wait(admin, typed_confirmation(shown))
        again = await upload_file(admin, repeats)

        assert "27 papers: 0 new, 0 updated, 27 already in the archive" in shown.text
        assert "nothing is sent again" in done.text
        assert "already contains all of this" in again.text
        assert (await chat_app.store.stats.load_stats()).newest_report == date(2026, 1, 25)

    async def test_a_report_that_is_left_is_not_taken_in(self, chat_app: ChatApp, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)
        data = shown.find_button("Import")["callback_data"]

        await admin.tap("Do not import", on=shown).wait_for_answer()
        late = await admin.send_callback(data, on=shown).wait_for_answer()

        assert late.alert
        await admin.wait_for_edit(shown, "Nothing was imported")
        assert await count_papers(chat_app) == 27

    async def test_a_question_dies_after_ten_minutes(self, chat_app: ChatApp, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)
        chat_app.clock.advance(timedelta(minutes=10, seconds=1))

        late = await admin.tap("Import", on=shown).wait_for_answer()

        assert late.alert
        assert await count_papers(chat_app) == 27

    async def test_a_new_file_closes_the_question_before(self, chat_app: ChatApp, admin: Person) -> None:
        first = await upload_file(admin, NEXT_DAY)
        await upload_file(admin, NEXT_DAY.replace(b"2601.99876", b"2601.99877"))

        late = await admin.tap("Import", on=first).wait_for_answer()

        assert late.alert
        assert await count_papers(chat_app) == 27

    async def test_a_yes_to_a_report_sends_no_broadcast(self, admin: Person) -> None:
        shown = await upload_file(admin, NEXT_DAY)

        answer = await send_and_wait(admin, typed_confirmation(shown).replace("upload", "broadcast"))
        done = await send_and_wait(admin, typed_confirmation(shown))

        assert "already answered" in answer.text
        assert "Imported" in done.text

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x00\x01\x02" * 99, b"<html><p>no</p></html>", b"# Notes\n\nNothing here.", b"\xff" * 50],
        ids=["empty", "binary", "html", "notes", "no utf-8"],
    )
    async def test_what_is_no_report_gets_one_clear_line(self, chat_app: ChatApp, admin: Person, data: bytes) -> None:
        answer = await upload_file(admin, data, "<odd>.md")

        assert "“<odd>.md” is not a report" in answer.text
        assert "\n" not in answer.text
        assert answer.buttons == []
        assert await count_papers(chat_app) == 27

    async def test_a_file_that_says_it_is_too_big_is_not_even_fetched(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        answer = await upload_file(admin, b"small", size=MAX_BYTES + 1)

        assert "too large" in answer.text
        assert telegram.calls("getFile") == []

    async def test_a_file_that_lies_about_its_size_is_counted_again(self, admin: Person) -> None:
        answer = await upload_file(admin, b"x" * (MAX_BYTES + 1), size=10)

        assert "too large" in answer.text

    async def test_a_file_that_telegram_does_not_hand_over_is_told(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        telegram.plan_refusal(400, "Bad Request: file is temporarily unavailable", method="getFile")

        answer = await upload_file(admin, NEXT_DAY)

        assert "send it again" in answer.text

    async def test_problems_are_shown_with_their_lines(self, admin: Person) -> None:
        broken = SEED.replace("2026-01-24", "2026-01-25").replace("2601.15876", "26x1.y").encode()

        shown = await upload_file(admin, broken)

        assert "line " in shown.text
        assert "problem" in shown.text

    async def test_hostile_titles_and_names_stay_words(self, admin: Person) -> None:
        odd = NEXT_DAY.replace(b"VIOLA:", b"<b>&\xe2\x80\xae</i>" * 40)

        shown = await upload_file(admin, odd, "\u202e" + "n" * 300)

        assert "<b>&" in shown.text
        assert "\u202e" not in shown.text
        assert len(shown.text) < 4000

    async def test_upload_alone_says_how(self, admin: Person) -> None:
        answer = await send_and_wait(admin, "/upload")

        assert "as a file" in answer.text

    async def test_a_caption_is_a_command_and_wins(self, admin: Person) -> None:
        admin.send_file(NEXT_DAY, caption="/help")

        assert "What you can type" in (await admin.wait_for_message()).text


@pytest.mark.usefixtures("bot")
class TestOthers:
    """Nobody else's file is read."""

    async def test_a_strangers_file_is_not_fetched_and_gets_the_usual_answer(
        self, telegram: TelegramServer, chat_app: ChatApp
    ) -> None:
        stranger = telegram.user(42)

        answer = await upload_file(stranger, NEXT_DAY)
        usual = await send_and_wait(stranger, "blah blah")

        assert usual.text in answer.text
        assert "I cannot read files." in answer.text
        assert telegram.calls("getFile") == []
        assert await count_papers(chat_app) == 27

    async def test_an_admins_file_in_a_group_is_left_alone(self, telegram: TelegramServer, admin: Person) -> None:
        group = telegram.group(-100)
        group.add_member(admin, "creator")

        admin.send_file(NEXT_DAY, to=group)
        admin.send("/help", to=group)
        await group.wait_for_message("What you can type")

        assert len(group.messages) == 1
        assert telegram.calls("getFile") == []

    async def test_a_stranger_cannot_confirm_an_admins_report(
        self, telegram: TelegramServer, chat_app: ChatApp, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await send_and_wait(stranger, "/subscribe robotics")
        shown = await upload_file(admin, NEXT_DAY)

        refused = await stranger.send_callback(shown.find_button("Import")["callback_data"], on=mine).wait_for_answer()

        assert refused.alert
        assert await count_papers(chat_app) == 27


async def test_a_question_dies_with_a_restart(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    async with run_chat(telegram, chat_app.deps):
        shown = await upload_file(admin, NEXT_DAY)
    async with run_chat(telegram, replace(chat_app.deps, confirmations=Confirmations())):
        late = await admin.tap("Import", on=shown).wait_for_answer()

    assert late.alert
    assert await count_papers(chat_app) == 27
