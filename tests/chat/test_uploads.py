"""Reports sent as a file, over HTTP: looked at, shown, and taken in after a yes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.chat.confirmations import Confirmations
from digest.chat.uploads import MOST_BYTES
from tests.chat.admins import typed_yes
from tests.chat.conftest import running
from tests.chat.household import ADMIN, SEEDS, Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage

SEED = (SEEDS / "2026-01-24.md").read_text(encoding="utf-8")
NEXT_DAY = SEED.replace("2026-01-24", "2026-01-25").replace("2601.15876", "2601.99876").encode()
"""The seed's report under another date, with one paper that nobody has seen."""


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


async def papers(home: Household) -> int:
    """Count the papers of the archive."""
    return (await home.store.overview.numbers()).papers


async def sent(admin: Person, data: bytes, name: str = "2026-01-25.md", **more: int) -> ChatMessage:
    """Send a file and give the first answer."""
    admin.send_file(data, name, **more)  # type: ignore[arg-type] # size alone
    return await admin.wait_for_message()


@pytest.mark.usefixtures("bot")
class TestAdmins:
    """An admin sends a report."""

    async def test_a_report_is_shown_and_nothing_is_stored_before_a_yes(
        self, home: Household, admin: Person
    ) -> None:
        shown = await sent(admin, NEXT_DAY)

        for told in (
            "Report of Sunday, 25 January 2026",
            "27 papers: 1 new",
            "No problems in it.",
            "Robotics, embodied AI & driving 4",
            "First titles",
            "and 22 more",
        ):
            assert told in shown.text
        assert shown.buttons == ["Take it in", "Leave it"]
        assert await papers(home) == 27

    async def test_a_yes_takes_it_in_once_and_says_who_gets_it_when(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        await ask(telegram.user(42), "/subscribe robotics")
        shown = await sent(admin, NEXT_DAY)
        data = shown.button("Take it in")["callback_data"]

        first, again = [admin.press(data, on=shown) for _ in range(2)]

        assert not (await first.answered()).alert
        assert (await again.answered()).alert
        await admin.wait_for_edit(shown, "1 new papers")
        assert "1 reader gets what they follow of it at their own hour, Sun 25 Jan, 08:00" in shown.text
        assert await papers(home) == 28

    async def test_a_report_can_be_confirmed_by_words(self, home: Household, admin: Person) -> None:
        shown = await sent(admin, NEXT_DAY)

        done = await ask(admin, typed_yes(shown))
        replayed = await ask(admin, typed_yes(shown))

        assert "Taken in" in done.text
        assert "closed" in replayed.text
        assert await papers(home) == 28

    async def test_the_same_report_twice_changes_nothing_and_says_so(
        self, home: Household, admin: Person
    ) -> None:
        first = await sent(admin, NEXT_DAY)
        await ask(admin, typed_yes(first))

        again = await sent(admin, NEXT_DAY)
        elsewhere = await sent(admin, NEXT_DAY, "another name.md")

        for answer in (again, elsewhere):
            assert "has all of this already" in answer.text
            assert answer.buttons == []
        assert (await home.store.overview.numbers()).reports == 2

    async def test_a_report_that_came_meanwhile_changes_nothing(self, home: Household, admin: Person) -> None:
        shown = await sent(admin, NEXT_DAY)
        await home.house.archive.ingest(NEXT_DAY, name="2026-01-25.md")

        done = await ask(admin, typed_yes(shown))

        assert "Nothing changed" in done.text

    async def test_a_report_that_only_repeats_papers_is_still_its_days_report(
        self, home: Household, admin: Person
    ) -> None:
        repeats = SEED.replace("2026-01-24", "2026-01-25").encode()

        shown = await sent(admin, repeats)
        done = await ask(admin, typed_yes(shown))
        again = await sent(admin, repeats)

        assert "27 papers: 0 new, 0 with a new text, 27 as they are" in shown.text
        assert "nobody gets it again" in done.text
        assert "has all of this already" in again.text
        assert (await home.store.overview.numbers()).newest_report == date(2026, 1, 25)

    async def test_a_report_that_is_left_is_not_taken_in(self, home: Household, admin: Person) -> None:
        shown = await sent(admin, NEXT_DAY)
        data = shown.button("Take it in")["callback_data"]

        await admin.tap("Leave it", on=shown).answered()
        late = await admin.press(data, on=shown).answered()

        assert late.alert
        await admin.wait_for_edit(shown, "nothing was taken in")
        assert await papers(home) == 27

    async def test_a_question_dies_after_ten_minutes(self, home: Household, admin: Person) -> None:
        shown = await sent(admin, NEXT_DAY)
        home.clock.forward(timedelta(minutes=10, seconds=1))

        late = await admin.tap("Take it in", on=shown).answered()

        assert late.alert
        assert await papers(home) == 27

    async def test_a_new_file_closes_the_question_before(self, home: Household, admin: Person) -> None:
        first = await sent(admin, NEXT_DAY)
        await sent(admin, NEXT_DAY.replace(b"2601.99876", b"2601.99877"))

        late = await admin.tap("Take it in", on=first).answered()

        assert late.alert
        assert await papers(home) == 27

    async def test_a_yes_to_a_report_sends_no_broadcast(self, admin: Person) -> None:
        shown = await sent(admin, NEXT_DAY)

        answer = await ask(admin, typed_yes(shown).replace("upload", "broadcast"))
        done = await ask(admin, typed_yes(shown))

        assert "closed" in answer.text
        assert "Taken in" in done.text

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x00\x01\x02" * 99, b"<html><p>no</p></html>", b"# Notes\n\nNothing here.", b"\xff" * 50],
        ids=["empty", "binary", "html", "notes", "no utf-8"],
    )
    async def test_what_is_no_report_gets_one_clear_line(
        self, home: Household, admin: Person, data: bytes
    ) -> None:
        answer = await sent(admin, data, "<odd>.md")

        assert "“<odd>.md” is no report" in answer.text
        assert "\n" not in answer.text
        assert answer.buttons == []
        assert await papers(home) == 27

    async def test_a_file_that_says_it_is_too_big_is_not_even_fetched(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        answer = await sent(admin, b"small", size=MOST_BYTES + 1)

        assert "too big" in answer.text
        assert telegram.calls("getFile") == []

    async def test_a_file_that_lies_about_its_size_is_counted_again(self, admin: Person) -> None:
        answer = await sent(admin, b"x" * (MOST_BYTES + 1), size=10)

        assert "too big" in answer.text

    async def test_a_file_that_telegram_does_not_hand_over_is_told(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        telegram.refuse_next(400, "Bad Request: file is temporarily unavailable", method="getFile")

        answer = await sent(admin, NEXT_DAY)

        assert "send it once more" in answer.text

    async def test_problems_are_shown_with_their_lines(self, admin: Person) -> None:
        broken = SEED.replace("2026-01-24", "2026-01-25").replace("2601.15876", "26x1.y").encode()

        shown = await sent(admin, broken)

        assert "line " in shown.text
        assert "problem" in shown.text

    async def test_hostile_titles_and_names_stay_words(self, admin: Person) -> None:
        odd = NEXT_DAY.replace(b"VIOLA:", b"<b>&\xe2\x80\xae</i>" * 40)

        shown = await sent(admin, odd, "\u202e" + "n" * 300)

        assert "<b>&" in shown.text
        assert "\u202e" not in shown.text
        assert len(shown.text) < 4000

    async def test_upload_alone_says_how(self, admin: Person) -> None:
        answer = await ask(admin, "/upload")

        assert "as a file" in answer.text

    async def test_a_caption_is_a_command_and_wins(self, admin: Person) -> None:
        admin.send_file(NEXT_DAY, caption="/help")

        assert "What you can say" in (await admin.wait_for_message()).text


@pytest.mark.usefixtures("bot")
class TestOthers:
    """Nobody else's file is read."""

    async def test_a_strangers_file_is_not_fetched_and_gets_the_usual_answer(
        self, telegram: TelegramServer, home: Household
    ) -> None:
        stranger = telegram.user(42)

        answer = await sent(stranger, NEXT_DAY)
        usual = await ask(stranger, "blah blah")

        assert usual.text in answer.text
        assert "I do not read files." in answer.text
        assert telegram.calls("getFile") == []
        assert await papers(home) == 27

    async def test_an_admins_file_in_a_group_is_left_alone(
        self, telegram: TelegramServer, admin: Person
    ) -> None:
        group = telegram.group(-100)
        group.member(admin, "creator")

        admin.send_file(NEXT_DAY, to=group)
        admin.send("/help", to=group)
        await group.wait_for_message("What you can say")

        assert len(group.messages) == 1
        assert telegram.calls("getFile") == []

    async def test_a_stranger_cannot_confirm_an_admins_report(
        self, telegram: TelegramServer, home: Household, admin: Person
    ) -> None:
        stranger = telegram.user(42)
        mine = await ask(stranger, "/subscribe robotics")
        shown = await sent(admin, NEXT_DAY)

        refused = await stranger.press(shown.button("Take it in")["callback_data"], on=mine).answered()

        assert refused.alert
        assert await papers(home) == 27


async def test_a_question_dies_with_a_restart(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with running(telegram, home.house):
        shown = await sent(admin, NEXT_DAY)
    async with running(telegram, replace(home.house, confirmations=Confirmations())):
        late = await admin.tap("Take it in", on=shown).answered()

    assert late.alert
    assert await papers(home) == 27
