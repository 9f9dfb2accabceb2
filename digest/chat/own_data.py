"""What is known about a reader, shown to themselves."""

import json

from digest.chat.answers import own_data as answers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def mydata(house: House, ask: Ask) -> Reply:
    """Answer ``/mydata`` with a file that holds every row about whoever asks."""
    if ask.reader is None:
        return answers.nothing(ask.words)
    record = await house.record(ask.reader.subscriber.id)
    data = json.dumps(record, ensure_ascii=False, indent=2).encode()
    return answers.everything(ask.words, record, data)
