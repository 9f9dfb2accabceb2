"""The first minute in words: what was chosen, and the question for the hour and the place."""

from datetime import datetime

from digest.callbacks import Action, callback
from digest.chat.answers.following import delivery
from digest.chat.ask import Reply, domain_names, lines, message
from digest.chat.zone_names import city
from digest.chat.zones import offered_zones
from digest.domains import Taxonomy
from digest.message import Button, ChatPart
from digest.model import Reader
from digest.words import Words

_HOURS = (7, 9, 12, 18, 21)
_AN_HOUR = 60
_COLUMNS = 3


def choose_first(words: Words) -> str:
    """Say what comes before "Done"."""
    return words.say("Please tap Everything, or one or more domains, first.")


def chosen(words: Words, taxonomy: Taxonomy, reader: Reader) -> ChatPart:
    """Say what is followed now; it takes the keyboard's place."""
    names = domain_names(taxonomy, reader.preferences.domains, words)
    return message(
        words.say(
            "You follow <b>{domains}</b>. More or less of it, whenever you like: /domains. "
            "Here are today's papers for you:",
            domains=names,
        )
    )


def when(words: Words, reader: Reader, now: datetime) -> Reply:
    """Ask whether the hour and the place are right."""
    minute, zone = reader.preferences.minute, reader.preferences.zone
    told = words.say(
        "From now on your digest comes at {hour}, {zone} time (there it is {time} now). Does that suit you? "
        "Tap, or type <code>/settings hour 8:30</code>, <code>/settings zone Berlin</code>.",
        hour=words.hour(minute),
        zone=city(zone, words.locale),
        time=words.clock(now, zone),
    )
    others = [hour * _AN_HOUR for hour in _HOURS if hour * _AN_HOUR != minute]
    keyboard = (
        (_button(words.say("Yes, {hour}", hour=words.hour(minute)), "keep"),),
        tuple(_button(words.hour(one), "hour", words.hour(one).replace(":", "")) for one in others),
        (_button(words.say("My clock shows another time"), "where"),),
    )
    return Reply(parts=(message(told, keyboard),), edits=True)


def where(words: Words, reader: Reader) -> Reply:
    """Ask for the place."""
    zones = [zone for zone in offered_zones(reader.preferences.zone) if zone != reader.preferences.zone]
    buttons = [_button(city(zone, words.locale), "zone", zone) for zone in zones]
    told = words.say(
        "Which city's clock is yours? Tap it, or type any city, in English or Chinese: "
        "<code>/settings zone Lisbon</code>."
    )
    rows = tuple(tuple(buttons[at : at + _COLUMNS]) for at in range(0, len(buttons), _COLUMNS))
    return Reply(parts=(message(told, rows),), edits=True)


def settled(words: Words, reader: Reader) -> Reply:
    """Say what comes next, and where everything else is."""
    told = lines(
        words.say("All set."),
        delivery(words, reader),
        words.say("Everything else, from layout to keywords: /settings. All commands: /help"),
    )
    return Reply(parts=(message(told),), edits=True)


def _button(text: str, *arguments: str) -> Button:
    return Button(text=text, data=callback(Action.BEGIN, *arguments))
