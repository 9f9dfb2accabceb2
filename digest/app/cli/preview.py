"""The command that shows what would be sent: preview."""

import asyncio
import glob
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from digest.app.cli.archive import open_for_reading
from digest.app.cli.context import LANGUAGE_HELP, async_command, parse_domain_options, print_line
from digest.app.container import Container, default_preferences
from digest.app.delivery import build_renderer
from digest.app.file_sender import FileSender
from digest.model import Channel, Delivery, Locale, Subscriber
from digest.model.errors import InvalidInput
from digest.model.message import RenderedEmail, TelegramMessage
from digest.model.outcome import Sent
from digest.services.channels import CHANNELS


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(preview)


@async_command
async def preview(
    context: typer.Context,
    channel: Annotated[Channel, typer.Option(help="email or telegram.")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder for the files.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain; repeat for more; default: all.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="The date of a report; default: the latest.")] = None,
    locale: Annotated[Locale | None, typer.Option(help=LANGUAGE_HELP)] = None,
) -> None:
    """Write what would be sent to files."""
    async with open_for_reading(context) as container:
        slugs = parse_domain_options(container.taxonomy, domain or [])
        files = await write_preview(
            container,
            channel,
            out_dir,
            domains=slugs,
            day=_parse_date(day),
            locale=locale or container.settings.default_locale,
        )
    for file in files:
        print_line(str(file))


def _parse_date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a date such as 2026-01-24") from error


async def write_preview(
    container: Container,
    channel: Channel,
    out_dir: Path,
    *,
    domains: tuple[str, ...] | None,
    day: date | None,
    locale: Locale,
) -> Sequence[Path]:
    """Write the digest of ``day`` (None: the latest report) for ``domains`` (None: all); return the files.

    Raises ``InvalidInput`` where there is no report of that day, or the folder cannot be written.
    """
    newest = await container.archive.latest_summary()
    day = day or (newest.date if newest else None)
    if day is None or not await container.store.editions.candidates_on(day):
        raise InvalidInput(f"no report of {day or 'any day'} so far; `ingest` takes reports in")
    preferences = replace(default_preferences(container.settings), domains=domains, locale=locale)
    subscriber = Subscriber(id=0, preferences=preferences, created_at=container.clock(), next_digest_at=None)
    digest = await container.editions.daily_digest(subscriber, day=day)
    names = ".".join(domains) if domains else "all"
    delivery = Delivery(
        id=0,
        key=f"{names}.{locale}",
        endpoint_id=0,
        subscriber_id=0,
        target=CHANNELS[channel].example,
        content=digest,
        created_at=datetime.combine(day, time(8), tzinfo=UTC),
    )
    return await _write_parts(out_dir, delivery, await build_renderer(container).render(delivery))


async def _write_parts(
    out_dir: Path, delivery: Delivery, parts: Sequence[RenderedEmail | TelegramMessage]
) -> Sequence[Path]:
    sender = FileSender(out_dir)
    files: list[Path] = []
    for number, part in enumerate(parts):
        outcome = await sender.send(replace(delivery, receipts=("written",) * number), part)
        if not isinstance(outcome, Sent):
            raise InvalidInput(outcome.reason)
        files += await asyncio.to_thread(_sibling_files, Path(outcome.receipt))
    return files


def _sibling_files(file: Path) -> list[Path]:
    """Return the files that one part was written to."""
    return sorted(file.parent.glob(f"{glob.escape(file.stem)}.*"))
