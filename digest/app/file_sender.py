"""The channel without a token or a mail server: writes what would have been sent to files."""

import asyncio
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from telegram import TelegramObject

from digest.model import Delivery
from digest.model.message import RenderedEmail, TelegramMessage
from digest.model.outcome import Outcome, RetryLater, Sent
from digest.model.private_files import make_private_folder, write_private
from digest.model.reasons import Reason, ReasonCode
from digest.telegram.sender import first_message_id, message_arguments

FILE_SUFFIXES = frozenset({".eml", ".html", ".txt", ".json", ".part"})
"""How the names of its files end."""

UNSAFE_CHARACTERS = re.compile(r"[^A-Za-z0-9@._+-]+")
DOTS = re.compile(r"\.{2,}")
MAX_NAME_LENGTH = 60


class FileSender:
    """Writes each part under ``folder``: ``.eml``, ``.html`` and ``.txt``, or ``.json`` and ``.txt``.

    A file is there whole or not at all, and its owner alone reads it. A part sent again overwrites its own
    files and no others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, delivery: Delivery, part: TelegramMessage | RenderedEmail) -> Outcome:
        """Write ``part``; the receipt is the path of its ``.eml`` or ``.json``."""
        files = _telegram_files(delivery, part) if isinstance(part, TelegramMessage) else _email_files(part)
        name = file_stem(delivery)
        try:
            paths = [
                await asyncio.to_thread(self._write, f"{name}.{suffix}", content) for suffix, content in files.items()
            ]
        except OSError as error:
            detail = f"{self._folder}: {error.strerror or error}"
            reason = Reason(ReasonCode.MAIL_DIR_NOT_WRITABLE, detail)
            return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)
        return Sent(receipt=str(paths[-1]))

    async def close(self) -> None:
        """Hold nothing open."""

    def _write(self, name: str, content: bytes) -> Path:
        make_private_folder(self._folder)
        path = self._folder / name
        # The part before the suffix may be as long as a name may be, so the temporary one is short.
        temporary = self._folder / f".{hashlib.sha256(name.encode()).hexdigest()[:16]}.part"
        try:
            write_private(temporary, content)
            os.replace(temporary, path)  # noqa: PTH105 - says that it replaces
        finally:
            temporary.unlink(missing_ok=True)
        return path


def list_sent_files(folder: Path) -> list[Path]:
    """Return the files that were written to a folder, none where there is no folder or it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [
                folder / one.name
                for one in entries
                if os.path.splitext(one.name)[1] in FILE_SUFFIXES and one.is_file(follow_symlinks=False)  # noqa: PTH122 - a name, no path
            ]
    except OSError:
        return []


def file_stem(delivery: Delivery) -> str:
    """Return a part's file name without its suffix: day, target, delivery, part.

    Sortable, safe on any disk.
    """
    day = delivery.created_at.strftime("%Y-%m-%d")
    target = delivery.target.address
    if delivery.target.thread is not None:
        target += f".{delivery.target.thread}"
    return f"{day}_{_safe_name(target)}_{_safe_name(delivery.key)}_{len(delivery.receipts) + 1}"


def _safe_name(text: str) -> str:
    """Return ``text`` where it is harmless in a name, else its harmless part and a hash to tell it apart."""
    plain = DOTS.sub(".", UNSAFE_CHARACTERS.sub("-", text))[:MAX_NAME_LENGTH]
    if plain == text:
        return plain
    return f"{plain}~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _email_files(part: RenderedEmail) -> dict[str, bytes]:
    return {"html": part.html.encode(), "txt": part.text.encode(), "eml": part.raw}


def _telegram_files(delivery: Delivery, part: TelegramMessage) -> dict[str, bytes]:
    message = message_arguments(delivery.target, part, first_message_id(delivery))
    arguments = {name: _to_json_value(value) for name, value in message.items()}
    body = json.dumps(arguments, ensure_ascii=False, indent=2) + "\n"
    return {"txt": f"{part.plain}\n".encode(), "json": body.encode()}


def _to_json_value(value: Any) -> Any:  # noqa: ANN401 - PTB objects and JSON values
    return value.to_dict() if isinstance(value, TelegramObject) else value
