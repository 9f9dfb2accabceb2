"""The wire log: what reached a stand-in, written before it answers; the judge of every fault test."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEntry:
    """One thing that reached a stand-in.

    ``at`` is in seconds since the epoch, ``kind`` the Bot API method or ``mail``, ``to`` the chat or the
    recipient, ``accepted`` tells whether the other side took responsibility for it.
    """

    at: float
    kind: str
    to: str
    text: str
    accepted: bool
    note: str = ""


@dataclass(slots=True)
class WireLog:
    """An append-only list of entries, and the same as JSON lines in ``file`` where one is given."""

    file: Path | None = None
    entries: list[WireEntry] = field(default_factory=list)

    def add(self, *, kind: str, to: str, text: str, accepted: bool, note: str = "") -> None:
        """Write an entry down, flushed, before the caller answers."""
        entry = WireEntry(at=time.time(), kind=kind, to=to, text=text, accepted=accepted, note=note)
        self.entries.append(entry)
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")

    def accepted(self, kind: str | None = None) -> list[WireEntry]:
        """Return what was accepted, of one kind or of all."""
        return [entry for entry in self.entries if entry.accepted and kind in (None, entry.kind)]

    def __iter__(self) -> Iterator[WireEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)
