"""The settings as one message that changes in place: a page with all of them, and one for each."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from digest.model import Channel, DetailLevel, Frequency, Locale, SubscriberProfile
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action
from digest.services.schedule import local_date
from digest.telegram.input.settings import Setting
from digest.telegram.input.timezones import city_name, common_timezones
from digest.telegram.request import Request, escape_user_text, format_domains, html_message, join_lines, join_paragraphs
from digest.telegram.texts.general import next_digest_text
from digest.telegram.texts.settings import (
    format_detail_level,
    format_frequency,
    format_timezone,
    include_keywords_text,
    mute_keywords_text,
    quote_keyword,
)
from digest.text.i18n import Translator, translator_for

_MINUTES_PER_HOUR = 60
_MINUTE_CHOICES = (0, 15, 30, 45)
_MAX_PAPERS_CHOICES = (3, 5, 10, 20)
_PAUSE_DAYS = (7, 14, 30)
_HASH_LENGTH = 8


class SettingsPage(StrEnum):
    """A page of the settings, as a button names it."""

    ALL = "all"
    SEND_TIME = "hour"
    TIMEZONE = "zone"
    FREQUENCY = "rhythm"
    DETAIL_LEVEL = "layout"
    SILENT = "quiet"
    MAX_PAPERS = "most"
    EMPTY_DAYS = "empty"
    LANGUAGE = "language"
    KEYWORDS = "keywords"
    PAUSE = "pause"


def settings_page(
    request: Request, taxonomy: Taxonomy, profile: SubscriberProfile, page: SettingsPage, now: datetime
) -> TelegramMessage:
    """Show one page of a reader's settings; every choice on it says how it is typed."""
    return (
        _overview_page(request, taxonomy, profile)
        if page is SettingsPage.ALL
        else _PAGE_BUILDERS[page](request, profile, now)
    )


def hash_keyword(keyword: str) -> str:
    """Return what names a keyword in a button, which holds 64 bytes only."""
    return sha256(keyword.encode()).hexdigest()[:_HASH_LENGTH]


def _overview_page(request: Request, taxonomy: Taxonomy, profile: SubscriberProfile) -> TelegramMessage:
    told = (
        request.gettext("{name}: <b>{value}</b>", name=n, value=v)
        for n, v in _overview_rows(request.tr, taxonomy, profile)
    )
    html = join_paragraphs(
        join_lines(request.gettext("<b>Your settings</b>"), *told),
        next_digest_text(request, profile),
        request.gettext("Tap what you want to change, or type it, such as {/settings:hour 8:30}."),
    )
    pages = (
        (request.gettext("Hour"), SettingsPage.SEND_TIME),
        (request.gettext("Time zone"), SettingsPage.TIMEZONE),
        (request.gettext("Rhythm"), SettingsPage.FREQUENCY),
        (request.gettext("Layout"), SettingsPage.DETAIL_LEVEL),
        (request.gettext("Most papers"), SettingsPage.MAX_PAPERS),
        (request.gettext("Sound"), SettingsPage.SILENT),
        (request.gettext("Empty days"), SettingsPage.EMPTY_DAYS),
        (request.gettext("Keywords"), SettingsPage.KEYWORDS),
        (request.gettext("Language"), SettingsPage.LANGUAGE),
    )
    pause = (
        _value_button(request, request.gettext("Resume"), "pause", "off")
        if profile.subscriber.paused
        else _page_button(request, request.gettext("Pause"), SettingsPage.PAUSE)
    )
    buttons = [*(_page_button(request, name, wanted) for name, wanted in pages), pause]
    domains = Button(text=request.gettext("Domains"), callback_data=request.callback(Action.DOMAINS))
    return html_message(html, (*_split_rows(buttons, 2), (domains,)))


def _overview_rows(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> Sequence[tuple[str, str]]:
    chosen = profile.preferences
    follows = format_domains(taxonomy, chosen.domains, tr) if chosen.domains != () else tr.gettext("nothing yet")
    mail = tr.format_list(profile.active_addresses(Channel.EMAIL)) or tr.gettext("none – /email")
    keywords = [
        *(tr.gettext("with {word}", word=quote_keyword(tr, word)) for word in chosen.include_keywords),
        *(tr.gettext("without {word}", word=quote_keyword(tr, word)) for word in chosen.mute_keywords),
    ]
    return (
        (tr.gettext("Domains"), follows),
        (tr.gettext("Keywords"), tr.format_list(keywords) or tr.gettext("none")),
        (tr.gettext("Hour"), tr.format_time(chosen.send_minute)),
        (tr.gettext("Time zone"), format_timezone(tr, chosen.timezone)),
        (tr.gettext("Rhythm"), format_frequency(tr, profile)),
        (tr.gettext("Layout"), format_detail_level(tr, chosen.detail_level)),
        (tr.gettext("Most papers"), tr.gettext("all") if chosen.max_papers is None else str(chosen.max_papers)),
        (tr.gettext("Sound"), tr.gettext("without") if chosen.silent else tr.gettext("with a sound")),
        (
            tr.gettext("Empty days"),
            tr.gettext("one line that says why") if chosen.notify_when_empty else tr.gettext("silence"),
        ),
        (tr.gettext("Language"), tr.gettext("English")),
        (tr.gettext("Email"), escape_user_text(mail) if profile.active_addresses(Channel.EMAIL) else mail),
    )


def _send_time_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    minute = profile.preferences.send_minute
    hour, past = divmod(minute, _MINUTES_PER_HOUR)
    hours = [
        _option_button(request, f"{one:02}", Setting.SEND_TIME, f"{one:02}{past:02}", selected=one == hour)
        for one in range(24)
    ]
    quarters = [
        _option_button(request, f":{one:02}", Setting.SEND_TIME, f"{hour:02}{one:02}", selected=one == past)
        for one in _MINUTE_CHOICES
    ]
    told = request.gettext(
        "At what hour shall your digest come? Now it is {hour} ({zone}). Tap the hour, and below "
        "it the minutes, or type {/settings:hour 8:30}.",
        hour=request.tr.format_time(minute),
        zone=format_timezone(request.tr, profile.preferences.timezone),
    )
    return _build_page(request, profile, told, (*_split_rows(hours, 6), tuple(quarters)))


def _timezone_page(request: Request, profile: SubscriberProfile, now: datetime) -> TelegramMessage:
    zone = profile.preferences.timezone
    told = request.gettext(
        "Where are you? Now your clock is that of {zone}: it is {time} there. Not in the list? "
        "Type any city, in English or Chinese: {/settings:zone Lisbon}.",
        zone=format_timezone(request.tr, zone),
        time=request.tr.format_local_time(now, zone),
    )
    zones = common_timezones(zone)
    buttons = [
        _option_button(request, city_name(one, request.tr.locale), Setting.TIMEZONE, one, selected=one == zone)
        for one in zones
    ]
    return _build_page(request, profile, told, _split_rows(buttons, 3))


def _frequency_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    chosen = profile.preferences
    some = (
        _option_button(
            request,
            request.gettext("Every day"),
            Setting.FREQUENCY,
            "daily",
            selected=chosen.frequency is Frequency.DAILY,
        ),
        _option_button(
            request,
            request.gettext("Mon-Fri"),
            Setting.FREQUENCY,
            "weekdays",
            selected=chosen.frequency is Frequency.WEEKDAYS,
        ),
    )
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    weekly = [
        _option_button(
            request,
            request.tr.short_weekday_name(number),
            Setting.FREQUENCY,
            f"weekly {name}",
            selected=chosen.frequency is Frequency.WEEKLY and chosen.weekday == number,
        )
        for number, name in enumerate(names)
    ]
    told = request.gettext(
        "How often? Every day, Monday to Friday, or once a week on the day you tap. Typed: "
        "{/settings:rhythm daily}, {/settings:rhythm weekdays}, {/settings:rhythm weekly monday}."
    )
    return _build_page(request, profile, told, (some, *_split_rows(weekly, 4)))


def _detail_level_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    names = (
        (DetailLevel.TITLES, request.gettext("Titles")),
        (DetailLevel.SHORT, request.gettext("Short")),
        (DetailLevel.FULL, request.gettext("Full")),
    )
    buttons = [
        _option_button(
            request, name, Setting.DETAIL_LEVEL, layout.value, selected=profile.preferences.detail_level is layout
        )
        for layout, name in names
    ]
    told = join_lines(
        request.gettext("How much of each paper shall a digest show?"),
        *(
            request.gettext("{name}: {layout}", name=name, layout=format_detail_level(request.tr, layout))
            for layout, name in names
        ),
        request.gettext("Typed: {/settings:layout full}."),
    )
    return _build_page(request, profile, told, (tuple(buttons),))


def _silent_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    silent = profile.preferences.silent
    buttons = (
        _option_button(request, request.gettext("With a sound"), Setting.SILENT, "off", selected=not silent),
        _option_button(request, request.gettext("Without"), Setting.SILENT, "on", selected=silent),
    )
    told = request.gettext("Shall your phone make a sound when the digest comes? Typed: {/settings:quiet on}.")
    return _build_page(request, profile, told, (buttons,))


def _max_papers_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    most = profile.preferences.max_papers
    buttons = [
        _option_button(request, str(one), Setting.MAX_PAPERS, str(one), selected=most == one)
        for one in _MAX_PAPERS_CHOICES
    ]
    buttons.append(_option_button(request, request.gettext("All"), Setting.MAX_PAPERS, "all", selected=most is None))
    told = request.gettext(
        "How many papers shall a digest hold at most? The others stay within reach with "
        "{/today}. Typed: {/settings:most 12}."
    )
    return _build_page(request, profile, told, (tuple(buttons),))


def _empty_days_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    speaks = profile.preferences.notify_when_empty
    buttons = (
        _option_button(request, request.gettext("One line"), Setting.EMPTY_DAYS, "on", selected=speaks),
        _option_button(request, request.gettext("Silence"), Setting.EMPTY_DAYS, "off", selected=not speaks),
    )
    told = request.gettext(
        "On a day without papers for you: one silent line that says why, or nothing? Typed: {/settings:empty on}."
    )
    return _build_page(request, profile, told, (buttons,))


def _language_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    locale = profile.preferences.locale
    buttons = [
        _option_button(request, translator_for(one).native_name, Setting.LANGUAGE, one.value, selected=locale is one)
        for one in Locale
    ]
    told = request.gettext("Which language shall I speak? Typed: {/settings:language 中文}.")
    return _build_page(request, profile, told, _split_rows(buttons, 3))


def _keywords_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    chosen = profile.preferences
    drops = [
        *(_remove_button(request, Setting.INCLUDE, word) for word in chosen.include_keywords),
        *(_remove_button(request, Setting.MUTE, word) for word in chosen.mute_keywords),
    ]
    told = join_paragraphs(
        join_lines(
            include_keywords_text(request.tr, chosen.include_keywords),
            mute_keywords_text(request.tr, chosen.mute_keywords),
        ),
        request.gettext(
            "More of a word: {/settings:include diffusion, world model}. Less of it: {/settings:mute survey}. "
            "I look into titles and summaries, in English and Chinese."
        ),
        request.gettext("Tap a word to take it away.") if drops else "",
    )
    return _build_page(request, profile, told, _split_rows(drops, 2))


def _remove_button(request: Request, setting: Setting, word: str) -> Button:
    text = request.gettext("Remove: {word}", word=word)
    return Button(
        text=text, callback_data=request.callback(Action.SET_PREFERENCE, setting.value, f"~{hash_keyword(word)}")
    )


def _pause_page(request: Request, profile: SubscriberProfile, now: datetime) -> TelegramMessage:
    if profile.subscriber.paused:
        told = request.gettext("You are taking a break. Go on now? Typed: {/resume}")
        return _build_page(
            request, profile, told, ((_value_button(request, request.gettext("Resume"), "pause", "off"),),)
        )
    today = local_date(now, profile.preferences.timezone)
    days = [today + timedelta(days=one) for one in _PAUSE_DAYS]
    ends = [
        _value_button(
            request, request.gettext("Until {day}", day=request.tr.format_short_date(day)), "pause", day.isoformat()
        )
        for day in days
    ]
    told = request.gettext(
        "How long a break would you like? Typed: {/pause:until 5 December}, {/pause:two weeks}, or just {/pause}."
    )
    without = _value_button(request, request.gettext("Until I say /resume"), "pause", "on")
    return _build_page(request, profile, told, (*_split_rows(ends, 3), (without,)))


def _build_page(request: Request, profile: SubscriberProfile, text: str, choices: Keyboard) -> TelegramMessage:
    everything = request.gettext("All settings")
    back = _page_button(request, f"◀ {everything}", SettingsPage.ALL)
    return html_message(join_paragraphs(text, next_digest_text(request, profile)), (*choices, (back,)))


def _page_button(request: Request, text: str, page: SettingsPage) -> Button:
    return Button(text=text, callback_data=request.callback(Action.SETTINGS_PAGE, page.value))


def _option_button(request: Request, text: str, setting: Setting, value: str, *, selected: bool) -> Button:
    return _value_button(request, f"{text} ✓" if selected else text, setting.value, value)


def _value_button(request: Request, text: str, setting: str, value: str) -> Button:
    return Button(text=text, callback_data=request.callback(Action.SET_PREFERENCE, setting, value))


def _split_rows(buttons: Sequence[Button], per_row: int) -> Keyboard:
    return tuple(tuple(buttons[at : at + per_row]) for at in range(0, len(buttons), per_row))


_PAGE_BUILDERS: dict[SettingsPage, Callable[[Request, SubscriberProfile, datetime], TelegramMessage]] = {
    SettingsPage.SEND_TIME: _send_time_page,
    SettingsPage.TIMEZONE: _timezone_page,
    SettingsPage.FREQUENCY: _frequency_page,
    SettingsPage.DETAIL_LEVEL: _detail_level_page,
    SettingsPage.SILENT: _silent_page,
    SettingsPage.MAX_PAPERS: _max_papers_page,
    SettingsPage.EMPTY_DAYS: _empty_days_page,
    SettingsPage.LANGUAGE: _language_page,
    SettingsPage.KEYWORDS: _keywords_page,
    SettingsPage.PAUSE: _pause_page,
}
