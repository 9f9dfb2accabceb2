"""For admins: a broadcast before it is sent. Whom it reaches, how long it takes, and the question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from digest.model import Channel, Locale
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.keyboards import short_domain_name
from digest.services.broadcasts import MAX_TEXT_LENGTH, Audience, AudienceCounts
from digest.telegram.confirmations import CONFIRMATION_TTL_MINUTES
from digest.telegram.request import Response, escape_user_text, html_message, html_response, join_paragraphs
from digest.text.i18n import Translator, translator_for

_MINUTE = 60
_COLUMNS = 2
_CHECK_MARK = " ✓"
_ALL_VALUE = "all"


def broadcast_usage(tr: Translator) -> Response:
    """Answer ``/broadcast`` without a text."""
    return html_response(
        tr.gettext(
            "What shall I tell everybody? <code>/broadcast Your words</code>, or answer a message with "
            "/broadcast. For some only: <code>/broadcast domain:robotics language:zh channel:email Your "
            "words</code>, or choose after it. You see it before anybody else does. Those so far: "
            "<code>/broadcast list</code>"
        )
    )


def control_usage(tr: Translator) -> Response:
    """Say how a broadcast is steered by words."""
    return html_response(
        tr.gettext(
            "To steer a broadcast I need its number: <code>/broadcast pause 12</code>, <code>/broadcast go "
            "12</code>, <code>/broadcast stop 12</code>, <code>/broadcast look 12</code>. Their numbers: "
            "<code>/broadcast list</code>. To send one I need its whole key. Nothing was sent."
        )
    )


def text_too_long(tr: Translator, length: int) -> Response:
    """Say how much too long a text is."""
    return html_response(
        tr.gettext(
            "A broadcast holds {most} characters at most, this one has {length}. Please shorten it.",
            most=MAX_TEXT_LENGTH,
            length=length,
        )
    )


def unknown_audience(tr: Translator, option: str) -> Response:
    """Say that an audience makes no sense."""
    return html_response(
        tr.gettext(
            "I do not know the audience “{option}”. It is <code>domain:</code> with a name of /domains, "
            "<code>language:en</code> or <code>language:zh</code>, and <code>channel:telegram</code> or "
            "<code>channel:email</code>.",
            option=escape_user_text(option),
        )
    )


def confirmation_expired(tr: Translator) -> str:
    """Answer a confirmation that was used, is too old or belongs to somebody else."""
    return tr.gettext("This question is closed: answered, too old, or not yours. Nothing was done.")


def broadcast_cancelled(tr: Translator) -> Response:
    """Tell that nothing was sent."""
    return html_response(tr.gettext("Cancelled, nothing was sent. Once more: /broadcast"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastPrompt:
    """What an admin is asked: whether this shall go to this audience; ``key`` answers it once.

    ``duration`` is the estimated time, ``rates`` the messages a second it is estimated from. ``show_domains``
    shows the domains to choose from, else channels and languages.
    """

    audience: Audience
    counts: Mapping[Channel, int]
    audience_counts: AudienceCounts
    duration: timedelta
    rates: Mapping[Channel, float]
    key: str
    show_domains: bool = False


def confirmation_prompt(tr: Translator, taxonomy: Taxonomy, prompt: BroadcastPrompt) -> TelegramMessage:
    """Ask whether a broadcast shall go to an audience, with buttons that choose another one."""
    total, key = sum(prompt.counts.values()), prompt.key
    told = join_paragraphs(
        _preview_note(tr, prompt.counts),
        tr.gettext(
            "It goes to {audience}: {counts}.",
            audience=format_audience(tr, taxonomy, prompt.audience),
            counts=format_channel_counts(tr, prompt.counts),
        ),
        _duration_estimate(tr, prompt) if total else "",
        tr.gettext(
            "Tap within {minutes} minutes, or type <code>/broadcast yes {key}</code>. The other buttons "
            "choose who gets it.",
            minutes=CONFIRMATION_TTL_MINUTES,
            key=key,
        )
        if total
        else tr.gettext("Nobody belongs to this audience now. Choose another one below."),
    )
    send = tr.ngettext("Send to one", "Send to {n}", total)
    decide = (
        *((Button(text=send, callback_data=encode_callback(Action.CONFIRM, key)),) if total else ()),
        Button(text=tr.gettext("Cancel"), callback_data=encode_callback(Action.CANCEL, key)),
    )
    page = _domain_keyboard(tr, taxonomy, prompt) if prompt.show_domains else _channel_keyboard(tr, prompt)
    return html_message(told, (decide, *page))


def _preview_note(tr: Translator, counts: Mapping[Channel, int]) -> str:
    """Say in which form the words arrive on each channel."""
    mail, chat = counts.get(Channel.EMAIL, 0), counts.get(Channel.TELEGRAM, 0)
    if mail and chat:
        return tr.gettext(
            "Above is the message exactly as it arrives in Telegram. Mail gets the same words, with their "
            "first line as its subject."
        )
    if mail:
        return tr.gettext("Above are the words of the mail. Their first line is its subject.")
    return tr.gettext("Above is the message exactly as it arrives in Telegram.")


def _duration_estimate(tr: Translator, prompt: BroadcastPrompt) -> str:
    """Say how long it takes, and how that is estimated."""
    paces = []
    if prompt.counts.get(Channel.TELEGRAM):
        pace = f"{prompt.rates[Channel.TELEGRAM]:g}"
        paces.append(tr.gettext("{n} messages a second in Telegram", n=pace))
    if prompt.counts.get(Channel.EMAIL):
        paces.append(tr.gettext("{n} mails a second", n=f"{prompt.rates[Channel.EMAIL]:g}"))
    return tr.gettext(
        "That takes {time}, at {paces}. Readers' digests go before it.",
        time=format_duration(tr, prompt.duration),
        paces=tr.format_list(paces),
    )


def format_duration(tr: Translator, duration: timedelta) -> str:
    """Return a length of time in words: exact in seconds below a minute and a half, in minutes above."""
    seconds = max(1, round(duration.total_seconds()))
    if seconds < _MINUTE * 3 // 2:
        return tr.ngettext("{n} second", "{n} seconds", seconds)
    minutes = round(seconds / _MINUTE)
    if minutes < _MINUTE * 3 // 2:
        return tr.ngettext("about {n} minute", "about {n} minutes", minutes)
    return tr.ngettext("about {n} hour", "about {n} hours", round(minutes / _MINUTE))


def format_audience(tr: Translator, taxonomy: Taxonomy, audience: Audience) -> str:
    """Say whom an audience is, in words."""
    who = tr.gettext("everybody")
    if audience.domains is not None:
        who = tr.gettext("everybody who gets {domains}", domains=_format_either_domain(tr, taxonomy, audience.domains))
    if audience.locale:
        language = translator_for(audience.locale).native_name
        who = tr.gettext("{who}, readers of {language} alone", who=who, language=language)
    match audience.channel:
        case Channel.TELEGRAM:
            return tr.gettext("{who}, in Telegram only", who=who)
        case Channel.EMAIL:
            return tr.gettext("{who}, by email only", who=who)
        case None:
            return who


def _format_either_domain(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [tr.gettext("“{name}”", name=escape_user_text(taxonomy.name(slug, tr.locale))) for slug in slugs]
    return tr.format_or_list(names)


def format_channel_counts(tr: Translator, counts: Mapping[Channel, int]) -> str:
    """Say how many there are on each channel."""
    told = []
    if n := counts.get(Channel.TELEGRAM, 0):
        told.append(tr.gettext("{n} in Telegram", n=n))
    if n := counts.get(Channel.EMAIL, 0):
        told.append(tr.gettext("{n} by email", n=n))
    return tr.format_list(told) or tr.gettext("nobody")


def _channel_keyboard(tr: Translator, prompt: BroadcastPrompt) -> Keyboard:
    """Offer channels and languages, and the way to the domains."""
    audience, choices, key = prompt.audience, prompt.audience_counts, prompt.key
    channels = {
        None: tr.gettext("All channels"),
        Channel.TELEGRAM: tr.gettext("Telegram"),
        Channel.EMAIL: tr.gettext("Email"),
    }
    languages: dict[Locale | None, str] = {None: tr.gettext("All languages")}
    languages |= {locale: translator_for(locale).native_name for locale in Locale}
    domains = (
        tr.gettext("All domains")
        if audience.domains is None
        else tr.ngettext("{n} domain", "{n} domains", len(audience.domains))
    )
    return (
        tuple(
            _option_button(key, "channel", one, name, choices.channels[one], selected=audience.channel is one)
            for one, name in channels.items()
        ),
        tuple(
            _option_button(key, "language", one, name, choices.locales[one], selected=audience.locale is one)
            for one, name in languages.items()
        ),
        (_page_button(key, "domains", tr.gettext("{chosen}: choose…", chosen=domains)),),
    )


def _domain_keyboard(tr: Translator, taxonomy: Taxonomy, prompt: BroadcastPrompt) -> Keyboard:
    """Offer every domain, to switch on and off."""
    chosen, choices, key = prompt.audience.domains, prompt.audience_counts, prompt.key
    every = _option_button(
        key, "domain", None, tr.gettext("All domains"), choices.for_domain(None), selected=chosen is None
    )
    each = [
        _option_button(
            key,
            "domain",
            slug,
            short_domain_name(taxonomy.name(slug, tr.locale)),
            choices.for_domain(slug),
            selected=slug in (chosen or ()),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(each[at : at + _COLUMNS]) for at in range(0, len(each), _COLUMNS)]
    return ((every,), *rows, (_page_button(key, "first", tr.gettext("Back to channels and languages")),))


def _option_button(key: str, option: str, value: str | None, name: str, count: int, *, selected: bool) -> Button:
    text = f"{name}{_CHECK_MARK if selected else ''} · {count}"
    return Button(text=text, callback_data=encode_callback(Action.BROADCAST, "who", key, option, value or _ALL_VALUE))


def _page_button(key: str, page: str, text: str) -> Button:
    return Button(text=text, callback_data=encode_callback(Action.BROADCAST, "who", key, "page", page))
