"""For admins: everything about one reader that helps them."""

from collections.abc import Iterator, Sequence
from html import escape

from digest.chat.answers.outbox import what_it_is, where_it_goes
from digest.chat.answers.settings import layout_in_words
from digest.chat.answers.states import state_name
from digest.chat.ask import Reply, domain_names, lines, message, paragraphs, said, shown
from digest.chat.reason_words import reason_in
from digest.domains import Taxonomy
from digest.message import ChatPart
from digest.model import EndpointState, Preferences, Rhythm
from digest.overview import Card, Listed, Reached
from digest.words import Words, words_in


def how_to_ask(words: Words) -> Reply:
    """Say how the command goes."""
    return said(
        words.say(
            "Whom do you mean? <code>/user 123456789</code> with a Telegram id, <code>/user "
            "ann@example.org</code>, or <code>/user #12</code> with a subscriber's number. Ids of groups "
            "begin with a minus."
        )
    )


def no_names(words: Words) -> Reply:
    """Say why a user name finds nobody."""
    return said(
        words.say(
            "I keep no @names, for they can change hands. Ask with the Telegram id, which @userinfobot "
            "tells, such as <code>/user 123456789</code>, or with an email address."
        )
    )


def unknown(words: Words, word: str) -> Reply:
    """Say that nobody is known by this."""
    return said(
        words.say(
            "I know nobody by “{word}”. They may never have written to me, or had everything erased. Another "
            "way: <code>/user ann@example.org</code>, or <code>/user #12</code> with a subscriber's number.",
            word=shown(word),
        )
    )


def cards(words: Words, taxonomy: Taxonomy, found: Sequence[Card], zone: str) -> Reply:
    """Show each reader in a message of their own; ``zone`` is the admin's."""
    return Reply(parts=tuple(_card(words, taxonomy, card, zone) for card in found))


def _card(words: Words, taxonomy: Taxonomy, card: Card, zone: str) -> ChatPart:
    subscriber = card.reader.subscriber
    head = lines(
        words.say("<b>Reader #{number}</b>", number=subscriber.id),
        words.say("Here since {at}", at=words.moment(subscriber.created_at, zone)),
        words.say("Follows: {domains}", domains=_follows(words, taxonomy, card)),
        *_chosen(words, subscriber.preferences),
        words.say("Saved papers: {n}", n=card.saved),
        _next(words, card, zone),
    )
    places = lines(
        words.say("<b>Reached at</b>"),
        *([_place(words, place, zone) for place in card.places] or [words.say("nowhere")]),
    )
    sent = lines(
        words.say("<b>Last deliveries</b>"),
        *([_delivery(words, row, zone) for row in card.deliveries] or [words.say("none yet")]),
    )
    return message(paragraphs(head, places, sent))


def _follows(words: Words, taxonomy: Taxonomy, card: Card) -> str:
    domains = card.reader.preferences.domains
    return words.say("nothing yet") if domains == () else domain_names(taxonomy, domains, words)


def _chosen(words: Words, chosen: Preferences) -> Iterator[str]:
    yield words.say(
        "Chose: {rhythm} at {hour} ({zone}), {language}, {layout}",
        rhythm=_rhythm(words, chosen),
        hour=words.hour(chosen.minute),
        zone=chosen.zone,
        language=words_in(chosen.locale).own_name,
        layout=layout_in_words(words, chosen.layout),
    )
    if chosen.most:
        yield words.count("At most {n} paper a digest", "At most {n} papers a digest", chosen.most)
    if chosen.empty_days:
        yield words.say("Hears of days without papers too")
    if chosen.silent:
        yield words.say("Without a sound")
    if chosen.include:
        yield words.say("Keywords: {words}", words=_listed(words, chosen.include))
    if chosen.mute:
        yield words.say("Muted: {words}", words=_listed(words, chosen.mute))


def _listed(words: Words, each: Sequence[str]) -> str:
    return words.listing([words.say("“{name}”", name=shown(one)) for one in each])


def _rhythm(words: Words, chosen: Preferences) -> str:
    match chosen.rhythm:
        case Rhythm.DAILY:
            return words.say("every day")
        case Rhythm.WEEKDAYS:
            return words.say("Monday to Friday")
        case Rhythm.WEEKLY:
            return words.say("every {day}", day=words.weekday(chosen.weekday))


def _next(words: Words, card: Card, zone: str) -> str:
    """Say when the next digest comes, in the reader's time and in the admin's, or why none does."""
    subscriber, theirs = card.reader.subscriber, card.reader.preferences.zone
    if subscriber.next_at is None:
        if subscriber.paused:
            return words.say("Next digest: none, they paused")
        if card.reader.preferences.nothing:
            return words.say("Next digest: none, they follow nothing")
        return words.say("Next digest: none, they can be reached nowhere")
    at = words.moment(subscriber.next_at, theirs)
    paused = words.say("paused until then")
    until = f" ({paused})" if subscriber.paused else ""
    if theirs == zone:
        return words.say("Next digest: {at} ({zone})", at=at, zone=theirs) + until
    here = words.moment(subscriber.next_at, zone)
    told = words.say("Next digest: {at} ({zone})", at=at, zone=theirs)
    yours = words.say("for you {here} ({own})", here=here, own=zone)
    return words.say("{one}, {other}", one=told, other=yours) + until


def _place(words: Words, place: Reached, zone: str) -> str:
    endpoint = place.endpoint
    told = words.say(
        "{where} · {state} · since {at}",
        where=escape(where_it_goes(endpoint.target), quote=False),
        state=_endpoint_state(words, endpoint.state),
        at=words.moment(place.since, zone),
    )
    title = shown(endpoint.title) if endpoint.title else ""
    return lines(told, title, escape(reason_in(words, place.reason), quote=False))


def _endpoint_state(words: Words, state: EndpointState) -> str:
    match state:
        case EndpointState.ACTIVE:
            return words.say("receives")
        case EndpointState.PENDING:
            return words.say("has not confirmed yet")
        case EndpointState.GONE:
            return words.say("cannot be reached until they write again")
        case EndpointState.UNSUBSCRIBED:
            return words.say("unsubscribed")
        case EndpointState.SUPPRESSED:
            return words.say("mail bounced too often")


def _delivery(words: Words, row: Listed, zone: str) -> str:
    told = words.say(
        "#{id} · {what} · {state} since {since}",
        id=row.id,
        what=what_it_is(words, row),
        state=state_name(words, row.state),
        since=words.moment(row.since, zone),
    )
    return lines(told, escape(reason_in(words, row.reason), quote=False))
