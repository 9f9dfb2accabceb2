"""For admins: deliveries one by one and in numbers, what their states mean, and what can be done."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import assert_never

from digest.callbacks import Action, callback
from digest.chat.answers.broadcasting import per_channel
from digest.chat.answers.states import counted, state_name
from digest.chat.ask import Reply, lines, paragraphs, said
from digest.chat.confirmations import LIFE_MINUTES
from digest.chat.reason_words import reason_in
from digest.message import Button, Keyboard
from digest.model import Channel, DeliveryState, Target
from digest.overview import EditionKey, Listed, Numbers, Obstacle, Order, Plan, edition_text
from digest.words import Words

_ACTIONS = {Order.RESEND: Action.RESEND, Order.CANCEL: Action.GIVE_UP}
_GROUPS = 8
_NARROWER = 4


def which(words: Words) -> Reply:
    """Say how the command goes."""
    return said(
        words.say(
            "I know <code>/outbox</code>, <code>/outbox uncertain</code> (or due, refused, sent, gone, "
            "cancelled), <code>/outbox resend 12 13</code>, <code>/outbox cancel 12</code>, and for many at "
            "once <code>/outbox resend uncertain</code> or <code>/outbox resend uncertain 2026-01-24</code>."
        )
    )


def no_numbers(words: Words, order: Order) -> Reply:
    """Say that an order lacks the deliveries that it is for."""
    return said(
        words.say(
            "Which deliveries? Give their numbers as /outbox shows them: "
            "<code>/outbox {command} 12 13</code>. Or a state, and an edition or a channel if you like: "
            "<code>/outbox {command} uncertain</code>, "
            "<code>/outbox {command} uncertain 2026-01-24 email</code>, "
            "<code>/outbox {command} uncertain broadcast 12</code>.",
            command=words.say("resend") if order is Order.RESEND else words.say("cancel"),
        )
    )


def gone_allowed(words: Words, channels: Sequence[Channel]) -> Reply:
    """Say that addresses end again."""
    names = words.listing([escape(channel.value) for channel in channels])
    return said(
        words.say(
            "Addresses that are said to be gone end again on {channels}, for an hour. Who has lost their "
            "address comes back by signing up, or with /start.",
            channels=names,
        )
    )


def no_such_edition(words: Words, edition: EditionKey) -> Reply:
    """Say that no edition has this name."""
    return said(
        words.say("There is no edition {edition}. /outbox names them.", edition=edition_text(edition))
    )


def changed(words: Words, order: Order, done: Sequence[int], left: Sequence[int]) -> str:
    """Tell which deliveries were changed, and which could not be."""
    numbers = words.listing([f"#{one}" for one in done])
    told = ""
    if done:
        told = (
            words.say("Due again: {numbers}.", numbers=numbers)
            if order is Order.RESEND
            else words.say("Cancelled: {numbers}.", numbers=numbers)
        )
    stays = words.listing([f"#{one}" for one in left])
    return lines(told, words.say("Left as they are: {numbers}.", numbers=stays) if left else "")


def asked(words: Words, plan: Plan, key: str) -> Reply:
    """Ask whether all that was counted shall be changed."""
    typed = words.say(
        "Tap within {minutes} minutes, or type <code>/outbox yes {key}</code>. Only these are meant, not "
        "what comes later.",
        minutes=LIFE_MINUTES,
        key=key,
    )
    told = paragraphs(
        lines(_question(words, plan), *_groups(words, plan)),
        lines(*_obstacles(words, plan)),
        _consequence(words, plan),
        typed,
    )
    return said(told, _decide(words, plan, key))


def nothing_to_do(words: Words, plan: Plan) -> Reply:
    """Say that an order would change nothing, and why."""
    nothing = (
        words.say("Nothing to resend here: {state}.", state=_which_ones(words, plan))
        if plan.order is Order.RESEND
        else words.say("Nothing to cancel here: {state}.", state=_which_ones(words, plan))
    )
    return said(lines(nothing, *_obstacles(words, plan)))


def carried_out(words: Words, plan: Plan, done: int, numbers: Numbers) -> Reply:
    """Tell how many deliveries were changed, how many are not what was counted any more, and what is now."""
    told = (
        words.count("Due again: {n} delivery.", "Due again: {n} deliveries.", done)
        if plan.order is Order.RESEND
        else words.count("Cancelled: {n} delivery.", "Cancelled: {n} deliveries.", done)
    )
    stay = plan.total - done
    left = words.count(
        "Left as it is: {n}, which changed since it was counted.",
        "Left as they are: {n}, which changed since they were counted.",
        stay,
    )
    one_by_one = words.say("One by one: /outbox")
    return said(paragraphs(lines(told, left if stay else ""), _counts(words, numbers), one_by_one))


def left(words: Words) -> Reply:
    """Tell that nothing was changed."""
    return said(words.say("Nothing was changed. Once more: /outbox"))


def listed(
    words: Words,
    numbers: Numbers,
    rows: Sequence[Listed],
    zone: str,
    *,
    offer: DeliveryState | None,
    done: str,
) -> Reply:
    """Show the counts and some deliveries, with buttons for those that wait for a decision.

    ``offer`` is the state of which all can be decided about at once, None where nothing is offered.
    """
    doubtful = [row for row in rows if row.state is DeliveryState.UNCERTAIN]
    advice = (
        words.say(
            "Whether an uncertain one arrived nobody can know. <code>/outbox resend {id}</code> sends it "
            "again, perhaps for the second time; <code>/outbox cancel {id}</code> leaves it. All at once: "
            "<code>/outbox resend uncertain</code>",
            id=doubtful[0].id,
        )
        if doubtful
        else ""
    )
    shown = [_row(words, row, zone) for row in rows]
    keys = (*_keys_of_all(words, numbers.deliveries, offer), *_keys(words, doubtful))
    return said(
        paragraphs(done, _counts(words, numbers), *(shown or [words.say("Nothing to show.")]), advice), keys
    )


def _counts(words: Words, numbers: Numbers) -> str:
    return lines(
        words.say("<b>Outbox</b>"),
        *(counted(words, state_name(words, state), n) for state, n in numbers.deliveries.items() if n),
    )


def _question(words: Words, plan: Plan) -> str:
    which = _which_ones(words, plan)
    if plan.order is Order.RESEND:
        return words.count(
            "<b>Resend {n} delivery?</b> ({which})",
            "<b>Resend {n} deliveries?</b> ({which})",
            plan.total,
            which=which,
        )
    return words.count(
        "<b>Cancel {n} delivery?</b> ({which})",
        "<b>Cancel {n} deliveries?</b> ({which})",
        plan.total,
        which=which,
    )


def _which_ones(words: Words, plan: Plan) -> str:
    """Say which deliveries an order is for: the state, the edition, the channel."""
    wanted = plan.wanted
    parts = [state_name(words, wanted.state)]
    if wanted.edition is not None:
        parts.append(_edition(words, wanted.edition))
    if wanted.channel:
        parts.append(_channel(words, wanted.channel))
    return " · ".join(parts)


def _channel(words: Words, channel: Channel) -> str:
    return words.say("Telegram") if channel is Channel.TELEGRAM else words.say("Email")


def _groups(words: Words, plan: Plan) -> list[str]:
    """Count by edition and channel, the newest editions alone where there are many."""
    editions = list(plan.editions.items())
    told = [
        counted(words, _named(words, edition, kind), per_channel(words, channels))
        for (edition, kind), channels in editions[:_GROUPS]
    ]
    rest = sum(sum(channels.values()) for _, channels in editions[_GROUPS:])
    return [*told, words.say("… and {n} more, of earlier editions", n=rest)] if rest else told


def _named(words: Words, edition: EditionKey | None, kind: str) -> str:
    """Name an edition, or what belongs to none."""
    if edition is None:
        return words.say("code") if kind == "code" else words.say("notice")
    return _edition(words, edition)


def _edition(words: Words, edition: EditionKey) -> str:
    """Name an edition as it can be typed behind ``/outbox``."""
    if isinstance(edition, date):
        return edition.isoformat()
    return words.say("broadcast {number}", number=edition)


def _obstacles(words: Words, plan: Plan) -> list[str]:
    return [_obstacle(words, obstacle, n) for obstacle, n in plan.obstacles.items()]


def _obstacle(words: Words, obstacle: Obstacle, n: int) -> str:
    match obstacle:
        case Obstacle.EXPIRED:
            return words.say("{n} cannot be resent: what they carried, a code or a link, has expired.", n=n)
        case Obstacle.FOLDED:
            return words.say("{n} cannot be resent: their papers went into a later digest.", n=n)
        case Obstacle.REPLACED:
            return words.say("{n} cannot be resent: the chat has another delivery of the same edition.", n=n)
        case Obstacle.ADDRESS_ENDED:
            return words.say("{n} cannot be resent: the address does not receive now.", n=n)
        case Obstacle.NOT_WANTED:
            return words.say("{n} cannot be resent: the reader paused or follows nothing.", n=n)
        case forgotten:
            assert_never(forgotten)


def _consequence(words: Words, plan: Plan) -> str:
    """Say what a yes means for the readers."""
    if plan.order is Order.CANCEL:
        return words.say("Whoever has not got it yet will not get it.")
    if not plan.doubtful:
        return ""
    return words.count(
        "It may have arrived already; then its reader will get it twice.",
        "{n} may have arrived already; whoever got it will get it twice.",
        plan.total,
    )


def _decide(words: Words, plan: Plan, key: str) -> Keyboard:
    do = (
        words.say("Resend {n}", n=plan.total)
        if plan.order is Order.RESEND
        else words.say("Cancel {n}", n=plan.total)
    )
    decide = (
        Button(text=do, data=callback(Action.CONFIRM, key)),
        Button(text=words.say("Leave as they are"), data=callback(Action.CANCEL, key)),
    )
    return (decide, *_narrower(words, plan))


def _narrower(words: Words, plan: Plan) -> Keyboard:
    """Offer each of the newest editions alone; where one is chosen, all of them again."""
    action, state = _ACTIONS[plan.order], plan.wanted.state
    if plan.wanted.channel:
        return ()  # a button would forget the channel; it was typed, and so can be the edition
    if plan.wanted.edition is not None:
        return ((Button(text=words.say("All editions"), data=callback(action, state)),),)
    named = [(edition, sum(on.values())) for (edition, _), on in plan.editions.items() if edition is not None]
    if len(plan.editions) == 1:
        return ()
    return tuple(
        (
            Button(
                text=words.say("Only {edition} · {n}", edition=_edition(words, edition), n=n),
                data=callback(action, state, edition_text(edition).rpartition(":")[2]),
            ),
        )
        for edition, n in named[:_NARROWER]
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
    """Name what a delivery carries, with its edition as it is typed."""
    edition = "–" if row.edition is None else edition_text(row.edition)
    match row.kind:
        case "digest":
            return words.count(
                "digest {edition} of {n} paper", "digest {edition} of {n} papers", row.papers, edition=edition
            )
        case "broadcast":
            return words.say("broadcast {number}", number=row.edition or "–")
        case "code":
            return words.say("code")
        case _:
            return words.say("notice")


def where_it_goes(target: Target) -> str:
    """Name a target as admins know it: a chat's number, with its thread in a forum, or an address."""
    thread = f"/{target.thread}" if target.thread else ""
    where = "Telegram " if target.channel is Channel.TELEGRAM else ""
    return f"{where}{target.address}{thread}"


def _keys_of_all(words: Words, counts: Mapping[DeliveryState, int], state: DeliveryState | None) -> Keyboard:
    """Offer what can be done with all of a state at once, where there is more than one."""
    n = counts.get(state, 0) if state else 0
    if n <= 1:
        return ()
    match state:
        case DeliveryState.UNCERTAIN:
            again = _of_all(words.say("Resend the {n} uncertain", n=n), Order.RESEND, state)
            never = _of_all(words.say("Cancel the {n} uncertain", n=n), Order.CANCEL, state)
            return ((again,), (never,))
        case DeliveryState.REFUSED:
            return ((_of_all(words.say("Resend the {n} refused", n=n), Order.RESEND, state),),)
        case _:
            return ()


def _of_all(text: str, order: Order, state: DeliveryState) -> Button:
    return Button(text=text, data=callback(_ACTIONS[order], state))


def _keys(words: Words, doubtful: Sequence[Listed]) -> Keyboard:
    return tuple(
        (
            Button(text=words.say("Resend {id}", id=row.id), data=callback(Action.RESEND, str(row.id))),
            Button(text=words.say("Cancel {id}", id=row.id), data=callback(Action.GIVE_UP, str(row.id))),
        )
        for row in doubtful
    )
