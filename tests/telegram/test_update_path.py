"""How many files of ``digest/telegram`` run between an update and the call that answers it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import digest
import digest.telegram
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ADMIN, ChatApp
from tests.telegram.conversation import send_and_wait
from tests.telegram.managed_group import CHANNEL_ID, OWNER_ID, add_channel, group_number, start_owner

MAX_FILES = 9
CONNECTION = {"client.py", "api_answers.py"}
"""What runs behind ``sender.py``, and while updates are fetched."""
PACKAGE = Path(digest.telegram.__file__).parent


@contextmanager
def executed_files(folder: Path) -> Iterator[set[str]]:
    """Collect the files of a folder of which a function runs in this thread."""
    found: set[str] = set()

    def note(frame: FrameType, _event: str, _arg: Any) -> None:  # noqa: ANN401 - what an event has to say
        if frame.f_code.co_filename.startswith(f"{folder}/") and frame.f_code.co_name != "<module>":
            found.add(str(Path(frame.f_code.co_filename).relative_to(folder)))

    earlier = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(earlier)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("command", ["/today", "/settings", "/broadcast Hello", "/groups {number} subscribe nlp"])
async def test_a_command_passes_few_files_from_update_to_reply(
    telegram: TelegramServer, chat_app: ChatApp, command: str
) -> None:
    number = ADMIN if command.startswith("/broadcast") else OWNER_ID
    person = await start_owner(telegram, number)
    await add_channel(telegram, person)
    text = command.format(number=await group_number(chat_app, CHANNEL_ID))

    with executed_files(PACKAGE) as files:
        await send_and_wait(person, text)

    assert len(files - CONNECTION) <= MAX_FILES, sorted(files)
