"""What would be sent, as files: the same choice and the same rendering as the service, nothing stored."""

import asyncio
import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from digest.app.container import Container, default_preferences
from digest.app.delivery import build_renderer
from digest.app.file_sender import FileSender
from digest.model import Channel, Delivery, Locale, Subscriber, Target
from digest.model.errors import InvalidInput
from digest.model.message import RenderedEmail, TelegramMessage
from digest.model.outcome import Sent

_EMAIL_TARGET = Target.email("preview@example.org")
_CHAT_TARGET = Target.telegram(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewWriter:
    """Renders a digest for nobody in particular."""

    container: Container

    async def write(
        self, channel: Channel, out_dir: Path, *, domains: tuple[str, ...] | None, day: date | None, locale: Locale
    ) -> Sequence[Path]:
        """Write the digest of ``day`` (None: the newest report) for ``domains`` (None: all); give the files.

        Raises ``InvalidInput`` where there is no report of that day, or the folder cannot be written.
        """
        newest = await self.container.archive.latest_summary()
        day = day or (newest.date if newest else None)
        if day is None or not await self.container.store.editions.candidates_on(day):
            raise InvalidInput(f"no report of {day or 'any day'} so far; `ingest` takes reports in")
        preferences = replace(default_preferences(self.container.settings), domains=domains, locale=locale)
        reader = Subscriber(id=0, preferences=preferences, created_at=self.container.clock(), next_digest_at=None)
        digest = await self.container.editions.daily_digest(reader, day=day)
        names = ".".join(domains) if domains else "all"
        delivery = Delivery(
            id=0,
            key=f"{names}.{locale}",
            endpoint_id=0,
            subscriber_id=0,
            target=_EMAIL_TARGET if channel is Channel.EMAIL else _CHAT_TARGET,
            content=digest,
            created_at=datetime.combine(day, time(8), tzinfo=UTC),
        )
        letters = build_renderer(self.container)
        parts: Sequence[RenderedEmail | TelegramMessage] = (
            await letters.render_email(delivery)
            if channel is Channel.EMAIL
            else await letters.render_telegram(delivery)
        )
        return await _write_parts(out_dir, delivery, parts)


async def _write_parts(
    out_dir: Path, delivery: Delivery, parts: Sequence[RenderedEmail | TelegramMessage]
) -> Sequence[Path]:
    postbox = FileSender(out_dir)
    files: list[Path] = []
    for number, part in enumerate(parts):
        outcome = await postbox.send(replace(delivery, receipts=("written",) * number), part)
        if not isinstance(outcome, Sent):
            raise InvalidInput(outcome.reason)
        files += await asyncio.to_thread(_sibling_files, Path(outcome.receipt))
    return files


def _sibling_files(file: Path) -> list[Path]:
    """Return the files that one part was written to."""
    return sorted(file.parent.glob(f"{glob.escape(file.stem)}.*"))
