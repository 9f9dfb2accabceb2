"""What a row asks for: what one installation writes, another understands."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app.subscriber_csv.reader import CsvRow
from digest.app.subscriber_csv.rows import InvalidRow, ParsedRow, RowParser, build_csv_row
from digest.model import DetailLevel, Endpoint, Frequency, Preferences, Subscriber, SubscriberProfile, Target
from digest.model.clock import system_clock
from digest.papers.domains import load_taxonomy

SEEDS = Path(__file__).parents[3] / "seeds"


def parse_row(**values: str) -> ParsedRow | InvalidRow:
    """Return what is understood of a row."""
    taxonomy = load_taxonomy((SEEDS / "taxonomy.tsv").read_text(encoding="utf-8"))
    return RowParser(taxonomy=taxonomy, defaults=Preferences(), clock=system_clock).parse(CsvRow(line=2, values=values))


@pytest.mark.parametrize(
    "preferences",
    [
        Preferences(domains=("nlp",), detail_level=DetailLevel.TITLES, silent=True, mute_keywords=("survey",)),
        Preferences(domains=(), include_keywords=("world model", "世界模型"), detail_level=DetailLevel.FULL),
        Preferences(
            domains=None,
            frequency=Frequency.WEEKLY,
            weekday=4,
            include_keywords=("+x",),
            max_papers=3,
            notify_when_empty=True,
        ),
    ],
)
def test_a_readers_choices_survive_the_file(preferences: Preferences) -> None:
    subscriber = Subscriber(
        id=1, preferences=preferences, created_at=datetime(2026, 1, 1, tzinfo=UTC), next_digest_at=None
    )
    endpoint = Endpoint(id=1, subscriber_id=1, target=Target.email("ann@example.org"))

    wish = parse_row(**build_csv_row(SubscriberProfile(subscriber=subscriber, endpoints=(endpoint,)), endpoint))

    assert isinstance(wish, ParsedRow)
    assert wish.preferences == preferences


@pytest.mark.parametrize("values", [{"layout": "huge"}, {"include": "x" * 50}, {"mute": "…"}])
def test_a_choice_that_makes_no_sense_is_told(values: dict[str, str]) -> None:
    wish = parse_row(address="ann@example.org", **values)

    assert isinstance(wish, InvalidRow)
    assert wish.reason == "a value makes no sense"


def test_whoever_follows_nothing_there_is_not_taken() -> None:
    assert isinstance(parse_row(address="ann@example.org", domains="none"), InvalidRow)


@pytest.mark.parametrize(
    "cell",
    [
        "Ann Doe <ann@example.org>",
        '"Doe, Ann" <ann@example.org>',
        "=?utf-8?q?x?= <ann@example.org>",
        "<ann@example.org>",
        "< Ann@Example.org >",
        "mailto:ann@example.org",
        "MAILTO:ann@example.org?subject=hello",
        "<mailto:ann@example.org>",
        "ann@example.org.",
        "ann@example.org,",
        "'ann@example.org",
        "'ann@example.org'",
        "\u200bann@example.org\u200b",
        "\ufeffann@example.org",
        "ann@exa\u00admple.org",
        "\u00a0ann@example.org\u3000",
        "ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    ],
)
def test_an_address_is_found_in_what_stands_around_it(cell: str) -> None:
    wish = parse_row(address=cell)

    assert isinstance(wish, ParsedRow)
    assert wish.target == Target.email("ann@example.org")


@pytest.mark.parametrize("cell", ["a@example.org;b@example.org", "a@example.org ::: b@example.org", "a@b@c.org"])
def test_several_addresses_in_a_cell_are_told(cell: str) -> None:
    assert isinstance(parse_row(address=cell), InvalidRow)


@pytest.mark.parametrize(
    ("cell", "minute"),
    [("08:30:00", 510), ("8:30", 510), ("8:30 AM", 510), ("8:30:00 PM", 1230), ("12:05 a.m.", 5), ("12:05 pm", 725)],
)
def test_an_hour_is_read_as_spreadsheets_write_it(cell: str, minute: int) -> None:
    wish = parse_row(address="ann@example.org", hour=cell)

    assert isinstance(wish, ParsedRow)
    assert wish.preferences.send_minute == minute


@pytest.mark.parametrize("cell", ["13:00 PM", "0:30 AM", "0.354166667", "25:00:00"])
def test_an_hour_that_is_none_is_told(cell: str) -> None:
    assert isinstance(parse_row(address="ann@example.org", hour=cell), InvalidRow)


@pytest.mark.parametrize(
    ("cell", "zone"),
    [("EST", "America/New_York"), ("asia/shanghai", "Asia/Shanghai"), ("Berlin", "Europe/Berlin"), ("UTC", "UTC")],
)
def test_a_zone_is_read_as_people_write_it(cell: str, zone: str) -> None:
    wish = parse_row(address="ann@example.org", zone=cell)

    assert isinstance(wish, ParsedRow)
    assert wish.preferences.timezone == zone


def test_a_chat_that_a_spreadsheet_rounded_is_told_as_such() -> None:
    wish = parse_row(channel="telegram", address="-1.00123E+12")

    assert isinstance(wish, InvalidRow)
    assert "rounded by a spreadsheet" in wish.detail
