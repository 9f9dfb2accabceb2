"""What a row asks for: what one installation writes, another understands."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app.roster.export import as_row
from digest.app.roster.sheet import Row
from digest.app.roster.wish import Nonsense, Understanding, Wish
from digest.domains import load_taxonomy
from digest.model import Endpoint, Layout, Preferences, Reader, Subscriber, Target

SEEDS = Path(__file__).parents[3] / "seeds"


def understood(**values: str) -> Wish | Nonsense:
    """Give what is understood of a row."""
    taxonomy = load_taxonomy((SEEDS / "taxonomy.tsv").read_text(encoding="utf-8"))
    return Understanding(taxonomy=taxonomy, defaults=Preferences()).wish_of(Row(line=2, values=values))


@pytest.mark.parametrize(
    "preferences",
    [
        Preferences(domains=("nlp",), layout=Layout.TITLES, silent=True, mute=("survey",)),
        Preferences(domains=(), include=("world model", "世界模型"), layout=Layout.FULL),
        Preferences(domains=None, include=("+x",), most=3, empty_days=True),
    ],
)
def test_a_readers_choices_survive_the_file(preferences: Preferences) -> None:
    subscriber = Subscriber(
        id=1, preferences=preferences, created_at=datetime(2026, 1, 1, tzinfo=UTC), next_at=None
    )
    endpoint = Endpoint(id=1, subscriber=1, target=Target.email("ann@example.org"))

    wish = understood(**as_row(Reader(subscriber=subscriber, endpoints=(endpoint,)), endpoint))

    assert isinstance(wish, Wish)
    assert wish.preferences == preferences


@pytest.mark.parametrize("values", [{"layout": "huge"}, {"include": "x" * 50}, {"mute": "…"}])
def test_a_choice_that_makes_no_sense_is_told(values: dict[str, str]) -> None:
    wish = understood(address="ann@example.org", **values)

    assert isinstance(wish, Nonsense)
    assert wish.reason == "a value makes no sense"


def test_whoever_follows_nothing_there_is_not_taken() -> None:
    assert isinstance(understood(address="ann@example.org", domains="none"), Nonsense)
