"""Saved papers and votes in words."""

from collections.abc import Mapping, Sequence
from html import escape

from digest.model import Paper, Vote
from digest.model.message import Button
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.fragment import display_title
from digest.services.saved_papers import MAX_SAVED, SaveResult
from digest.telegram.request import Response, escape_user_text, html_response, join_lines, join_paragraphs
from digest.text import markdown
from digest.text.i18n import Translator

_MAX_TITLE_LENGTH = 80
"""UTF-16 units of a title in a sentence."""


def nothing_saved(tr: Translator) -> Response:
    """Say that the list is empty, and how to fill it."""
    return html_response(
        tr.gettext(
            "You have not saved a paper yet. Open one and press <b>Save</b>, or type "
            "<code>/saved add 3</code> with its number or arXiv id."
        ),
        ((Button(text=tr.gettext("Today's papers"), callback_data=encode_callback(Action.TODAY)),),),
    )


def saved_usage(tr: Translator) -> Response:
    """Answer ``/saved`` with words that name no paper."""
    return html_response(
        tr.gettext(
            "Which paper? Its number in your list, its arXiv id or its address: <code>/saved add 3</code>, "
            "<code>/saved remove 2601.15876</code>. What you saved: /saved"
        )
    )


def add_result(tr: Translator, results: Sequence[tuple[str, SaveResult]], papers: Mapping[str, Paper]) -> Response:
    """Tell what became of each paper that should be kept."""
    told = join_lines(*(_save_line(tr, id_, end, papers) for id_, end in results))
    return html_response(join_paragraphs(told, tr.gettext("All you saved: /saved")))


def _save_line(tr: Translator, paper_id: str, result: SaveResult, papers: Mapping[str, Paper]) -> str:
    match result:
        case SaveResult.SAVED:
            return tr.gettext("Saved: {title}.", title=_quoted_title(paper_id, papers))
        case SaveResult.ALREADY_SAVED:
            return tr.gettext(
                "You had saved {title} already. Take it off: <code>/saved remove {id}</code>",
                title=_quoted_title(paper_id, papers),
                id=paper_id,
            )
        case SaveResult.LIMIT_REACHED:
            return list_full(tr)
        case SaveResult.UNKNOWN_PAPER:
            return tr.gettext("No report here told of {paper}.", paper=escape_user_text(paper_id))


def remove_result(tr: Translator, results: Sequence[tuple[str, bool]], papers: Mapping[str, Paper]) -> Response:
    """Tell what became of each paper that should be kept no more."""
    told = join_lines(
        *(
            tr.gettext(
                "Taken off: {title}. Back again: <code>/saved add {id}</code>", title=_quoted_title(id_, papers), id=id_
            )
            if done
            else tr.gettext("{title} was not saved.", title=_quoted_title(id_, papers))
            for id_, done in results
        )
    )
    return html_response(join_paragraphs(told, tr.gettext("All you saved: /saved")))


def list_full(tr: Translator) -> str:
    """Say that no paper more can be kept."""
    return tr.gettext("Your list is full with {n} papers. Take some off first: /saved", n=MAX_SAVED)


def saved_notice(tr: Translator) -> str:
    """Answer the press that keeps a paper."""
    return tr.gettext("Saved. All you saved: /saved")


def removed_notice(tr: Translator) -> str:
    """Answer the press that keeps a paper no more."""
    return tr.gettext("Taken off your saved papers.")


def vote_notice(tr: Translator, vote: Vote | None) -> str:
    """Answer the press that votes."""
    match vote:
        case Vote.UP:
            return tr.gettext("Noted: a good one. Press again to take it back.")
        case Vote.DOWN:
            return tr.gettext("Noted: not for you. Press again to take it back.")
        case None:
            return tr.gettext("Taken back.")


def vote_result(tr: Translator, paper: Paper, vote: Vote | None) -> Response:
    """Answer a vote that was typed."""
    title, id_ = _quoted_title(paper.id, {paper.id: paper}), paper.id
    match vote:
        case Vote.UP:
            told = tr.gettext(
                "Noted: {title} is a good one. Take it back: <code>/paper none {id}</code>", title=title, id=id_
            )
        case Vote.DOWN:
            told = tr.gettext(
                "Noted: {title} is not for you. Take it back: <code>/paper none {id}</code>", title=title, id=id_
            )
        case None:
            told = tr.gettext(
                "Taken back: you say nothing about {title}. Read it: <code>/paper {id}</code>", title=title, id=id_
            )
    return html_response(told)


def private_chat_only(tr: Translator) -> Response:
    """Say in a group what belongs into a private chat."""
    return html_response(tr.gettext("That is personal: please write to me in a private chat."))


def _quoted_title(paper_id: str, papers: Mapping[str, Paper]) -> str:
    """Name a paper in a sentence: its title, or its id where there is none."""
    paper = papers.get(paper_id)
    title = markdown.truncate(display_title(paper), _MAX_TITLE_LENGTH) if paper else paper_id
    return f"“{escape(title, quote=False)}”"
