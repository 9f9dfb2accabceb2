"""``outbox`` as people and scripts call it: what it shows, what it asks, its exit codes."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Channel
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.support.program import CommandResult, run_bot
from tests.support.terminal import run_bot_at_terminal

CREATED_AT = "2026-11-30T10:00:00.000000Z"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return the settings of an installation of its own."""
    return {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}


@pytest.fixture
async def two_broadcasts(settings: dict[str, str]) -> None:
    """Queue two broadcasts to two readers, each with a chat and an address."""
    for number in (1, 2):
        await run_bot(
            "subscribers", "add", "--email", f"r{number}@example.org", "--telegram", f"4{number}",
            settings=settings,
        )  # fmt: skip
    for text in ("Hello", "Again"):
        await run_bot("broadcast", text, "--yes", settings=settings)


def execute_sql(settings: dict[str, str], statement: str, *values: object) -> None:
    """Change the database from outside."""
    file = settings["DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(statement, values)


def set_deliveries(settings: dict[str, str], state: str, ids: Sequence[int], reason: str = "a test") -> None:
    """Let deliveries end in a state."""
    for number in ids:
        execute_sql(
            settings,
            "UPDATE outbox SET state = ?, settled_at = ?, reason_code = 'server_reply', reason_detail = ? WHERE id = ?",
            *(state, CREATED_AT, reason, number),
        )


def delivery_states(settings: dict[str, str]) -> list[str]:
    """Return the state of every delivery, in order."""
    file = settings["DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(file)) as other:
        return [state for (state,) in other.execute("SELECT state FROM outbox ORDER BY id")]


def is_one_line(ended: CommandResult, *words: str) -> bool:
    """Return whether a command ended with 1 and one line on standard error that has these words."""
    told = ended.stderr.startswith("bot.py: ") and ended.stderr.count("\n") == 1
    return ended.exit_code == 1 and told and all(word in ended.stderr for word in words)


def is_wrong_usage(ended: CommandResult) -> bool:
    """Return whether a command ended as one that was called wrongly."""
    return ended.exit_code == 2 and "Usage:" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.usefixtures("two_broadcasts")
async def test_outbox_counts_by_state_first_and_names_the_edition_of_each(settings: dict[str, str]) -> None:
    set_deliveries(settings, "uncertain", [1, 2, 3], reason="550 [/b] said [1.2.3.4]")

    whole = await run_bot("outbox", settings=settings)
    one = await run_bot("outbox", "--state", "uncertain", "--limit", "1", settings=settings)
    edition = await run_bot("outbox", "--edition", "broadcast:2", "--channel", "email", settings=settings)

    assert whole.stdout.startswith("due: 5 – ")
    assert "\nuncertain: 3 – " in whole.stdout
    assert whole.stdout.index("uncertain: 3") < whole.stdout.index("broadcast:1")
    assert "550 [/b] said [1.2.3.4]" in whole.stdout
    assert one.stdout.startswith("uncertain: 3 – may have arrived")
    assert "`outbox resend --state uncertain` sends all again" in one.stdout
    assert "the latest 1 of 3" in one.stderr
    assert edition.stdout.count("broadcast:2") == 2
    assert "broadcast:1" not in edition.stdout


@pytest.mark.usefixtures("two_broadcasts")
async def test_all_in_a_state_are_resent_and_counted(settings: dict[str, str]) -> None:
    set_deliveries(settings, "uncertain", [1, 2, 3, 4, 5])

    dry = await run_bot("outbox", "resend", "--state", "uncertain", "--dry-run", settings=settings)
    before = delivery_states(settings)
    sent = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)
    again = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)

    assert (dry.exit_code, sent.exit_code, again.exit_code) == (0, 0, 0)
    assert before.count("uncertain") == 5
    assert "5 may have arrived already; their recipients would get them twice" in dry.stdout
    assert "broadcast:1" in dry.stdout
    assert "broadcast:2" in dry.stdout
    assert "queued again: 5" in sent.stdout
    assert "nothing to resend" in again.stdout
    assert delivery_states(settings) == ["due"] * 8


@pytest.mark.usefixtures("two_broadcasts")
async def test_an_edition_and_a_channel_narrow_an_order(settings: dict[str, str]) -> None:
    set_deliveries(settings, "uncertain", range(1, 9))

    mails = await run_bot(
        "outbox", "resend", "--state", "uncertain", "--edition", "broadcast:2", "--channel", "email", "--yes",
        settings=settings,
    )  # fmt: skip
    cancelled = await run_bot("outbox", "cancel", "--state", "uncertain", "--edition", "1", "--yes", settings=settings)

    assert "queued again: 2" in mails.stdout
    assert "cancelled: 4" in cancelled.stdout
    assert sorted(delivery_states(settings)) == ["cancelled"] * 4 + ["due"] * 2 + ["uncertain"] * 2


@pytest.mark.usefixtures("two_broadcasts")
@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 1, 2)])
async def test_at_a_terminal_it_asks(settings: dict[str, str], typed: str, code: int, left: int) -> None:
    set_deliveries(settings, "uncertain", [1, 2])

    ended = await run_bot_at_terminal("outbox", "resend", "--state", "uncertain", settings=settings, keystrokes=typed)

    assert "Resend 2? [y/N]" in ended.stdout
    assert ended.exit_code == code
    assert delivery_states(settings).count("uncertain") == left


@pytest.mark.usefixtures("two_broadcasts")
async def test_without_a_terminal_nothing_happens_before_a_yes(settings: dict[str, str]) -> None:
    set_deliveries(settings, "uncertain", [1])

    ended = await run_bot("outbox", "resend", "--state", "uncertain", settings=settings)

    assert is_one_line(ended, "--yes", "--dry-run")
    assert delivery_states(settings)[0] == "uncertain"


@pytest.mark.usefixtures("two_broadcasts")
async def test_what_cannot_be_resent_is_counted_with_its_reason(settings: dict[str, str]) -> None:
    set_deliveries(settings, "uncertain", range(1, 9))
    execute_sql(settings, "UPDATE endpoints SET state = 'unreachable' WHERE id = 1")

    ended = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)

    assert "cannot be resent: 2, because the endpoint is not active" in ended.stdout
    assert "queued again: 6" in ended.stdout


@pytest.mark.usefixtures("two_broadcasts")
async def test_deliveries_are_resent_and_cancelled_by_number_and_what_cannot_be_says_why(
    settings: dict[str, str],
) -> None:
    set_deliveries(settings, "sent", [2])
    set_deliveries(settings, "refused", [3])
    execute_sql(
        settings, "UPDATE endpoints SET state = 'unreachable' WHERE id = (SELECT endpoint_id FROM outbox WHERE id = 3)"
    )

    cancelled = await run_bot("outbox", "cancel", "1", settings=settings)
    again = await run_bot("outbox", "resend", "1", "2", "3", "999", str(10**30), settings=settings)
    unknown = [await run_bot("outbox", order, "999", settings=settings) for order in ("cancel", "resend")]

    assert (cancelled.exit_code, "cancelled: 1" in cancelled.stdout) == (0, True)
    assert "queued again: 1" in again.stdout
    assert is_one_line(again, "2 (sent)", "3 (the endpoint is not active)", f"999, {10**30}")
    assert all(is_one_line(one, "there is no delivery 999") for one in unknown)


@pytest.mark.parametrize(
    "words",
    [
        ("resend",),
        ("resend", "1", "--state", "uncertain"),
        ("resend", "1", "--edition", "2026-01-24"),
        ("resend", "1", "--dry-run"),
        ("resend", "--edition", "2026-01-24"),
        ("resend", "--state", "sent"),
        ("resend", "--state", "nonsense"),
        ("resend", "--state", "uncertain", "--edition", "tomorrow"),
        ("cancel", "--state", "refused"),
        ("cancel", "x"),
        ("--state", "uncertain", "resend", "1"),
        ("--edition", "tomorrow"),
        ("--limit", "0"),
    ],
    ids=" ".join,
)
async def test_wrong_words_end_with_2(settings: dict[str, str], words: tuple[str, ...]) -> None:
    assert is_wrong_usage(await run_bot("outbox", *words, settings=settings))


async def test_an_edition_that_does_not_exist_is_told_in_one_line(settings: dict[str, str]) -> None:
    ended = await run_bot("outbox", "resend", "--state", "uncertain", "--edition", "2026-01-24", settings=settings)

    assert is_one_line(ended, "no edition 2026-01-24")


async def test_an_admin_lets_addresses_end_for_an_hour(settings: dict[str, str]) -> None:
    ended = await run_bot("outbox", "allow-gone", "email", settings=settings)

    store = await open_store(settings["DATABASE_URL"], system_clock)
    now = system_clock()
    until = await store.outbox.unreachable_allowed_until(Channel.EMAIL, now)
    elsewhere = await store.outbox.unreachable_allowed_until(Channel.TELEGRAM, now)
    await store.close()
    assert (ended.exit_code, "deactivated again" in ended.stdout) == (0, True)
    assert until is not None
    assert timedelta(minutes=50) < until - now <= timedelta(hours=1)
    assert elsewhere is None
