"""The answer to a question that the bot asked: yes or no, once, by whoever was asked."""

from dataclasses import replace

from digest.telegram.confirmations import ChangeDeliveries, EraseData, IngestReport, SendBroadcast
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import broadcast, outbox, privacy, upload
from digest.telegram.request import Request, Response
from digest.telegram.texts import broadcast as broadcast_answers
from digest.telegram.texts import outbox as outbox_answers
from digest.telegram.texts import privacy as leaving_answers
from digest.telegram.texts import upload as upload_answers


async def confirm(deps: HandlerDependencies, request: Request, key: str, *, yes: bool) -> Response:
    """Answer a question that was asked; it is closed by that, whatever the answer."""
    take, now = deps.confirmations.pop, deps.clock()
    matter = take(key, user_id=request.user_id, target=request.target, now=now)
    if matter is None and not request.is_private:  # an anonymous administrator was asked, as the group itself
        matter = take(key, user_id=int(request.target.address), target=request.target, now=now)
    match matter:
        case SendBroadcast() if request.is_admin:
            done = (
                await broadcast.send_broadcast(deps, request, matter)
                if yes
                else broadcast_answers.broadcast_cancelled(request.tr)
            )
            return replace(done, edits_message=True)
        case IngestReport() if request.is_admin:
            done = (
                await upload.ingest_report(deps, request, matter)
                if yes
                else upload_answers.upload_cancelled(request.tr)
            )
            return replace(done, edits_message=True)
        case ChangeDeliveries() if request.is_admin:
            done = (
                await outbox.apply_change(deps, request, matter) if yes else outbox_answers.change_cancelled(request.tr)
            )
            return replace(done, edits_message=True)
        case EraseData():
            done = await privacy.erase_data(deps, request) if yes else leaving_answers.erase_cancelled(request.tr)
            return replace(done, edits_message=True)
        case _:
            return Response(notice=broadcast_answers.confirmation_expired(request.tr), alert=True)
