"""Signs of life of a program: what it knows of itself without asking the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.model import Channel
from digest.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How what people say comes here: brought to a ``webhook`` or fetched, and what went wrong just now."""

    webhook: bool
    trouble: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How a program does.

    ``room`` are the bytes free beside the database. ``ticked_at`` is when the scheduler last did its work,
    None where this program has none; ``punctual``: it comes when it should. ``couriers`` holds each channel's
    reason to wait, None where it does not, and is empty where this program sends nothing. ``folders`` says
    where messages go on a channel without a server. ``pages`` is where the web pages are, None where this
    program serves none; ``public``: mails lead there. ``hearing`` is None where this program does not
    listen to Telegram.
    """

    version: str
    started_at: datetime
    room: int
    ticked_at: datetime | None = None
    punctual: bool = True
    couriers: Mapping[Channel, Reason | None] = field(default_factory=dict)
    folders: Mapping[Channel, str] = field(default_factory=dict)
    pages: str | None = None
    public: bool = False
    hearing: Hearing | None = None
