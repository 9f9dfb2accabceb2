"""The contract that scripts and cron rely on: words, JSON shapes, exit codes."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from digest.app.cli import COMMAND_MODULES, build_cli
from digest.model.clock import system_clock
from tests.support.program import CommandResult, run_bot

SEED = "seeds/2026-01-24.md"
PAPER_KEYS = {"id", "version", "title", "url", "read_from", "domains", "sections"}
SECTION_KEYS = {"area", "contribution", "usage", "innovations", "results"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return the settings of an installation of its own."""
    return {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}


def test_each_command_stands_in_the_room_that_is_loaded_for_it() -> None:
    whole = {name for command in COMMAND_MODULES.values() for name in command}

    assert set(command_names(build_cli())) == whole
    for room, commands in COMMAND_MODULES.items():
        assert [set(command_names(build_cli(one))) for one in commands] == [set(commands)] * len(commands), room


def command_names(cli: typer.Typer) -> list[str]:
    """Return the names of what a command line can do."""
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    return list(group.commands)


def is_one_line(ended: CommandResult, *, code: int = 1) -> bool:
    """Return whether a command ended with a problem told in one line on standard error."""
    return ended.exit_code == code and ended.stderr.startswith("bot.py: ") and ended.stderr.count("\n") == 1


async def test_parse_prints_one_report_as_json_and_stores_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    ended = await run_bot("parse", SEED, settings=settings)

    report = json.loads(ended.stdout)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert set(report) == {"date", "source_url", "papers", "problems"}
    assert (report["date"], len(report["papers"]), report["problems"]) == ("2026-01-24", 27, [])
    assert all(set(paper) == PAPER_KEYS and set(paper["sections"]) == SECTION_KEYS for paper in report["papers"])
    assert all(paper["domains"] and all(paper["sections"].values()) for paper in report["papers"])
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a test


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 99, b"<html><p>no</p></html>", b'{"a": 1}'])
async def test_parse_refuses_what_is_no_report_in_one_line(
    settings: dict[str, str], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "odd.md").write_bytes(content)

    ended = await run_bot("parse", str(tmp_path / "odd.md"), settings=settings)

    assert is_one_line(ended)
    assert ended.stdout == ""


async def test_wrong_words_end_with_2_and_help_is_everywhere(settings: dict[str, str]) -> None:
    wrong = await run_bot("parse", settings=settings)
    unknown = await run_bot("sing", settings=settings)
    help_of = await run_bot("subscribers", "add", "--help", settings=settings)

    assert (wrong.exit_code, unknown.exit_code, help_of.exit_code) == (2, 2, 0)
    assert "--email" in help_of.stdout


async def test_mistakes_in_the_settings_are_told_together_and_without_secrets() -> None:
    ended = await run_bot(
        "domains", settings={"SMTP_PORT": "0", "TIMEZONE": "Mars/Base", "SMTP_HOST": "x", "SMTP_PASSWORD": "hush"}
    )

    assert is_one_line(ended)
    assert all(name in ended.stderr for name in ("SMTP_PORT", "TIMEZONE"))
    assert "hush" not in ended.stderr


async def test_ingest_twice_changes_nothing(settings: dict[str, str]) -> None:
    first = await run_bot("ingest", SEED, settings=settings)
    second = await run_bot("ingest", settings=settings)

    assert "27 new" in first.stdout
    assert "0 new, 0 updated, 27 unchanged" in second.stdout


async def test_ingest_takes_the_good_files_and_ends_with_1_for_the_bad(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "empty.md").write_text("", encoding="utf-8")

    ended = await run_bot("ingest", str(tmp_path / "empty.md"), SEED, settings=settings)

    assert ended.exit_code == 1
    assert "27 new" in ended.stdout
    assert "empty.md" in ended.stderr


async def test_domains_lists_the_taxonomy_with_counts(settings: dict[str, str]) -> None:
    ended = await run_bot("domains", settings=settings)

    assert ended.exit_code == 0
    assert re.search(r"robotics.*机器人.*4", ended.stdout)


async def test_paper_answers_as_text_and_as_json(settings: dict[str, str]) -> None:
    text = await run_bot("paper", "arXiv:2601.15876v1", settings=settings)
    ended = await run_bot("paper", "2601.15876", "--format", "json", settings=settings)

    assert "EvoCUA" in text.stdout
    assert "**" not in text.stdout
    paper = json.loads(ended.stdout)
    assert set(paper) >= PAPER_KEYS
    assert paper["first_seen"] == "2026-01-24"


async def test_an_unknown_paper_is_told_in_one_line(settings: dict[str, str]) -> None:
    assert is_one_line(await run_bot("paper", "2601.99999", settings=settings))
    assert is_one_line(await run_bot("paper", "tomorrow", settings=settings))


async def test_search_answers_as_text_and_as_json_without_storing_anything(
    settings: dict[str, str], tmp_path: Path
) -> None:
    text = await run_bot("search", "机器人", settings=settings)
    ended = await run_bot("search", "robot", "policy", "--limit", "1", "--format", "json", settings=settings)

    assert text.exit_code == 0
    assert text.stdout.startswith("4 papers contain “机器人”.")
    assert "1. " in text.stdout
    (paper,) = json.loads(ended.stdout)
    assert set(paper) == {"id", "title", "url", "date", "domains", "snippet", "all_words"}
    assert (paper["date"], paper["all_words"]) == ("2026-01-24", True)
    assert "robot" in paper["snippet"].lower() or "policy" in paper["snippet"].lower()
    assert "1 paper contains" in ended.stderr
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a test


async def test_a_search_that_finds_nothing_or_not_all_says_so_and_ends_with_0(settings: dict[str, str]) -> None:
    nothing = await run_bot("search", "zebra", "--format", "json", settings=settings)
    near = await run_bot("search", "visuomotor", "zebra", "--format", "json", settings=settings)
    wrong = await run_bot("search", settings=settings)

    assert (nothing.exit_code, json.loads(nothing.stdout)) == (0, [])
    assert "No paper mentions “zebra”." in nothing.stderr
    assert [paper["all_words"] for paper in json.loads(near.stdout)] == [False]
    assert "closest matches" in near.stderr
    assert wrong.exit_code == 2


async def test_preview_writes_files_and_stores_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    mail = await run_bot(
        "preview", "--channel", "email", "--domain", "robotics", "--out", str(tmp_path / "p"), settings=settings
    )
    chat = await run_bot(
        "preview", "--channel", "telegram", "--locale", "zh", "--out", str(tmp_path / "p"), settings=settings
    )
    box = await run_bot("outbox", settings=settings)

    assert (mail.exit_code, chat.exit_code) == (0, 0)
    suffixes = sorted(path.suffix for path in (tmp_path / "p").iterdir())
    assert suffixes == [".eml", ".html", ".json", ".txt", ".txt"]
    assert "nothing there" in box.stdout


async def test_tick_serves_whoever_is_due_at_the_given_time_once(settings: dict[str, str]) -> None:
    tomorrow = (system_clock() + timedelta(days=1)).date()
    await run_bot("ingest", settings=settings)
    await run_bot(
        "subscribers", "add", "--email", "ann@example.org", "--telegram", "42", "--domain", "robotics",
        "--at", "08:00", "--tz", "Asia/Shanghai", settings=settings,
    )  # fmt: skip

    early = await run_bot("tick", "--at", f"{tomorrow - timedelta(days=2)}T08:00:00+08:00", settings=settings)
    due = await run_bot("tick", "--at", f"{tomorrow}T08:00:30+08:00", settings=settings)
    again = await run_bot("tick", "--at", f"{tomorrow}T08:01:30+08:00", settings=settings)

    assert "messages: 0 queued" in early.stdout
    assert "messages: 2 queued; in total 2 sent" in due.stdout
    assert "messages: 0 queued; in total 2 sent" in again.stdout


async def test_a_subscriber_is_added_served_listed_exported_and_erased(
    settings: dict[str, str], tmp_path: Path
) -> None:
    added = await run_bot("subscribers", "add", "--email", "Ann@Example.org", "--domain", "机器人", settings=settings)
    listed = await run_bot("subscribers", "list", settings=settings)
    exported = await run_bot("subscribers", "export", settings=settings)
    erased = await run_bot("subscribers", "erase", "--email", "ann@example.org", settings=settings)
    nobody = await run_bot("subscribers", "erase", "--email", "ann@example.org", settings=settings)

    assert (added.exit_code, erased.exit_code) == (0, 0)
    assert "ann@example.org" in listed.stdout
    (row,) = csv.DictReader(exported.stdout.splitlines())
    assert (row["address"], row["domains"]) == ("ann@example.org", "robotics")
    assert is_one_line(nobody)
    database = b"".join(path.read_bytes() for path in tmp_path.glob("digest.db*"))  # noqa: ASYNC240 - a test
    assert b"ann@example.org" not in database


async def test_wrong_words_about_subscribers_are_wrong_usage(settings: dict[str, str]) -> None:
    for words in (
        ("add",),
        ("add", "--email", "not-an-address"),
        ("add", "--email", "a@example.org", "--tz", "../../etc/passwd"),
        ("add", "--email", "a@example.org", "--at", "25:00"),
        ("erase",),
        ("erase", "--email", "a@example.org", "--telegram", "5"),
    ):
        ended = await run_bot("subscribers", *words, settings=settings)

        assert (ended.exit_code, ended.stdout) == (2, ""), words
        assert "Traceback" not in ended.stderr


async def test_a_domain_that_the_taxonomy_lacks_is_told_in_one_line(settings: dict[str, str]) -> None:
    words = ("add", "--email", "a@example.org", "--domain", "robtics")

    assert is_one_line(await run_bot("subscribers", *words, settings=settings))


async def test_subscribers_move_by_export_and_import(settings: dict[str, str], tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(
        "channel,address,domains,hour,zone\n"
        "email,bob@example.org,nlp robotics,09:30,Europe/Berlin\n"
        "email,not an address,,,\n"
        "telegram,42,all,,\n",
        encoding="utf-8",
    )

    dry = await run_bot("subscribers", "import", str(table), "--dry-run", settings=settings)
    wet = await run_bot("subscribers", "import", str(table), settings=settings)
    again = await run_bot("subscribers", "import", str(table), settings=settings)

    assert "2 of 3 subscribers would be taken" in dry.stdout
    assert "2 of 3 subscribers taken" in wet.stdout
    assert "line 3" in wet.stderr
    assert "0 of 3 subscribers taken" in again.stdout


async def test_broadcast_counts_first_and_sends_only_with_a_yes(settings: dict[str, str]) -> None:
    await run_bot("subscribers", "add", "--email", "ann@example.org", settings=settings)

    dry = await run_bot("broadcast", "Hello", "--dry-run", settings=settings)
    unasked = await run_bot("broadcast", "Hello", settings=settings)
    sent = await run_bot("broadcast", "Hello", "--yes", settings=settings)
    ticked = await run_bot("tick", settings=settings)

    assert "1 by email" in dry.stdout
    assert is_one_line(unasked)
    assert "queued: 1 by email" in sent.stdout
    assert "1 sent" in ticked.stdout


async def test_migrate_says_what_it_did(settings: dict[str, str]) -> None:
    fresh = await run_bot("migrate", settings=settings)
    again = await run_bot("migrate", settings=settings)

    assert "from nothing to revision" in fresh.stderr
    assert "up to date" in again.stderr


async def test_demo_ends_with_a_table_and_leaves_the_files(tmp_path: Path) -> None:
    ended = await run_bot("demo", "--out", str(tmp_path / "demo"), settings={"SMTP_HOST": "nowhere"})

    assert ended.exit_code == 0
    assert "27 papers" in ended.stdout
    for who, got in (("Robin", "4 papers"), ("Ada", "8 papers"), ("Eve", "27 papers")):
        assert re.search(f"{who}.*{got}", ended.stdout)
    for name in re.findall(r"(\S+\.(?:html|json))", ended.stdout):
        assert Path(name).is_file()  # noqa: ASYNC240 - a test


async def test_the_chat_answers_a_pipe(settings: dict[str, str]) -> None:
    ended = await run_bot("chat", settings=settings, stdin="/subscribe robotics\n/today\n/paper 2601.15876\n")

    assert ended.exit_code == 0
    assert "> /subscribe robotics" in ended.stdout
    assert "4 of 27" in ended.stdout
    assert "EvoCUA" in ended.stdout


async def test_a_database_of_a_newer_program_is_left_alone(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "digest.db").write_bytes(b"this is no database at all, but somebody's notes" * 40)

    ended = await run_bot("tick", settings=settings)

    assert is_one_line(ended)
