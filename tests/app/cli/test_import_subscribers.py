"""``subscribers import`` as a process: what it takes, what it tells, and how it may be interrupted."""

import asyncio
import csv
import signal
from pathlib import Path

import pytest

from digest.model import Channel
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.support.program import CommandResult, run_bot, start_bot

FOREIGN_CSV = (
    "Email Address;First Name;Status;State\n"
    "ann@example.org;Ann;Subscribed;CA\n"
    "bob@example.org;Bob;Unsubscribed;NY\n"
    "ANN@example.org;Ann again;Subscribed;CA\n"
    "not an address;;Subscribed;\n"
    ";Nobody;Subscribed;\n"
)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return the settings of an installation of its own."""
    return {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}


def write_csv(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


def result_rows(report: Path) -> list[dict[str, str]]:
    with report.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_a_file_of_another_tool_is_taken_with_a_report(settings: dict[str, str], tmp_path: Path) -> None:
    file, report = write_csv(tmp_path / "list.csv", FOREIGN_CSV), tmp_path / "report.csv"

    ended = await run_bot("subscribers", "import", file, "--report", str(report), settings=settings)

    assert ended.exit_code == 0
    assert "1 of 5 subscribers taken" in ended.stdout
    for reason in ("not subscribed there", "repeated in the file", "no valid address", "no address"):
        assert reason in ended.stdout
    assert [(row["line"], row["address"], row["verdict"]) for row in result_rows(report)] == [
        ("2", "ann@example.org", "taken"),
        ("3", "bob@example.org", "not taken"),
        ("4", "ANN@example.org", "not taken"),
        ("5", "not an address", "not taken"),
        ("6", "", "not taken"),
    ]


async def test_a_dry_run_says_the_same_and_writes_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    file, report = write_csv(tmp_path / "list.csv", FOREIGN_CSV), tmp_path / "report.csv"

    ended = await run_bot("subscribers", "import", file, "--dry-run", "--report", str(report), settings=settings)
    listed = await run_bot("subscribers", "list", settings=settings)

    assert "1 of 5 subscribers would be taken" in ended.stdout
    assert {row["verdict"] for row in result_rows(report)} == {"would be taken", "would not be taken"}
    assert "no subscribers yet" in listed.stdout


async def test_words_of_a_state_that_are_not_known_are_told_once_with_their_number(
    settings: dict[str, str], tmp_path: Path
) -> None:
    rows = "".join(f"r{number}@example.org,{'Gold' if number else 'active'}\n" for number in range(20))
    file = write_csv(tmp_path / "list.csv", f"email,status\n{rows}")

    ended = await run_bot("subscribers", "import", file, settings=settings)

    assert "1 of 20 subscribers taken" in ended.stdout
    assert ended.stderr.count("status=Gold in 19 rows") == 1
    assert "write subscribed there" in ended.stderr


async def test_of_two_rows_of_an_address_the_one_that_says_left_counts(
    settings: dict[str, str], tmp_path: Path
) -> None:
    file = write_csv(
        tmp_path / "list.csv",
        "email,status\nann@example.org,subscribed\nbob@example.org,subscribed\nAnn <ANN@example.org>,unsubscribed\n",
    )
    report = tmp_path / "report.csv"

    await run_bot("subscribers", "import", file, "--report", str(report), settings=settings)

    assert [(row["line"], row["verdict"], row["reason"]) for row in result_rows(report)] == [
        ("2", "not taken", "not subscribed there: line 4 says so"),
        ("3", "taken", ""),
        ("4", "not taken", "not subscribed there: status=unsubscribed"),
    ]


async def test_our_own_export_comes_back_whole(settings: dict[str, str], tmp_path: Path) -> None:
    await run_bot(
        "subscribers", "add", "--email", "ann@example.org", "--telegram", "-42", "--domain", "nlp",
        "--at", "06:30", "--tz", "Asia/Shanghai", "--locale", "zh", settings=settings,
    )  # fmt: skip
    await run_bot("subscribers", "add", "--email", "bob@example.org", settings=settings)
    there = {**settings, "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/there.db"}
    file = tmp_path / "all.csv"

    await run_bot("subscribers", "export", "--out", str(file), settings=settings)
    ended = await run_bot("subscribers", "import", str(file), settings=there)
    again = await run_bot("subscribers", "export", settings=there)

    assert "3 of 3 subscribers taken" in ended.stdout
    assert again.stdout == file.read_text(encoding="utf-8")


async def test_who_was_erased_here_stays_away(settings: dict[str, str], tmp_path: Path) -> None:
    file = write_csv(tmp_path / "list.csv", "email\nann@example.org\n")
    await run_bot("subscribers", "import", file, settings=settings)
    await run_bot("subscribers", "erase", "--email", "ann@example.org", settings=settings)

    ended = await run_bot("subscribers", "import", file, settings=settings)

    assert "0 of 1 subscribers taken" in ended.stdout
    assert "was erased here" in ended.stdout


async def test_values_that_make_no_sense_are_told_by_their_line(settings: dict[str, str], tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "list.csv",
        "email,domains,hour,zone\na@example.org,robtics,,\nb@example.org,,25:00,\nc@example.org,,,Mars\n",
    )

    ended = await run_bot("subscribers", "import", file, settings=settings)

    assert ended.exit_code == 0
    assert [line.partition(":")[0] for line in ended.stderr.splitlines()] == ["line 2", "line 3", "line 4"]
    assert "unknown domain" in ended.stdout


@pytest.mark.parametrize("content", ["", "name,phone\nAnn,5\n"])
async def test_a_file_that_cannot_be_read_is_told_in_one_line(
    settings: dict[str, str], tmp_path: Path, content: str
) -> None:
    odd = await run_bot("subscribers", "import", write_csv(tmp_path / "a.csv", content), settings=settings)
    none = await run_bot("subscribers", "import", str(tmp_path / "none.csv"), settings=settings)
    nowhere = await run_bot(
        "subscribers", "import", write_csv(tmp_path / "b.csv", FOREIGN_CSV), "--report", "/no/report",
        settings=settings,
    )  # fmt: skip

    assert all(is_one_line(ended) for ended in (odd, none, nowhere))


def is_one_line(ended: CommandResult) -> bool:
    return ended.exit_code == 1 and ended.stderr.startswith("bot.py: ") and ended.stderr.count("\n") == 1


async def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(settings: dict[str, str], tmp_path: Path) -> None:
    people = "".join(f"r{n}@example.org\n" for n in range(20_000))
    file, report = write_csv(tmp_path / "list.csv", f"email\n{people}"), tmp_path / "report.csv"
    child = await start_bot("subscribers", "import", file, "--report", str(report), settings=settings)
    while not (report.exists() and report.stat().st_size > 0):  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(0.02)

    child.send_signal(signal.SIGINT)
    _, err = await child.communicate()
    store = await open_store(settings["DATABASE_URL"], system_clock)
    there = {
        one.target.address
        for reader in await store.subscribers.list_profiles()
        for one in reader.endpoints
        if one.target.channel is Channel.EMAIL
    }
    await store.close()
    again = await run_bot("subscribers", "import", file, settings=settings)

    assert child.returncode != 0
    assert b"Traceback" not in err
    assert b"the same command again goes on" in err
    assert {row["address"] for row in result_rows(report)} == there
    assert 0 < len(there) < 20_000
    assert f"{20_000 - len(there)} of 20000 subscribers taken" in again.stdout
