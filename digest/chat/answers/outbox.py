"""For admins: deliveries one by one, what their states mean, and what can be done."""

from collections.abc import Sequence
from html import escape

from digest.callbacks import Action, callback
from digest.chat.answers.states import counted, state_name
from digest.chat.ask import Reply, lines, paragraphs, said
from digest.chat.reason_words import reason_in
from digest.message import Button, Keyboard
from digest.model import Channel, DeliveryState, Target
from digest.overview import Listed, Numbers
from digest.words import Words


def which(words: Words) -> Reply:
    """Say how the command goes."""
    return said(
        words.say(
            "I know <code>/outbox</code>, <code>/outbox uncertain</code> (or due, refused, sent, gone, "
            "cancelled), <code>/outbox resend 12 13</code> and <code>/outbox cancel 12</code>."
        )
    )


def no_numbers(words: Words, command: str) -> Reply:
    """Say that an order lacks the deliveries that it is for."""
    return said(
        words.say(
            "Which deliveries? Give their numbers as /outbox shows them: "
            "<code>/outbox {command} 12 13</code>.",
            command=command,
        )
    )


def changed(words: Words, done: Sequence[int], left: Sequence[int], *, again: bool) -> str:
    """Tell which deliveries were changed, and which could not be."""
    numbers = words.listing([f"#{one}" for one in done])
    told = ""
    if done:
        told = (
            words.say("Due again: {numbers}.", numbers=numbers)
            if again
            else words.say("Cancelled: {numbers}.", numbers=numbers)
        )
    stays = words.listing([f"#{one}" for one in left])
    return lines(told, words.say("Left as they are: {numbers}.", numbers=stays) if left else "")


def listed(words: Words, numbers: Numbers, rows: Sequence[Listed], zone: str, done: str) -> Reply:
    """Show the counts and some deliveries, with buttons for those that wait for a decision."""
    counts = lines(
        words.say("<b>Outbox</b>"),
        *(counted(words, state_name(words, state), n) for state, n in numbers.deliveries.items() if n),
    )
    doubtful = [row for row in rows if row.state is DeliveryState.UNCERTAIN]
    advice = (
        words.say(
            "Whether an uncertain one arrived nobody can know. <code>/outbox resend</code> sends it again, "
            "perhaps for the second time; <code>/outbox cancel</code> leaves it."
        )
        if doubtful
        else ""
    )
    shown = [_row(words, row, zone) for row in rows]
    return said(
        paragraphs(done, counts, *(shown or [words.say("Nothing to show.")]), advice), _keys(words, doubtful)
    )


def _row(words: Words, row: Listed, zone: str) -> str:
    told = words.say(
        "#{id} · {what} · {where} · {state} since {since}",
        id=row.id,
        what=what_it_is(words, row),
        where=escape(where_it_goes(row.target), quote=False),
        state=state_name(words, row.state),
        since=words.moment(row.since, zone),
    )
    waits = ""
    if row.state is DeliveryState.DUE and row.attempts:
        at = words.moment(row.not_before, zone)
        waits = words.count("{n} try, the next at {at}", "{n} tries, the next at {at}", row.attempts, at=at)
    return lines(told, waits, escape(reason_in(words, row.reason), quote=False))


def what_it_is(words: Words, row: Listed) -> str:
    """Name what a delivery carries."""
    match row.kind:
        case "digest":
            return words.count("digest of {n} paper", "digest of {n} papers", row.papers)
        case "broadcast":
            return words.say("broadcast")
        case "code":
            return words.say("code")
        case _:
            return words.say("notice")


def where_it_goes(target: Target) -> str:
    """Name a target as admins know it: a chat's number, with its thread in a forum, or an address."""
    thread = f"/{target.thread}" if target.thread else ""
    where = "Telegram " if target.channel is Channel.TELEGRAM else ""
    return f"{where}{target.address}{thread}"


def _keys(words: Words, doubtful: Sequence[Listed]) -> Keyboard:
    return tuple(
        (
            Button(text=words.say("Resend {id}", id=row.id), data=callback(Action.RESEND, str(row.id))),
            Button(text=words.say("Cancel {id}", id=row.id), data=callback(Action.GIVE_UP, str(row.id))),
        )
        for row in doubtful
    )
