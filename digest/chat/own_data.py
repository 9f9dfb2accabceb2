"""What is known about a reader, shown to themselves."""

import json

from digest.chat.answers import own_data as answers
from digest.chat.ask import Request, Response
from digest.chat.house import HandlerDependencies


async def mydata(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/mydata`` with a file that holds every row about whoever asks."""
    if request.profile is None:
        return answers.no_data(request.tr)
    record = await deps.export_data(request.profile.subscriber.id)
    data = json.dumps(record, ensure_ascii=False, indent=2).encode()
    return answers.data_export(request.tr, record, data)
