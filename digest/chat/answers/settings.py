"""The settings: all of them in one view, and the answer to each change."""

from digest.callbacks import Action, callback
from digest.chat.answers.following import delivery
from digest.chat.ask import Reply, domain_names, lines, message, paragraphs, said, shown
from digest.chat.setting_words import Setting, Unclear
from digest.chat.zones import city
from digest.domains import Taxonomy
from digest.message import Button, ChatPart, Keyboard
from digest.model import Channel, Locale, Reader, Rhythm
from digest.words import Words


def settings(words: Words, taxonomy: Taxonomy, reader: Reader) -> ChatPart:
    """Show every setting with the words that change it."""
    chosen = reader.preferences
    most = words.say("all") if chosen.most is None else str(chosen.most)
    empty = words.say("one line that says why") if chosen.empty_days else words.say("silence")
    on, off = words.say("<code>/settings empty on</code>"), words.say("<code>/settings empty off</code>")
    mail = words.listing(reader.addresses(Channel.EMAIL)) or words.say("none")
    follows = (
        domain_names(taxonomy, chosen.domains, words) if chosen.domains != () else words.say("nothing yet")
    )
    rows = (
        (words.say("Domains"), follows, "/domains"),
        (words.say("Hour"), words.hour(chosen.minute), words.say("<code>/settings hour 8:30</code>")),
        (
            words.say("Time zone"),
            zone_name(words, chosen.zone),
            words.say("<code>/settings zone Berlin</code>"),
        ),
        (words.say("Rhythm"), rhythm(words, reader), words.say("<code>/settings rhythm weekdays</code>")),
        (words.say("Language"), words.say("English"), words.say("<code>/settings language 中文</code>")),
        (words.say("Most papers"), most, words.say("<code>/settings most 10</code>")),
        (words.say("A day without papers"), empty, off if chosen.empty_days else on),
        (words.say("Email"), shown(mail), "/email"),
    )
    told = (words.say("{name}: <b>{value}</b> – {command}", name=n, value=v, command=c) for n, v, c in rows)
    html = paragraphs(lines(words.say("<b>Your settings</b>"), *told), delivery(words, reader))
    return message(html, keyboard(words, reader))


def rhythm(words: Words, reader: Reader) -> str:
    """Say on which days a reader gets a digest."""
    match reader.preferences.rhythm:
        case Rhythm.DAILY:
            return words.say("every day")
        case Rhythm.WEEKDAYS:
            return words.say("Monday to Friday")
        case Rhythm.WEEKLY:
            return words.say("once a week, on {day}", day=_weekday(words, reader.preferences.weekday))


def _weekday(words: Words, number: int) -> str:
    return (
        words.say("Monday"),
        words.say("Tuesday"),
        words.say("Wednesday"),
        words.say("Thursday"),
        words.say("Friday"),
        words.say("Saturday"),
        words.say("Sunday"),
    )[number]


def keyboard(words: Words, reader: Reader) -> Keyboard:
    """Give the buttons for what has few values."""
    chosen = reader.preferences
    rhythms = (
        _option(words.say("Every day"), Setting.RHYTHM, Rhythm.DAILY, on=chosen.rhythm is Rhythm.DAILY),
        _option(words.say("Mon-Fri"), Setting.RHYTHM, Rhythm.WEEKDAYS, on=chosen.rhythm is Rhythm.WEEKDAYS),
        _option(words.say("Weekly"), Setting.RHYTHM, Rhythm.WEEKLY, on=chosen.rhythm is Rhythm.WEEKLY),
    )
    languages = (
        _option("English", Setting.LANGUAGE, Locale.EN, on=chosen.locale is Locale.EN),
        _option("中文", Setting.LANGUAGE, Locale.ZH, on=chosen.locale is Locale.ZH),
    )
    paused = reader.subscriber.paused
    rest = (
        Button(text=words.say("Domains"), data=callback(Action.DOMAINS)),
        Button(
            text=words.say("Resume") if paused else words.say("Pause"),
            data=callback(Action.SET, "deliveries", "on" if paused else "off"),
        ),
    )
    return (rhythms, languages, rest)


def _option(text: str, setting: Setting, value: str, *, on: bool) -> Button:
    return Button(text=f"{text} ✓" if on else text, data=callback(Action.SET, setting.value, value))


def changed(words: Words, reader: Reader, setting: Setting) -> Reply:
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
    return said(lines(told, delivery(words, reader), words.say("All settings: /settings")))


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


def _how_to(words: Words, wish: Unclear) -> str:  # noqa: PLR0911 - one return for each setting
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
                "I speak two languages: <code>/settings language en</code> and "
                "<code>/settings language 中文</code>."
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
        case None:
            return words.say(
                "I can set hour, zone, rhythm, language, most and empty, such as "
                "<code>/settings hour 8:30</code>. What is set now: /settings"
            )


def paused(words: Words) -> Reply:
    """Tell that nothing comes any more, for now."""
    return said(
        words.say("Paused: I send nothing until you say /resume. The papers stay within reach: /today")
    )


def resumed(words: Words, reader: Reader) -> Reply:
    """Tell that digests come again."""
    return said(
        lines(words.say("Welcome back."), delivery(words, reader), words.say("What is new now: /today"))
    )
