"""The answer to a question that the bot asked: yes or no, once, by whoever was asked."""

from dataclasses import replace

from digest.chat import broadcasting, leaving, outbox, uploads
from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import leaving as leaving_answers
from digest.chat.answers import outbox as outbox_answers
from digest.chat.answers import uploads as upload_answers
from digest.chat.ask import Request, Response
from digest.chat.confirmations import ChangeDeliveries, EraseData, IngestReport, SendBroadcast
from digest.chat.house import HandlerDependencies


async def confirm(deps: HandlerDependencies, request: Request, key: str, *, yes: bool) -> Response:
    """Answer a question that was asked; it is closed by that, whatever the answer."""
    take, now = deps.confirmations.pop, deps.clock()
    matter = take(key, user_id=request.user_id, target=request.target, now=now)
    if matter is None and not request.is_private:  # an anonymous administrator was asked, as the group itself
        matter = take(key, user_id=int(request.target.address), target=request.target, now=now)
    match matter:
        case SendBroadcast() if request.is_admin:
            done = (
                await broadcasting.send_broadcast(deps, request, matter)
                if yes
                else broadcast_answers.broadcast_cancelled(request.tr)
            )
            return replace(done, edits_message=True)
        case IngestReport() if request.is_admin:
            done = (
                await uploads.ingest_report(deps, request, matter)
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
            done = await leaving.erase_data(deps, request) if yes else leaving_answers.erase_cancelled(request.tr)
            return replace(done, edits_message=True)
        case _:
            return Response(notice=broadcast_answers.confirmation_expired(request.tr), alert=True)
