"""``outbox`` as people and scripts call it: what it shows, what it asks, its exit codes."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from digest.clock import system_clock
from digest.model import Channel
from digest.store import open_store
from tests.support.program import Ended, run_bot
from tests.support.terminal import run_bot_at_terminal

AT = "2026-11-30T10:00:00.000000Z"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Give the settings of an installation of its own."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "MAIL_DIR": str(tmp_path / "out"),
    }


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


def write_by_hand(settings: dict[str, str], statement: str, *values: object) -> None:
    """Change the database from outside."""
    file = settings["DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(statement, values)


def let_end(settings: dict[str, str], state: str, ids: Sequence[int], reason: str = "a test") -> None:
    """Let deliveries end in a state."""
    for number in ids:
        write_by_hand(
            settings,
            "UPDATE outbox SET state = ?, settled_at = ?, reason_code = 'server_reply', reason_detail = ?"
            " WHERE id = ?",
            *(state, AT, reason, number),
        )


def states(settings: dict[str, str]) -> list[str]:
    """Give the state of every delivery, in order."""
    file = settings["DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(file)) as other:
        return [state for (state,) in other.execute("SELECT state FROM outbox ORDER BY id")]


def is_one_line(ended: Ended, *words: str) -> bool:
    """Tell whether a command ended with 1 and one line on standard error that has these words."""
    told = ended.err.startswith("bot.py: ") and ended.err.count("\n") == 1
    return ended.code == 1 and told and all(word in ended.err for word in words)


def is_wrong_usage(ended: Ended) -> bool:
    """Tell whether a command ended as one that was called wrongly."""
    return ended.code == 2 and "Usage:" in ended.err and "Traceback" not in ended.err


@pytest.mark.usefixtures("two_broadcasts")
async def test_outbox_counts_by_state_first_and_names_the_edition_of_each(settings: dict[str, str]) -> None:
    let_end(settings, "uncertain", [1, 2, 3], reason="550 [/b] said [1.2.3.4]")

    whole = await run_bot("outbox", settings=settings)
    one = await run_bot("outbox", "--state", "uncertain", "--limit", "1", settings=settings)
    edition = await run_bot("outbox", "--edition", "broadcast:2", "--channel", "email", settings=settings)

    assert whole.out.startswith("due: 5 – ")
    assert "\nuncertain: 3 – " in whole.out
    assert whole.out.index("uncertain: 3") < whole.out.index("broadcast:1")
    assert "550 [/b] said [1.2.3.4]" in whole.out
    assert one.out.startswith("uncertain: 3 – may have arrived")
    assert "`outbox resend --state uncertain` sends all again" in one.out
    assert "the newest 1 of 3" in one.err
    assert edition.out.count("broadcast:2") == 2
    assert "broadcast:1" not in edition.out


@pytest.mark.usefixtures("two_broadcasts")
async def test_all_in_a_state_are_resent_and_counted(settings: dict[str, str]) -> None:
    let_end(settings, "uncertain", [1, 2, 3, 4, 5])

    dry = await run_bot("outbox", "resend", "--state", "uncertain", "--dry-run", settings=settings)
    before = states(settings)
    sent = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)
    again = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)

    assert (dry.code, sent.code, again.code) == (0, 0, 0)
    assert before.count("uncertain") == 5
    assert "5 may have arrived already; whoever got it will get it twice" in dry.out
    assert "broadcast:1" in dry.out
    assert "broadcast:2" in dry.out
    assert "due again: 5" in sent.out
    assert "nothing to resend" in again.out
    assert states(settings) == ["due"] * 8


@pytest.mark.usefixtures("two_broadcasts")
async def test_an_edition_and_a_channel_narrow_an_order(settings: dict[str, str]) -> None:
    let_end(settings, "uncertain", range(1, 9))

    mails = await run_bot(
        "outbox", "resend", "--state", "uncertain", "--edition", "broadcast:2", "--channel", "email", "--yes",
        settings=settings,
    )  # fmt: skip
    cancelled = await run_bot(
        "outbox", "cancel", "--state", "uncertain", "--edition", "1", "--yes", settings=settings
    )

    assert "due again: 2" in mails.out
    assert "cancelled: 4" in cancelled.out
    assert sorted(states(settings)) == ["cancelled"] * 4 + ["due"] * 2 + ["uncertain"] * 2


@pytest.mark.usefixtures("two_broadcasts")
@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 1, 2)])
async def test_at_a_terminal_it_asks(settings: dict[str, str], typed: str, code: int, left: int) -> None:
    let_end(settings, "uncertain", [1, 2])

    ended = await run_bot_at_terminal(
        "outbox", "resend", "--state", "uncertain", settings=settings, typed=typed
    )

    assert "Resend 2? [y/N]" in ended.out
    assert ended.code == code
    assert states(settings).count("uncertain") == left


@pytest.mark.usefixtures("two_broadcasts")
async def test_without_a_terminal_nothing_happens_before_a_yes(settings: dict[str, str]) -> None:
    let_end(settings, "uncertain", [1])

    ended = await run_bot("outbox", "resend", "--state", "uncertain", settings=settings)

    assert is_one_line(ended, "--yes", "--dry-run")
    assert states(settings)[0] == "uncertain"


@pytest.mark.usefixtures("two_broadcasts")
async def test_what_cannot_be_resent_is_counted_with_its_reason(settings: dict[str, str]) -> None:
    let_end(settings, "uncertain", range(1, 9))
    write_by_hand(settings, "UPDATE endpoints SET state = 'unreachable' WHERE id = 1")

    ended = await run_bot("outbox", "resend", "--state", "uncertain", "--yes", settings=settings)

    assert "cannot be resent: 2, for the address does not receive now" in ended.out
    assert "due again: 6" in ended.out


@pytest.mark.usefixtures("two_broadcasts")
async def test_deliveries_are_resent_and_cancelled_by_number_and_what_cannot_be_says_why(
    settings: dict[str, str],
) -> None:
    let_end(settings, "sent", [2])
    let_end(settings, "refused", [3])
    write_by_hand(
        settings,
        "UPDATE endpoints SET state = 'unreachable' WHERE id = (SELECT endpoint_id FROM outbox WHERE id = 3)",
    )

    cancelled = await run_bot("outbox", "cancel", "1", settings=settings)
    again = await run_bot("outbox", "resend", "1", "2", "3", "999", str(10**30), settings=settings)
    unknown = [await run_bot("outbox", order, "999", settings=settings) for order in ("cancel", "resend")]

    assert (cancelled.code, "cancelled: 1" in cancelled.out) == (0, True)
    assert "due again: 1" in again.out
    assert is_one_line(again, "2 (sent)", "3 (the address does not receive now)", f"999, {10**30}")
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
    ended = await run_bot(
        "outbox", "resend", "--state", "uncertain", "--edition", "2026-01-24", settings=settings
    )

    assert is_one_line(ended, "no edition 2026-01-24")


async def test_an_admin_lets_addresses_end_for_an_hour(settings: dict[str, str]) -> None:
    ended = await run_bot("outbox", "allow-gone", "email", settings=settings)

    store = await open_store(settings["DATABASE_URL"], system_clock)
    now = system_clock()
    until = await store.outbox.gone_allowed(Channel.EMAIL, now)
    elsewhere = await store.outbox.gone_allowed(Channel.TELEGRAM, now)
    await store.close()
    assert (ended.code, "end again" in ended.out) == (0, True)
    assert until is not None
    assert timedelta(minutes=50) < until - now <= timedelta(hours=1)
    assert elsewhere is None
