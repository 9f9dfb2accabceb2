"""How a request names commands and buttons: for the chat that asks, or for one that is managed from it."""

from datetime import UTC, datetime

from digest.model import Locale, Preferences, Subscriber, SubscriberProfile, Target
from digest.render.telegram.callback_data import Action
from digest.telegram.request import Request

OWN = Request(target=Target.telegram(42), user_id=42, locale=Locale.EN)
GROUP = SubscriberProfile(
    subscriber=Subscriber(
        id=57, preferences=Preferences(), created_at=datetime(2026, 1, 24, tzinfo=UTC), next_digest_at=None
    ),
    endpoints=(),
)
MANAGED = OWN.managing(GROUP, Target.telegram(-100))


def test_a_command_is_typed_for_the_chat_that_it_is_about() -> None:
    assert (OWN.command("subscribe", "robotics"), OWN.command("start")) == ("/subscribe robotics", "/start")
    assert MANAGED.command("subscribe", "robotics") == "/groups 57 subscribe robotics"
    assert (MANAGED.command("today"), MANAGED.command("start")) == ("/groups 57 today", "/groups 57")


def test_places_in_a_message_become_links_or_what_can_be_copied() -> None:
    message = "{/today}, {/settings:hour 8:30}, {/subscribe:only {word}} {word}"

    assert OWN.gettext(message, word="/today") == (
        "/today, <code>/settings hour 8:30</code>, <code>/subscribe only /today</code> /today"
    )
    assert MANAGED.gettext(message, word="nlp") == (
        "<code>/groups 57 today</code>, <code>/groups 57 settings hour 8:30</code>, "
        "<code>/groups 57 subscribe only nlp</code> nlp"
    )


def test_a_button_acts_on_the_chat_that_the_request_is_about() -> None:
    assert OWN.callback(Action.TOGGLE_DOMAIN, "nlp") == "1:t:nlp"
    assert MANAGED.callback(Action.TOGGLE_DOMAIN, "nlp") == "1@57:t:nlp"


def test_a_managed_chat_is_no_private_chat_and_its_manager_no_admin_there() -> None:
    assert (OWN.is_private, MANAGED.is_private, MANAGED.is_admin) == (True, False, False)
    assert MANAGED.reply_to == OWN.target
