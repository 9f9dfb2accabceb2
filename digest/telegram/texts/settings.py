"""The answer to each change of a setting, and how a setting is given."""

from digest.model import DetailLevel, Frequency, Locale, SubscriberProfile
from digest.model.message import Button
from digest.papers.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.input.commands import strip_invisible
from digest.telegram.input.settings import ParsedSetting, Setting, UnclearSetting
from digest.telegram.input.timezones import city_name
from digest.telegram.request import Response, escape_user_text, html_response, join_lines
from digest.telegram.texts.general import next_digest_text
from digest.text.i18n import Translator, translator_for


def format_frequency(tr: Translator, profile: SubscriberProfile) -> str:
    """Say on which days a reader gets a digest."""
    match profile.preferences.frequency:
        case Frequency.DAILY:
            return tr.gettext("every day")
        case Frequency.WEEKDAYS:
            return tr.gettext("Monday to Friday")
        case Frequency.WEEKLY:
            return tr.gettext("once a week, on {day}", day=tr.weekday_name(profile.preferences.weekday))


def change_result(  # noqa: C901 - one case for each setting
    tr: Translator, profile: SubscriberProfile, setting: Setting
) -> Response:
    """Tell what a setting is now, and what follows from it."""
    chosen = profile.preferences
    match setting:
        case Setting.SEND_TIME:
            told = tr.gettext("Your digest now comes at {hour}.", hour=tr.format_time(chosen.send_minute))
        case Setting.TIMEZONE:
            told = tr.gettext("Your time zone is now {zone}.", zone=format_timezone(tr, chosen.timezone))
        case Setting.FREQUENCY:
            told = tr.gettext("Your digest now comes {rhythm}.", rhythm=format_frequency(tr, profile))
        case Setting.LANGUAGE:
            told = tr.gettext("From now on we speak English.")
        case Setting.MAX_PAPERS:
            told = _max_papers_text(tr, chosen.max_papers)
        case Setting.EMPTY_DAYS if chosen.notify_when_empty:
            told = tr.gettext("On a day without papers for you I now say so in one line.")
        case Setting.EMPTY_DAYS:
            told = tr.gettext("On a day without papers for you I now keep silent.")
        case Setting.DETAIL_LEVEL:
            told = tr.gettext("A digest now shows {layout}.", layout=format_detail_level(tr, chosen.detail_level))
        case Setting.SILENT if chosen.silent:
            told = tr.gettext("Your digest now comes without a sound.")
        case Setting.SILENT:
            told = tr.gettext("Your digest now comes with a sound.")
        case Setting.INCLUDE:
            told = include_keywords_text(tr, chosen.include_keywords)
        case Setting.MUTE:
            told = mute_keywords_text(tr, chosen.mute_keywords)
    return html_response(join_lines(told, next_digest_text(tr, profile), tr.gettext("All settings: /settings")))


def format_detail_level(tr: Translator, level: DetailLevel) -> str:
    """Say what a layout shows."""
    match level:
        case DetailLevel.TITLES:
            return tr.gettext("titles only")
        case DetailLevel.SHORT:
            return tr.gettext("each paper in one sentence")
        case DetailLevel.FULL:
            return tr.gettext("as much of each paper as there is room for")


def setting_offer(tr: Translator, parsed: ParsedSetting, text: str) -> Response:
    """Answer somebody who names a setting's value and no command, such as an hour, a city or a rhythm."""
    choice, shown_value = parsed.changes, strip_invisible(text).strip()
    told = tr.gettext("Shall I set this?")
    if (minute := choice.get("send_minute")) is not None:
        shown_value = tr.format_time(minute)
        told = tr.gettext("Shall your digest come at {hour}?", hour=shown_value)
    elif zone := choice.get("timezone"):
        shown_value = format_timezone(tr, zone)
        told = tr.gettext("Is {zone} your time zone?", zone=shown_value)
    hint = tr.gettext(
        "Tap, or type <code>/settings {word}</code>. To look for papers: <code>/search {word}</code>",
        word=escape_user_text(text),
    )
    try:
        yes = Button(
            text=tr.gettext("Yes, {hour}", hour=shown_value),
            callback_data=encode_callback(Action.SET_PREFERENCE, parsed.setting.value, parsed.input_text),
        )
    except ValueError:
        return html_response(join_lines(told, hint))
    return html_response(join_lines(told, hint), ((yes,),))


def include_keywords_text(tr: Translator, keywords: tuple[str, ...]) -> str:
    """Say which words bring a paper."""
    if not keywords:
        return tr.gettext("No keyword brings you papers; your domains do.")
    named = tr.format_list([quote_keyword(tr, word) for word in keywords])
    return tr.gettext("Papers with {keywords} come to you, whatever their domain.", keywords=named)


def mute_keywords_text(tr: Translator, keywords: tuple[str, ...]) -> str:
    """Say which words keep a paper away."""
    if not keywords:
        return tr.gettext("No keyword keeps papers away from you.")
    named = tr.format_list([quote_keyword(tr, word) for word in keywords])
    return tr.gettext("Papers with {keywords} stay away from you.", keywords=named)


def quote_keyword(tr: Translator, keyword: str) -> str:
    """Return a reader's own word as a sentence shows it."""
    return tr.gettext("“{name}”", name=escape_user_text(keyword))


def too_many_keywords(tr: Translator) -> Response:
    """Say that a list of keywords is full."""
    return html_response(
        tr.ngettext(
            "You may have one keyword of a kind. See yours: /settings keywords",
            "You may have {n} keywords of a kind. Take some away first: /settings keywords",
            MAX_KEYWORDS,
        )
    )


def _max_papers_text(tr: Translator, max_papers: int | None) -> str:
    if max_papers is None:
        return tr.gettext("A digest now holds every paper of your domains.")
    return tr.ngettext("A digest now holds one paper at most.", "A digest now holds {n} papers at most.", max_papers)


def format_timezone(tr: Translator, timezone: str) -> str:
    """Return a zone with its city in this language, where they differ."""
    name = city_name(timezone, tr.locale)
    return timezone if timezone.endswith(name) else tr.gettext("{city} ({zone})", city=name, zone=timezone)


def unclear_setting(tr: Translator, unclear: UnclearSetting) -> Response:
    """Say how a setting is given, and offer the zones that come near."""
    if unclear.timezones:
        return html_response(
            tr.gettext(
                "Which time zone do you mean by “{word}”? Tap one, or type:", word=escape_user_text(unclear.value)
            )
            + "".join(f"\n<code>/settings zone {zone}</code>" for zone in unclear.timezones),
            tuple((_timezone_button(tr, zone),) for zone in unclear.timezones),
        )
    return html_response(_setting_usage(tr, unclear))


def _timezone_button(tr: Translator, timezone: str) -> Button:
    return Button(
        text=format_timezone(tr, timezone),
        callback_data=encode_callback(Action.SET_PREFERENCE, Setting.TIMEZONE.value, timezone),
    )


def _setting_usage(  # noqa: C901, PLR0911 - one return for each setting
    tr: Translator, unclear: UnclearSetting
) -> str:
    match unclear.setting:
        case Setting.SEND_TIME:
            return tr.gettext("An hour looks like this: <code>/settings hour 8:30</code>, also 8, 8pm or 20:30.")
        case Setting.TIMEZONE:
            return tr.gettext(
                "I do not know this place. Name a city or a zone: <code>/settings zone Berlin</code>, "
                "<code>/settings zone Asia/Shanghai</code>, <code>/settings zone UTC+8</code>."
            )
        case Setting.FREQUENCY:
            return tr.gettext(
                "There are three rhythms: <code>/settings rhythm daily</code>, "
                "<code>/settings rhythm weekdays</code>, <code>/settings rhythm weekly monday</code>."
            )
        case Setting.LANGUAGE:
            return tr.gettext(
                "I speak {languages}. Choose one: <code>/settings language 中文</code>.",
                languages=tr.format_list([translator_for(one).native_name for one in Locale]),
            )
        case Setting.MAX_PAPERS:
            return tr.gettext(
                "How many papers at most? <code>/settings most 10</code>, or <code>/settings most all</code>."
            )
        case Setting.EMPTY_DAYS:
            return tr.gettext(
                "Shall I write on days without papers for you? <code>/settings empty on</code> or "
                "<code>/settings empty off</code>."
            )
        case Setting.DETAIL_LEVEL:
            return tr.gettext(
                "There are three layouts: <code>/settings layout titles</code>, "
                "<code>/settings layout short</code>, <code>/settings layout full</code>."
            )
        case Setting.SILENT:
            return tr.gettext(
                "With or without a sound? <code>/settings quiet off</code> or <code>/settings quiet on</code>."
            )
        case Setting.INCLUDE:
            return tr.gettext(
                "Which words shall bring you papers? <code>/settings include diffusion, world model</code>. "
                "Fewer: <code>/settings include remove diffusion</code>, none: "
                "<code>/settings include none</code>. A keyword has at most {most} letters.",
                most=MAX_KEYWORD_LENGTH,
            )
        case Setting.MUTE:
            return tr.gettext(
                "Which words shall keep papers away? <code>/settings mute survey</code>. Fewer: "
                "<code>/settings mute remove survey</code>, none: <code>/settings mute none</code>. "
                "A keyword has at most {most} letters.",
                most=MAX_KEYWORD_LENGTH,
            )
        case None:
            return tr.gettext(
                "I can set hour, zone, rhythm, layout, quiet, most, empty, language, include and mute, such "
                "as <code>/settings hour 8:30</code>. All of it, to tap: /settings"
            )


def pause_result(tr: Translator, profile: SubscriberProfile) -> Response:
    """Tell that nothing comes any more, for now or until a day."""
    if profile.subscriber.paused_until and profile.subscriber.next_digest_at:
        return html_response(
            join_lines(next_digest_text(tr, profile), tr.gettext("The papers stay within reach: /today"))
        )
    return html_response(
        tr.gettext("Paused: I send nothing until you say /resume. The papers stay within reach: /today")
    )


def pause_usage(tr: Translator) -> Response:
    """Say how a pause is given an end."""
    return html_response(
        tr.gettext(
            "Until when? <code>/pause two weeks</code>, <code>/pause until 5 December</code>, "
            "<code>/pause 2026-12-05</code>, within a year. Without an end: /pause"
        )
    )


def not_paused(tr: Translator, profile: SubscriberProfile) -> Response:
    """Say that there is no pause to be ended."""
    return html_response(join_lines(tr.gettext("You were not paused."), next_digest_text(tr, profile)))


def resume_result(tr: Translator, profile: SubscriberProfile) -> Response:
    """Tell that digests come again."""
    return html_response(
        join_lines(tr.gettext("Welcome back."), next_digest_text(tr, profile), tr.gettext("What is new now: /today"))
    )
