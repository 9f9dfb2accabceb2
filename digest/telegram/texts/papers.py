"""Around papers: what is said where there is no paper to show."""

from datetime import date

from digest.model.message import Button
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.request import Response, escape_user_text, html_response
from digest.text.i18n import Translator


def choose_domains_row(tr: Translator) -> tuple[Button, ...]:
    """Return the row below a digest for somebody who follows nothing yet."""
    return (Button(text=tr.gettext("Choose domains"), callback_data=encode_callback(Action.DOMAINS)),)


def paper_usage(tr: Translator) -> Response:
    """Answer ``/paper`` without or with useless words."""
    return html_response(
        tr.gettext(
            "Which paper? Its number in your list, its arXiv id or its address: <code>/paper 3</code>, "
            "<code>/paper 2601.15876</code>. The list: /today"
        )
    )


def unknown_paper(tr: Translator, paper_id: str) -> Response:
    """Say that no report told of a paper."""
    return html_response(
        tr.gettext(
            "No report here told of {paper}. It may be at "
            '<a href="https://arxiv.org/abs/{paper}">arXiv</a>; what I have: /today',
            paper=escape_user_text(paper_id),
        )
    )


def unknown_number(tr: Translator, paper_count: int) -> Response:
    """Say which numbers there are."""
    if not paper_count:
        return html_response(tr.gettext("There is no list yet that has numbers. The newest papers: /today all"))
    return html_response(
        tr.ngettext(
            "Your newest list has one paper: <code>/paper 1</code>. The list again: /today",
            "Your newest list goes from 1 to {n}: <code>/paper {n}</code>. The list again: /today",
            paper_count,
        )
    )


def no_report(tr: Translator, day: date, newest: date | None) -> Response:
    """Say that nothing came on a day."""
    if newest is None:
        return html_response(tr.gettext("No report has come yet. I send the first one as soon as it is here: /domains"))
    return html_response(
        tr.gettext(
            "I have no report of {day}. The newest is of {newest}: /today",
            day=tr.format_long_date(day),
            newest=tr.format_long_date(newest),
        )
    )
