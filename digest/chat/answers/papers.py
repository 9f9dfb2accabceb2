"""Around papers: what is said where there is no paper to show."""

from datetime import date

from digest.callbacks import Action, callback
from digest.chat.ask import Reply, said, shown
from digest.message import Button
from digest.words import Words


def choose_domains(words: Words) -> tuple[Button, ...]:
    """Give the row below a digest for somebody who follows nothing yet."""
    return (Button(text=words.say("Choose domains"), data=callback(Action.DOMAINS)),)


def how_to_paper(words: Words) -> Reply:
    """Answer ``/paper`` without or with useless words."""
    return said(
        words.say(
            "Which paper? Its number in your list, its arXiv id or its address: <code>/paper 3</code>, "
            "<code>/paper 2601.15876</code>. The list: /today"
        )
    )


def unknown_paper(words: Words, paper: str) -> Reply:
    """Say that no report told of a paper."""
    return said(
        words.say(
            "No report here told of {paper}. It may be at "
            '<a href="https://arxiv.org/abs/{paper}">arXiv</a>; what I have: /today',
            paper=shown(paper),
        )
    )


def no_such_number(words: Words, papers: int) -> Reply:
    """Say which numbers there are."""
    if not papers:
        return said(words.say("There is no list yet that has numbers. The newest papers: /today all"))
    return said(
        words.count(
            "Your newest list has one paper: <code>/paper 1</code>. The list again: /today",
            "Your newest list goes from 1 to {n}: <code>/paper {n}</code>. The list again: /today",
            papers,
        )
    )


def no_report_of(words: Words, day: date, newest: date | None) -> Reply:
    """Say that nothing came on a day."""
    if newest is None:
        return said(words.say("No report has come yet. I send the first one as soon as it is here: /domains"))
    return said(
        words.say(
            "I have no report of {day}. The newest is of {newest}: /today",
            day=words.calendar_day(day),
            newest=words.calendar_day(newest),
        )
    )
