"""For admins: what a report holds that came as a file, the question, and what happens next."""

from collections.abc import Iterator
from html import escape

from digest.archive import Change, Ingested, Outline
from digest.callbacks import Action, callback
from digest.chat.answers import general
from digest.chat.ask import Reply, lines, paragraphs, said, shown
from digest.chat.confirmations import LIFE_MINUTES
from digest.domains import Taxonomy
from digest.message import Button
from digest.overview import Turns
from digest.render.one_line import one_line
from digest.words import Words

_PROBLEMS = 5
_TITLES = 5
_LINE = 120
_MEGABYTE = 1_000_000


def how_to_upload(words: Words, most: int) -> Reply:
    """Say how a report is sent."""
    return said(
        words.say(
            "Send me a report as a file (.md, up to {most} MB). I show you what it holds, and take it in "
            "only after your yes.",
            most=most // _MEGABYTE,
        )
    )


def no_files(words: Words) -> Reply:
    """Answer a file of somebody who is no admin: what is never understood, with a hint."""
    return said(lines(words.say("I do not read files."), general.not_understood(words).parts[0].html))


def too_big(words: Words, most: int) -> Reply:
    """Say that a file is too big."""
    return said(
        words.say(
            "This file is too big: a report may have {most} MB. Nothing was taken in.", most=most // _MEGABYTE
        )
    )


def not_fetched(words: Words) -> Reply:
    """Say that Telegram did not hand the file over."""
    return said(words.say("Telegram did not hand me the file. Please send it once more."))


def no_report(words: Words, name: str, why: str) -> Reply:
    """Say why a file is no report."""
    return said(
        words.say("“{name}” is no report: {why}. Nothing was taken in.", name=shown(name), why=_line(why))
    )


def nothing_new(words: Words, outline: Outline) -> Reply:
    """Say that the archive has all of it."""
    return said(
        words.say(
            "The archive has all of this already ({day}, {n} papers). There is nothing to do; what is in it: "
            "<code>/today {date}</code>",
            day=words.calendar_day(outline.date),
            n=len(outline.titles),
            date=outline.date.isoformat(),
        )
    )


def asked(words: Words, taxonomy: Taxonomy, outline: Outline, key: str) -> Reply:
    """Show what a report holds, and ask whether it shall be taken in."""
    whole = lines(
        words.say("<b>Report of {day}</b>", day=words.day(outline.date)),
        words.say(
            "{all} papers: {new} new, {updated} with a new text, {same} as they are in the archive",
            all=len(outline.titles),
            new=outline.count(Change.NEW),
            updated=outline.count(Change.UPDATED),
            same=outline.count(Change.UNCHANGED),
        ),
    )
    question = words.say(
        "Shall I take it in? Tap within {minutes} minutes, or type <code>/upload yes {key}</code>.",
        minutes=LIFE_MINUTES,
        key=key,
    )
    buttons = (
        Button(text=words.say("Take it in"), data=callback(Action.CONFIRM, key)),
        Button(text=words.say("Leave it"), data=callback(Action.CANCEL, key)),
    )
    parts = (whole, _problems(words, outline), _domains(words, taxonomy, outline), _titles(words, outline))
    return said(paragraphs(*parts, question), (buttons,))


def _problems(words: Words, outline: Outline) -> str:
    if not outline.problems:
        return words.say("No problems in it.")
    n = len(outline.problems)
    return lines(
        words.count("<b>{n} problem</b>", "<b>{n} problems</b>", n),
        *(
            words.say("line {line}: {what}", line=one.line, what=_line(one.what))
            for one in outline.problems[:_PROBLEMS]
        ),
        *_more(words, n - _PROBLEMS),
    )


def _domains(words: Words, taxonomy: Taxonomy, outline: Outline) -> str:
    most_first = sorted(outline.domains.items(), key=lambda one: (-one[1], one[0]))
    named = [f"{shown(taxonomy.name(slug, words.locale))} {n}" for slug, n in most_first]
    return lines(words.say("<b>Domains</b>"), words.listing(named))


def _titles(words: Words, outline: Outline) -> str:
    return lines(
        words.say("<b>First titles</b>"),
        *(f"{at}. {_line(title)}" for at, title in enumerate(outline.titles[:_TITLES], 1)),
        *_more(words, len(outline.titles) - _TITLES),
    )


def _more(words: Words, n: int) -> Iterator[str]:
    if n > 0:
        yield words.count("and one more", "and {n} more", n)


def left(words: Words) -> Reply:
    """Tell that nothing was taken in."""
    return said(words.say("Left alone, nothing was taken in. Send a file whenever you like."))


def taken(words: Words, done: Ingested, turns: Turns, zone: str) -> Reply:
    """Tell what taking it in did, and who gets it when."""
    if done.known:
        return said(words.say("Nothing changed: the archive had all of this already. /today shows it."))
    what = words.say(
        "Taken in: the report of {day}, {new} new papers and {updated} with a new text.",
        day=words.calendar_day(done.date),
        new=done.new,
        updated=done.updated,
    )
    if not done.new:
        then = words.say("No paper of it is new, so nobody gets it again. /today shows the new texts.")
    elif turns.first is None:
        then = words.say("Nobody has a digest to come; /today shows it to whoever asks.")
    else:
        then = words.count(
            "{n} reader gets what they follow of it at their own hour, {at}. /today shows it now.",
            "{n} readers get what they follow of it at their own hour, the first of them {at}. /today shows "
            "it now.",
            turns.readers,
            at=words.moment(turns.first, zone),
        )
    return said(paragraphs(what, then))


def _line(text: str) -> str:
    """Give words from a file as one line, escaped and cut where they are long."""
    return escape(one_line(text, most=_LINE), quote=False)
