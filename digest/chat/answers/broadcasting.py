"""For admins: a broadcast before it is sent. Whom it reaches, how long it takes, and the question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from digest.broadcast import LONGEST, Audience, Choices
from digest.callbacks import Action, callback
from digest.chat.ask import Reply, message, paragraphs, said, shown
from digest.chat.confirmations import LIFE_MINUTES
from digest.domains import Taxonomy
from digest.message import Button, ChatPart, Keyboard
from digest.model import Channel, Locale
from digest.render.domain_keyboard import short_name
from digest.words import Words, words_in

_MINUTE = 60
_COLUMNS = 2
_TICK = " ✓"
_ALL = "all"


def how_to_broadcast(words: Words) -> Reply:
    """Answer ``/broadcast`` without a text."""
    return said(
        words.say(
            "What shall I tell everybody? <code>/broadcast Your words</code>, or answer a message with "
            "/broadcast. For some only: <code>/broadcast domain:robotics language:zh channel:email Your "
            "words</code>, or choose after it. You see it before anybody else does. Those so far: "
            "<code>/broadcast list</code>"
        )
    )


def how_to_steer(words: Words) -> Reply:
    """Say how a broadcast is steered by words."""
    return said(
        words.say(
            "To steer a broadcast I need its number: <code>/broadcast pause 12</code>, <code>/broadcast go "
            "12</code>, <code>/broadcast stop 12</code>, <code>/broadcast look 12</code>. Their numbers: "
            "<code>/broadcast list</code>. To send one I need its whole key. Nothing was sent."
        )
    )


def too_long(words: Words, length: int) -> Reply:
    """Say how much too long a text is."""
    return said(
        words.say(
            "A broadcast holds {most} characters at most, this one has {length}. Please shorten it.",
            most=LONGEST,
            length=length,
        )
    )


def unknown_option(words: Words, option: str) -> Reply:
    """Say that an audience makes no sense."""
    return said(
        words.say(
            "I do not know the audience “{option}”. It is <code>domain:</code> with a name of /domains, "
            "<code>language:en</code> or <code>language:zh</code>, and <code>channel:telegram</code> or "
            "<code>channel:email</code>.",
            option=shown(option),
        )
    )


def not_open(words: Words) -> str:
    """Answer a confirmation that was used, is too old or belongs to somebody else."""
    return words.say("This question is closed: answered, too old, or not yours. Nothing was done.")


def cancelled(words: Words) -> Reply:
    """Tell that nothing was sent."""
    return said(words.say("Cancelled, nothing was sent. Once more: /broadcast"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an admin is asked: whether this shall go to this audience; ``key`` answers it once.

    ``takes`` is the estimated time, ``rates`` the messages a second it is estimated from. ``by_domain`` shows
    the domains to choose from, else channels and languages.
    """

    audience: Audience
    counts: Mapping[Channel, int]
    choices: Choices
    takes: timedelta
    rates: Mapping[Channel, float]
    key: str
    by_domain: bool = False


def asked(words: Words, taxonomy: Taxonomy, question: Question) -> ChatPart:
    """Ask whether a broadcast shall go to an audience, with buttons that choose another one."""
    total, key = sum(question.counts.values()), question.key
    told = paragraphs(
        _form(words, question.counts),
        words.say(
            "It goes to {audience}: {counts}.",
            audience=audience_name(words, taxonomy, question.audience),
            counts=per_channel(words, question.counts),
        ),
        _estimate(words, question) if total else "",
        words.say(
            "Tap within {minutes} minutes, or type <code>/broadcast yes {key}</code>. The other buttons "
            "choose who gets it.",
            minutes=LIFE_MINUTES,
            key=key,
        )
        if total
        else words.say("Nobody belongs to this audience now. Choose another one below."),
    )
    send = words.count("Send to one", "Send to {n}", total)
    decide = (
        *((Button(text=send, data=callback(Action.CONFIRM, key)),) if total else ()),
        Button(text=words.say("Cancel"), data=callback(Action.CANCEL, key)),
    )
    page = _domains(words, taxonomy, question) if question.by_domain else _first_page(words, question)
    return message(told, (decide, *page))


def _form(words: Words, counts: Mapping[Channel, int]) -> str:
    """Say in which form the words arrive on each channel."""
    mail, chat = counts.get(Channel.EMAIL, 0), counts.get(Channel.TELEGRAM, 0)
    if mail and chat:
        return words.say(
            "Above is the message exactly as it arrives in Telegram. Mail gets the same words, with their "
            "first line as its subject."
        )
    if mail:
        return words.say("Above are the words of the mail. Their first line is its subject.")
    return words.say("Above is the message exactly as it arrives in Telegram.")


def _estimate(words: Words, question: Question) -> str:
    """Say how long it takes, and how that is estimated."""
    paces = []
    if question.counts.get(Channel.TELEGRAM):
        pace = f"{question.rates[Channel.TELEGRAM]:g}"
        paces.append(words.say("{n} messages a second in Telegram", n=pace))
    if question.counts.get(Channel.EMAIL):
        paces.append(words.say("{n} mails a second", n=f"{question.rates[Channel.EMAIL]:g}"))
    return words.say(
        "That takes {time}, at {paces}. Readers' digests go before it.",
        time=span(words, question.takes),
        paces=words.listing(paces),
    )


def span(words: Words, time: timedelta) -> str:
    """Give a length of time in words: exact in seconds below a minute and a half, in minutes above."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < _MINUTE * 3 // 2:
        return words.count("{n} second", "{n} seconds", seconds)
    minutes = round(seconds / _MINUTE)
    if minutes < _MINUTE * 3 // 2:
        return words.count("about {n} minute", "about {n} minutes", minutes)
    return words.count("about {n} hour", "about {n} hours", round(minutes / _MINUTE))


def audience_name(words: Words, taxonomy: Taxonomy, audience: Audience) -> str:
    """Say whom an audience is, in words."""
    who = words.say("everybody")
    if audience.domains is not None:
        who = words.say("everybody who gets {domains}", domains=_either(words, taxonomy, audience.domains))
    if audience.locale:
        language = words_in(audience.locale).own_name
        who = words.say("{who}, readers of {language} alone", who=who, language=language)
    match audience.channel:
        case Channel.TELEGRAM:
            return words.say("{who}, in Telegram only", who=who)
        case Channel.EMAIL:
            return words.say("{who}, by email only", who=who)
        case None:
            return who


def _either(words: Words, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [words.say("“{name}”", name=shown(taxonomy.name(slug, words.locale))) for slug in slugs]
    return words.either(names)


def per_channel(words: Words, counts: Mapping[Channel, int]) -> str:
    """Say how many there are on each channel."""
    told = []
    if n := counts.get(Channel.TELEGRAM, 0):
        told.append(words.say("{n} in Telegram", n=n))
    if n := counts.get(Channel.EMAIL, 0):
        told.append(words.say("{n} by email", n=n))
    return words.listing(told) or words.say("nobody")


def _first_page(words: Words, question: Question) -> Keyboard:
    """Offer channels and languages, and the way to the domains."""
    audience, choices, key = question.audience, question.choices, question.key
    channels = {
        None: words.say("All channels"),
        Channel.TELEGRAM: words.say("Telegram"),
        Channel.EMAIL: words.say("Email"),
    }
    languages: dict[Locale | None, str] = {None: words.say("All languages")}
    languages |= {locale: words_in(locale).own_name for locale in Locale}
    domains = (
        words.say("All domains")
        if audience.domains is None
        else words.count("{n} domain", "{n} domains", len(audience.domains))
    )
    return (
        tuple(
            _choice(key, "channel", one, name, choices.channels[one], ticked=audience.channel is one)
            for one, name in channels.items()
        ),
        tuple(
            _choice(key, "language", one, name, choices.locales[one], ticked=audience.locale is one)
            for one, name in languages.items()
        ),
        (_page(key, "domains", words.say("{chosen}: choose…", chosen=domains)),),
    )


def _domains(words: Words, taxonomy: Taxonomy, question: Question) -> Keyboard:
    """Offer every domain, to switch on and off."""
    chosen, choices, key = question.audience.domains, question.choices, question.key
    every = _choice(
        key, "domain", None, words.say("All domains"), choices.of_domain(None), ticked=chosen is None
    )
    each = [
        _choice(
            key,
            "domain",
            slug,
            short_name(taxonomy.name(slug, words.locale)),
            choices.of_domain(slug),
            ticked=slug in (chosen or ()),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(each[at : at + _COLUMNS]) for at in range(0, len(each), _COLUMNS)]
    return ((every,), *rows, (_page(key, "first", words.say("Back to channels and languages")),))


def _choice(key: str, what: str, value: str | None, name: str, n: int, *, ticked: bool) -> Button:
    text = f"{name}{_TICK if ticked else ''} · {n}"
    return Button(text=text, data=callback(Action.BROADCAST, "who", key, what, value or _ALL))


def _page(key: str, page: str, text: str) -> Button:
    return Button(text=text, data=callback(Action.BROADCAST, "who", key, "page", page))
