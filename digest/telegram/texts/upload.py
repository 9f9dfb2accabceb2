"""For admins: what a report holds that came as a file, the question, and what happens next."""

from collections.abc import Iterator
from html import escape

from digest.model.message import Button
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.admin import UpcomingDigests
from digest.services.archive import IngestPreview, IngestResult, PaperChange
from digest.telegram.confirmations import CONFIRMATION_TTL_MINUTES
from digest.telegram.request import Response, escape_user_text, html_response, join_lines, join_paragraphs
from digest.telegram.texts import general
from digest.text.i18n import Translator
from digest.text.sanitize import to_one_line

_MAX_PROBLEMS = 5
_MAX_TITLES = 5
_MAX_LINE_LENGTH = 120
_MEGABYTE = 1_000_000


def upload_usage(tr: Translator, max_bytes: int) -> Response:
    """Say how a report is sent."""
    return html_response(
        tr.gettext(
            "Send me a report as a file (.md, up to {most} MB). I show you what it holds, and take it in "
            "only after your yes.",
            most=max_bytes // _MEGABYTE,
        )
    )


def files_not_accepted(tr: Translator) -> Response:
    """Answer a file of somebody who is no admin: what is never understood, with a hint."""
    return html_response(join_lines(tr.gettext("I do not read files."), general.not_understood(tr).messages[0].html))


def file_too_large(tr: Translator, max_bytes: int) -> Response:
    """Say that a file is too big."""
    return html_response(
        tr.gettext(
            "This file is too big: a report may have {most} MB. Nothing was taken in.", most=max_bytes // _MEGABYTE
        )
    )


def download_failed(tr: Translator) -> Response:
    """Say that Telegram did not hand the file over."""
    return html_response(tr.gettext("Telegram did not hand me the file. Please send it once more."))


def invalid_report(tr: Translator, name: str, error: str) -> Response:
    """Say why a file is no report."""
    return html_response(
        tr.gettext(
            "“{name}” is no report: {why}. Nothing was taken in.", name=escape_user_text(name), why=_escape_line(error)
        )
    )


def already_archived(tr: Translator, preview: IngestPreview) -> Response:
    """Say that the archive has all of it."""
    return html_response(
        tr.gettext(
            "The archive has all of this already ({day}, {n} papers). There is nothing to do; what is in it: "
            "<code>/today {date}</code>",
            day=tr.format_long_date(preview.date),
            n=len(preview.titles),
            date=preview.date.isoformat(),
        )
    )


def ingest_prompt(tr: Translator, taxonomy: Taxonomy, preview: IngestPreview, key: str) -> Response:
    """Show what a report holds, and ask whether it shall be taken in."""
    whole = join_lines(
        tr.gettext("<b>Report of {day}</b>", day=tr.format_full_date(preview.date)),
        tr.gettext(
            "{all} papers: {new} new, {updated} with a new text, {same} as they are in the archive",
            all=len(preview.titles),
            new=preview.count(PaperChange.NEW),
            updated=preview.count(PaperChange.UPDATED),
            same=preview.count(PaperChange.UNCHANGED),
        ),
    )
    question = tr.gettext(
        "Shall I take it in? Tap within {minutes} minutes, or type <code>/upload yes {key}</code>.",
        minutes=CONFIRMATION_TTL_MINUTES,
        key=key,
    )
    buttons = (
        Button(text=tr.gettext("Take it in"), callback_data=encode_callback(Action.CONFIRM, key)),
        Button(text=tr.gettext("Leave it"), callback_data=encode_callback(Action.CANCEL, key)),
    )
    parts = (whole, _problem_lines(tr, preview), _domain_counts(tr, taxonomy, preview), _first_titles(tr, preview))
    return html_response(join_paragraphs(*parts, question), (buttons,))


def _problem_lines(tr: Translator, preview: IngestPreview) -> str:
    if not preview.problems:
        return tr.gettext("No problems in it.")
    n = len(preview.problems)
    return join_lines(
        tr.ngettext("<b>{n} problem</b>", "<b>{n} problems</b>", n),
        *(
            tr.gettext("line {line}: {what}", line=one.line, what=_escape_line(one.message))
            for one in preview.problems[:_MAX_PROBLEMS]
        ),
        *_more_line(tr, n - _MAX_PROBLEMS),
    )


def _domain_counts(tr: Translator, taxonomy: Taxonomy, preview: IngestPreview) -> str:
    most_first = sorted(preview.domain_counts.items(), key=lambda one: (-one[1], one[0]))
    named = [f"{escape_user_text(taxonomy.name(slug, tr.locale))} {n}" for slug, n in most_first]
    return join_lines(tr.gettext("<b>Domains</b>"), tr.format_list(named))


def _first_titles(tr: Translator, preview: IngestPreview) -> str:
    return join_lines(
        tr.gettext("<b>First titles</b>"),
        *(f"{at}. {_escape_line(title)}" for at, title in enumerate(preview.titles[:_MAX_TITLES], 1)),
        *_more_line(tr, len(preview.titles) - _MAX_TITLES),
    )


def _more_line(tr: Translator, count: int) -> Iterator[str]:
    if count > 0:
        yield tr.ngettext("and one more", "and {n} more", count)


def upload_cancelled(tr: Translator) -> Response:
    """Tell that nothing was taken in."""
    return html_response(tr.gettext("Left alone, nothing was taken in. Send a file whenever you like."))


def ingest_result(tr: Translator, result: IngestResult, upcoming: UpcomingDigests, timezone: str) -> Response:
    """Tell what taking it in did, and who gets it when."""
    if result.already_ingested:
        return html_response(tr.gettext("Nothing changed: the archive had all of this already. /today shows it."))
    what = tr.gettext(
        "Taken in: the report of {day}, {new} new papers and {updated} with a new text.",
        day=tr.format_long_date(result.date),
        new=result.new,
        updated=result.updated,
    )
    if not result.new:
        then = tr.gettext("No paper of it is new, so nobody gets it again. /today shows the new texts.")
    elif upcoming.first_at is None:
        then = tr.gettext("Nobody has a digest to come; /today shows it to whoever asks.")
    else:
        then = tr.ngettext(
            "{n} reader gets what they follow of it at their own hour, {at}. /today shows it now.",
            "{n} readers get what they follow of it at their own hour, the first of them {at}. /today shows it now.",
            upcoming.subscribers,
            at=tr.format_datetime(upcoming.first_at, timezone),
        )
    return html_response(join_paragraphs(what, then))


def _escape_line(text: str) -> str:
    """Return words from a file as one line, escaped and cut where they are long."""
    return escape(to_one_line(text, max_length=_MAX_LINE_LENGTH), quote=False)
