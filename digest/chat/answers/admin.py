"""For admins: the preview of a broadcast, its confirmation, the numbers."""

from collections.abc import Mapping

from digest.broadcast import LONGEST, Audience, Broadcast
from digest.callbacks import Action, callback
from digest.chat.answers.states import state_name
from digest.chat.ask import Reply, domain_names, lines, message, paragraphs, said, shown
from digest.chat.confirmations import LIFE_MINUTES
from digest.domains import Taxonomy
from digest.message import Button, ChatPart
from digest.model import Channel
from digest.overview import Numbers
from digest.words import Words


def how_to_broadcast(words: Words) -> Reply:
    """Answer ``/broadcast`` without a text."""
    return said(
        words.say(
            "What shall I tell everybody? <code>/broadcast Your words</code>, or answer a message with "
            "/broadcast. For some only: <code>/broadcast domain:robotics channel:email Your words</code>. "
            "You see it before anybody else does."
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
            "I do not know the audience “{option}”. It is <code>domain:</code> with a name of /domains, or "
            "<code>channel:telegram</code>, <code>channel:email</code>.",
            option=shown(option),
        )
    )


def nobody(words: Words, preview: tuple[ChatPart, ...]) -> Reply:
    """Say that a broadcast would reach nobody."""
    told = words.say("This is how it would look, but nobody belongs to this audience now. See /stats")
    return Reply(parts=(*preview, message(told)))


def confirm_broadcast(
    words: Words,
    taxonomy: Taxonomy,
    preview: tuple[ChatPart, ...],
    audience: Audience,
    counts: Mapping[Channel, int],
    key: str,
) -> Reply:
    """Show what would arrive, and ask whether it shall."""
    total = sum(counts.values())
    told = words.say(
        "Above is how it will look. It goes to {audience}: {counts}. "
        "Tap within {minutes} minutes, or type <code>/broadcast yes {key}</code>.",
        audience=_audience(words, taxonomy, audience),
        counts=per_channel(words, counts),
        minutes=LIFE_MINUTES,
        key=key,
    )
    send = words.count("Send to one", "Send to {n}", total)
    buttons = (
        Button(text=send, data=callback(Action.CONFIRM, key)),
        Button(text=words.say("Cancel"), data=callback(Action.CANCEL, key)),
    )
    return Reply(parts=(*preview, message(told, (buttons,))))


def _audience(words: Words, taxonomy: Taxonomy, audience: Audience) -> str:
    if audience.domains is None:
        return words.say("everybody")
    return words.say("everybody who gets {domains}", domains=domain_names(taxonomy, audience.domains, words))


def per_channel(words: Words, counts: Mapping[Channel, int]) -> str:
    """Say how many there are on each channel."""
    told = []
    if n := counts.get(Channel.TELEGRAM, 0):
        told.append(words.say("{n} in Telegram", n=n))
    if n := counts.get(Channel.EMAIL, 0):
        told.append(words.say("{n} by email", n=n))
    return words.listing(told) or words.say("nobody")


def broadcast_queued(words: Words, broadcast: Broadcast) -> Reply:
    """Tell that a broadcast is on its way."""
    return said(
        words.say(
            "Broadcast {number} is on its way: {counts}. How far it is: /stats",
            number=broadcast.id,
            counts=per_channel(words, broadcast.queued),
        )
    )


def not_open(words: Words) -> str:
    """Answer a confirmation that was used, is too old or belongs to somebody else."""
    return words.say("This question is closed: answered, too old, or not yours. Nothing was done.")


def cancelled(words: Words) -> Reply:
    """Tell that nothing was sent."""
    return said(words.say("Cancelled, nothing was sent. Once more: /broadcast"))


def stats(words: Words, taxonomy: Taxonomy, numbers: Numbers, zone: str) -> Reply:
    """Show the whole in numbers."""
    newest = words.calendar_day(numbers.newest_report) if numbers.newest_report else words.say("none yet")
    waits = (
        words.say("The oldest waits since {at}.", at=words.moment(numbers.oldest_due, zone))
        if numbers.oldest_due
        else words.say("Nothing waits.")
    )
    whole = lines(
        words.say("<b>In numbers</b>"),
        words.say("Readers: {n}, of whom {paused} paused", n=numbers.subscribers, paused=numbers.paused),
        words.say("Reached: {counts}", counts=per_channel(words, numbers.endpoints)),
        words.say("Reports: {n}, the newest of {day}", n=numbers.reports, day=newest),
        words.say("Papers: {n}", n=numbers.papers),
    )
    followed = lines(
        words.say("<b>Followed by</b>"),
        words.say("Everything: {n}", n=numbers.everything),
        *_followers(words, taxonomy, numbers),
    )
    deliveries = lines(
        words.say("<b>Deliveries</b>"),
        *(f"{state_name(words, state)}: {n}" for state, n in numbers.deliveries.items() if n),
        waits,
    )
    return said(paragraphs(whole, followed, deliveries))


def _followers(words: Words, taxonomy: Taxonomy, numbers: Numbers) -> list[str]:
    most_first = sorted(numbers.followers.items(), key=lambda one: (-one[1], one[0]))
    return [f"{shown(taxonomy.name(slug, words.locale))}: {n}" for slug, n in most_first if n]
