"""For admins: how far a broadcast is, how it ended, and what steering it did."""

from collections.abc import Sequence

from digest.broadcast import Broadcaster, Standing
from digest.callbacks import Action, callback
from digest.chat.answers.broadcasting import span
from digest.chat.answers.states import counted, state_name
from digest.chat.ask import Reply, lines, message, paragraphs, said, shown
from digest.message import Button, ChatPart, Keyboard
from digest.model import DeliveryState
from digest.words import Words

_ENDS = (
    DeliveryState.SENT,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.GONE,
    DeliveryState.CANCELLED,
)
_HELD = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED)


def standing(
    words: Words, known: Standing, broadcaster: Broadcaster, *, done: str = "", again: bool = False
) -> ChatPart:
    """Tell how far a broadcast is, with the buttons that steer it; ``again`` offers to look once more."""
    if known.over:
        return message(paragraphs(done, _ended(words, known)))
    told = lines(
        _headline(words, known),
        words.say("{sent} of {all} sent", sent=known.of(DeliveryState.SENT), all=known.total),
        *_bad_ends(words, known),
        words.count("{n} waits for another try", "{n} wait for another try", known.retrying)
        if known.retrying
        else "",
        "" if known.paused_at else words.say("Left: {time}", time=span(words, broadcaster.takes(known.left))),
    )
    typed = words.say(
        "Or type <code>/broadcast {what} {number}</code>, <code>/broadcast stop {number}</code>.",
        what="go" if known.paused_at else "pause",
        number=known.id,
    )
    return message(paragraphs(done, told, typed), _keys(words, known, again=again))


def report(words: Words, known: Standing) -> ChatPart:
    """Tell how a broadcast ended."""
    held = known.of(*_HELD)
    advice = words.say("What is uncertain or refused, and why: /outbox") if held else ""
    return message(paragraphs(_ended(words, known), advice))


def _ended(words: Words, known: Standing) -> str:
    took = (known.ended_at or known.began_at) - known.began_at
    return lines(
        words.say("<b>Broadcast {number}</b> is over.", number=known.id),
        *(counted(words, state_name(words, state), known.of(state)) for state in _ENDS),
        words.say("It took {time}.", time=span(words, took)),
    )


def _headline(words: Words, known: Standing) -> str:
    if known.paused_at:
        return words.say(
            "<b>Broadcast {number}</b> is paused: nothing leaves until you let it go on.", number=known.id
        )
    return words.say("<b>Broadcast {number}</b> is on its way.", number=known.id)


def _bad_ends(words: Words, known: Standing) -> list[str]:
    return [
        counted(words, state_name(words, state), known.of(state))
        for state in _ENDS
        if state is not DeliveryState.SENT and known.of(state)
    ]


def _keys(words: Words, known: Standing, *, again: bool) -> Keyboard:
    number = str(known.id)
    turn = (
        Button(text=words.say("Go on"), data=callback(Action.BROADCAST, "go", number))
        if known.paused_at
        else Button(text=words.say("Pause"), data=callback(Action.BROADCAST, "pause", number))
    )
    stop = Button(text=words.say("Cancel"), data=callback(Action.BROADCAST, "stop", number))
    look = Button(text=words.say("How far is it?"), data=callback(Action.BROADCAST, "look", number))
    return ((turn, stop), *(((look,),) if again else ()))


def listed(words: Words, newest: Sequence[Standing]) -> Reply:
    """List the newest broadcasts."""
    if not newest:
        return said(words.say("There was no broadcast yet. The first: <code>/broadcast Your words</code>"))
    each = [
        lines(
            words.say(
                "<b>{number}</b> · {state} · {sent} of {all} sent",
                number=one.id,
                state=_state(words, one),
                sent=one.of(DeliveryState.SENT),
                all=one.total,
            ),
            shown(one.text),
        )
        for one in newest
    ]
    how = words.say("One of them: <code>/broadcast look {number}</code>", number=newest[0].id)
    return said(paragraphs(words.say("<b>Broadcasts, the newest first</b>"), *each, how))


def _state(words: Words, known: Standing) -> str:
    if known.over:
        return words.say("over")
    return words.say("paused") if known.paused_at else words.say("on its way")


def unknown(words: Words, number: int) -> Reply:
    """Say that there is no such broadcast."""
    return said(
        words.say(
            "There is no broadcast {number}. Those there are: <code>/broadcast list</code>", number=number
        )
    )


def paused(words: Words, *, done: bool) -> str:
    """Say what pausing did."""
    if done:
        return words.say("Paused. What is under way just now still arrives.")
    return words.say("There is nothing to pause: it is paused already, or over.")


def went_on(words: Words, *, done: bool) -> str:
    """Say what letting it go on did."""
    return words.say("It goes on.") if done else words.say("It was not paused.")


def stopped(words: Words, cancelled: int) -> str:
    """Say what cancelling did."""
    if not cancelled:
        return words.say("There was nothing left to cancel.")
    return words.count(
        "Cancelled: {n} message will not be sent. What had begun still arrives.",
        "Cancelled: {n} messages will not be sent. What had begun still arrives.",
        cancelled,
    )
