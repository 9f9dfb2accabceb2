"""The first minute in words: what was chosen, and the question for the hour and the place."""

from datetime import datetime

from digest.model import SubscriberProfile
from digest.model.message import Button, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.input.timezones import city_name, common_timezones
from digest.telegram.request import Response, format_domains, html_message, join_lines
from digest.telegram.texts.subscribe import next_digest_text
from digest.text.i18n import Translator

_OFFERED_HOURS = (7, 9, 12, 18, 21)
_MINUTES_PER_HOUR = 60
_COLUMNS = 3


def choose_domains_first(tr: Translator) -> str:
    """Say what comes before "Done"."""
    return tr.gettext("Please tap Everything, or one or more domains, first.")


def subscription_summary(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> TelegramMessage:
    """Say what is followed now; it takes the keyboard's place."""
    names = format_domains(taxonomy, profile.preferences.domains, tr)
    return html_message(
        tr.gettext(
            "You follow <b>{domains}</b>. More or less of it, whenever you like: /domains. "
            "Here are today's papers for you:",
            domains=names,
        )
    )


def send_time_prompt(tr: Translator, profile: SubscriberProfile, now: datetime) -> Response:
    """Ask whether the hour and the place are right."""
    minute, zone = profile.preferences.send_minute, profile.preferences.timezone
    told = tr.gettext(
        "From now on your digest comes at {hour}, {zone} time (there it is {time} now). Does that suit you? "
        "Tap, or type <code>/settings hour 8:30</code>, <code>/settings zone Berlin</code>.",
        hour=tr.format_time(minute),
        zone=city_name(zone, tr.locale),
        time=tr.format_local_time(now, zone),
    )
    others = [hour * _MINUTES_PER_HOUR for hour in _OFFERED_HOURS if hour * _MINUTES_PER_HOUR != minute]
    keyboard = (
        (_step_button(tr.gettext("Yes, {hour}", hour=tr.format_time(minute)), "keep"),),
        tuple(_step_button(tr.format_time(one), "hour", tr.format_time(one).replace(":", "")) for one in others),
        (_step_button(tr.gettext("My clock shows another time"), "where"),),
    )
    return Response(messages=(html_message(told, keyboard),), edits_message=True)


def timezone_prompt(tr: Translator, profile: SubscriberProfile) -> Response:
    """Ask for the place."""
    zones = [zone for zone in common_timezones(profile.preferences.timezone) if zone != profile.preferences.timezone]
    buttons = [_step_button(city_name(zone, tr.locale), "zone", zone) for zone in zones]
    told = tr.gettext(
        "Which city's clock is yours? Tap it, or type any city, in English or Chinese: "
        "<code>/settings zone Lisbon</code>."
    )
    rows = tuple(tuple(buttons[at : at + _COLUMNS]) for at in range(0, len(buttons), _COLUMNS))
    return Response(messages=(html_message(told, rows),), edits_message=True)


def onboarding_done(tr: Translator, profile: SubscriberProfile) -> Response:
    """Say what comes next, and where everything else is."""
    told = join_lines(
        tr.gettext("All set."),
        next_digest_text(tr, profile),
        tr.gettext("Everything else, from layout to keywords: /settings. All commands: /help"),
    )
    return Response(messages=(html_message(told),), edits_message=True)


def _step_button(text: str, *args: str) -> Button:
    return Button(text=text, callback_data=encode_callback(Action.ONBOARDING, *args))
