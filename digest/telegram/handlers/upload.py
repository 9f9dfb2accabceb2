"""Reports that an admin sends as a file: looked at, shown, and taken in after a yes."""

import structlog
from telegram.error import TelegramError

from digest.model.errors import InvalidReport
from digest.telegram.confirmations import IngestReport
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import parse_confirmation
from digest.telegram.request import Request, Response, UploadedFile, html_response
from digest.telegram.texts import broadcast as broadcast_answers
from digest.telegram.texts import upload as answers
from digest.text.sanitize import to_one_line

MAX_BYTES = 5_000_000
_MAX_NAME_LENGTH = 100
_log = structlog.get_logger(__name__)


async def upload(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/upload`` by saying how, ``/upload yes KEY`` by taking the report in, and a file with it."""
    if request.file:
        return await receive_file(deps, request, request.file)
    answer = parse_confirmation(request.text)
    if answer is None or not answer.yes:
        return answers.upload_usage(request.tr, MAX_BYTES)
    key = answer.key
    matter = deps.confirmations.peek(key, user_id=request.user_id, target=request.target, now=deps.clock())
    if not isinstance(matter, IngestReport):
        return html_response(broadcast_answers.confirmation_expired(request.tr))
    deps.confirmations.pop(key, user_id=request.user_id, target=request.target, now=deps.clock())
    return await ingest_report(deps, request, matter)


async def receive_file(deps: HandlerDependencies, request: Request, file: UploadedFile) -> Response:
    """Answer a file: to an admin with what it holds and a question, to everybody else as no file is read."""
    if not request.is_admin:
        return answers.files_not_accepted(request.tr)
    if file.size > MAX_BYTES:
        return answers.file_too_large(request.tr, MAX_BYTES)
    try:
        data = await file.fetch()
    except TelegramError as error:
        _log.warning("a file could not be fetched", kind=type(error).__name__, reason=error.message)
        return answers.download_failed(request.tr)
    if len(data) > MAX_BYTES:
        return answers.file_too_large(request.tr, MAX_BYTES)
    name = to_one_line(file.name, max_length=_MAX_NAME_LENGTH)
    return await _preview_report(deps, request, data, name)


async def _preview_report(deps: HandlerDependencies, request: Request, data: bytes, name: str) -> Response:
    try:
        outline = await deps.archive.preview_ingest(data, name=name)
    except InvalidReport as error:
        return answers.invalid_report(request.tr, name, str(error))
    if not outline.has_changes:
        return answers.already_archived(request.tr, outline)
    matter = IngestReport(data=data, name=name)
    key = deps.confirmations.add(matter, user_id=request.user_id, target=request.target, now=deps.clock())
    return answers.ingest_prompt(request.tr, deps.taxonomy, outline, key)


async def ingest_report(deps: HandlerDependencies, request: Request, action: IngestReport) -> Response:
    """Take the report in, and say who gets it when."""
    try:
        done = await deps.archive.ingest(action.data, name=action.name)
    except InvalidReport as error:
        return answers.invalid_report(request.tr, action.name, str(error))
    _log.info("report taken in", file=action.name, date=done.date.isoformat(), new=done.new, by=request.user_id)
    zone = request.profile.preferences.timezone if request.profile else deps.subscriptions.defaults.timezone
    return answers.ingest_result(request.tr, done, await deps.stats.upcoming_digests(), zone)
