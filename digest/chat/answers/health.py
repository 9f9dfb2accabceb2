"""For admins: each part of the service, whether it is well, and what to do where it is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from digest.alerts import LITTLE_ROOM, NO_ROOM
from digest.bounces import without_addresses
from digest.chat.ask import paragraphs
from digest.chat.reason_words import reason_in
from digest.model import Channel
from digest.overview import Queues, Signs
from digest.words import Words

LATE = timedelta(minutes=15)
"""So long something may be due before an admin should look at it."""

OLD_REPORT = timedelta(days=4)
"""So long no report may come, a long weekend with it, before an admin should look at it."""

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its name, what was seen, and what to do; no ``advice`` means that it is well.

    ``elsewhere``: another program does this, and how it does cannot be seen from here.
    """

    name: str
    seen: str
    advice: str = ""
    elsewhere: bool = False


def health(words: Words, signs: Signs, queues: Queues | None, now: datetime, zone: str) -> str:
    """Give the HTML of the answer: the worst first in one line, then each part."""
    parts = [
        _process(words, signs, now, zone),
        _store(words, queues),
        _room(words, signs),
        *_scheduler(words, signs, zone),
        *_couriers(words, signs),
        *_hearing(words, signs),
        *(_of_store(words, queues, now, zone) if queues else ()),
        _pages(words, signs),
    ]
    bad = sum(bool(part.advice) for part in parts)
    head = (
        words.count("<b>{n} thing needs a look.</b>", "<b>{n} things need a look.</b>", bad)
        if bad
        else words.say("<b>All is well.</b>")
        if not any(part.elsewhere for part in parts)
        else words.say("<b>All that can be seen from here is well.</b>")
    )
    return paragraphs(head, "\n".join(_line(words, part) for part in parts))


def _line(words: Words, part: Part) -> str:
    if part.elsewhere:
        return words.say("<b>{part}</b>: not seen from here. {seen}", part=part.name, seen=part.seen)
    if not part.advice:
        return words.say("<b>{part}</b>: ok. {seen}", part=part.name, seen=part.seen)
    return words.say(
        "<b>{part}</b>: look at this. {seen} {advice}", part=part.name, seen=part.seen, advice=part.advice
    )


def _process(words: Words, signs: Signs, now: datetime, zone: str) -> Part:
    return Part(
        name=words.say("Program"),
        seen=words.say(
            "Version {version}, running for {time}, since {at}.",
            version=signs.version,
            time=_span(words, now - signs.started_at),
            at=words.moment(signs.started_at, zone),
        ),
    )


def _store(words: Words, queues: Queues | None) -> Part:
    name = words.say("Database")
    if queues is None:
        return Part(
            name=name,
            seen=words.say("It does not answer."),
            advice=words.say("Look at the log, and run <code>python bot.py doctor</code>."),
        )
    return Part(name=name, seen=words.say("It answers."))


def _room(words: Words, signs: Signs) -> Part:
    gigabytes = signs.room >= _GIGABYTE
    free = f"{signs.room / _GIGABYTE:.1f} GB" if gigabytes else f"{signs.room // _MEGABYTE} MB"
    advice = (
        words.say("Make room; below {least} MB no digest is begun.", least=NO_ROOM // _MEGABYTE)
        if signs.room < LITTLE_ROOM
        else ""
    )
    return Part(name=words.say("Disk"), seen=words.say("{free} are free.", free=free), advice=advice)


def _scheduler(words: Words, signs: Signs, zone: str) -> Iterator[Part]:
    name = words.say("Scheduler")
    if signs.ticked_at is None:
        yield Part(name=name, seen=words.say("It runs in the service, not here."), elsewhere=True)
        return
    seen = words.say("It last looked at {at}.", at=words.moment(signs.ticked_at, zone))
    late = "" if signs.punctual else words.say("It should look every 20 seconds. Restart the service.")
    yield Part(name=name, seen=seen, advice=late)


def _couriers(words: Words, signs: Signs) -> Iterator[Part]:
    names = {Channel.TELEGRAM: words.say("Telegram"), Channel.EMAIL: words.say("Email")}
    for channel, name in names.items():
        folder = signs.folders.get(channel)
        reason = signs.couriers.get(channel)
        if reason:
            yield Part(
                name=name,
                seen=words.say("Nothing leaves: {reason}.", reason=_plain(reason_in(words, reason))),
                advice=words.say("It tries again by itself; mend what it says."),
            )
        elif folder is not None:
            what = "TELEGRAM_BOT_TOKEN" if channel is Channel.TELEGRAM else "SMTP_HOST"
            yield Part(
                name=name,
                seen=words.say(
                    "Messages are written to the folder {folder} until {setting} is set.",
                    folder=_plain(folder),
                    setting=what,
                ),
            )
        elif channel in signs.couriers:
            yield Part(name=name, seen=words.say("Messages leave."))
        else:
            yield Part(name=name, seen=words.say("The service sends, not this program."), elsewhere=True)


def _hearing(words: Words, signs: Signs) -> Iterator[Part]:
    if signs.hearing is None:
        return
    seen = (
        words.say("Telegram brings what people say to the webhook.")
        if signs.hearing.webhook
        else words.say("I fetch from Telegram what people say.")
    )
    if trouble := signs.hearing.trouble:
        seen = words.say(
            "Not all that people say gets through: {reason}.", reason=_plain(reason_in(words, trouble))
        )
    advice = words.say("Run <code>python bot.py doctor</code> beside the service.") if trouble else ""
    yield Part(
        name=words.say("Webhook") if signs.hearing.webhook else words.say("Polling"), seen=seen, advice=advice
    )


def _of_store(words: Words, queues: Queues, now: datetime, zone: str) -> Iterator[Part]:
    yield _queue(words, queues, now, zone)
    yield _doubts(words, queues)
    yield _report(words, queues, now, zone)


def _queue(words: Words, queues: Queues, now: datetime, zone: str) -> Part:
    seen = words.say(
        "{chat} wait for Telegram, {mail} for email.",
        chat=queues.waiting.get(Channel.TELEGRAM, 0),
        mail=queues.waiting.get(Channel.EMAIL, 0),
    )
    if queues.oldest is None:
        return Part(name=words.say("Queue"), seen=seen)
    oldest = words.say("The oldest is due since {at}.", at=words.moment(queues.oldest, zone))
    late = now - queues.oldest > LATE
    advice = words.say("Is the service running? Is a broadcast paused? /outbox due, /broadcast list")
    return Part(name=words.say("Queue"), seen=f"{seen} {oldest}", advice=advice if late else "")


def _doubts(words: Words, queues: Queues) -> Part:
    seen = words.say(
        "{uncertain} are held because nobody knows whether they arrived, {refused} were refused in 7 days.",
        uncertain=queues.uncertain,
        refused=queues.refused,
    )
    advice = words.say("Why, and what you can do: /outbox") if queues.uncertain or queues.refused else ""
    return Part(name=words.say("Held and refused"), seen=seen, advice=advice)


def _report(words: Words, queues: Queues, now: datetime, zone: str) -> Part:
    name, last = words.say("Reports"), queues.report
    how = words.say("Is whoever writes them running? You can also send me one as a file.")
    if last is None:
        return Part(name=name, seen=words.say("None has come yet."), advice=how)
    seen = words.say(
        "The last is of {day} with {papers} papers and {problems} problems; it came {at}.",
        day=words.calendar_day(last.date),
        papers=last.papers,
        problems=last.problems,
        at=words.moment(last.came_at, zone),
    )
    return Part(name=name, seen=seen, advice=how if now - last.came_at > OLD_REPORT else "")


def _pages(words: Words, signs: Signs) -> Part:
    name = words.say("Web pages")
    if signs.pages is None:
        return Part(name=name, seen=words.say("The service serves them, not this program."), elsewhere=True)
    seen = words.say("They are at {address}.", address=_plain(signs.pages))
    if signs.public:
        return Part(name=name, seen=seen)
    unknown = words.say("Mails do not lead there until PUBLIC_URL is set.")
    return Part(name=name, seen=f"{seen} {unknown}")


def _span(words: Words, time: timedelta) -> str:
    seconds = int(time.total_seconds())
    if seconds >= 2 * _DAY:
        return words.count("{n} day", "{n} days", seconds // _DAY)
    if seconds >= 2 * _HOUR:
        return words.count("{n} hour", "{n} hours", seconds // _HOUR)
    return words.count("{n} minute", "{n} minutes", seconds // _MINUTE)


def _plain(text: str) -> str:
    return escape(" ".join((without_addresses(text) or "").split()), quote=False)
