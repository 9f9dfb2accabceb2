"""What the chat says fits into what Telegram takes, in every language and with the most that people may have.

Limits: https://core.telegram.org/bots/api#sendmessage, #answercallbackquery, #botcommand.
"""

from datetime import UTC, datetime

import pytest

from digest.model import Channel, DeliveryState, Endpoint, Locale, Preferences, Subscriber, SubscriberProfile, Target
from digest.model.message import TelegramMessage
from digest.papers.domains import load_taxonomy
from digest.papers.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from digest.services.admin import BulkAction, BulkPlan, DeliverySelection, Obstacle, PlanGroup
from digest.telegram import commands
from digest.telegram.handlers import broadcast, onboarding
from digest.telegram.input.settings import PAGES
from digest.telegram.request import Request, html_response
from digest.telegram.texts import general, outbox, settings
from digest.text.i18n import Translator, translator_for
from digest.text.truncate import utf16_length
from tests.telegram.chat_app import SEEDS

NOW = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
TAXONOMY = load_taxonomy((SEEDS / "taxonomy.tsv").read_text())
KEYWORDS = tuple(f"词{n:02}".ljust(MAX_KEYWORD_LENGTH, "字") for n in range(MAX_KEYWORDS))
each_language = pytest.mark.parametrize("tr", [translator_for(locale) for locale in Locale], ids=lambda tr: tr.locale)


def largest_profile(locale: Locale) -> SubscriberProfile:
    """Return a reader who chose everything that can be chosen, and all but one domain."""
    preferences = Preferences(
        domains=TAXONOMY.slugs[:-5],
        timezone="America/Argentina/ComodRivadavia",
        locale=locale,
        include_keywords=KEYWORDS,
        mute_keywords=KEYWORDS,
    )
    subscriber = Subscriber(id=10**9, preferences=preferences, created_at=NOW, next_digest_at=NOW)
    targets = (Target.telegram(42), Target.email("a" * 60 + "@" + "b" * 60 + ".example"))
    endpoints = tuple(Endpoint(id=n, subscriber_id=1, target=target) for n, target in enumerate(targets, start=1))
    assert endpoints[1].target.channel is Channel.EMAIL
    return SubscriberProfile(subscriber=subscriber, endpoints=endpoints)


def managing(profile: SubscriberProfile) -> Request:
    """Return a request with the longest commands: those for a chat that is managed from another one."""
    private = Request(target=Target.telegram(42), user_id=42, locale=profile.preferences.locale)
    return private.managing(profile, Target.telegram(-100))


def fits_in_telegram(part: TelegramMessage) -> bool:
    """Return whether Telegram takes a message, and a phone shows its buttons."""
    buttons = [button for row in part.keyboard for button in row]
    return (
        utf16_length(part.plain) <= 4096
        and len(part.html.encode()) <= 32768
        and len(buttons) <= 100
        and all(len(row) <= 8 for row in part.keyboard)
        and all(0 < utf16_length(button.text) <= 64 for button in buttons)
        and all(len((button.callback_data or "").encode()) <= 64 for button in buttons)
    )


@each_language
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_settings_fits_with_the_most_of_everything(tr: Translator, page: str) -> None:
    reader = largest_profile(tr.locale)

    shown = settings.settings_page(managing(reader), TAXONOMY, reader, page, NOW)

    assert fits_in_telegram(shown)


@each_language
def test_hello_help_and_the_first_questions_fit(tr: Translator) -> None:
    reader = largest_profile(tr.locale)
    replies = (
        onboarding.send_time_prompt(tr, reader, NOW),
        onboarding.timezone_prompt(tr, reader),
        onboarding.onboarding_done(managing(reader), reader),
        broadcast.broadcast_usage(tr),
        html_response(commands.help_text(tr, admin=True)),
    )

    shown = [part for reply in replies for part in reply.messages]
    shown += [onboarding.welcome(tr, None, ()), onboarding.subscription_summary(tr, TAXONOMY, reader)]

    assert all(fits_in_telegram(part) for part in shown)


@each_language
def test_what_is_shown_for_a_moment_fits_an_alert(tr: Translator) -> None:
    notices = (
        general.stale_button(tr),
        general.internal_error(tr),
        general.group_admins_only(tr),
        general.rate_limited(tr),
        general.confirmation_expired(tr),
        onboarding.choose_domains_first(tr),
    )

    assert all(0 < utf16_length(notice) <= 200 for notice in notices)


@each_language
def test_the_menu_of_commands_fits(tr: Translator) -> None:
    entries = (*commands.private_commands(tr), *commands.admin_commands(tr))

    assert len(entries) <= 100
    assert all(len(name) <= 32 and 0 < len(told) <= 256 for name, told in entries)


@each_language
@pytest.mark.parametrize("order", BulkAction)
def test_the_question_about_many_deliveries_fits_with_a_year_of_editions(tr: Translator, order: BulkAction) -> None:
    groups = tuple(
        PlanGroup(edition=number, kind="broadcast", channel=channel, obstacle=obstacle, count=10**6)
        for number in range(10**17, 10**17 + 365)
        for channel in Channel
        for obstacle in (None, *Obstacle)
    )
    plan = BulkPlan(action=order, selection=DeliverySelection(state=DeliveryState.UNCERTAIN), groups=groups)

    shown = [*outbox.bulk_change_prompt(tr, plan, "1a2b3c4d").messages, *outbox.nothing_to_change(tr, plan).messages]

    assert all(fits_in_telegram(part) for part in shown)
    assert f"{365 * 2 * 10**6}" in shown[0].plain
