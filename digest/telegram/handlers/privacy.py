"""What is known about a reader, shown to themselves.

Forget: erasing a reader, after they said yes.
"""

import json

from digest.telegram.confirmations import EraseData
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import is_yes
from digest.telegram.request import Request, Response
from digest.telegram.texts import privacy as answers


async def mydata(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/mydata`` with a file that holds every row about whoever asks."""
    if request.profile is None:
        return answers.no_data(request.tr)
    record = await deps.export_data(request.profile.subscriber.id)
    data = json.dumps(record, ensure_ascii=False, indent=2).encode()
    return answers.data_export(request.tr, record, data)


async def forget(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/forget``, which asks, and ``/forget yes``, which erases."""
    if request.profile is None:
        return answers.nothing_to_erase(request.tr)
    if is_yes(request.text):
        return await erase_data(deps, request)
    key = deps.confirmations.add(EraseData(), user_id=request.user_id, target=request.target, now=deps.clock())
    return answers.erase_prompt(request.tr, key) if request.is_private else answers.erase_group_prompt(request.tr, key)


async def erase_data(deps: HandlerDependencies, request: Request) -> Response:
    """Erase the reader who asks."""
    if await deps.subscriptions.erase(request.target):
        return answers.data_erased(request.tr) if request.is_private else answers.group_erased(request.tr)
    return answers.nothing_to_erase(request.tr)
