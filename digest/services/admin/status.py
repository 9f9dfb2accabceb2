"""Signs of life of a program: what it knows of itself without asking the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.model import Channel
from digest.model.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSource:
    """How what people say comes here.

    Brought to a ``is_webhook`` or fetched, and what went wrong just now.
    """

    is_webhook: bool
    last_error: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """How a program does.

    ``free_bytes`` are the bytes free beside the database. ``last_tick_at`` is when the scheduler last did its
    work, None where this program has none; ``on_schedule``: it comes when it should. ``pause_reasons`` holds
    each channel's reason to wait, None where it does not, and is empty where this program sends nothing.
    ``output_folders`` says where messages go on a channel without a server. ``web_url`` is where the web
    pages are, None where this program serves none; ``is_public``: mails lead there. ``update_source`` is None
    where this program does not listen to Telegram.
    """

    version: str
    started_at: datetime
    free_bytes: int
    last_tick_at: datetime | None = None
    on_schedule: bool = True
    pause_reasons: Mapping[Channel, Reason | None] = field(default_factory=dict)
    output_folders: Mapping[Channel, str] = field(default_factory=dict)
    web_url: str | None = None
    is_public: bool = False
    update_source: UpdateSource | None = None
