"""Reports that an admin sends as a file: looked at, shown, and taken in after a yes."""

from collections.abc import Iterator
from html import escape

import structlog
from telegram.error import TelegramError

from digest.model.errors import InvalidReport
from digest.model.message import Button
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.admin import UpcomingDigests
from digest.services.archive import IngestPreview, IngestResult, PaperChange
from digest.telegram.confirmations import CONFIRMATION_TTL_MINUTES, IngestReport
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import parse_confirmation
from digest.telegram.lookups import timezone_of
from digest.telegram.request import (
    Request,
    Response,
    UploadedFile,
    escape_user_text,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import Command, ConfirmationRoute
from digest.telegram.texts import general
from digest.text.i18n import Translator, gettext_noop
from digest.text.sanitize import to_one_line

MAX_BYTES = 5_000_000
_MAX_NAME_LENGTH = 100
_log = structlog.get_logger(__name__)
_MAX_PROBLEMS = 5
_MAX_TITLES = 5
_MAX_LINE_LENGTH = 120
_MEGABYTE = 1_000_000


async def upload(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/upload`` by saying how, ``/upload yes KEY`` by taking the report in, and a file with it."""
    if request.message.file:
        return await receive_file(deps, request, request.message.file)
    answer = parse_confirmation(request.text)
    if answer is None or not answer.yes:
        return _upload_usage(request.tr, MAX_BYTES)
    key = answer.key
    matter = deps.confirmations.peek(key, user_id=request.user_id, target=request.target, now=deps.clock())
    if not isinstance(matter, IngestReport):
        return html_response(general.confirmation_expired(request.tr))
    deps.confirmations.pop(key, user_id=request.user_id, target=request.target, now=deps.clock())
    return await _ingest_report(deps, request, matter)


async def receive_file(deps: HandlerDependencies, request: Request, file: UploadedFile) -> Response:
    """Answer a file: to an admin with what it holds and a question, to everybody else as no file is read."""
    if not request.is_admin:
        return _files_not_accepted(request.tr)
    if file.size > MAX_BYTES:
        return _file_too_large(request.tr, MAX_BYTES)
    try:
        data = await file.fetch()
    except TelegramError as error:
        _log.warning("a file could not be fetched", kind=type(error).__name__, reason=error.message)
        return _download_failed(request.tr)
    if len(data) > MAX_BYTES:
        return _file_too_large(request.tr, MAX_BYTES)
    name = to_one_line(file.name, max_length=_MAX_NAME_LENGTH)
    return await _preview_report(deps, request, data, name)


async def _preview_report(deps: HandlerDependencies, request: Request, data: bytes, name: str) -> Response:
    try:
        outline = await deps.archive.preview_ingest(data, name=name)
    except InvalidReport as error:
        return _invalid_report(request.tr, name, str(error))
    if not outline.has_changes:
        return _already_archived(request.tr, outline)
    matter = IngestReport(data=data, name=name)
    key = deps.confirmations.add(matter, user_id=request.user_id, target=request.target, now=deps.clock())
    return _ingest_prompt(request.tr, deps.taxonomy, outline, key)


async def _ingest_report(deps: HandlerDependencies, request: Request, action: IngestReport) -> Response:
    """Take the report in, and say who gets it when."""
    try:
        done = await deps.archive.ingest(action.data, name=action.name)
    except InvalidReport as error:
        return _invalid_report(request.tr, action.name, str(error))
    _log.info("report taken in", file=action.name, date=done.date.isoformat(), new=done.new, by=request.user_id)
    return _ingest_result(request.tr, done, await deps.stats.upcoming_digests(), timezone_of(deps, request))


def _upload_usage(tr: Translator, max_bytes: int) -> Response:
    return html_response(
        tr.gettext(
            "Send me a report as a file (.md, up to {most} MB). You see its contents first; it is imported "
            "only after you confirm.",
            most=max_bytes // _MEGABYTE,
        )
    )


def _files_not_accepted(tr: Translator) -> Response:
    return html_response(join_lines(tr.gettext("I cannot read files."), general.not_understood(tr)))


def _file_too_large(tr: Translator, max_bytes: int) -> Response:
    return html_response(
        tr.gettext(
            "This file is too large: a report can have at most {most} MB. Nothing was imported.",
            most=max_bytes // _MEGABYTE,
        )
    )


def _download_failed(tr: Translator) -> Response:
    return html_response(tr.gettext("The file could not be fetched from Telegram. Please send it again."))


def _invalid_report(tr: Translator, name: str, error: str) -> Response:
    return html_response(
        tr.gettext(
            "“{name}” is not a report: {why}. Nothing was imported.",
            name=escape_user_text(name),
            why=_escape_line(error.rstrip(".")),
        )
    )


def _already_archived(tr: Translator, preview: IngestPreview) -> Response:
    return html_response(
        tr.gettext(
            "The archive already contains all of this ({day}, {n} papers). Nothing to do. To see it: "
            "<code>/today {date}</code>",
            day=tr.format_long_date(preview.date),
            n=len(preview.titles),
            date=preview.date.isoformat(),
        )
    )


def _ingest_prompt(tr: Translator, taxonomy: Taxonomy, preview: IngestPreview, key: str) -> Response:
    whole = join_lines(
        tr.gettext("<b>Report of {day}</b>", day=tr.format_full_date(preview.date)),
        tr.gettext(
            "{all} papers: {new} new, {updated} updated, {same} already in the archive",
            all=len(preview.titles),
            new=preview.count(PaperChange.NEW),
            updated=preview.count(PaperChange.UPDATED),
            same=preview.count(PaperChange.UNCHANGED),
        ),
    )
    question = tr.gettext(
        "Import this report? Tap within {minutes} minutes, or type <code>/upload yes {key}</code>.",
        minutes=CONFIRMATION_TTL_MINUTES,
        key=key,
    )
    buttons = (
        Button(text=tr.gettext("Import"), callback_data=encode_callback(Action.CONFIRM, key)),
        Button(text=tr.gettext("Do not import"), callback_data=encode_callback(Action.CANCEL, key)),
    )
    parts = (whole, _problem_lines(tr, preview), _domain_counts(tr, taxonomy, preview), _first_titles(tr, preview))
    return html_response(join_paragraphs(*parts, question), (buttons,))


def _problem_lines(tr: Translator, preview: IngestPreview) -> str:
    if not preview.problems:
        return tr.gettext("No problems found.")
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


def _upload_cancelled(request: Request) -> Response:
    return html_response(request.tr.gettext("Cancelled. Nothing was imported. You can send a file at any time."))


def _ingest_result(tr: Translator, result: IngestResult, upcoming: UpcomingDigests, timezone: str) -> Response:
    if result.already_ingested:
        return html_response(tr.gettext("Nothing changed: all of this is already in the archive. To see it: /today"))
    what = tr.gettext(
        "Imported: the report of {day}, with {new} new and {updated} updated papers.",
        day=tr.format_long_date(result.date),
        new=result.new,
        updated=result.updated,
    )
    if not result.new:
        then = tr.gettext("None of its papers is new, so nothing is sent again. /today shows the updated texts.")
    elif upcoming.first_at is None:
        then = tr.gettext("No digests are scheduled; everybody can see the papers with /today.")
    else:
        then = tr.ngettext(
            "{n} subscriber gets the matching papers at their own delivery time, {at}. /today shows the report now.",
            "{n} subscribers get the matching papers at their own delivery times, the first at {at}. /today "
            "shows the report now.",
            upcoming.subscribers,
            at=tr.format_datetime(upcoming.first_at, timezone),
        )
    return html_response(join_paragraphs(what, then))


def _escape_line(text: str) -> str:
    return escape(to_one_line(text, max_length=_MAX_LINE_LENGTH), quote=False)


COMMANDS = (
    Command(
        name="upload",
        handle=upload,
        aliases=("上传报告",),
        menu=gettext_noop("Import a report from a file"),
        help=(gettext_noop("/upload – import a report; just send the file"),),
        admin_only=True,
    ),
)
CONFIRMATIONS = {IngestReport: ConfirmationRoute(confirm=_ingest_report, cancel=_upload_cancelled, admin_only=True)}
