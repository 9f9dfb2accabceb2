"""The answer to each change of a setting, and how a setting is given."""

from digest.callbacks import Action, callback
from digest.chat.answers.following import delivery
from digest.chat.ask import Reply, lines, said, shown
from digest.chat.command_words import without_unseen
from digest.chat.setting_words import Setting, Unclear, Wish
from digest.chat.zone_names import city
from digest.keywords import LONGEST, MOST
from digest.message import Button
from digest.model import Layout, Locale, Reader, Rhythm
from digest.words import Words, words_in


def rhythm(words: Words, reader: Reader) -> str:
    """Say on which days a reader gets a digest."""
    match reader.preferences.rhythm:
        case Rhythm.DAILY:
            return words.say("every day")
        case Rhythm.WEEKDAYS:
            return words.say("Monday to Friday")
        case Rhythm.WEEKLY:
            return words.say("once a week, on {day}", day=words.weekday(reader.preferences.weekday))


def changed(  # noqa: C901 - one case for each setting
    words: Words, reader: Reader, setting: Setting
) -> Reply:
    """Tell what a setting is now, and what follows from it."""
    chosen = reader.preferences
    match setting:
        case Setting.HOUR:
            told = words.say("Your digest now comes at {hour}.", hour=words.hour(chosen.minute))
        case Setting.ZONE:
            told = words.say("Your time zone is now {zone}.", zone=zone_name(words, chosen.zone))
        case Setting.RHYTHM:
            told = words.say("Your digest now comes {rhythm}.", rhythm=rhythm(words, reader))
        case Setting.LANGUAGE:
            told = words.say("From now on we speak English.")
        case Setting.MOST:
            told = _most(words, chosen.most)
        case Setting.EMPTY if chosen.empty_days:
            told = words.say("On a day without papers for you I now say so in one line.")
        case Setting.EMPTY:
            told = words.say("On a day without papers for you I now keep silent.")
        case Setting.LAYOUT:
            told = words.say("A digest now shows {layout}.", layout=layout_in_words(words, chosen.layout))
        case Setting.QUIET if chosen.silent:
            told = words.say("Your digest now comes without a sound.")
        case Setting.QUIET:
            told = words.say("Your digest now comes with a sound.")
        case Setting.INCLUDE:
            told = included(words, chosen.include)
        case Setting.MUTE:
            told = muted(words, chosen.mute)
    return said(lines(told, delivery(words, reader), words.say("All settings: /settings")))


def layout_in_words(words: Words, layout: Layout) -> str:
    """Say what a layout shows."""
    match layout:
        case Layout.TITLES:
            return words.say("titles only")
        case Layout.SHORT:
            return words.say("each paper in one sentence")
        case Layout.FULL:
            return words.say("as much of each paper as there is room for")


def offered(words: Words, wish: Wish, text: str) -> Reply:
    """Answer somebody who names a setting's value and no command, such as an hour, a city or a rhythm."""
    choice, shown_value = wish.choice, without_unseen(text).strip()
    told = words.say("Shall I set this?")
    if (minute := choice.get("minute")) is not None:
        shown_value = words.hour(minute)
        told = words.say("Shall your digest come at {hour}?", hour=shown_value)
    elif zone := choice.get("zone"):
        shown_value = zone_name(words, zone)
        told = words.say("Is {zone} your time zone?", zone=shown_value)
    hint = words.say(
        "Tap, or type <code>/settings {word}</code>. To look for papers: <code>/search {word}</code>",
        word=shown(text),
    )
    try:
        yes = Button(
            text=words.say("Yes, {hour}", hour=shown_value),
            data=callback(Action.SET, wish.setting.value, wish.typed),
        )
    except ValueError:
        return said(lines(told, hint))
    return said(lines(told, hint), ((yes,),))


def included(words: Words, keywords: tuple[str, ...]) -> str:
    """Say which words bring a paper."""
    if not keywords:
        return words.say("No keyword brings you papers; your domains do.")
    named = words.listing([quoted(words, word) for word in keywords])
    return words.say("Papers with {keywords} come to you, whatever their domain.", keywords=named)


def muted(words: Words, keywords: tuple[str, ...]) -> str:
    """Say which words keep a paper away."""
    if not keywords:
        return words.say("No keyword keeps papers away from you.")
    named = words.listing([quoted(words, word) for word in keywords])
    return words.say("Papers with {keywords} stay away from you.", keywords=named)


def quoted(words: Words, word: str) -> str:
    """Give a reader's own word as a sentence shows it."""
    return words.say("“{name}”", name=shown(word))


def too_many_keywords(words: Words) -> Reply:
    """Say that a list of keywords is full."""
    return said(
        words.count(
            "You may have one keyword of a kind. See yours: /settings keywords",
            "You may have {n} keywords of a kind. Take some away first: /settings keywords",
            MOST,
        )
    )


def _most(words: Words, most: int | None) -> str:
    if most is None:
        return words.say("A digest now holds every paper of your domains.")
    return words.count(
        "A digest now holds one paper at most.", "A digest now holds {n} papers at most.", most
    )


def zone_name(words: Words, zone: str) -> str:
    """Give a zone with its city in this language, where they differ."""
    name = city(zone, words.locale)
    return zone if zone.endswith(name) else words.say("{city} ({zone})", city=name, zone=zone)


def unclear(words: Words, wish: Unclear) -> Reply:
    """Say how a setting is given, and offer the zones that come near."""
    if wish.zones:
        return said(
            words.say("Which time zone do you mean by “{word}”? Tap one, or type:", word=shown(wish.value))
            + "".join(f"\n<code>/settings zone {zone}</code>" for zone in wish.zones),
            tuple((_zone(words, zone),) for zone in wish.zones),
        )
    return said(_how_to(words, wish))


def _zone(words: Words, zone: str) -> Button:
    return Button(text=zone_name(words, zone), data=callback(Action.SET, Setting.ZONE.value, zone))


def _how_to(  # noqa: C901, PLR0911 - one return for each setting
    words: Words, wish: Unclear
) -> str:
    match wish.setting:
        case Setting.HOUR:
            return words.say(
                "An hour looks like this: <code>/settings hour 8:30</code>, also 8, 8pm or 20:30."
            )
        case Setting.ZONE:
            return words.say(
                "I do not know this place. Name a city or a zone: <code>/settings zone Berlin</code>, "
                "<code>/settings zone Asia/Shanghai</code>, <code>/settings zone UTC+8</code>."
            )
        case Setting.RHYTHM:
            return words.say(
                "There are three rhythms: <code>/settings rhythm daily</code>, "
                "<code>/settings rhythm weekdays</code>, <code>/settings rhythm weekly monday</code>."
            )
        case Setting.LANGUAGE:
            return words.say(
                "I speak {languages}. Choose one: <code>/settings language 中文</code>.",
                languages=words.listing([words_in(one).own_name for one in Locale]),
            )
        case Setting.MOST:
            return words.say(
                "How many papers at most? <code>/settings most 10</code>, or <code>/settings most all</code>."
            )
        case Setting.EMPTY:
            return words.say(
                "Shall I write on days without papers for you? <code>/settings empty on</code> or "
                "<code>/settings empty off</code>."
            )
        case Setting.LAYOUT:
            return words.say(
                "There are three layouts: <code>/settings layout titles</code>, "
                "<code>/settings layout short</code>, <code>/settings layout full</code>."
            )
        case Setting.QUIET:
            return words.say(
                "With or without a sound? <code>/settings quiet off</code> or "
                "<code>/settings quiet on</code>."
            )
        case Setting.INCLUDE:
            return words.say(
                "Which words shall bring you papers? <code>/settings include diffusion, world model</code>. "
                "Fewer: <code>/settings include remove diffusion</code>, none: "
                "<code>/settings include none</code>. A keyword has at most {most} letters.",
                most=LONGEST,
            )
        case Setting.MUTE:
            return words.say(
                "Which words shall keep papers away? <code>/settings mute survey</code>. Fewer: "
                "<code>/settings mute remove survey</code>, none: <code>/settings mute none</code>. "
                "A keyword has at most {most} letters.",
                most=LONGEST,
            )
        case None:
            return words.say(
                "I can set hour, zone, rhythm, layout, quiet, most, empty, language, include and mute, such "
                "as <code>/settings hour 8:30</code>. All of it, to tap: /settings"
            )


def paused(words: Words, reader: Reader) -> Reply:
    """Tell that nothing comes any more, for now or until a day."""
    if reader.subscriber.paused_until and reader.subscriber.next_at:
        return said(lines(delivery(words, reader), words.say("The papers stay within reach: /today")))
    return said(
        words.say("Paused: I send nothing until you say /resume. The papers stay within reach: /today")
    )


def how_to_pause(words: Words) -> Reply:
    """Say how a pause is given an end."""
    return said(
        words.say(
            "Until when? <code>/pause two weeks</code>, <code>/pause until 5 December</code>, "
            "<code>/pause 2026-12-05</code>, within a year. Without an end: /pause"
        )
    )


def not_paused(words: Words, reader: Reader) -> Reply:
    """Say that there is no pause to be ended."""
    return said(lines(words.say("You were not paused."), delivery(words, reader)))


def resumed(words: Words, reader: Reader) -> Reply:
    """Tell that digests come again."""
    return said(
        lines(words.say("Welcome back."), delivery(words, reader), words.say("What is new now: /today"))
    )
