"""Saved papers and votes in words."""

from collections.abc import Mapping, Sequence
from html import escape

from digest import markup
from digest.callbacks import Action, callback
from digest.chat.ask import Reply, lines, paragraphs, said, shown
from digest.message import Button
from digest.model import Paper, Vote
from digest.render.telegram_entry import title_of
from digest.shelf import MOST, Kept
from digest.words import Words

_TITLE = 80
"""UTF-16 units of a title in a sentence."""


def nothing_saved(words: Words) -> Reply:
    """Say that the list is empty, and how to fill it."""
    return said(
        words.say(
            "You have not saved a paper yet. Open one and press <b>Save</b>, or type "
            "<code>/saved add 3</code> with its number or arXiv id."
        ),
        ((Button(text=words.say("Today's papers"), data=callback(Action.TODAY)),),),
    )


def how_to_save(words: Words) -> Reply:
    """Answer ``/saved`` with words that name no paper."""
    return said(
        words.say(
            "Which paper? Its number in your list, its arXiv id or its address: <code>/saved add 3</code>, "
            "<code>/saved remove 2601.15876</code>. What you saved: /saved"
        )
    )


def added(words: Words, ends: Sequence[tuple[str, Kept]], papers: Mapping[str, Paper]) -> Reply:
    """Tell what became of each paper that should be kept."""
    told = lines(*(_kept(words, id_, end, papers) for id_, end in ends))
    return said(paragraphs(told, words.say("All you saved: /saved")))


def _kept(words: Words, id_: str, end: Kept, papers: Mapping[str, Paper]) -> str:
    match end:
        case Kept.KEPT:
            return words.say("Saved: {title}.", title=_title(id_, papers))
        case Kept.ALREADY:
            return words.say(
                "You had saved {title} already. Take it off: <code>/saved remove {id}</code>",
                title=_title(id_, papers),
                id=id_,
            )
        case Kept.FULL:
            return full(words)
        case Kept.UNKNOWN:
            return words.say("No report here told of {paper}.", paper=shown(id_))


def removed(words: Words, ends: Sequence[tuple[str, bool]], papers: Mapping[str, Paper]) -> Reply:
    """Tell what became of each paper that should be kept no more."""
    told = lines(
        *(
            words.say(
                "Taken off: {title}. Back again: <code>/saved add {id}</code>",
                title=_title(id_, papers),
                id=id_,
            )
            if done
            else words.say("{title} was not saved.", title=_title(id_, papers))
            for id_, done in ends
        )
    )
    return said(paragraphs(told, words.say("All you saved: /saved")))


def full(words: Words) -> str:
    """Say that no paper more can be kept."""
    return words.say("Your list is full with {n} papers. Take some off first: /saved", n=MOST)


def kept_notice(words: Words) -> str:
    """Answer the press that keeps a paper."""
    return words.say("Saved. All you saved: /saved")


def removed_notice(words: Words) -> str:
    """Answer the press that keeps a paper no more."""
    return words.say("Taken off your saved papers.")


def vote_notice(words: Words, vote: Vote | None) -> str:
    """Answer the press that votes."""
    match vote:
        case Vote.UP:
            return words.say("Noted: a good one. Press again to take it back.")
        case Vote.DOWN:
            return words.say("Noted: not for you. Press again to take it back.")
        case None:
            return words.say("Taken back.")


def voted(words: Words, paper: Paper, vote: Vote | None) -> Reply:
    """Answer a vote that was typed."""
    title, id_ = _title(paper.id, {paper.id: paper}), paper.id
    match vote:
        case Vote.UP:
            told = words.say(
                "Noted: {title} is a good one. Take it back: <code>/paper none {id}</code>",
                title=title,
                id=id_,
            )
        case Vote.DOWN:
            told = words.say(
                "Noted: {title} is not for you. Take it back: <code>/paper none {id}</code>",
                title=title,
                id=id_,
            )
        case None:
            told = words.say(
                "Taken back: you say nothing about {title}. Read it: <code>/paper {id}</code>",
                title=title,
                id=id_,
            )
    return said(told)


def in_private(words: Words) -> Reply:
    """Say in a group what belongs into a private chat."""
    return said(words.say("That is personal: please write to me in a private chat."))


def _title(id_: str, papers: Mapping[str, Paper]) -> str:
    """Name a paper in a sentence: its title, or its id where there is none."""
    paper = papers.get(id_)
    title = markup.shorten(title_of(paper), _TITLE) if paper else id_
    return f"“{escape(title, quote=False)}”"
