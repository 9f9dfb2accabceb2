"""What the chat says fits into what Telegram takes, in every language and with the most that people may have.

Limits: https://core.telegram.org/bots/api#sendmessage, #answercallbackquery, #botcommand.
"""

from datetime import UTC, datetime

import pytest

from digest.chat import menu
from digest.chat.answers import beginning, broadcasting, general, outbox, setting_pages
from digest.chat.answers.setting_pages import Page
from digest.domains import load_taxonomy
from digest.keywords import LONGEST, MOST
from digest.markup import utf16_length
from digest.message import ChatPart
from digest.model import (
    Channel,
    DeliveryState,
    Endpoint,
    Locale,
    Preferences,
    Reader,
    Subscriber,
    Target,
)
from digest.overview import Group, Obstacle, Order, Plan, Wanted
from digest.words import Words, words_in
from tests.chat.household import SEEDS

NOW = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
TAXONOMY = load_taxonomy((SEEDS / "taxonomy.tsv").read_text())
KEYWORDS = tuple(f"词{n:02}".ljust(LONGEST, "字") for n in range(MOST))
LANGUAGES = pytest.mark.parametrize("words", [words_in(locale) for locale in Locale], ids=lambda w: w.locale)


def a_reader_with_the_most(locale: Locale) -> Reader:
    """Give a reader who chose everything that can be chosen, and all but one domain."""
    preferences = Preferences(
        domains=TAXONOMY.slugs[:-5],
        zone="America/Argentina/ComodRivadavia",
        locale=locale,
        include=KEYWORDS,
        mute=KEYWORDS,
    )
    subscriber = Subscriber(id=10**9, preferences=preferences, created_at=NOW, next_at=NOW)
    targets = (Target.telegram(42), Target.email("a" * 60 + "@" + "b" * 60 + ".example"))
    endpoints = tuple(
        Endpoint(id=n, subscriber=1, target=target) for n, target in enumerate(targets, start=1)
    )
    assert endpoints[1].target.channel is Channel.EMAIL
    return Reader(subscriber=subscriber, endpoints=endpoints)


def fits(part: ChatPart) -> bool:
    """Tell whether Telegram takes a message, and a phone shows its buttons."""
    buttons = [button for row in part.keyboard for button in row]
    return (
        utf16_length(part.plain) <= 4096
        and len(part.html.encode()) <= 32768
        and len(buttons) <= 100
        and all(len(row) <= 8 for row in part.keyboard)
        and all(0 < utf16_length(button.text) <= 64 for button in buttons)
        and all(len((button.data or "").encode()) <= 64 for button in buttons)
    )


@LANGUAGES
@pytest.mark.parametrize("page", Page)
def test_a_page_of_the_settings_fits_with_the_most_of_everything(words: Words, page: Page) -> None:
    reader = a_reader_with_the_most(words.locale)

    shown = setting_pages.page(words, TAXONOMY, reader, page, NOW)

    assert fits(shown)


@LANGUAGES
def test_hello_help_and_the_first_questions_fit(words: Words) -> None:
    reader = a_reader_with_the_most(words.locale)
    replies = (
        general.help_text(words, admin=True),
        general.welcome(words, None, ()),
        beginning.when(words, reader, NOW),
        beginning.where(words, reader),
        beginning.settled(words, reader),
        broadcasting.how_to_broadcast(words),
    )

    shown = [part for reply in replies for part in reply.parts]

    assert all(fits(part) for part in (*shown, beginning.chosen(words, TAXONOMY, reader)))


@LANGUAGES
def test_what_is_shown_for_a_moment_fits_an_alert(words: Words) -> None:
    notices = (
        general.stale(words),
        general.went_wrong(words),
        general.administrators_only(words),
        general.slow_down(words).parts[0].plain,
        broadcasting.not_open(words),
        beginning.choose_first(words),
    )

    assert all(0 < utf16_length(notice) <= 200 for notice in notices)


@LANGUAGES
def test_the_menu_of_commands_fits(words: Words) -> None:
    entries = (*menu.for_everybody(words), *menu.for_admins(words))

    assert len(entries) <= 100
    assert all(len(name) <= 32 and 0 < len(told) <= 256 for name, told in entries)


@LANGUAGES
@pytest.mark.parametrize("order", Order)
def test_the_question_about_many_deliveries_fits_with_a_year_of_editions(words: Words, order: Order) -> None:
    groups = tuple(
        Group(edition=number, kind="broadcast", channel=channel, obstacle=obstacle, n=10**6)
        for number in range(10**17, 10**17 + 365)
        for channel in Channel
        for obstacle in (None, *Obstacle)
    )
    plan = Plan(order=order, wanted=Wanted(state=DeliveryState.UNCERTAIN), groups=groups)

    shown = [*outbox.asked(words, plan, "1a2b3c4d").parts, *outbox.nothing_to_do(words, plan).parts]

    assert all(fits(part) for part in shown)
    assert f"{365 * 2 * 10**6}" in shown[0].plain
