"""Pictures that the bot sends and files that people send, on the stand-in's world."""

import struct

from tests.support.telegram_checks import ApiError, Json, Params, bad_request, checked_text
from tests.support.telegram_world import ChatMessage, World

MOST_CAPTION = 1024
MOST_PHOTO = 10_000_000
MOST_FETCHED = 20_000_000
"""getFile hands out no more (https://core.telegram.org/bots/api#getfile)."""

PNG = b"\x89PNG\r\n\x1a\n"
MOST_SIDES = 10_000
MOST_RATIO = 20


def captioned_photo(params: Params) -> tuple[str, list[Json], bytes]:
    """Give the caption, its entities and the bytes of a sendPhoto that uploads its picture, or refuse."""
    photo = next(iter(params.files.values()), b"")
    if not photo:
        raise bad_request("there is no photo in the request")
    if len(photo) > MOST_PHOTO:
        raise ApiError(413, "Request Entity Too Large")
    if not photo.startswith(PNG):
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size_of(photo)
    if width + height > MOST_SIDES or max(width, height) > MOST_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    text, entities = checked_text(params, "caption", MOST_CAPTION)
    return text, entities, photo


def size_of(png: bytes) -> tuple[int, int]:
    """Give width and height of a PNG."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def document_of(world: World, message: ChatMessage, data: bytes, name: str, size: int | None) -> Json:
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


def file_of(world: World, name: str) -> Json:
    """Give the Bot API's File, or refuse as getFile does."""
    if name not in world.files:
        raise bad_request("invalid file_id")
    if len(world.files[name]) > MOST_FETCHED:
        raise bad_request("file is too big")
    return {
        "file_id": name,
        "file_unique_id": name,
        "file_size": len(world.files[name]),
        "file_path": f"documents/{name}",
    }
