"""The settings: one page for all of them and one for each, the answer to each change, and how it is typed."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from digest.model import Channel, Frequency, Locale, Preferences, SubscriberProfile
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.papers.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.preferences import (
    ALL_USAGE,
    FIELD_BY_KEY,
    FIELDS,
    FREQUENCY,
    INCLUDE,
    LANGUAGE,
    MUTE,
    SEND_TIME,
    TIMEZONE,
    ChoiceField,
    FlagField,
    KeywordsField,
    LocaleField,
    NumberField,
    PreferenceField,
    TimeField,
    TimezoneField,
)
from digest.services.schedule import local_date
from digest.telegram.input.commands import strip_invisible
from digest.telegram.input.settings import ALL_PAGE, KEYWORDS_PAGE, PAUSE_PAGE, ParsedSetting, UnclearSetting
from digest.telegram.input.timezones import city_name, common_timezones
from digest.telegram.request import (
    Request,
    Response,
    escape_user_text,
    format_domains,
    html_message,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.texts.general import next_digest_text
from digest.text.i18n import Translator, translator_for

_MINUTES_PER_HOUR = 60
_MINUTE_CHOICES = (0, 15, 30, 45)
_PAUSE_DAYS = (7, 14, 30)
_HASH_LENGTH = 8


def format_value(  # noqa: PLR0911 - one return for each kind
    tr: Translator, setting: PreferenceField, preferences: Preferences
) -> str:
    """Return what somebody chose, as a list or a sentence says it."""
    value = setting.get(preferences)
    match setting:
        case TimeField():
            return tr.format_time(value)
        case TimezoneField():
            return format_timezone(tr, value)
        case LocaleField():
            return tr.gettext("English")
        case NumberField():
            return tr.gettext("all") if value is None else str(value)
        case KeywordsField():
            return tr.format_list([quote_keyword(tr, word) for word in value])
        case ChoiceField():
            return tr.gettext(setting.option_of(value).text, day=tr.weekday_name(preferences.weekday))
        case _:
            return str(value)


def change_result(request: Request, profile: SubscriberProfile, setting: PreferenceField) -> Response:
    """Return the message that says what a setting is now, and what follows from it."""
    told = _change_text(request.tr, profile.preferences, setting)
    return html_response(
        join_lines(told, next_digest_text(request, profile), request.gettext("All settings: {/settings}"))
    )


def _change_text(tr: Translator, preferences: Preferences, setting: PreferenceField) -> str:
    shown = format_value(tr, setting, preferences)
    return setting.changed(tr, setting.get(preferences), shown) if setting.changed else ""


def setting_offer(tr: Translator, parsed: ParsedSetting, text: str) -> Response:
    """Answer somebody who names a setting's value and no command, such as an hour, a city or a rhythm."""
    choice, shown_value = parsed.changes, strip_invisible(text).strip()
    told = tr.gettext("Save this setting?")
    if (minute := choice.get("send_minute")) is not None:
        shown_value = tr.format_time(minute)
        told = tr.gettext("Change your delivery time to {hour}?", hour=shown_value)
    elif zone := choice.get("timezone"):
        shown_value = format_timezone(tr, zone)
        told = tr.gettext("Is {zone} your time zone?", zone=shown_value)
    hint = tr.gettext(
        "Tap, or type <code>/settings {word}</code>. To search papers: <code>/search {word}</code>",
        word=escape_user_text(text),
    )
    try:
        yes = Button(
            text=tr.gettext("Yes, {hour}", hour=shown_value),
            callback_data=encode_callback(Action.SET_PREFERENCE, parsed.setting.key, parsed.input_text),
        )
    except ValueError:
        return html_response(join_lines(told, hint))
    return html_response(join_lines(told, hint), ((yes,),))


def quote_keyword(tr: Translator, keyword: str) -> str:
    """Return a reader's own word as a sentence shows it."""
    return tr.gettext("“{name}”", name=escape_user_text(keyword))


def too_many_keywords(request: Request) -> Response:
    """Return the message that a list of keywords is full."""
    return html_response(
        request.ngettext(
            "You can have one keyword of each kind. See it: {/settings:keywords}",
            "You can have {n} keywords of each kind. Remove some first: {/settings:keywords}",
            MAX_KEYWORDS,
        )
    )


def format_timezone(tr: Translator, timezone: str) -> str:
    """Return a zone with its city in this language, where they differ."""
    name = city_name(timezone, tr.locale)
    return timezone if timezone.endswith(name) else tr.gettext("{city} ({zone})", city=name, zone=timezone)


def unclear_setting(request: Request, unclear: UnclearSetting) -> Response:
    """Return the text that says how a setting is given, and offer the zones that come near."""
    if unclear.timezones:
        return html_response(
            request.gettext(
                "Which time zone do you mean by “{word}”? Tap one, or type:", word=escape_user_text(unclear.value)
            )
            + "".join(f"\n<code>{request.command('settings', f'zone {zone}')}</code>" for zone in unclear.timezones),
            tuple((_timezone_button(request, zone),) for zone in unclear.timezones),
        )
    return html_response(_setting_usage(request, unclear.setting))


def _timezone_button(request: Request, timezone: str) -> Button:
    return Button(
        text=format_timezone(request.tr, timezone),
        callback_data=request.callback(Action.SET_PREFERENCE, TIMEZONE.key, timezone),
    )


def _setting_usage(request: Request, setting: PreferenceField | None) -> str:
    languages = request.tr.format_list([translator_for(one).native_name for one in Locale])
    return request.gettext(setting.usage if setting else ALL_USAGE, languages=languages, most=MAX_KEYWORD_LENGTH)


def pause_result(request: Request, profile: SubscriberProfile) -> Response:
    """Return the message that nothing comes any more, for now or until a day."""
    if profile.subscriber.paused_until and profile.subscriber.next_digest_at:
        return html_response(
            join_lines(next_digest_text(request, profile), request.gettext("The papers remain available: {/today}"))
        )
    return html_response(
        request.gettext("Paused. Nothing is sent until you send {/resume}. The papers remain available: {/today}")
    )


def pause_usage(request: Request) -> Response:
    """Return the text that says how a pause is given an end."""
    return html_response(
        request.gettext(
            "Until when? {/pause:two weeks}, {/pause:until 5 December}, {/pause:2026-12-05}, up to a year. "
            "Without an end: {/pause}"
        )
    )


def not_paused(request: Request, profile: SubscriberProfile) -> Response:
    """Return the message that there is no pause to be ended."""
    return html_response(join_lines(request.gettext("Delivery was not paused."), next_digest_text(request, profile)))


def resume_result(request: Request, profile: SubscriberProfile) -> Response:
    """Return the message that digests come again."""
    return html_response(
        join_lines(
            request.gettext("Welcome back."),
            next_digest_text(request, profile),
            request.gettext("The latest papers: {/today}"),
        )
    )


def settings_page(
    request: Request, taxonomy: Taxonomy, profile: SubscriberProfile, page: str, now: datetime
) -> TelegramMessage:
    """Show one of ``PAGES``; every choice on it says how it is typed."""
    if page == ALL_PAGE:
        return _overview_page(request, taxonomy, profile)
    if build := _PAGE_BUILDERS.get(page):
        return build(request, profile, now)
    return _options_page(request, profile, FIELD_BY_KEY[page])


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
        request.gettext("Tap what you want to change, or type it, for example {/settings:hour 8:30}."),
    )
    keywords = _page_button(request, request.gettext("Keywords"), KEYWORDS_PAGE)
    pages = [
        keywords if setting is INCLUDE else _page_button(request, request.gettext(setting.label), setting.key)
        for setting in FIELDS
        if setting.label or setting is INCLUDE
    ]
    pause = (
        _value_button(request, request.gettext("Resume"), PAUSE_PAGE, "off")
        if profile.subscriber.paused
        else _page_button(request, request.gettext("Pause"), PAUSE_PAGE)
    )
    domains = Button(text=request.gettext("Domains"), callback_data=request.callback(Action.DOMAINS))
    return html_message(html, (*_split_rows([*pages, pause], 2), (domains,)))


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
        *((tr.gettext(setting.label), format_value(tr, setting, chosen)) for setting in FIELDS if setting.label),
        (tr.gettext("Email"), escape_user_text(mail) if profile.active_addresses(Channel.EMAIL) else mail),
    )


def _options_page(request: Request, profile: SubscriberProfile, setting: PreferenceField) -> TelegramMessage:
    """Return the page of a setting with a few values, each of which has a button."""
    value, lines, buttons = setting.get(profile.preferences), [request.gettext(setting.question)], list[Button]()
    match setting:
        case ChoiceField():
            for option in setting.options:
                name = request.gettext(option.button)
                buttons.append(_option_button(request, name, setting, option.names[0], selected=value == option.value))
                if not isinstance(setting, FlagField):
                    lines.append(request.gettext("{name}: {layout}", name=name, layout=request.gettext(option.text)))
        case NumberField():
            buttons = [
                _option_button(request, str(n), setting, str(n), selected=value == n) for n in setting.suggestions
            ]
            buttons.append(_option_button(request, request.gettext("All"), setting, "all", selected=value is None))
        case _:
            raise TypeError(f"no page is known for {setting.name}")
    if setting.typed_hint:
        lines.append(request.gettext(setting.typed_hint))
    return _build_page(request, profile, join_lines(*lines), (tuple(buttons),))


def _send_time_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    minute = profile.preferences.send_minute
    hour, past = divmod(minute, _MINUTES_PER_HOUR)
    hours = [
        _option_button(request, f"{one:02}", SEND_TIME, f"{one:02}{past:02}", selected=one == hour) for one in range(24)
    ]
    quarters = [
        _option_button(request, f":{one:02}", SEND_TIME, f"{hour:02}{one:02}", selected=one == past)
        for one in _MINUTE_CHOICES
    ]
    told = request.gettext(
        "When do you want your digest? The time is now set to {hour} ({zone}). Tap the hour, then the "
        "minutes below it, or type {/settings:hour 8:30}.",
        hour=request.tr.format_time(minute),
        zone=format_timezone(request.tr, profile.preferences.timezone),
    )
    return _build_page(request, profile, told, (*_split_rows(hours, 6), tuple(quarters)))


def _timezone_page(request: Request, profile: SubscriberProfile, now: datetime) -> TelegramMessage:
    zone = profile.preferences.timezone
    told = request.gettext(
        "Where are you? Your time zone is {zone}, where it is {time} now. Not in the list? Type any city, in "
        "English or Chinese: {/settings:zone Lisbon}.",
        zone=format_timezone(request.tr, zone),
        time=request.tr.format_local_time(now, zone),
    )
    zones = common_timezones(zone)
    buttons = [
        _option_button(request, city_name(one, request.tr.locale), TIMEZONE, one, selected=one == zone) for one in zones
    ]
    return _build_page(request, profile, told, _split_rows(buttons, 3))


def _frequency_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    chosen = profile.preferences
    some = (
        _option_button(
            request, request.gettext("Every day"), FREQUENCY, "daily", selected=chosen.frequency is Frequency.DAILY
        ),
        _option_button(
            request, request.gettext("Mon-Fri"), FREQUENCY, "weekdays", selected=chosen.frequency is Frequency.WEEKDAYS
        ),
    )
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    weekly = [
        _option_button(
            request,
            request.tr.short_weekday_name(number),
            FREQUENCY,
            f"weekly {name}",
            selected=chosen.frequency is Frequency.WEEKLY and chosen.weekday == number,
        )
        for number, name in enumerate(names)
    ]
    told = request.gettext(
        "How often? Every day, Monday to Friday, or once a week on the day you tap. You can also type "
        "{/settings:rhythm daily}, {/settings:rhythm weekdays}, {/settings:rhythm weekly monday}."
    )
    return _build_page(request, profile, told, (some, *_split_rows(weekly, 4)))


def _language_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    locale = profile.preferences.locale
    buttons = [
        _option_button(request, translator_for(one).native_name, LANGUAGE, one.value, selected=locale is one)
        for one in Locale
    ]
    told = request.gettext("Which language do you prefer? You can also type {/settings:language 中文}.")
    return _build_page(request, profile, told, _split_rows(buttons, 3))


def _keywords_page(request: Request, profile: SubscriberProfile, _now: datetime) -> TelegramMessage:
    chosen = profile.preferences
    drops = [
        *(_remove_button(request, INCLUDE, word) for word in chosen.include_keywords),
        *(_remove_button(request, MUTE, word) for word in chosen.mute_keywords),
    ]
    told = join_paragraphs(
        join_lines(_change_text(request.tr, chosen, INCLUDE), _change_text(request.tr, chosen, MUTE)),
        request.gettext(
            "See more of a topic: {/settings:include diffusion, world model}. See less: {/settings:mute "
            "survey}. Titles and summaries are searched, in English and Chinese."
        ),
        request.gettext("Tap a keyword to remove it.") if drops else "",
    )
    return _build_page(request, profile, told, _split_rows(drops, 2))


def _remove_button(request: Request, setting: PreferenceField, word: str) -> Button:
    text = request.gettext("Remove: {word}", word=word)
    return Button(
        text=text, callback_data=request.callback(Action.SET_PREFERENCE, setting.key, f"~{hash_keyword(word)}")
    )


def _pause_page(request: Request, profile: SubscriberProfile, now: datetime) -> TelegramMessage:
    if profile.subscriber.paused:
        told = request.gettext("Delivery is paused. Resume now? You can also type {/resume}")
        return _build_page(
            request, profile, told, ((_value_button(request, request.gettext("Resume"), PAUSE_PAGE, "off"),),)
        )
    today = local_date(now, profile.preferences.timezone)
    days = [today + timedelta(days=one) for one in _PAUSE_DAYS]
    ends = [
        _value_button(
            request, request.gettext("Until {day}", day=request.tr.format_short_date(day)), PAUSE_PAGE, day.isoformat()
        )
        for day in days
    ]
    told = request.gettext(
        "How long do you want to pause? You can also type {/pause:until 5 December}, {/pause:two weeks}, or "
        "just {/pause}."
    )
    without = _value_button(request, request.gettext("Until I send /resume"), PAUSE_PAGE, "on")
    return _build_page(request, profile, told, (*_split_rows(ends, 3), (without,)))


def _build_page(request: Request, profile: SubscriberProfile, text: str, choices: Keyboard) -> TelegramMessage:
    everything = request.gettext("All settings")
    back = _page_button(request, f"◀ {everything}", ALL_PAGE)
    return html_message(join_paragraphs(text, next_digest_text(request, profile)), (*choices, (back,)))


def _page_button(request: Request, text: str, page: str) -> Button:
    return Button(text=text, callback_data=request.callback(Action.SETTINGS_PAGE, page))


def _option_button(request: Request, text: str, setting: PreferenceField, value: str, *, selected: bool) -> Button:
    return _value_button(request, f"{text} ✓" if selected else text, setting.key, value)


def _value_button(request: Request, text: str, setting: str, value: str) -> Button:
    return Button(text=text, callback_data=request.callback(Action.SET_PREFERENCE, setting, value))


def _split_rows(buttons: Sequence[Button], per_row: int) -> Keyboard:
    return tuple(tuple(buttons[at : at + per_row]) for at in range(0, len(buttons), per_row))


_PAGE_BUILDERS: dict[str, Callable[[Request, SubscriberProfile, datetime], TelegramMessage]] = {
    SEND_TIME.key: _send_time_page,
    TIMEZONE.key: _timezone_page,
    FREQUENCY.key: _frequency_page,
    LANGUAGE.key: _language_page,
    KEYWORDS_PAGE: _keywords_page,
    PAUSE_PAGE: _pause_page,
}
"""The pages that are more than a few options."""
