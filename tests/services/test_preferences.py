"""Every preference is everywhere: in the table, the CSV file, the web form, the chat, the card and the docs."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digest.app.subscriber_csv import COLUMNS
from digest.model import (
    DetailLevel,
    Frequency,
    Locale,
    PreferenceChanges,
    Preferences,
    Subscriber,
    SubscriberProfile,
    Target,
)
from digest.papers.domains import load_taxonomy
from digest.render.telegram.callback_data import decode_callback
from digest.services.admin import SubscriberDetails
from digest.services.preferences import ALL_USAGE, FIELD_BY_KEY, FIELDS, SILENT, KeywordsField, PreferenceField
from digest.storage.subscriber_rows import build_subscriber, subscriber_columns
from digest.storage.tables import subscribers
from digest.telegram.input.settings import PAGES, ParsedSetting, page_named, parse_setting
from digest.telegram.request import Request
from digest.telegram.texts import settings, user
from digest.text.i18n import translator_for
from digest.web.forms import FormFields, form_value, parse_preferences_form

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 24, 9, tzinfo=UTC)
TAXONOMY = load_taxonomy((ROOT / "seeds/taxonomy.tsv").read_text(encoding="utf-8"))
ENGLISH = translator_for(Locale.EN)
REQUEST = Request(target=Target.telegram(42), user_id=42, locale=Locale.EN)
CHOSEN = Preferences(
    domains=None,
    send_minute=495,
    timezone="Asia/Tokyo",
    frequency=Frequency.WEEKLY,
    weekday=4,
    locale=Locale.ZH,
    max_papers=7,
    notify_when_empty=True,
    detail_level=DetailLevel.FULL,
    silent=True,
    include_keywords=("diffusion", "世界模型"),
    mute_keywords=("survey",),
)
"""A value of each preference that is not the default."""

TYPED = [one for one in FIELDS if one.key]
each_field = pytest.mark.parametrize("preference", FIELDS, ids=lambda one: one.name)
each_typed_field = pytest.mark.parametrize("preference", TYPED, ids=lambda one: one.key)


def profile_of(preferences: Preferences) -> SubscriberProfile:
    subscriber = Subscriber(id=1, preferences=preferences, created_at=NOW, next_digest_at=NOW)
    return SubscriberProfile(subscriber=subscriber, endpoints=())


def card_of(preferences: Preferences) -> str:
    """Return what an admin is shown of a subscriber."""
    details = SubscriberDetails(profile=profile_of(preferences), endpoints=(), deliveries=(), saved_count=0)
    return user.subscriber_cards(ENGLISH, TAXONOMY, [details], "UTC").messages[0].html


def default_with(preference: PreferenceField) -> Preferences:
    """Return the defaults but for one preference; of a weekday only weekly digests know."""
    changes: dict[str, Any] = {preference.name: preference.get(CHOSEN)}
    if preference.name == "weekday":
        changes["frequency"] = Frequency.WEEKLY
    return Preferences(**changes)


def test_every_preference_has_a_row_a_change_and_a_value_here() -> None:
    names = [field.name for field in fields(Preferences) if field.name != "domains"]

    assert sorted(one.name for one in FIELDS) == sorted(names)
    assert set(PreferenceChanges.__annotations__) == {"domains", *names}
    assert [one.name for one in FIELDS if one.get(CHOSEN) == one.get(Preferences())] == []


def test_every_preference_is_a_column_and_comes_back_from_it() -> None:
    chosen = profile_of(CHOSEN).subscriber

    class Row:
        """A row as the driver gives it."""

        id = 1

        def __getattr__(self, name: str) -> object:
            return subscriber_columns(chosen)[name]

    assert {one.name for one in FIELDS} <= set(subscribers.c.keys())
    assert build_subscriber(Row(), ()) == chosen  # type: ignore[arg-type]


@each_field
def test_every_preference_has_a_column_in_the_csv_file(preference: PreferenceField) -> None:
    assert preference.csv_name in COLUMNS
    assert preference.from_csv(preference.to_csv(preference.get(CHOSEN))) == preference.get(CHOSEN)


def test_every_preference_but_the_sound_comes_back_from_the_web_form() -> None:
    shown = FormFields(
        values={"scope": "all"} | {one.form_name: form_value(one, CHOSEN, ENGLISH) for one in FIELDS if one.form_name}
    )

    parsed = parse_preferences_form(shown, TAXONOMY, ENGLISH, Preferences())

    assert parsed.errors == {}
    assert {one.name for one in FIELDS} - parsed.changes.keys() == {SILENT.name}  # an email makes no sound
    assert all(parsed.changes.get(one.name) == one.get(CHOSEN) for one in FIELDS if one is not SILENT)


@each_typed_field
def test_every_preference_is_shown_and_set_in_the_chat(preference: PreferenceField) -> None:
    before, after = profile_of(Preferences()), profile_of(default_with(preference))
    overview = [settings.settings_page(REQUEST, TAXONOMY, one, "all", NOW).html for one in (before, after)]
    page = page_named(preference.key)

    assert overview[0] != overview[1] or preference.name == "locale"  # the language is what all of it is in
    assert page in PAGES
    assert settings.settings_page(REQUEST, TAXONOMY, after, page or "", NOW).keyboard
    assert settings.change_result(REQUEST, after, preference).messages
    assert f"{{/settings:{preference.key} " in preference.usage
    assert f" {preference.key}" in ALL_USAGE


@each_typed_field
def test_every_choice_has_a_button_that_sets_it(preference: PreferenceField) -> None:
    page = settings.settings_page(REQUEST, TAXONOMY, profile_of(CHOSEN), page_named(preference.key) or "", NOW)
    pressed = [decode_callback(button.callback_data or "") for row in page.keyboard for button in row]
    values = [one.args[1] for one in pressed if one and one.args[:1] == (preference.key,)]

    parsed = [parse_setting(f"{preference.key} {value}", NOW) for value in values]

    assert values
    assert all(isinstance(one, ParsedSetting) for one in parsed) or isinstance(preference, KeywordsField)


@each_field
def test_every_preference_is_on_the_admins_card(preference: PreferenceField) -> None:
    assert card_of(default_with(preference)) != card_of(Preferences())


def test_no_name_means_two_settings() -> None:
    names = [name for one in TYPED for name in (one.key, *one.aliases)]

    assert len(names) == len(set(names))
    assert set(FIELD_BY_KEY) <= set(names)


def test_the_docs_name_every_preference() -> None:
    chat, importing, export = (
        (ROOT / "docs" / page).read_text(encoding="utf-8")
        for page in ("telegram.md", "importing.md", "command-line.md")
    )

    assert [one.key for one in TYPED if f"| `{one.key}` | `/settings {one.key} " not in chat] == []
    assert [one.csv_name for one in FIELDS if f"`{one.csv_name}`" not in importing] == []
    assert ",".join(COLUMNS) in export


def test_the_guide_names_the_files_that_name_a_preference() -> None:
    guide = (ROOT / "docs/developing.md").read_text(encoding="utf-8")
    steps = guide.partition("### A preference\n")[2].partition("\nThen ")[0]
    named = set(re.findall(r"`(digest/[\w./]+)`", steps))
    example = re.compile("notify_when_empty|NOTIFY_WHEN_EMPTY")
    migrations = "digest/storage/migrations/versions/"

    naming = {
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "digest").rglob("*.py"), *(ROOT / "templates").rglob("*.j2")]
        if example.search(path.read_text(encoding="utf-8"))
    }

    assert len(naming) <= 5
    assert {migrations if one.startswith(migrations) else one for one in naming} == named
