"""What would be sent, as files: the same choice and the same rendering as the service, nothing stored."""

import asyncio
import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from digest.app.core import Core, default_preferences
from digest.app.couriers import letters_for
from digest.channel import Sent
from digest.deliver.folder import FolderPostbox
from digest.errors import BadRequest
from digest.message import ChatPart, MailPart
from digest.model import Channel, Delivery, Locale, Subscriber, Target

_READER = Target.email("preview@example.org")
_CHAT = Target.telegram(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Renders a digest for nobody in particular."""

    core: Core

    async def write(
        self,
        channel: Channel,
        folder: Path,
        *,
        domains: tuple[str, ...] | None,
        day: date | None,
        locale: Locale,
    ) -> Sequence[Path]:
        """Write the digest of ``day`` (None: the newest report) for ``domains`` (None: all); give the files.

        Raises ``BadRequest`` where there is no report of that day, or the folder cannot be written.
        """
        newest = await self.core.archive.today()
        day = day or (newest.date if newest else None)
        if day is None or not await self.core.store.editions.of_day(day):
            raise BadRequest(f"no report of {day or 'any day'} so far; `ingest` takes reports in")
        preferences = replace(default_preferences(self.core.settings), domains=domains, locale=locale)
        reader = Subscriber(id=0, preferences=preferences, created_at=self.core.clock(), next_at=None)
        digest = await self.core.desk.today(reader, day=day)
        names = ".".join(domains) if domains else "all"
        delivery = Delivery(
            id=0,
            key=f"{names}.{locale}",
            endpoint=0,
            subscriber=0,
            target=_READER if channel is Channel.EMAIL else _CHAT,
            content=digest,
            created_at=datetime.combine(day, time(8), tzinfo=UTC),
        )
        letters = letters_for(self.core)
        parts: Sequence[MailPart | ChatPart] = (
            await letters.as_mail(delivery) if channel is Channel.EMAIL else await letters.as_chat(delivery)
        )
        return await _written(folder, delivery, parts)


async def _written(folder: Path, delivery: Delivery, parts: Sequence[MailPart | ChatPart]) -> Sequence[Path]:
    postbox = FolderPostbox(folder)
    files: list[Path] = []
    for number, part in enumerate(parts):
        outcome = await postbox.send(replace(delivery, receipts=("written",) * number), part)
        if not isinstance(outcome, Sent):
            raise BadRequest(outcome.reason)
        files += await asyncio.to_thread(_siblings, Path(outcome.receipt))
    return files


def _siblings(file: Path) -> list[Path]:
    """Give the files that one part was written to."""
    return sorted(file.parent.glob(f"{glob.escape(file.stem)}.*"))
