"""The settings as one message that changes in place: a page with all of them, and one for each."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from digest.callbacks import Action, callback
from digest.chat.answers.following import delivery
from digest.chat.answers.settings import (
    included,
    layout_in_words,
    muted,
    quoted,
    rhythm,
    zone_name,
)
from digest.chat.ask import domain_names, lines, message, paragraphs, shown
from digest.chat.setting_words import Setting
from digest.chat.zone_names import city
from digest.chat.zones import offered_zones
from digest.domains import Taxonomy
from digest.hours import local_day
from digest.message import Button, ChatPart, Keyboard
from digest.model import Channel, Layout, Locale, Reader, Rhythm
from digest.words import Words, words_in

_AN_HOUR = 60
_QUARTERS = (0, 15, 30, 45)
_MOST = (3, 5, 10, 20)
_PAUSES = (7, 14, 30)
_FINGERPRINT = 8


class Page(StrEnum):
    """A page of the settings, as a button names it."""

    ALL = "all"
    HOUR = "hour"
    ZONE = "zone"
    RHYTHM = "rhythm"
    LAYOUT = "layout"
    QUIET = "quiet"
    MOST = "most"
    EMPTY = "empty"
    LANGUAGE = "language"
    KEYWORDS = "keywords"
    PAUSE = "pause"


def page(words: Words, taxonomy: Taxonomy, reader: Reader, wanted: Page, now: datetime) -> ChatPart:
    """Show one page of a reader's settings; every choice on it says how it is typed."""
    return _all(words, taxonomy, reader) if wanted is Page.ALL else _PAGES[wanted](words, reader, now)


def fingerprint(keyword: str) -> str:
    """Give what names a keyword in a button, which holds 64 bytes only."""
    return sha256(keyword.encode()).hexdigest()[:_FINGERPRINT]


def _all(words: Words, taxonomy: Taxonomy, reader: Reader) -> ChatPart:
    told = (words.say("{name}: <b>{value}</b>", name=n, value=v) for n, v in _rows(words, taxonomy, reader))
    html = paragraphs(
        lines(words.say("<b>Your settings</b>"), *told),
        delivery(words, reader),
        words.say("Tap what you want to change, or type it, such as <code>/settings hour 8:30</code>."),
    )
    pages = (
        (words.say("Hour"), Page.HOUR),
        (words.say("Time zone"), Page.ZONE),
        (words.say("Rhythm"), Page.RHYTHM),
        (words.say("Layout"), Page.LAYOUT),
        (words.say("Most papers"), Page.MOST),
        (words.say("Sound"), Page.QUIET),
        (words.say("Empty days"), Page.EMPTY),
        (words.say("Keywords"), Page.KEYWORDS),
        (words.say("Language"), Page.LANGUAGE),
    )
    pause = (
        _says(words.say("Resume"), "pause", "off")
        if reader.subscriber.paused
        else _opens(words.say("Pause"), Page.PAUSE)
    )
    buttons = [*(_opens(name, wanted) for name, wanted in pages), pause]
    domains = Button(text=words.say("Domains"), data=callback(Action.DOMAINS))
    return message(html, (*_in_rows(buttons, 2), (domains,)))


def _rows(words: Words, taxonomy: Taxonomy, reader: Reader) -> Sequence[tuple[str, str]]:
    chosen = reader.preferences
    follows = (
        domain_names(taxonomy, chosen.domains, words) if chosen.domains != () else words.say("nothing yet")
    )
    mail = words.listing(reader.addresses(Channel.EMAIL)) or words.say("none – /email")
    keywords = [
        *(words.say("with {word}", word=quoted(words, word)) for word in chosen.include),
        *(words.say("without {word}", word=quoted(words, word)) for word in chosen.mute),
    ]
    return (
        (words.say("Domains"), follows),
        (words.say("Keywords"), words.listing(keywords) or words.say("none")),
        (words.say("Hour"), words.hour(chosen.minute)),
        (words.say("Time zone"), zone_name(words, chosen.zone)),
        (words.say("Rhythm"), rhythm(words, reader)),
        (words.say("Layout"), layout_in_words(words, chosen.layout)),
        (words.say("Most papers"), words.say("all") if chosen.most is None else str(chosen.most)),
        (words.say("Sound"), words.say("without") if chosen.silent else words.say("with a sound")),
        (
            words.say("Empty days"),
            words.say("one line that says why") if chosen.empty_days else words.say("silence"),
        ),
        (words.say("Language"), words.say("English")),
        (words.say("Email"), shown(mail) if reader.addresses(Channel.EMAIL) else mail),
    )


def _hour(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    minute = reader.preferences.minute
    hour, past = divmod(minute, _AN_HOUR)
    hours = [_sets(f"{one:02}", Setting.HOUR, f"{one:02}{past:02}", on=one == hour) for one in range(24)]
    quarters = [_sets(f":{one:02}", Setting.HOUR, f"{hour:02}{one:02}", on=one == past) for one in _QUARTERS]
    told = words.say(
        "At what hour shall your digest come? Now it is {hour} ({zone}). Tap the hour, and below it the "
        "minutes, or type <code>/settings hour 8:30</code>.",
        hour=words.hour(minute),
        zone=zone_name(words, reader.preferences.zone),
    )
    return _page(words, reader, told, (*_in_rows(hours, 6), tuple(quarters)))


def _zone(words: Words, reader: Reader, now: datetime) -> ChatPart:
    zone = reader.preferences.zone
    told = words.say(
        "Where are you? Now your clock is that of {zone}: it is {time} there. Not in the list? Type any "
        "city, in English or Chinese: <code>/settings zone Lisbon</code>.",
        zone=zone_name(words, zone),
        time=words.clock(now, zone),
    )
    zones = offered_zones(zone)
    buttons = [_sets(city(one, words.locale), Setting.ZONE, one, on=one == zone) for one in zones]
    return _page(words, reader, told, _in_rows(buttons, 3))


def _rhythm(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    chosen = reader.preferences
    some = (
        _sets(words.say("Every day"), Setting.RHYTHM, "daily", on=chosen.rhythm is Rhythm.DAILY),
        _sets(words.say("Mon-Fri"), Setting.RHYTHM, "weekdays", on=chosen.rhythm is Rhythm.WEEKDAYS),
    )
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    weekly = [
        _sets(
            words.short_weekday(number),
            Setting.RHYTHM,
            f"weekly {name}",
            on=chosen.rhythm is Rhythm.WEEKLY and chosen.weekday == number,
        )
        for number, name in enumerate(names)
    ]
    told = words.say(
        "How often? Every day, Monday to Friday, or once a week on the day you tap. Typed: "
        "<code>/settings rhythm daily</code>, <code>/settings rhythm weekdays</code>, "
        "<code>/settings rhythm weekly monday</code>."
    )
    return _page(words, reader, told, (some, *_in_rows(weekly, 4)))


def _layout(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    names = (
        (Layout.TITLES, words.say("Titles")),
        (Layout.SHORT, words.say("Short")),
        (Layout.FULL, words.say("Full")),
    )
    buttons = [
        _sets(name, Setting.LAYOUT, layout.value, on=reader.preferences.layout is layout)
        for layout, name in names
    ]
    told = lines(
        words.say("How much of each paper shall a digest show?"),
        *(
            words.say("{name}: {layout}", name=name, layout=layout_in_words(words, layout))
            for layout, name in names
        ),
        words.say("Typed: <code>/settings layout full</code>."),
    )
    return _page(words, reader, told, (tuple(buttons),))


def _quiet(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    silent = reader.preferences.silent
    buttons = (
        _sets(words.say("With a sound"), Setting.QUIET, "off", on=not silent),
        _sets(words.say("Without"), Setting.QUIET, "on", on=silent),
    )
    told = words.say(
        "Shall your phone make a sound when the digest comes? Typed: <code>/settings quiet on</code>."
    )
    return _page(words, reader, told, (buttons,))


def _most(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    most = reader.preferences.most
    buttons = [_sets(str(one), Setting.MOST, str(one), on=most == one) for one in _MOST]
    buttons.append(_sets(words.say("All"), Setting.MOST, "all", on=most is None))
    told = words.say(
        "How many papers shall a digest hold at most? The others stay within reach with /today. Typed: "
        "<code>/settings most 12</code>."
    )
    return _page(words, reader, told, (tuple(buttons),))


def _empty(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    speaks = reader.preferences.empty_days
    buttons = (
        _sets(words.say("One line"), Setting.EMPTY, "on", on=speaks),
        _sets(words.say("Silence"), Setting.EMPTY, "off", on=not speaks),
    )
    told = words.say(
        "On a day without papers for you: one silent line that says why, or nothing? Typed: "
        "<code>/settings empty on</code>."
    )
    return _page(words, reader, told, (buttons,))


def _language(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    locale = reader.preferences.locale
    buttons = [_sets(words_in(one).own_name, Setting.LANGUAGE, one.value, on=locale is one) for one in Locale]
    told = words.say("Which language shall I speak? Typed: <code>/settings language 中文</code>.")
    return _page(words, reader, told, _in_rows(buttons, 3))


def _keywords(words: Words, reader: Reader, _now: datetime) -> ChatPart:
    chosen = reader.preferences
    drops = [
        *(_drops(words, Setting.INCLUDE, word) for word in chosen.include),
        *(_drops(words, Setting.MUTE, word) for word in chosen.mute),
    ]
    told = paragraphs(
        lines(included(words, chosen.include), muted(words, chosen.mute)),
        words.say(
            "More of a word: <code>/settings include diffusion, world model</code>. Less of it: "
            "<code>/settings mute survey</code>. I look into titles and summaries, in English and Chinese."
        ),
        words.say("Tap a word to take it away.") if drops else "",
    )
    return _page(words, reader, told, _in_rows(drops, 2))


def _drops(words: Words, setting: Setting, word: str) -> Button:
    text = words.say("Remove: {word}", word=word)
    return Button(text=text, data=callback(Action.SET, setting.value, f"~{fingerprint(word)}"))


def _pause(words: Words, reader: Reader, now: datetime) -> ChatPart:
    if reader.subscriber.paused:
        told = words.say("You are taking a break. Go on now? Typed: /resume")
        return _page(words, reader, told, ((_says(words.say("Resume"), "pause", "off"),),))
    today = local_day(now, reader.preferences.zone)
    days = [today + timedelta(days=one) for one in _PAUSES]
    ends = [
        _says(words.say("Until {day}", day=words.short_day(day)), "pause", day.isoformat()) for day in days
    ]
    told = words.say(
        "How long a break would you like? Typed: <code>/pause until 5 December</code>, "
        "<code>/pause two weeks</code>, or just /pause."
    )
    without = _says(words.say("Until I say /resume"), "pause", "on")
    return _page(words, reader, told, (*_in_rows(ends, 3), (without,)))


def _page(words: Words, reader: Reader, told: str, choices: Keyboard) -> ChatPart:
    everything = words.say("All settings")
    back = _opens(f"◀ {everything}", Page.ALL)
    return message(paragraphs(told, delivery(words, reader)), (*choices, (back,)))


def _opens(text: str, wanted: Page) -> Button:
    return Button(text=text, data=callback(Action.MENU, wanted.value))


def _sets(text: str, setting: Setting, value: str, *, on: bool) -> Button:
    return _says(f"{text} ✓" if on else text, setting.value, value)


def _says(text: str, setting: str, value: str) -> Button:
    return Button(text=text, data=callback(Action.SET, setting, value))


def _in_rows(buttons: Sequence[Button], most: int) -> Keyboard:
    return tuple(tuple(buttons[at : at + most]) for at in range(0, len(buttons), most))


_PAGES: dict[Page, Callable[[Words, Reader, datetime], ChatPart]] = {
    Page.HOUR: _hour,
    Page.ZONE: _zone,
    Page.RHYTHM: _rhythm,
    Page.LAYOUT: _layout,
    Page.QUIET: _quiet,
    Page.MOST: _most,
    Page.EMPTY: _empty,
    Page.LANGUAGE: _language,
    Page.KEYWORDS: _keywords,
    Page.PAUSE: _pause,
}
