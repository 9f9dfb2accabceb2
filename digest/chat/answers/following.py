"""What is followed: subscribing, unsubscribing, the list of domains."""

from digest.archive import Day
from digest.callbacks import Action, callback
from digest.chat.ask import Reply, domain_buttons, domain_names, lines, paragraphs, said, shown
from digest.domains import Taxonomy, Unknown
from digest.message import Button, Keyboard
from digest.model import Reader
from digest.words import Words

_BUTTONS = 9
_WORDS = 5
_ACTIONS = {"subscribe": Action.SUBSCRIBE, "unsubscribe": Action.UNSUBSCRIBE, "today": Action.TODAY}


def delivery(words: Words, reader: Reader) -> str:
    """Say when the next digest comes, or why none does."""
    subscriber, preferences = reader.subscriber, reader.preferences
    if preferences.nothing:
        return words.say("You follow nothing, so I send nothing. Choose with /domains.")
    if subscriber.paused and subscriber.paused_until and subscriber.next_at:
        return words.say(
            "Paused: the next digest comes {at} ({zone}). Sooner with /resume.",
            at=words.moment(subscriber.next_at, preferences.zone),
            zone=preferences.zone,
        )
    if subscriber.paused or subscriber.next_at is None:
        return words.say("Deliveries are paused. Go on with /resume.")
    at = words.moment(subscriber.next_at, preferences.zone)
    return words.say("Next digest: {at} ({zone}).", at=at, zone=preferences.zone)


def followed(words: Words, taxonomy: Taxonomy, reader: Reader) -> str:
    """Name what brings a reader papers: domains, or keywords where those are all."""
    preferences = reader.preferences
    if preferences.domains != ():
        return domain_names(taxonomy, preferences.domains, words)
    keywords = [words.say("“{name}”", name=shown(word)) for word in preferences.include]
    return words.say("papers with {keywords}", keywords=words.listing(keywords))


def subscribed(
    words: Words,
    taxonomy: Taxonomy,
    reader: Reader,
    *,
    before: tuple[str, ...] | None,
    asked: tuple[str, ...] | None,
    waiting: int,
    unknown: tuple[Unknown, ...] = (),
) -> Reply:
    """Tell what is followed now.

    ``before`` is what was followed, ``asked`` what was asked for, ``waiting`` counts the papers of the
    newest report that are for this reader.
    """
    first, keyboard = _outcome(words, taxonomy, reader, before, asked)
    papers = (
        words.count(
            "The newest report has one paper for you: /today",
            "The newest report has {n} papers for you: /today",
            waiting,
        )
        if waiting
        else words.say("The newest report has nothing on this; I keep watching. All of it: /today all")
    )
    guesses = [unknown_domain(words, taxonomy, one) for one in unknown[:_WORDS]]
    html = paragraphs(lines(first, papers, _next(words, reader)), lines(*guesses))
    return said(html, keyboard + suggestions(words, taxonomy, unknown[:_WORDS]))


def _next(words: Words, reader: Reader) -> str:
    hint = words.say("Another hour or zone: /settings") if reader.subscriber.next_at else ""
    return lines(delivery(words, reader), hint)


def _outcome(
    words: Words,
    taxonomy: Taxonomy,
    reader: Reader,
    before: tuple[str, ...] | None,
    asked: tuple[str, ...] | None,
) -> tuple[str, Keyboard]:
    now = domain_names(taxonomy, reader.preferences.domains, words)
    if before is None and asked:
        names = domain_names(taxonomy, asked, words)
        told = words.say(
            "You follow everything already, {domains} included. To get only that: "
            "<code>/subscribe only {word}</code>",
            domains=names,
            word=", ".join(asked),
        )
        return told, only_button(words, taxonomy, asked)
    if reader.preferences.domains == before:
        return words.say("You already follow {domains}.", domains=now), ()
    return words.say("Done. You now follow <b>{domains}</b>.", domains=now), ()


def only_button(words: Words, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> Keyboard:
    """Offer to follow one domain and nothing else."""
    if len(slugs) != 1:
        return ()
    text = words.say("Only {domain}", domain=taxonomy.name(slugs[0], words.locale))
    return ((Button(text=text, data=callback(Action.SET, "only", slugs[0])),),)


def unknown_domain(words: Words, taxonomy: Taxonomy, unknown: Unknown, command: str = "subscribe") -> str:
    """Say that a word means no domain, and which come nearest."""
    if not unknown.nearest:
        return words.say("“{word}” is none of my domains. All of them: /domains", word=shown(unknown.word))
    return words.say(
        "“{word}” is none of my domains. Did you mean {nearest}? Tap it, or type "
        "<code>/{command} {slug}</code>. All of them: /domains",
        word=shown(unknown.word),
        command=command,
        nearest=_or(words, taxonomy, unknown.nearest),
        slug=unknown.nearest[0],
    )


def _or(words: Words, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [words.say("“{name}”", name=shown(taxonomy.name(slug, words.locale))) for slug in slugs]
    if len(names) == 1:
        return names[0]
    first = words.say(", ").join(names[:-1])
    return words.say("{first} or {last}", first=first, last=names[-1])


def suggestions(
    words: Words, taxonomy: Taxonomy, unknown: tuple[Unknown, ...], command: str = "subscribe"
) -> Keyboard:
    """Give a button for each domain that an unknown word may have meant; it does what ``command`` does."""
    slugs = tuple(dict.fromkeys(slug for one in unknown for slug in one.nearest))
    return domain_buttons(taxonomy, slugs[:_BUTTONS], words.locale, _ACTIONS[command])


def none_known(
    words: Words, taxonomy: Taxonomy, unknown: tuple[Unknown, ...], command: str = "subscribe"
) -> Reply:
    """Answer words behind a command of which none is a domain."""
    told = lines(*(unknown_domain(words, taxonomy, one, command) for one in unknown[:_WORDS]))
    return said(told, suggestions(words, taxonomy, unknown[:_WORDS], command))


def how_to_subscribe(words: Words, keyboard: Keyboard) -> Reply:
    """Answer ``/subscribe`` without words."""
    return said(
        words.say(
            "Which domains? Tap them, or type <code>/subscribe robotics, 3d</code>, "
            "<code>/subscribe only robotics</code> or <code>/subscribe all</code>."
        ),
        keyboard,
    )


def unsubscribed(
    words: Words, taxonomy: Taxonomy, reader: Reader, *, before: tuple[str, ...] | None
) -> Reply:
    """Tell what is still followed."""
    left = reader.preferences.domains
    if left == ():
        return said(
            words.say(
                "Done: you follow nothing now, and I send nothing. Whenever you like: /domains. "
                "To erase what I know about you: /forget"
            )
        )
    names = domain_names(taxonomy, left, words)
    if left == before:
        return said(
            words.say("You did not follow that. You follow {domains}. To tap: /domains", domains=names)
        )
    return said(lines(words.say("Done. You still follow {domains}.", domains=names), delivery(words, reader)))


def how_to_unsubscribe(words: Words, taxonomy: Taxonomy, follows: tuple[str, ...] | None) -> Reply:
    """Answer ``/unsubscribe`` without words."""
    if follows == ():
        return follows_nothing(words)
    if follows is None:
        return said(
            words.say(
                "You follow everything. To stop all of it: <code>/unsubscribe all</code>. To leave out one "
                "domain: <code>/unsubscribe video</code>. To tap: /domains"
            )
        )
    return said(
        words.say(
            "You follow {domains}. To stop one, tap it or type <code>/unsubscribe {word}</code>. "
            "To stop all: <code>/unsubscribe all</code>",
            domains=domain_names(taxonomy, follows, words),
            word=follows[0],
        ),
        domain_buttons(taxonomy, follows[:_BUTTONS], words.locale, Action.UNSUBSCRIBE),
    )


def follows_keywords(words: Words) -> Reply:
    """Say to a reader of keywords alone where those are."""
    return said(
        words.say(
            "You follow no domain, only your keywords: /settings keywords. To stop everything: "
            "<code>/unsubscribe all</code>"
        )
    )


def follows_nothing(words: Words) -> Reply:
    """Say that there is nothing to take away."""
    return said(
        words.say("You follow nothing yet. Choose with /domains, or all: <code>/subscribe all</code>")
    )


def domains(
    words: Words, taxonomy: Taxonomy, reader: Reader | None, day: Day | None, keyboard: Keyboard
) -> Reply:
    """Say what is followed, above the keyboard that changes it."""
    follows = reader.preferences.domains if reader else ()
    counted = (
        words.say("The numbers count the papers of {day}.", day=words.calendar_day(day.date)) if day else ""
    )
    return said(
        lines(
            words.say("You follow <b>{domains}</b>.", domains=domain_names(taxonomy, follows, words))
            if follows != ()
            else words.say("You follow nothing yet."),
            words.say(
                "Tap a domain to follow it or to stop. Or type <code>/subscribe robotics</code>, "
                "<code>/unsubscribe robotics</code>; any usual name works, in English or Chinese."
            ),
            counted,
        ),
        keyboard,
    )
