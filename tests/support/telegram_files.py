"""Pictures that the bot sends and files that people send, on the stand-in's world."""

import struct

from tests.support.telegram_validation import ApiError, CallParams, Json, bad_request, parse_message_text
from tests.support.telegram_world import ChatMessage, TelegramWorld

MAX_CAPTION_UNITS = 1024
MAX_PHOTO_BYTES = 10_000_000
MAX_DOWNLOAD_BYTES = 20_000_000
"""getFile hands out no more (https://core.telegram.org/bots/api#getfile)."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PHOTO_SIDES = 10_000
MAX_PHOTO_RATIO = 20


def parse_photo(params: CallParams) -> tuple[str, list[Json], bytes]:
    """Return the caption, its entities and the bytes of a sendPhoto that uploads its picture, or refuse."""
    photo = next(iter(params.files.values()), b"")
    if not photo:
        raise bad_request("there is no photo in the request")
    if len(photo) > MAX_PHOTO_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if not photo.startswith(PNG_SIGNATURE):
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = png_size(photo)
    if width + height > MAX_PHOTO_SIDES or max(width, height) > MAX_PHOTO_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    text, entities = parse_message_text(params, "caption", MAX_CAPTION_UNITS)
    return text, entities, photo


def png_size(png: bytes) -> tuple[int, int]:
    """Return width and height of a PNG."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def store_document(world: TelegramWorld, message: ChatMessage, data: bytes, name: str, size: int | None) -> Json:
    """Keep a file that a person sends; give the Bot API's Document. ``size`` may lie, as a client can."""
    unique = f"file-{message.id}"
    world.files[unique] = data
    return {
        "file_id": unique,
        "file_unique_id": unique,
        "file_name": name,
        "mime_type": "text/markdown",
        "file_size": len(data) if size is None else size,
    }


def find_file(world: TelegramWorld, name: str) -> Json:
    """Return the Bot API's File, or refuse as getFile does."""
    if name not in world.files:
        raise bad_request("invalid file_id")
    if len(world.files[name]) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": name,
        "file_unique_id": name,
        "file_size": len(world.files[name]),
        "file_path": f"documents/{name}",
    }
